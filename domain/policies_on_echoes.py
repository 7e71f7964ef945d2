"""What follows from messages that the firm wrote elsewhere, and from calls."""

from collections.abc import Iterator

from domain.aggregate import Command
from domain.call import CallReported
from domain.conversation import NoteInboundMessage
from domain.echoed_message import MessageEchoed
from domain.event import EventRecord, fact_of
from domain.identity import MessageId, intake_session_id_of
from domain.inbound_message import MOVES_NOTHING
from domain.intake import HandOverReason
from domain.intake_session import HandOverIntake
from domain.reader import Reader


def note_echo(record: EventRecord, _read: Reader) -> Iterator[Command]:
    """Whenever the firm wrote elsewhere, start its conversation, without opening a closed one."""
    event = fact_of(record, MessageEchoed)
    yield NoteInboundMessage(
        conversation_id=event.conversation_id,
        contact_id=event.contact_id,
        sender_number_id=event.sender_number_id,
        message_id=event.message_id,
        is_of_contact=False,
    )


def leave_word_to_person(record: EventRecord, _read: Reader) -> Iterator[Command]:
    """Whenever the firm wrote elsewhere during an intake, hand it over: two voices confuse."""
    event = fact_of(record, MessageEchoed)
    if event.arrival not in MOVES_NOTHING:
        yield HandOverIntake(
            session_id=intake_session_id_of(event.conversation_id),
            reason=HandOverReason.MEMBER_REPLIED,
        )


def note_call(record: EventRecord, _read: Reader) -> Iterator[Command]:
    """Whenever a call was reported, start its conversation, without opening a closed one."""
    event = fact_of(record, CallReported)
    yield NoteInboundMessage(
        conversation_id=event.conversation_id,
        contact_id=event.contact_id,
        sender_number_id=event.sender_number_id,
        message_id=MessageId(event.report_id),
        is_of_contact=False,
    )
