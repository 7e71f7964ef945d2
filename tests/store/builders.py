"""Events for tests of the store."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from domain.contact import ContactDetails, ContactIdentified, ContactIdentity, IdentityKind
from domain.conversation import ConversationClosed, ConversationReopened
from domain.event import Event, EventRecord
from domain.identity import ContactId, ConversationId, EventId, StreamId, TenantId
from domain.provenance import Actor, ActorKind
from infrastructure.unique_ids import new_event_id

OCCURRED_AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
CANARY_PHONE = "+6281299998888"
CANARY_NAME = "Siti Canary Rahmawati"


def new_tenant() -> TenantId:
    return TenantId(uuid4())


def record(
    tenant_id: TenantId,
    stream_id: UUID,
    version: int,
    event: Event | None = None,
    *,
    event_id: UUID | None = None,
) -> EventRecord:
    """An event of a conversation, closed and reopened in turns, or `event`."""
    conversation_id = ConversationId(stream_id)
    if event is None and version % 2:
        event = ConversationReopened(conversation_id=conversation_id)
    return EventRecord(
        event_id=EventId(event_id) if event_id else new_event_id(),
        tenant_id=tenant_id,
        stream_id=StreamId(stream_id),
        stream_version=version,
        event=event or ConversationClosed(conversation_id=conversation_id, reason=f"v{version}"),
        actor=Actor(ActorKind.SYSTEM, "tests"),
        correlation_id=stream_id,
        occurred_at=OCCURRED_AT,
    )


def stream(tenant_id: TenantId, stream_id: UUID, *versions: int) -> list[EventRecord]:
    return [record(tenant_id, stream_id, version) for version in versions]


def contact_identified(contact_id: UUID) -> ContactIdentified:
    """An event with personal content that must never stand anywhere in clear."""
    return ContactIdentified(
        contact_id=ContactId(contact_id),
        content=ContactDetails(
            identities=(ContactIdentity(kind=IdentityKind.PHONE, value=CANARY_PHONE),),
            profile_name=CANARY_NAME,
        ),
    )
