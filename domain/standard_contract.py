"""The standard event contract: the envelope in which consumers outside the hub get its events.

It holds no personal content: who wrote is a keyed digest, and the content is named by a reference
that opens only through the API, for who may read it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from domain.event import EventRecord, PersonalEvent
from domain.identity import EventId, TenantId
from domain.inbound_message import MessageReceived
from domain.outbound_body import TextBody
from domain.outbound_cards import CardsBody, LocationBody, ReactionBody
from domain.outbound_media import MediaBody
from domain.outbound_message import OutboundContent, OutboundRequested
from domain.provenance import ActorKind

SenderHash = Callable[[UUID], str]
"""Gives the keyed digest of whoever sent a message (a contact or a sender number)."""

QUEUES: Final[Mapping[str, str]] = {
    "message.received.v1": "wa.incoming.normalized",
    "message.status_received.v1": "wa.incoming.normalized",
    "draft.suggested.v1": "wa.ai.draft.created",
    "draft.approved.v1": "wa.ai.draft.approved",
    "outbound.requested.v1": "wa.outgoing.command",
}
"""The queue of the commissioning documents to which an event corresponds, by its stored name."""


class MessageDirection(StrEnum):
    """Whether a message came from the contact or goes to it."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class NormalizedMessage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message without what it says.

    `sender_hash` is the keyed digest of its sender, `content_ref` the reference of its content,
    `message_type` Meta's type of it ("unknown" when the content was erased).
    """

    id: UUID
    tenant_id: TenantId
    channel: Literal["whatsapp"] = "whatsapp"
    direction: MessageDirection
    sender_hash: str
    message_type: str
    content_ref: str
    timestamp: datetime


class StandardMetadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where the event stands, who caused it, because of what, and its facts in the clear.

    `position` is dense per firm: a consumer that has seen all up to it has seen everything.
    """

    topic: str
    position: int | None
    actor_kind: ActorKind
    correlation_id: UUID
    causation_id: EventId | None
    recorded_at: datetime | None
    queue: str | None
    facts: dict[str, Any]


class StandardEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An event of the standard contract. `event_type` is its name there.

    `content` holds the words, only where the firm chose that for a webhook endpoint.
    """

    event_type: str
    event_id: EventId
    tenant_id: TenantId
    metadata: StandardMetadata
    timestamp: datetime
    normalized_message: NormalizedMessage | None = None
    content: Any | None = None


class WebhookEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A webhook as it came in. `raw_payload_ref` names the encrypted body, kept for seven days."""

    event_id: EventId
    provider: Literal["whatsapp"] = "whatsapp"
    raw_payload_ref: str
    received_at: datetime


def standard_event(record: EventRecord, sender_hash: SenderHash) -> StandardEvent | None:
    """Return the event in the standard contract, or None when it has no name there."""
    contract = type(record.event).CONTRACT
    if contract is None:
        return None
    return StandardEvent(
        event_type=contract,
        event_id=record.event_id,
        tenant_id=record.tenant_id,
        metadata=StandardMetadata(
            topic=record.topic,
            position=record.tenant_seq,
            actor_kind=record.actor.kind,
            correlation_id=record.correlation_id,
            causation_id=record.causation_id,
            recorded_at=record.recorded_at,
            queue=QUEUES.get(record.topic),
            facts=clear_facts(record),
        ),
        timestamp=record.occurred_at,
        normalized_message=_normalized_message(record, sender_hash),
    )


def clear_facts(record: EventRecord) -> dict[str, Any]:
    """Return the facts of the event that are no personal content, as JSON values."""
    event = record.event
    if isinstance(event, PersonalEvent):
        event = msgspec.structs.replace(event, content=msgspec.UNSET)
    facts: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(event))
    return facts


def _normalized_message(record: EventRecord, sender_hash: SenderHash) -> NormalizedMessage | None:
    match record.event:
        case MessageReceived() as event:
            return NormalizedMessage(
                id=event.message_id,
                tenant_id=record.tenant_id,
                direction=MessageDirection.INBOUND,
                sender_hash=sender_hash(event.contact_id),
                message_type=event.kind,
                content_ref=f"lawyers-hub:message/{event.message_id}",
                timestamp=record.occurred_at,
            )
        case OutboundRequested() as event:
            return NormalizedMessage(
                id=event.outbound_message_id,
                tenant_id=record.tenant_id,
                direction=MessageDirection.OUTBOUND,
                sender_hash=sender_hash(event.sender_number_id),
                message_type=_outbound_type(event),
                content_ref=f"lawyers-hub:outbound-message/{event.outbound_message_id}",
                timestamp=record.occurred_at,
            )
        case _:
            return None


def _outbound_type(event: OutboundRequested) -> str:
    if not isinstance(event.content, OutboundContent):
        return "unknown"
    body = event.content.body
    return body.kind if isinstance(body, MediaBody) else _META_TYPES.get(type(body), "interactive")


_META_TYPES: Final[Mapping[type, str]] = {
    TextBody: "text",
    LocationBody: "location",
    CardsBody: "contacts",
    ReactionBody: "reaction",
}
