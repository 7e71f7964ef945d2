"""Messages of unknown kinds are read again after an upgrade; imports show how far they are."""

import json
from typing import Any

import pytest

from domain.inbound_message import (
    Arrival,
    InboundMessageContent,
    MessageReceived,
    MessageRelation,
)
from domain.message_content import PlaceholderContent, TextContent
from infrastructure.whatsapp import message_kinds
from jobs.followers.kept_raw import kept_raw
from projections.history_imports import HistoryImportRow, imports_of
from tests.event_store import FIRM, follow_once
from tests.ingest.gateway import Gateway, Number, notification, text_message


@pytest.fixture
def old_version(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A hub of a time when nobody knew texts."""
    kinds = {name: one for name, one in message_kinds.NORMALISERS.items() if name != "text"}
    monkeypatch.setattr(message_kinds, "NORMALISERS", kinds)
    return monkeypatch


def received(gateway: Gateway) -> list[MessageReceived]:
    records = gateway.records(MessageReceived)
    return [each.event for each in records if isinstance(each.event, MessageReceived)]


def reprocess(gateway: Gateway) -> list[bool]:
    found = []
    for record in list(kept_raw(gateway.connection, gateway.vault)):
        with gateway.connection.transaction():
            found.append(gateway.unit.reprocess(gateway.connection, record))
    return found


def body_of(event: MessageReceived) -> Any:
    assert isinstance(event.content, InboundMessageContent)
    return event.content.body


def test_what_was_kept_raw_is_shown_beside_its_placeholder_after_an_upgrade(
    gateway: Gateway, firm: Number, old_version: pytest.MonkeyPatch
) -> None:
    gateway.take(notification(text_message("wamid.A", "Halo")))
    (placeholder,) = received(gateway)
    assert isinstance(body_of(placeholder), PlaceholderContent)
    assert reprocess(gateway) == [False]

    old_version.undo()
    assert reprocess(gateway) == [True]
    assert reprocess(gateway) == [True]
    first, second = received(gateway)
    assert first == placeholder
    assert body_of(second) == TextContent(body="Halo")
    assert second.arrival is Arrival.REPROCESSED
    assert second.target is not None
    assert second.target.relation is MessageRelation.COMPLETES
    assert second.target.message_id == placeholder.message_id
    assert second.conversation_id == placeholder.conversation_id
    assert second.understood


def chunk(number: Number, *chunks: dict[str, Any]) -> bytes:
    value = {
        "metadata": {
            "display_phone_number": "622155501234",
            "phone_number_id": number.phone_number_id,
        },
        "history": list(chunks),
    }
    change = {"field": "history", "value": value}
    return json.dumps({"entry": [{"id": number.waba_id, "changes": [change]}]}).encode()


def metadata(phase: int, order: int, progress: int) -> dict[str, Any]:
    told = {"phase": phase, "chunk_order": order, "progress": progress}
    message = {
        "from": "6281234567890",
        "id": f"wamid.H{phase}.{order}",
        "timestamp": "1780000000",
        "type": "text",
        "text": {"body": "Dulu"},
    }
    return {"metadata": told, "threads": [{"id": "6281234567890", "messages": [message]}]}


def import_of(gateway: Gateway) -> HistoryImportRow:
    follow_once(gateway.connection, ["history_imports"])
    number = received(gateway)[0].sender_number_id
    (row,) = imports_of(FIRM, [number]).fetch(gateway.connection)
    return row


def test_an_import_goes_on_where_it_stopped_and_shows_what_is_missing(
    gateway: Gateway, firm: Number
) -> None:
    gateway.take(chunk(firm, metadata(0, 1, 20)), chunk(firm, metadata(0, 3, 60)))
    halfway = import_of(gateway)
    assert (halfway.phase, halfway.progress) == (0, 60)
    assert halfway.missing_chunks() == [(0, 2)]

    gateway.take(
        chunk(firm, metadata(0, 2, 40), metadata(0, 1, 20)), chunk(firm, metadata(1, 1, 100))
    )
    whole = import_of(gateway)
    assert (whole.phase, whole.progress) == (1, 100)
    assert whole.missing_chunks() == []
    found = received(gateway)
    assert len(found) == 4
    assert {event.arrival for event in found} == {Arrival.HISTORY}


def test_a_refused_import_says_why(gateway: Gateway, firm: Number) -> None:
    gateway.take(notification(text_message("wamid.A")))
    gateway.take(
        chunk(firm, {"errors": [{"code": 2593109, "title": "History sync is turned off"}]})
    )
    assert import_of(gateway).error_code == 2593109
