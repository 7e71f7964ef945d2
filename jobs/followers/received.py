"""What a webhook reports, as commands: one event per message, status and notice."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from domain.aggregate import Command
from domain.announced_file import edited_file_kind
from domain.call import CallContent, CallReported, ReportCall
from domain.echoed_message import EchoedMessageContent, MessageEchoed, RecordEcho
from domain.hub import LawyersHub
from domain.identity import (
    ContactId,
    EventId,
    MessageId,
    OutboundMessageId,
    SenderNumberId,
    StreamId,
    TenantId,
    conversation_id_of,
)
from domain.inbound_message import (
    SYSTEM_KIND,
    InboundMessageContent,
    MessageReceived,
    MessageRelation,
    MessageTarget,
    ReceiveMessage,
)
from domain.message_content import (
    EditContent,
    MessageContent,
    MessageContext,
    ReactionContent,
    RevokeContent,
    SystemNoticeContent,
)
from domain.message_status import MessageStatusReceived, ReceiveStatus, StatusDetails
from domain.ports.clock import Clock
from domain.ports.vault import Vault
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import INGEST_SCOPES
from domain.sender_notice import ImportNotice
from domain.sender_number import NoteNotice, NoticeContent, SenderNumberNoticed
from infrastructure.following.page_journal import PageJournal
from infrastructure.unique_ids import new_event_id
from infrastructure.whatsapp.natural_keys import message_key, natural_key
from infrastructure.whatsapp.sender_notices import sender_notice
from infrastructure.whatsapp.template_notices import template_notice
from infrastructure.whatsapp.updates import (
    CallStep,
    EchoedMessage,
    InboundMessage,
    MessageStatus,
    Notice,
    StatusConversation,
    SystemIdentityChange,
)

FREE_ENTRY_WINDOW: Final = timedelta(hours=72)
"""How long a free entry point lasts at most (Cloud API, reference 7.3)."""

META: Final = Actor(ActorKind.META, "whatsapp")


class Origin(NamedTuple):
    """Where an update comes from: firm, number, when it was received, its trace and its place."""

    tenant_id: TenantId
    sender_number_id: SenderNumberId
    received_at: datetime
    traceparent: str | None
    envelope_order: int


class Recorder:
    """Lets the hub record one event under an id that is known beforehand.

    An inbound message begins a story and is its own correlation, so its id must be known before the
    command is carried out.
    """

    def __init__(self, journal: PageJournal, clock: Clock, vault: Vault) -> None:
        self._next_id: EventId | None = None
        self._hub = LawyersHub(journal, clock, self._take_id, vault)

    def record(
        self,
        command: Command,
        origin: Origin,
        actor: Actor,
        occurred_at: datetime,
        *,
        event_id: EventId | None = None,
        story: EventId | None = None,
    ) -> None:
        """Carry out a command of at most one event. `story` is the event that began the story."""
        self._next_id = event_id or new_event_id()
        provenance = Provenance(
            tenant_id=origin.tenant_id,
            actor=actor,
            correlation_id=story or self._next_id,
            traceparent=origin.traceparent,
        )
        self._hub.handle(command, provenance, INGEST_SCOPES, occurred_at=occurred_at)

    def _take_id(self) -> EventId:
        taken, self._next_id = self._next_id, None
        return taken or new_event_id()


def stream_id_of(
    vault: Vault,
    tenant_id: TenantId,
    update: InboundMessage
    | EchoedMessage
    | CallStep
    | MessageStatus
    | SystemIdentityChange
    | Notice,
) -> UUID:
    """The stream that an update always leads to: the unique key that makes redelivery harmless."""
    key = natural_key(update)
    return vault.digest_id(tenant_id, key.purpose, key.text.encode())


def target_of(
    message: InboundMessage | EchoedMessage, tenant_id: TenantId, vault: Vault
) -> MessageTarget | None:
    """The earlier message that a message is about."""
    found = _relation_of(message.content, message.context)
    if message.completes:
        found = MessageRelation.COMPLETES, message.wamid
    if found is None:
        return None
    relation, wamid = found
    key = message_key(message.phone_number_id, wamid)
    return MessageTarget(
        relation=relation,
        message_id=MessageId(vault.digest_id(tenant_id, "message", key.encode())),
        wamid_digest=vault.digest(tenant_id, "wamid", wamid.encode()),
    )


def _relation_of(
    content: MessageContent, context: MessageContext
) -> tuple[MessageRelation, str] | None:
    match content:
        case ReactionContent(target_wamid=wamid):
            return MessageRelation.REACTION, wamid
        case EditContent(target_wamid=wamid):
            return MessageRelation.EDIT, wamid
        case RevokeContent(target_wamid=wamid):
            return MessageRelation.REVOKE, wamid
    answered = context.reply_to_wamid
    return None if answered is None else (MessageRelation.REPLY, answered)


def receive_message(
    message: InboundMessage, origin: Origin, stream_id: UUID, contact_id: ContactId, vault: Vault
) -> ReceiveMessage:
    """The command that records a message of a contact."""
    return ReceiveMessage(
        message=MessageReceived(
            message_id=MessageId(stream_id),
            conversation_id=conversation_id_of(contact_id, origin.sender_number_id),
            contact_id=contact_id,
            sender_number_id=origin.sender_number_id,
            kind=message.kind,
            envelope_order=origin.envelope_order,
            understood=message.is_understood,
            in_group=message.group_id is not None,
            arrival=message.arrival,
            target=target_of(message, origin.tenant_id, vault),
            edited_file_kind=edited_file_kind(message.content),
            content=InboundMessageContent(
                **_personal_members(message),
                profile_name=message.sender.profile_name,
                group_id=message.group_id,
            ),
        )
    )


def record_echo(
    message: EchoedMessage, origin: Origin, stream_id: UUID, contact_id: ContactId, vault: Vault
) -> RecordEcho:
    """The command that records a message which the firm wrote elsewhere."""
    return RecordEcho(
        message=MessageEchoed(
            message_id=MessageId(stream_id),
            conversation_id=conversation_id_of(contact_id, origin.sender_number_id),
            contact_id=contact_id,
            sender_number_id=origin.sender_number_id,
            kind=message.kind,
            origin=message.origin,
            wamid_digest=vault.digest(origin.tenant_id, "wamid", message.wamid.encode()),
            envelope_order=origin.envelope_order,
            understood=message.is_understood,
            arrival=message.arrival,
            target=target_of(message, origin.tenant_id, vault),
            edited_file_kind=edited_file_kind(message.content),
            content=EchoedMessageContent(**_personal_members(message)),
        )
    )


def _personal_members(message: InboundMessage | EchoedMessage) -> dict[str, Any]:
    context = message.context
    return {
        "wamid": message.wamid,
        "body": message.content,
        "reply_to_wamid": context.reply_to_wamid,
        "forwarded": context.forwarded or context.frequently_forwarded,
        "frequently_forwarded": context.frequently_forwarded,
        "referral": context.referral,
        "catalogue_id": context.catalogue_id,
        "product_id": context.product_id,
        "raw": message.raw,
    }


def report_call(
    step: CallStep, origin: Origin, stream_id: UUID, contact_id: ContactId, vault: Vault
) -> ReportCall:
    """The command that records a step of a call."""
    return ReportCall(
        report=CallReported(
            report_id=StreamId(stream_id),
            call_id=vault.digest_id(origin.tenant_id, "call", step.wacid.encode()),
            conversation_id=conversation_id_of(contact_id, origin.sender_number_id),
            contact_id=contact_id,
            sender_number_id=origin.sender_number_id,
            step=step.step,
            by_contact=step.by_contact,
            outcome=step.outcome,
            duration_s=step.duration_s,
            envelope_order=origin.envelope_order,
            content=CallContent(value=step.value.decode()),
        )
    )


def receive_status(
    status: MessageStatus, origin: Origin, stream_id: UUID, vault: Vault, occurred_at: datetime
) -> ReceiveStatus:
    """The command that records a delivery status."""
    outbound_message_id, attempt = sent_attempt(status.callback_data)
    pricing = status.pricing
    return ReceiveStatus(
        status_id=StreamId(stream_id),
        status=MessageStatusReceived(
            tenant_id=origin.tenant_id,
            sender_number_id=origin.sender_number_id,
            wamid_digest=vault.digest(origin.tenant_id, "wamid", status.wamid.encode()),
            status=status.status,
            outbound_message_id=outbound_message_id,
            attempt=attempt,
            participant_digest=(
                vault.digest(origin.tenant_id, "participant", status.participant.encode())
                if status.participant is not None
                else None
            ),
            pricing_type=pricing.type if pricing is not None else None,
            pricing_category=pricing.category if pricing is not None else None,
            free_entry_ends_at=free_entry_end(status.conversation, occurred_at),
            error_codes=tuple(fault.code for fault in status.errors if fault.code is not None),
            content=StatusDetails(
                wamid=status.wamid,
                error_details=tuple(fault.details or fault.title for fault in status.errors),
            ),
        ),
    )


def free_entry_end(
    conversation: StatusConversation | None, occurred_at: datetime
) -> datetime | None:
    """Until when the free entry point of a contact lasts; never longer than Meta grants one."""
    if conversation is None or conversation.expires_at is None:
        return None
    return min(conversation.expires_at, occurred_at + FREE_ENTRY_WINDOW)


def sent_attempt(callback_data: str | None) -> tuple[OutboundMessageId | None, int | None]:
    """The message and attempt that echoed callback data names; (None, None) for anything else."""
    message_id, _, attempt = (callback_data or "").partition(".")
    try:
        return OutboundMessageId(UUID(message_id)), int(attempt)
    except ValueError:
        return None, None


def note_notice(
    notice: Notice,
    origin: Origin,
    stream_id: UUID,
    concerned: tuple[SenderNumberId, ...] = (),
    contact_id: ContactId | None = None,
) -> NoteNotice:
    """The command that records a notice of Meta; `concerned` are the numbers it is about."""
    told = sender_notice(notice)
    return NoteNotice(
        notice_id=StreamId(stream_id),
        notice=SenderNumberNoticed(
            tenant_id=origin.tenant_id,
            field=notice.field,
            waba_id=notice.waba_id,
            part=notice.part,
            word=notice.event,
            is_recognised=notice.is_recognised,
            sender_number_id=(
                origin.sender_number_id if notice.phone_number_id is not None else None
            ),
            sender_number_ids=concerned,
            contact_id=contact_id,
            import_progress=told if isinstance(told, ImportNotice) else None,
            content=NoticeContent(
                value=notice.value.decode(),
                about=template_notice(notice),
                sender=told,
            ),
        ),
    )


def receive_system_notice(
    change: SystemIdentityChange, origin: Origin, stream_id: UUID, contact_id: ContactId
) -> ReceiveMessage:
    """The command that shows WhatsApp's notice of another identity in the conversation."""
    return ReceiveMessage(
        message=MessageReceived(
            message_id=MessageId(stream_id),
            conversation_id=conversation_id_of(contact_id, origin.sender_number_id),
            contact_id=contact_id,
            sender_number_id=origin.sender_number_id,
            kind=SYSTEM_KIND,
            envelope_order=origin.envelope_order,
            content=InboundMessageContent(
                wamid=change.wamid,
                body=SystemNoticeContent(system_type=change.change.value, body=change.body),
            ),
        )
    )
