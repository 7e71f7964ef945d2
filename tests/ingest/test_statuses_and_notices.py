"""Statuses and notices become one event each; what cannot be understood is kept."""

import json

import pytest

from domain.identity import OutboundMessageId
from domain.inbound_message import InboundMessageContent, MessageReceived
from domain.message_content import PlaceholderContent
from domain.message_status import MessageStatusReceived, StatusDetails
from domain.sender_number import SenderNumberNoticed
from infrastructure.unique_ids import new_id
from tests.ingest.gateway import Gateway, Number, change, notification, status, text_message


def test_a_status_names_the_attempt_that_was_echoed(gateway: Gateway, firm: Number) -> None:
    outbound_id = OutboundMessageId(new_id())
    body = notification(status("wamid.S", "delivered", callback_data=f"{outbound_id}.2"))
    gateway.take(body, body)

    (record,) = gateway.records(MessageStatusReceived)
    event = record.event
    assert isinstance(event, MessageStatusReceived)
    assert (event.outbound_message_id, event.attempt) == (outbound_id, 2)
    assert event.content == StatusDetails(wamid="wamid.S")
    assert "wamid.S" not in event.wamid_digest


@pytest.mark.parametrize(
    "echoed",
    [None, "", "someone-elses", f"{new_id()}", f"{new_id()}.x"],
    ids=["none", "empty", "other words", "an id", "an id and no number"],
)
def test_callback_data_of_others_names_no_attempt(
    echoed: str | None, gateway: Gateway, firm: Number
) -> None:
    gateway.take(notification(status("wamid.S", "sent", callback_data=echoed)))
    (record,) = gateway.records(MessageStatusReceived)
    assert isinstance(record.event, MessageStatusReceived)
    assert record.event.outbound_message_id is None
    assert record.event.attempt is None


def test_each_status_of_a_message_is_an_event(gateway: Gateway, firm: Number) -> None:
    words = ["read", "sent", "delivered"]
    gateway.take(notification(*(status("wamid.S", word) for word in words)))
    found = [record.event.status for record in gateway.records(MessageStatusReceived)]  # type: ignore[attr-defined]
    assert found == words


def test_a_message_of_an_unknown_kind_is_kept_raw(gateway: Gateway, firm: Number) -> None:
    message = {"from": "628111", "id": "wamid.H", "timestamp": "1790000000", "type": "hologram"}
    gateway.take(notification(change({"messages": [message]})))

    (record,) = gateway.records(MessageReceived)
    assert isinstance(record.event, MessageReceived)
    content = record.event.content
    assert isinstance(content, InboundMessageContent)
    assert isinstance(content.body, PlaceholderContent)
    assert not record.event.understood
    assert content.raw is not None
    assert b"hologram" in content.raw


def test_a_notice_is_recorded_once_per_delivery_of_meta(gateway: Gateway, firm: Number) -> None:
    entry = {
        "id": firm.waba_id,
        "time": 1_790_000_000,
        "changes": [{"field": "account_alerts", "value": {"alert_severity": "WARNING"}}],
    }
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    gateway.take(body, body)
    (record,) = gateway.records(SenderNumberNoticed)
    assert isinstance(record.event, SenderNumberNoticed)
    assert record.event.field == "account_alerts"


def test_an_unreadable_part_is_held_and_its_neighbours_are_recorded(
    gateway: Gateway, firm: Number
) -> None:
    broken = change({"messages": ["not a message"]})
    gateway.take(notification(text_message("wamid.A"), broken, text_message("wamid.B")))
    assert len(gateway.records(MessageReceived)) == 2
    assert gateway.held() == [("message_not_an_object", False)]


def test_bodies_that_say_nothing_are_ignored(gateway: Gateway, firm: Number) -> None:
    gateway.take(b"[]", b"{}", b'{"object": "page"}', b'{"entry": []}', b"null")
    assert gateway.held() == []
    assert gateway.records(MessageReceived, MessageStatusReceived, SenderNumberNoticed) == []
