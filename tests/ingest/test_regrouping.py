"""Every sample twice, shuffled and grouped anew: the same events and the same read models."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pytest
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from domain.call import CallReported
from domain.echoed_message import MessageEchoed
from domain.event import Event
from domain.inbound_message import MessageReceived
from domain.message_status import MessageStatusReceived
from domain.sender_number import SenderNumberNoticed
from infrastructure.clock import SystemClock
from jobs.followers.policies import PoliciesUnit
from tests.event_store import Store, follow_once
from tests.ingest.gateway import Gateway, Number, add_numbers
from tests.whatsapp.sample_files import NAMES, sample

SAMPLE_NUMBER: Final = Number(
    phone_number_id="640021557718839", waba_id="218804511903377", fingerprint="of-the-samples"
)
REPORTED: Final[tuple[type[Event], ...]] = (
    MessageReceived,
    MessageEchoed,
    CallReported,
    MessageStatusReceived,
    SenderNumberNoticed,
)
RANDOM_FACTS: Final = frozenset(
    {
        "contact_id",
        "conversation_id",
        "sender_number_id",
        "sender_number_ids",
        "envelope_order",
        "profile_name",
        "message_id",
        "report_id",
        "call_id",
        "wamid_digest",
        "participant_digest",
    }
)
"""Chosen by lot, derived with a key of the firm, or told by the place in the envelope."""

READ_MODELS: Final[dict[str, tuple[str, ...]]] = {
    "timeline": ("entry_kind", "topic", "occurred_at", "actor_kind"),
    "message_links": ("relation", "by_firm", "occurred_at"),
    "message_statuses": ("status", "occurred_at", "pricing_type", "error_codes"),
    "message_prices": ("month", "category", "pricing_type", "rank"),
    "sender_notices": ("field", "part", "word", "occurred_at", "is_recognised"),
    "sender_standing": (
        "restrictions",
        "blocks",
        "messages_per_second",
        "daily_recipients_max",
        "name",
        "name_decision",
        "username",
    ),
}
"""Read model -> the columns in which nothing is chosen by lot."""

OF_META: Final = ("message.received.v1", "message.echoed.v1", "call.reported.v1")
"""Entries of the timeline whose number does not depend on which contact a lot made."""


def changes() -> list[dict[str, Any]]:
    """Every sample twice, each entry by itself."""
    return [entry for name in NAMES for entry in sample(name)["entry"] * 2]


def bodies(size: int, seed: int) -> list[bytes]:
    """The entries shuffled and grouped into notifications of `size`."""
    entries = changes()
    if seed:
        random.Random(seed).shuffle(entries)  # noqa: S311 - an order that can be repeated
    return [
        json.dumps(
            {"object": "whatsapp_business_account", "entry": entries[place : place + size]}
        ).encode()
        for place in range(0, len(entries), size)
    ]


def canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: canonical(v) for k, v in sorted(value.items()) if k not in RANDOM_FACTS}
    return [canonical(each) for each in value] if isinstance(value, list) else value


def told(value: Any) -> Any:
    """A moment, or None where it is that of the receipt because Meta told none."""
    if not isinstance(value, datetime):
        return value
    is_receipt = datetime.now(UTC) - value < timedelta(hours=1)
    return None if is_receipt else value.isoformat()


def events_of(gateway: Gateway) -> list[str]:
    found = []
    for record in gateway.records(*REPORTED):
        facts = canonical(msgspec.json.decode(msgspec.json.encode(record.event)))
        when = told(record.occurred_at)
        found.append(json.dumps([record.topic, when, facts]))
    streams = {record.stream_id for record in gateway.records(*REPORTED)}
    assert len(streams) == len(found)
    return sorted(found)


def rows_of(connection: Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    follow_once(connection, list(READ_MODELS))
    found = {}
    for name, columns in READ_MODELS.items():
        only = SQL(" WHERE topic = ANY(%s)") if name == "timeline" else SQL("")
        query = SQL("SELECT {} FROM {}").format(
            SQL(", ").join(Identifier(column) for column in columns), Identifier("read_model", name)
        )
        given = [list(OF_META)] if name == "timeline" else None
        rows = connection.execute(query + only, given).fetchall()
        found[name] = sorted((tuple(map(told, row)) for row in rows), key=repr)
    return found


def taken_in(gateway: Gateway, store: Store, size: int, seed: int) -> tuple[Any, Any]:
    connection = gateway.connection
    add_numbers(connection, store, [SAMPLE_NUMBER])
    gateway.take(*bodies(size, seed), fingerprint=SAMPLE_NUMBER.fingerprint)
    unit, position = PoliciesUnit(gateway.vault, SystemClock()), 0
    while (page := unit.read(connection, position, 100)).items:
        with connection.transaction():
            unit.handle(connection, page.items)
        position = page.position
    assert gateway.held() == []
    return events_of(gateway), rows_of(connection)


_FIRST: dict[str, tuple[Any, Any]] = {}


@pytest.mark.parametrize(("size", "seed"), [(1, 0), (7, 5), (1000, 7)])
def test_twice_shuffled_and_regrouped_is_the_same(
    size: int, seed: int, gateway: Gateway, store: Store
) -> None:
    events, rows = taken_in(gateway, store, size, seed)
    assert len(events) == 121
    for name in READ_MODELS:
        assert rows[name], name
    expected_events, expected_rows = _FIRST.setdefault("result", (events, rows))
    assert events == expected_events
    for name in READ_MODELS:
        assert rows[name] == expected_rows[name], name
