"""What follows from messages that are given up: the firm is told; returned words close them."""

from collections.abc import Iterator
from uuid import UUID

from domain.aggregate import Command
from domain.dead_letter import DeadLetterKind, OpenDeadLetter, dead_letter_id_of
from domain.dead_letter_causes import cause_of_message
from domain.defect import DEFECTS_MAX
from domain.draft import DraftReturned
from domain.event import EventRecord, fact_of
from domain.identity import derived_id
from domain.outbound_message import (
    MessagePurpose,
    OutboundFailed,
    OutboundMessage,
    OutboundRefused,
    OutboundStatusUpdated,
)
from domain.outbound_return import CloseReturned
from domain.outbound_timing import OutboundDoubtParked
from domain.reader import Reader

GivenUp = OutboundFailed | OutboundRefused | OutboundDoubtParked | OutboundStatusUpdated


def tell_given_up_message(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a message was given up, open a dead letter and so tell the firm.

    Not for one of a broadcast: its results say it, once for all of them.
    """
    event = record.event
    cause = cause_of_message(event)
    if cause is None or not isinstance(event, GivenUp):
        return
    message = read.load(OutboundMessage, event.outbound_message_id)
    if not message.exists or message.requested.purpose is MessagePurpose.BROADCAST:
        return
    defect = getattr(event, "defect", None)
    yield OpenDeadLetter(
        dead_letter_id=dead_letter_id_of(event.outbound_message_id),
        item_id=event.outbound_message_id,
        kind=DeadLetterKind.MESSAGE,
        cause=cause,
        attempts=message.attempt or (DEFECTS_MAX if defect is not None else 0),
        conversation_id=event.conversation_id,
        contact_id=event.contact_id,
        message_id=event.outbound_message_id,
        occurrence=_occurrence(record, event, message),
        defect=defect,
    )


def _occurrence(record: EventRecord, event: GivenUp, message: OutboundMessage) -> UUID:
    """What is told once: the failure of an attempt, whether its answer or a status told it first.

    The hub's own failures make no attempt, and happen again under the number of the last one.
    """
    match event:
        case OutboundFailed(defect=None, attempt=attempt) if attempt:
            failed = attempt
        case OutboundStatusUpdated() if message.attempt:
            failed = message.attempt
        case _:
            return record.event_id
    return derived_id(event.outbound_message_id, "attempt", str(failed))


def close_returned_message(record: EventRecord, _read: Reader) -> Iterator[Command]:
    """Whenever the words of a message went back as a draft, let the message itself never go out."""
    event = fact_of(record, DraftReturned)
    yield CloseReturned(outbound_message_id=event.outbound_message_id)
