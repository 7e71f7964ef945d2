"""A firm with a number, and what stores webhooks for it as the gateway does."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from psycopg import Connection

from domain.event import Event, EventRecord
from domain.identity import SenderNumberId, StreamId, TenantId
from domain.provenance import Actor, ActorKind
from domain.sender_number import SenderNumberAdded
from infrastructure.clock import SystemClock
from infrastructure.following.event_log import read_log
from infrastructure.postgres.connections import connect
from infrastructure.postgres.sealing import open_records
from infrastructure.unique_ids import new_event_id, new_id
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.master_key import load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from jobs.followers.ingest import Ingest
from tests.database import HubDatabase
from tests.event_store import FIRM, Store, follow_once

APP: Final = "default"
FINGERPRINT: Final = "fingerprint-of-the-app-secret"
PHONE_NUMBER_ID: Final = "106540352242922"
WABA_ID: Final = "102290129340398"
CONTACT_PHONE: Final = "6281234567890"


@dataclass(frozen=True)
class Number:
    """A number of a firm, as Meta knows it."""

    tenant_id: TenantId = FIRM
    phone_number_id: str = PHONE_NUMBER_ID
    waba_id: str = WABA_ID
    fingerprint: str = FINGERPRINT

    def added(self) -> EventRecord:
        """The event that connects the number to its firm."""
        number_id = SenderNumberId(new_id())
        event_id = new_event_id()
        return EventRecord(
            event_id=event_id,
            tenant_id=self.tenant_id,
            stream_id=StreamId(number_id),
            stream_version=1,
            event=SenderNumberAdded(
                sender_number_id=number_id,
                waba_id=self.waba_id,
                phone_number_id=self.phone_number_id,
                display_phone="+62 21 5550 1234",
                app=APP,
                app_fingerprints=(self.fingerprint,),
                access_token_fingerprint="token",
            ),
            actor=Actor(ActorKind.OPERATOR, "tests"),
            correlation_id=event_id,
            occurred_at=datetime.now(UTC),
        )


def text_message(
    wamid: str,
    body: str = "Selamat pagi",
    *,
    phone: str | None = CONTACT_PHONE,
    name: str = "Budi",
    user_id: str | None = None,
    timestamp: int = 1_790_000_000,
    number: Number = Number(),
) -> dict[str, Any]:
    """A change with one message."""
    contact = {"profile": {"name": name}, "wa_id": phone, "user_id": user_id}
    message = {
        "from": phone,
        "from_user_id": user_id,
        "id": wamid,
        "timestamp": str(timestamp),
        "type": "text",
        "text": {"body": body},
    }
    return change({"contacts": [_filled(contact)], "messages": [_filled(message)]}, number)


def status(
    wamid: str, word: str, *, callback_data: str | None = None, number: Number = Number()
) -> dict[str, Any]:
    """A change with one status."""
    item = {
        "id": wamid,
        "status": word,
        "timestamp": "1790000100",
        "recipient_id": CONTACT_PHONE,
        "biz_opaque_callback_data": callback_data,
    }
    return change({"statuses": [_filled(item)]}, number)


def change(value: dict[str, Any], number: Number = Number()) -> dict[str, Any]:
    """A change of a number."""
    metadata = {"display_phone_number": "622155501234", "phone_number_id": number.phone_number_id}
    return {
        "field": "messages",
        "value": {"messaging_product": "whatsapp", "metadata": metadata, **value},
    }


def notification(*changes: dict[str, Any], number: Number = Number()) -> bytes:
    """A body with the changes in one entry."""
    entry = {"id": number.waba_id, "time": 1_790_000_000, "changes": list(changes)}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


class Gateway:
    """Stores bodies, lets the ingest follower take them in, and shows the events."""

    def __init__(
        self,
        connection: Connection[Any],
        url: str,
        vault: PostgresVault,
        unit: Ingest,
        cipher: InboxCipher,
    ) -> None:
        self.connection = connection
        self.unit = unit
        self._url = url
        self.vault = vault
        self._cipher = cipher
        self._position = 0

    def post(self, *bodies: bytes, fingerprint: str = FINGERPRINT) -> None:
        """Store bodies as the gateway does after it found their signature right."""
        with connect(self._url, name="tests-gateway") as connection:
            connection.execute(
                "SELECT hub.store_webhooks(%s::text[], %s::text[], %s::bytea[], %s::text[])",
                (
                    [APP] * len(bodies),
                    [fingerprint] * len(bodies),
                    [self._cipher.seal(body, APP) for body in bodies],
                    [None] * len(bodies),
                ),
            )

    def ingest(self) -> None:
        """Take in what was stored."""
        while True:
            page = self.unit.read(self.connection, self._position, self.unit.page_max)
            if not page.items:
                return
            with self.connection.transaction():
                self.unit.handle(self.connection, page.items)
            self._position = page.position

    def take(self, *bodies: bytes, fingerprint: str = FINGERPRINT) -> None:
        """Store bodies and take them in."""
        self.post(*bodies, fingerprint=fingerprint)
        self.ingest()

    def records(self, *kinds: type[Event]) -> list[EventRecord]:
        """The events of these kinds, opened, in the order of the log."""
        topics = frozenset(kind.TOPIC for kind in kinds)
        page = read_log(self.connection, after=0, limit=10_000, topics=topics)
        return open_records(self.vault, [logged.record for logged in page.events])

    def held(self) -> list[tuple[str, bool]]:
        """What is in quarantine: the reason, and whether it was replayed."""
        rows = self.connection.execute(
            "SELECT reason, replayed_at IS NOT NULL FROM hub.quarantine ORDER BY id"
        ).fetchall()
        return [(str(reason), bool(replayed)) for reason, replayed in rows]


@pytest.fixture
def gateway(database: HubDatabase, follow: Connection[Any], follow_vault: PostgresVault) -> Gateway:
    master_key = load_master_key(database.settings)
    cipher = InboxCipher(master_key)
    unit = Ingest(SystemClock(), follow_vault, cipher, master_key)
    return Gateway(follow, database.serve_url, follow_vault, unit, cipher)


@pytest.fixture
def firm(follow: Connection[Any], store: Store) -> Number:
    """A firm with a number that is known."""
    number = Number()
    add_numbers(follow, store, [number])
    return number


def add_numbers(connection: Connection[Any], store: Store, numbers: Sequence[Number]) -> None:
    """Connect numbers and let the directory know."""
    for number in numbers:
        store([number.added()])
    follow_once(connection, ["sender_directory"])
