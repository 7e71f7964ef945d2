"""A crowd: many made-up contacts who agreed, carry a label, and wrote a moment ago."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection

from domain.contact import (
    ConsentGranted,
    ConsentPurpose,
    ConsentText,
    ContactDetails,
    ContactIdentified,
    ContactIdentity,
    IdentityKind,
)
from domain.contact_labels import ContactLabelled
from domain.conversation import ConversationStarted
from domain.event import Event, EventRecord
from domain.identity import (
    ContactId,
    ConversationId,
    MessageId,
    SenderNumberId,
    StreamId,
    TenantId,
    conversation_id_of,
    derived_id,
)
from domain.inbound_message import InboundMessageContent, MessageReceived
from domain.message_content import TextContent
from domain.ports.journal import AppendRequest
from domain.ports.vault import Vault
from domain.provenance import Actor, ActorKind
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.unique_ids import new_event_id

_META: Final = Actor(kind=ActorKind.META, id="laboratory")
_PAGE: Final = 200


class CrowdMember(NamedTuple):
    """One made-up contact."""

    contact_id: ContactId
    conversation_id: ConversationId
    phone: str
    name: str


def phone_of(number: int) -> str:
    """The made-up phone number of the n-th member, in E.164."""
    return f"+62812{number:08d}"


def crowd_members(
    tenant_id: TenantId, sender_number_id: SenderNumberId, size: int
) -> list[CrowdMember]:
    """The members of a crowd; the same ones every time."""
    members = []
    for number in range(size):
        contact_id = ContactId(derived_id(tenant_id, "crowd", str(number)))
        members.append(
            CrowdMember(
                contact_id,
                conversation_id_of(contact_id, sender_number_id),
                phone_of(number),
                f"Klien {number}",
            )
        )
    return members


def store_crowd(
    connection: Connection[Any],
    vault: Vault,
    tenant_id: TenantId,
    sender_number_id: SenderNumberId,
    members: Sequence[CrowdMember],
    *,
    label: str,
    wrote_at: datetime,
) -> None:
    """Append what has happened to the members, each of them whole (role follow or work)."""
    for start in range(0, len(members), _PAGE):
        requests = [
            AppendRequest(
                records=tuple(_story(tenant_id, sender_number_id, member, label, wrote_at))
            )
            for member in members[start : start + _PAGE]
        ]
        with connection.transaction():
            TransactionJournal(connection, vault).append_many(requests)


def _story(
    tenant_id: TenantId,
    sender_number_id: SenderNumberId,
    member: CrowdMember,
    label: str,
    moment: datetime,
) -> Iterator[EventRecord]:
    message_id = MessageId(derived_id(member.contact_id, "first-message"))
    of_contact: tuple[Event, ...] = (
        ContactIdentified(
            contact_id=member.contact_id,
            content=ContactDetails(
                identities=(ContactIdentity(kind=IdentityKind.PHONE, value=member.phone),),
                profile_name=member.name,
            ),
        ),
        ConsentGranted(
            contact_id=member.contact_id,
            purposes=tuple(ConsentPurpose),
            flow_version=1,
            language="id",
            message_id=message_id,
            content=ConsentText(question="Setuju?", answer="Setuju"),
        ),
        ContactLabelled(contact_id=member.contact_id, labels=(label,)),
    )
    started = ConversationStarted(
        conversation_id=member.conversation_id,
        contact_id=member.contact_id,
        sender_number_id=sender_number_id,
        first_message_id=message_id,
    )
    received = MessageReceived(
        message_id=message_id,
        conversation_id=member.conversation_id,
        contact_id=member.contact_id,
        sender_number_id=sender_number_id,
        kind="text",
        envelope_order=0,
        content=InboundMessageContent(
            wamid=f"wamid.crowd-{message_id}", body=TextContent(body="Selamat pagi")
        ),
    )
    for version, event in enumerate(of_contact, start=1):
        yield _record(tenant_id, member.contact_id, version, event, moment)
    yield _record(tenant_id, member.conversation_id, 1, started, moment)
    yield _record(tenant_id, message_id, 1, received, moment)


def _record(
    tenant_id: TenantId, stream_id: UUID, version: int, event: Event, moment: datetime
) -> EventRecord:
    return EventRecord(
        event_id=new_event_id(),
        tenant_id=tenant_id,
        stream_id=StreamId(stream_id),
        stream_version=version,
        event=event,
        actor=_META,
        correlation_id=stream_id,
        occurred_at=moment,
    )
