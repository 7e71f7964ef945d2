"""What follows from drafts and from the statuses of what was sent."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from domain.aggregate import Command
from domain.automatic_messages import PRIORITIES, publication_of
from domain.contact import Contact
from domain.conversation import Conversation
from domain.draft import (
    Draft,
    DraftApproved,
    DraftContent,
    DraftState,
    DraftSuggested,
)
from domain.draft_suggestion import SupersedeDraft
from domain.event import EventRecord, fact_of
from domain.identity import (
    ConversationId,
    DraftId,
    EventId,
    MessageId,
    OutboundMessageId,
    assessment_id_after,
    draft_id_after,
    intake_session_id_of,
    outbound_id_after,
)
from domain.inbound_message import InboundMessage
from domain.intake import (
    HandOverReason,
)
from domain.intake_session import (
    HandOverIntake,
    IntakeSession,
)
from domain.legal_basis import LegalBasis, basis_of_reply
from domain.message_status import MessageStatusReceived
from domain.outbound_commands import RequestOutbound, TakeStatus
from domain.outbound_message import Approval, ApprovalKind, MessagePurpose, OutboundMessage
from domain.reader import Reader
from domain.sending_rules import quiet_until
from domain.tenant import Tenant

DRAFTS_LOOKED_BACK_MAX: Final = 10
"""How many earlier suggestions of a conversation are looked at when a newer one supersedes them."""


def send_approved_draft(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a member approved a draft, ask for exactly these words to be sent."""
    event = fact_of(record, DraftApproved)
    content = event.content
    conversation = read.load(Conversation, event.conversation_id)
    if not isinstance(content, DraftContent) or conversation.sender_number_id is None:
        return
    yield RequestOutbound(
        outbound_message_id=outbound_id_after(event.draft_id),
        conversation_id=event.conversation_id,
        contact_id=event.contact_id,
        sender_number_id=conversation.sender_number_id,
        purpose=MessagePurpose.REPLY,
        priority=PRIORITIES[MessagePurpose.REPLY],
        approval=Approval(
            kind=ApprovalKind.DRAFT,
            reference=event.draft_id,
            event_id=record.event_id,
            approved_by=record.actor,
            approved_at=record.occurred_at,
            body_digest=event.body_digest,
        ),
        body=content.body,
        reply_to_message_id=event.reply_to_message_id,
        reply_to_wamid=_wamid_of(event.reply_to_message_id, event.conversation_id, read),
        legal_basis=_basis_of(record, event, read),
        send_at=_time_to_send(record, event, read),
    )


def _basis_of(record: EventRecord, event: DraftApproved, read: Reader) -> LegalBasis | None:
    return basis_of_reply(
        read.load(Contact, event.contact_id),
        event.legal_basis,
        is_consent_asked_for=publication_of(read, record, None) is not None,
    )


def _time_to_send(record: EventRecord, event: DraftApproved, read: Reader) -> datetime | None:
    """The time that the member chose, moved to the end of the firm's quiet hours."""
    tenant = read.load(Tenant, record.tenant_id)
    wanted = event.send_at or record.occurred_at
    waits_until = quiet_until(tenant.sending_rules, MessagePurpose.REPLY, wanted, tenant.time_zone)
    return waits_until or event.send_at


def _wamid_of(
    message_id: MessageId | None, conversation_id: ConversationId, read: Reader
) -> str | None:
    """Meta's id of a message of either side, if it belongs to the conversation."""
    if message_id is None:
        return None
    received = read.load(InboundMessage, message_id)
    if received.received is not None:
        is_here = received.received.conversation_id == conversation_id
        return received.content.wamid if is_here and received.content is not None else None
    sent = read.load(OutboundMessage, message_id)
    is_here = sent.exists and sent.requested.conversation_id == conversation_id
    return sent.wamid if is_here else None


def stop_asking(record: EventRecord, _read: Reader) -> Iterator[Command]:
    """Whenever a member replies during an intake, hand the intake over: two voices confuse."""
    event = fact_of(record, DraftApproved)
    yield HandOverIntake(
        session_id=intake_session_id_of(event.conversation_id),
        reason=HandOverReason.MEMBER_REPLIED,
    )


def supersede_older_drafts(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a reply was suggested, set all but the newest suggestion aside."""
    event = fact_of(record, DraftSuggested)
    for draft_id in _waiting_drafts(event.conversation_id, read)[:-1]:
        yield SupersedeDraft(draft_id=draft_id)


def supersede_answered_drafts(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a member approved a reply, set the other suggestions of the conversation aside."""
    event = fact_of(record, DraftApproved)
    for draft_id in _waiting_drafts(event.conversation_id, read):
        yield SupersedeDraft(draft_id=draft_id)


def _waiting_drafts(conversation_id: ConversationId, read: Reader) -> list[DraftId]:
    """The suggestions that wait for a member, oldest message first."""
    session = read.load(IntakeSession, intake_session_id_of(conversation_id))
    drafts = [_draft_after(event_id) for event_id in session.reviews[-DRAFTS_LOOKED_BACK_MAX:]]
    return [draft for draft in drafts if read.load(Draft, draft).state is DraftState.SUGGESTED]


def _draft_after(event_id: EventId) -> DraftId:
    return draft_id_after(assessment_id_after(event_id))


def outbound_of(event: MessageStatusReceived, read: Reader) -> OutboundMessageId | None:
    """The message that a status is about: by what Meta echoes, else by Meta's own id.

    An echo that names no message of the firm is not ours, or of a store that was restored.
    """
    named = event.outbound_message_id
    if named is not None and read.load(OutboundMessage, named).exists:
        return named
    return read.outbound_with(event.wamid_digest)


def follow_delivery(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever Meta reported a status of a message that was sent from here, take it in."""
    event = fact_of(record, MessageStatusReceived)
    outbound_message_id = outbound_of(event, read)
    if outbound_message_id is not None:
        is_echoed = outbound_message_id == event.outbound_message_id
        yield TakeStatus(
            outbound_message_id=outbound_message_id,
            status=event.status,
            attempt=event.attempt if is_echoed else None,
            provider_time=record.occurred_at,
            status_event_id=record.event_id,
            error_codes=event.error_codes,
            pricing_type=event.pricing_type,
            pricing_category=event.pricing_category,
            free_entry_ends_at=event.free_entry_ends_at,
        )
