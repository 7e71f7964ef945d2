"""What follows from what a contact writes, and from its opt-out, opt-in and withdrawal."""

from collections.abc import Iterator
from typing import Final

from domain.aggregate import Command
from domain.automatic_messages import (
    automatic_message,
    publication_of,
    text_words,
)
from domain.contact import ConsentPurpose, ConsentWithdrawn, Contact, OptedIn, OptedOut
from domain.contact_commands import OptIn, OptOut, StopMarketing, WithdrawConsent
from domain.conversation import NoteInboundMessage
from domain.event import EventRecord, fact_of
from domain.identity import (
    intake_session_id_of,
)
from domain.inbound_message import (
    MOVES_NOTHING,
    SYSTEM_KIND,
    Arrival,
    InboundMessage,
    InboundMessageContent,
    MessageReceived,
)
from domain.intake import (
    HandOverReason,
)
from domain.intake_answer import Said, said_in
from domain.intake_session import (
    HandOverIntake,
    IntakeSession,
    RepeatOpenQuestion,
    TakeInboundMessage,
)
from domain.keywords import OPT_IN_PHRASES, OPT_OUT_PHRASES, WITHDRAWAL_PHRASES, is_phrase
from domain.outbound_message import MessagePurpose, OutboundStatusUpdated
from domain.reader import Reader

MARKETING_STOPPED_CODE: Final = 131050
"""Meta's error code for a contact that stopped marketing messages (reference, 12.2)."""


def note_conversation(record: EventRecord, _read: Reader) -> Iterator[Command]:
    """Whenever a message was received, start its conversation, or open it again if closed.

    A notice of WhatsApp itself opens nothing again, nor does an imported message.
    """
    event = fact_of(record, MessageReceived)
    yield NoteInboundMessage(
        conversation_id=event.conversation_id,
        contact_id=event.contact_id,
        sender_number_id=event.sender_number_id,
        message_id=event.message_id,
        is_of_contact=event.kind != SYSTEM_KIND and event.arrival not in MOVES_NOTHING,
    )


def heed_message(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a contact wrote, obey a keyword, or else let the message move the intake on.

    A message in a group does not move the intake: others read along there. While another app
    answers (standby) only an opt-out is obeyed, unanswered; an imported message moves nothing.
    """
    event = fact_of(record, MessageReceived)
    content = event.content
    said = said_in(content.body) if isinstance(content, InboundMessageContent) else None
    if said is None or event.arrival in MOVES_NOTHING:
        return
    if event.arrival is Arrival.STANDBY:
        if is_phrase(said, OPT_OUT_PHRASES):
            yield OptOut(contact_id=event.contact_id, message_id=event.message_id)
        return
    contact = read.load(Contact, event.contact_id)
    keyword = _keyword_command(event, said, contact)
    if keyword is not None:
        yield keyword
    elif not contact.has_opted_out and not event.in_group:
        yield from _move_intake_on(record, event, said, read)


def _move_intake_on(
    record: EventRecord, event: MessageReceived, said: Said, read: Reader
) -> Iterator[Command]:
    session_id = intake_session_id_of(event.conversation_id)
    session = read.load(IntakeSession, session_id)
    version = session.started.flow_version if session.exists else None
    publication = publication_of(read, record, version)
    if publication is not None:
        yield TakeInboundMessage(
            session_id=session_id,
            conversation_id=event.conversation_id,
            contact_id=event.contact_id,
            message_id=event.message_id,
            flow=publication.flow,
            said=said,
        )


def _keyword_command(event: MessageReceived, said: Said, contact: Contact) -> Command | None:
    if is_phrase(said, OPT_OUT_PHRASES):
        return OptOut(
            contact_id=event.contact_id,
            message_id=event.message_id,
            conversation_id=event.conversation_id,
        )
    if is_phrase(said, OPT_IN_PHRASES) and contact.has_opted_out:
        return OptIn(
            contact_id=event.contact_id,
            message_id=event.message_id,
            conversation_id=event.conversation_id,
        )
    if is_phrase(said, WITHDRAWAL_PHRASES) and contact.consents:
        return WithdrawConsent(
            contact_id=event.contact_id,
            purposes=tuple(ConsentPurpose),
            message_id=event.message_id,
        )
    return None


def confirm_opt_out(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a contact opted out by a message, confirm it once."""
    event = fact_of(record, OptedOut)
    if event.conversation_id is not None:
        yield from automatic_message(
            record,
            read,
            event.conversation_id,
            MessagePurpose.OPT_OUT_CONFIRMATION,
            text_words(lambda flow: flow.opt_out_confirmation),
        )


def resume_intake(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a contact opted in again by a message, ask the open question of its intake again."""
    event = fact_of(record, OptedIn)
    if event.conversation_id is None:
        return
    session = read.load(IntakeSession, intake_session_id_of(event.conversation_id))
    if not session.exists:
        return
    publication = publication_of(read, record, session.started.flow_version)
    if publication is not None:
        yield RepeatOpenQuestion(session_id=session.started.session_id, flow=publication.flow)


def confirm_withdrawal(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a contact withdrew its consent by a message, confirm it once."""
    event = fact_of(record, ConsentWithdrawn)
    if event.message_id is None:
        return
    message = read.load(InboundMessage, event.message_id).received
    publication = publication_of(read, record, None)
    has_words = publication is not None and bool(publication.flow.withdrawal_confirmation)
    if message is not None and message.contact_id == event.contact_id and has_words:
        yield from automatic_message(
            record,
            read,
            message.conversation_id,
            MessagePurpose.NOTICE,
            text_words(lambda flow: flow.withdrawal_confirmation),
        )


def heed_marketing_error(record: EventRecord, _read: Reader) -> Iterator[Command]:
    """Whenever Meta refused a message because the contact wants no marketing, keep that."""
    event = fact_of(record, OutboundStatusUpdated)
    if MARKETING_STOPPED_CODE in event.error_codes:
        yield StopMarketing(
            contact_id=event.contact_id, decided_at=event.provider_time, source="meta_error"
        )


def end_intake_without_consent(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a contact withdrew its consent by a message, hand its intake over to a person."""
    event = fact_of(record, ConsentWithdrawn)
    if event.message_id is None:
        return
    message = read.load(InboundMessage, event.message_id).received
    if message is not None:
        yield HandOverIntake(
            session_id=intake_session_id_of(message.conversation_id),
            reason=HandOverReason.CONSENT_WITHDRAWN,
        )
