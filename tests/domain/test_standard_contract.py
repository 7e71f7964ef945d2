"""The standard event contract: known names, one envelope, nothing personal."""

import json
from typing import Any
from uuid import UUID

import msgspec
import pytest
from jsonschema import Draft202012Validator

from api.cli.catalogue import ROOT
from domain.contents import EVENTS as KINDS
from domain.draft import DraftApproved, DraftSuggested
from domain.event import Erased, Event, EventRecord, PersonalEvent
from domain.identity import EventId, StreamId
from domain.inbound_message import MessageReceived
from domain.member import MemberAdded
from domain.outbound_body import ButtonsBody, ReplyButton
from domain.outbound_message import OutboundContent, OutboundRequested
from domain.standard_contract import QUEUES, StandardEvent, WebhookEvent, standard_event
from tests.domain.given import LAWYER, TENANT, text
from tests.domain.memory_journal import START
from tests.domain.samples import sample_of

NAMED = [kind for kind in KINDS.values() if kind.CONTRACT]
SCHEMA = json.loads((ROOT / "docs/schemas/standard-contract.json").read_text())
CANARY = "canary 081234567890"


def hashed(sender: UUID) -> str:
    return f"hash-of-{sender.int}"


def record(event: Event) -> EventRecord:
    return EventRecord(
        event_id=EventId(UUID(int=1)),
        tenant_id=TENANT,
        stream_id=StreamId(UUID(int=2)),
        stream_version=3,
        event=event,
        actor=LAWYER,
        correlation_id=UUID(int=4),
        causation_id=EventId(UUID(int=5)),
        occurred_at=START,
        position=100,
        tenant_seq=7,
        recorded_at=START,
    )


def standard(event: Event) -> StandardEvent:
    envelope = standard_event(record(event), hashed)
    assert envelope is not None
    return envelope


def test_the_names_are_those_of_the_commissioning_documents_and_one_more() -> None:
    assert {kind.CONTRACT for kind in NAMED} - {"DeadLetterOpened"} == {
        "MessageReceived",
        "IntakeUpdated",
        "OutboundRequested",
        "OutboundSent",
        "OutboundFailed",
        "OutboundStatusUpdate",
        "DraftSuggested",
        "DraftApproved",
    }


def test_an_event_without_a_name_there_stays_inside() -> None:
    assert standard_event(record(sample_of(MemberAdded)), hashed) is None


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.__name__)
def test_every_named_event_fits_the_committed_envelope(kind: type[Event]) -> None:
    document = msgspec.json.decode(msgspec.json.encode(standard(sample_of(kind))))
    Draft202012Validator(SCHEMA).validate(document)
    assert set(document) <= {
        "eventType",
        "eventId",
        "tenantId",
        "normalizedMessage",
        "metadata",
        "timestamp",
    }
    assert document["eventType"] == kind.CONTRACT
    assert document["metadata"]["topic"] == kind.TOPIC
    assert document["metadata"]["position"] == 7
    assert msgspec.convert(document, StandardEvent) == standard(sample_of(kind))


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.__name__)
def test_no_content_leaves_in_the_envelope(kind: type[Event]) -> None:
    event = sample_of(kind)
    if not isinstance(event, PersonalEvent):
        return
    content: Any = dict.fromkeys(event.content.__struct_fields__, CANARY)
    event = msgspec.structs.replace(event, content=content)
    assert CANARY.encode() not in msgspec.json.encode(standard(event))


def test_an_inbound_message_is_normalised() -> None:
    received = sample_of(MessageReceived, kind="image")
    message = standard(received).normalized_message
    assert message is not None
    assert msgspec.to_builtins(message) == {
        "id": str(received.message_id),
        "tenantId": str(TENANT),
        "channel": "whatsapp",
        "direction": "inbound",
        "senderHash": hashed(received.contact_id),
        "messageType": "image",
        "contentRef": f"lawyers-hub:message/{received.message_id}",
        "timestamp": "2026-11-20T09:00:00Z",
    }


@pytest.mark.parametrize(
    ("content", "message_type"),
    [
        (OutboundContent(body=text("Halo")), "text"),
        (
            OutboundContent(body=ButtonsBody(text="?", buttons=(ReplyButton(id="y", title="Ya"),))),
            "interactive",
        ),
        (Erased(), "unknown"),
    ],
)
def test_an_outbound_message_is_normalised(content: Any, message_type: str) -> None:
    requested = sample_of(OutboundRequested, content=content)
    message = standard(requested).normalized_message
    assert message is not None
    assert message.direction == "outbound"
    assert message.sender_hash == hashed(requested.sender_number_id)
    assert message.message_type == message_type


def test_drafts_carry_the_names_of_their_queues() -> None:
    assert standard(sample_of(DraftSuggested)).metadata.queue == "wa.ai.draft.created"
    assert standard(sample_of(DraftApproved)).metadata.queue == "wa.ai.draft.approved"
    assert set(QUEUES) <= set(KINDS)


def test_a_webhook_names_its_body_without_holding_it() -> None:
    webhook = WebhookEvent(
        event_id=EventId(UUID(int=1)), raw_payload_ref="lawyers-hub:webhook/1", received_at=START
    )
    document = msgspec.json.decode(msgspec.json.encode(webhook))
    assert set(document) == {"eventId", "provider", "rawPayloadRef", "receivedAt"}
    Draft202012Validator(SCHEMA).validate(document)
