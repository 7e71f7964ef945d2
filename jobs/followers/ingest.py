"""The ingest follower: from stored webhooks to events, in the order in which they were stored."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from psycopg import Connection

from domain.echoed_message import MessageEchoed
from domain.event import EventRecord
from domain.inbound_message import InboundMessageContent, MessageReceived
from domain.ports.clock import Clock
from domain.ports.vault import Vault
from infrastructure.following.unit import SourcePage
from infrastructure.postgres.inbox_reader import CHANNEL, InboxItem
from infrastructure.telemetry.defects import defect_of
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.master_key import MasterKey
from infrastructure.whatsapp.normaliser import normalise
from infrastructure.whatsapp.updates import EchoedMessage as ReadEcho
from infrastructure.whatsapp.updates import InboundMessage as ReadMessage
from jobs.followers.ingest_page import FAULT, IngestPage
from jobs.followers.quarantine import HeldPart, Quarantine
from jobs.followers.routing import Address
from projections.sender_directory import fingerprints_of, sender_by_id, senders_everywhere

PAGE_MAX: Final = 200
PAGE_BYTES_MAX: Final = 8 * 1024 * 1024
REPLAYED_AT_ONCE: Final = 50

_SELECT: Final = """
    SELECT id, received_at, app, app_fingerprint, traceparent, sealed_body
    FROM (
        SELECT *, sum(octet_length(sealed_body)) OVER (ORDER BY id) - octet_length(sealed_body)
            AS bytes_before
        FROM (
            SELECT * FROM hub.webhook_inbox WHERE id > %(after)s ORDER BY id LIMIT %(limit)s
        ) AS waiting
    ) AS counted
    WHERE bytes_before < %(bytes)s ORDER BY id
"""


def inbox_head(connection: Connection[Any]) -> int:
    """The id of the newest webhook."""
    row = connection.execute("SELECT max(id) FROM hub.webhook_inbox").fetchone()
    return int(row[0] or 0) if row is not None else 0


class SealedWebhook(msgspec.Struct, frozen=True):
    """A webhook as it is stored; opened when it is handled, so that a broken one harms no other."""

    position: int
    received_at: Any
    app: str
    app_fingerprint: str
    traceparent: str | None
    sealed_body: bytes

    @property
    def label(self) -> str:
        """How it is named in messages to operators."""
        return f"webhook {self.position} of app {self.app}"

    def opened(self, cipher: InboxCipher) -> InboxItem:
        """The body as Meta sent it. Raises ContentTampered."""
        return InboxItem(
            self.position,
            self.received_at,
            self.app,
            self.app_fingerprint,
            self.traceparent,
            cipher.open(self.sealed_body, self.app),
        )


class Ingest:
    """The unit of following that takes webhooks in."""

    name = "ingest"
    channel = CHANNEL
    topics: frozenset[str] | None = None
    page_max = PAGE_MAX
    pace_s = 0.0
    is_derived = False

    def __init__(
        self, clock: Clock, vault: Vault, cipher: InboxCipher, master_key: MasterKey
    ) -> None:
        self._clock = clock
        self.vault = vault
        self._cipher = cipher
        self._master_key = master_key

    def read(
        self, connection: Connection[Any], after: int, limit: int
    ) -> SourcePage[SealedWebhook]:
        """The next webhooks; fewer than `limit` when they are large."""
        with connection.cursor(binary=True) as cursor:
            cursor.execute(_SELECT, {"after": after, "limit": limit, "bytes": PAGE_BYTES_MAX})
            items = [SealedWebhook(*row) for row in cursor.fetchall()]
        return SourcePage(items, items[-1].position if items else after)

    def head(self, connection: Connection[Any]) -> int:
        """The id of the newest webhook."""
        return inbox_head(connection)

    def handle(self, connection: Connection[Any], items: Sequence[SealedWebhook]) -> None:
        """Record what a page of webhooks reports."""
        self._page(connection).take([item.opened(self._cipher) for item in items])

    def committed(self, items: Sequence[SealedWebhook]) -> None:
        """Nobody is told: the event store announces the events itself."""

    def set_aside(self, connection: Connection[Any], item: SealedWebhook, error: Exception) -> bool:
        """Hold a whole body that cannot be handled, so that the next ones are."""
        opened = item.opened(self._cipher)
        self.quarantine(connection).hold(
            opened,
            opened.body,
            reason=FAULT,
            address=Address(None, None),
            place=None,
            defect=defect_of(error),
        )
        return True

    def rest(self, connection: Connection[Any]) -> bool:
        """Replay what waited for a sender number that is known by now."""
        quarantine = self.quarantine(connection)
        if not quarantine.is_waiting_for_senders():
            return False
        senders = senders_everywhere().fetch(connection)
        addresses = [Address(row.phone_number_id, row.waba_id) for row in senders]
        with connection.transaction():
            parts = quarantine.now_routable(addresses, limit=REPLAYED_AT_ONCE)
            for part in parts:
                self.replay(connection, part)
        return len(parts) == REPLAYED_AT_ONCE

    def replay(self, connection: Connection[Any], part: HeldPart) -> str | None:
        """Take a held part in; returns why it is still held. Runs in the caller's transaction."""
        quarantine = self.quarantine(connection)
        item = part.as_item()
        reason = self._page(connection).take([item]).get(item.id)
        if reason is None:
            quarantine.release(part)
        elif reason != part.reason:
            quarantine.keep(part, reason=reason)
        return reason

    def reprocess(self, connection: Connection[Any], record: EventRecord) -> bool:
        """Try a message again that was kept raw; returns whether it is understood by now.

        Runs in the caller's transaction. The placeholder stays; what it holds is shown beside it.
        """
        event = record.event
        content = getattr(event, "content", None)
        if not isinstance(event, MessageReceived | MessageEchoed):
            return False
        if not isinstance(content, InboundMessageContent) or content.raw is None:
            return False
        sender = sender_by_id(record.tenant_id, event.sender_number_id).first(connection)
        if sender is None:
            return False
        received_at = record.recorded_at or record.occurred_at
        fingerprint = fingerprints_of(sender)[0]
        item = InboxItem(0, received_at, sender.app, fingerprint, record.traceparent, content.raw)
        quarantine = self.quarantine(connection)
        page = IngestPage(connection, self._clock, self.vault, quarantine, reprocesses=True)
        understood = any(
            isinstance(update, ReadMessage | ReadEcho) and update.is_understood
            for update in normalise(content.raw).updates
        )
        return understood and not page.take([item])

    def _page(self, connection: Connection[Any]) -> IngestPage:
        return IngestPage(connection, self._clock, self.vault, self.quarantine(connection))

    def quarantine(self, connection: Connection[Any]) -> Quarantine:
        """The parts that are held, over the caller's connection."""
        return Quarantine(connection, self._cipher, self._master_key)
