"""What was given up is sent again or set aside by a person, and by nobody else."""

from uuid import UUID

import pytest

from domain.dead_letter import (
    DeadLetter,
    DeadLetterDiscarded,
    DeadLetterKind,
    DiscardDeadLetter,
    dead_letter_id_of,
)
from domain.dead_letter_causes import cause_of_message
from domain.delivery_state import DeliveryState
from domain.errors import HumanRequired, InvalidInput
from domain.event import Event
from domain.outbound_commands import RecordSent, StartAttempt
from domain.outbound_message import (
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundFailed,
    OutboundMessage,
    OutboundRefused,
    OutboundSent,
)
from domain.outbound_retry import RetryOutbound
from domain.outbound_timing import OutboundRetried
from domain.outbound_timing_commands import TooLateToChange
from tests.domain.given import OPERATOR, SYSTEM, digest, given
from tests.domain.samples import sample_of
from tests.domain.test_outbound_message import ID, REQUESTED, WORDS
from tests.domain.test_sending_rules import IN_DOUBT, STARTED

ITEM = UUID(int=77)
RETRY = RetryOutbound(outbound_message_id=ID)
FAILED = sample_of(OutboundFailed, outbound_message_id=ID, attempt=1)
REFUSED = sample_of(OutboundRefused, outbound_message_id=ID)
SENT = sample_of(OutboundSent, outbound_message_id=ID, attempt=1)


def discard(reason: str = "the client called") -> DiscardDeadLetter:
    return DiscardDeadLetter(
        dead_letter_id=dead_letter_id_of(ITEM),
        item_id=ITEM,
        kind=DeadLetterKind.MESSAGE,
        reason=reason,
    )


@pytest.mark.parametrize(
    ("past", "kind"),
    [
        ((REQUESTED, STARTED, FAILED), OutboundRetried),
        ((REQUESTED, REFUSED), OutboundRetried),
        (IN_DOUBT, OutboundAttemptFailed),
    ],
)
def test_a_message_that_was_given_up_waits_again_because_a_person_says_so(
    past: tuple[Event, ...], kind: type[Event]
) -> None:
    happened = given(OutboundMessage, *past).when(RETRY, by=OPERATOR).then_kinds(kind)
    message = OutboundMessage.replay(ID, [*past, *happened])
    assert message.state is DeliveryState.REQUESTED
    given(OutboundMessage, *past).when(RETRY, by=SYSTEM).then_refused(HumanRequired)


def test_what_waits_or_arrived_is_not_sent_again() -> None:
    given(OutboundMessage, REQUESTED).when(RETRY, by=OPERATOR).then_nothing()
    accepted = (REQUESTED, STARTED, SENT)
    given(OutboundMessage, *accepted).when(RETRY, by=OPERATOR).then_refused(TooLateToChange)


def test_the_answer_to_the_new_attempt_is_taken_in() -> None:
    past: list[Event] = [REQUESTED, STARTED, SENT, FAILED]
    past += given(OutboundMessage, *past).when(RETRY, by=OPERATOR).then_kinds(OutboundRetried)
    start = StartAttempt(outbound_message_id=ID, body_digest=digest(WORDS))
    past += given(OutboundMessage, *past).when(start).then_kinds(OutboundAttemptStarted)
    sent = RecordSent(outbound_message_id=ID, attempt=2, wamid="new", wamid_digest="e" * 64)
    given(OutboundMessage, *past).when(sent).then_kinds(OutboundSent)


def test_a_dead_letter_is_discarded_once_with_a_reason_by_a_person() -> None:
    (event,) = given(DeadLetter).when(discard(), by=OPERATOR).then_kinds(DeadLetterDiscarded)
    given(DeadLetter, event).when(discard(), by=OPERATOR).then_nothing()
    given(DeadLetter).when(discard(" "), by=OPERATOR).then_refused(InvalidInput, field=("reason",))
    given(DeadLetter).when(discard(), by=SYSTEM).then_refused(HumanRequired)


def test_a_message_that_a_member_took_back_with_its_broadcast_was_not_given_up() -> None:
    cancelled = sample_of(OutboundRefused, reason="broadcast_cancelled")
    assert cause_of_message(cancelled) is None
    assert cause_of_message(REFUSED) == REFUSED.reason
