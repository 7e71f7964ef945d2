"""What the hub's own code cannot send is given up after three times, and may be tried again."""

from datetime import timedelta

import pytest

from domain.defect import Defect
from domain.delivery_state import DeliveryState
from domain.event import Event
from domain.outbound_defect import NoteDefect
from domain.outbound_message import (
    OutboundAttemptFailed,
    OutboundFailed,
    OutboundMessage,
    OutboundRefused,
)
from domain.outbound_retry import RetryOutbound
from domain.outbound_timing import OutboundRetried
from tests.domain.given import OPERATOR, SYSTEM, given
from tests.domain.memory_journal import START
from tests.domain.samples import sample_of
from tests.domain.test_outbound_message import ID, REQUESTED
from tests.domain.test_sending_rules import STARTED

DEFECT = Defect(digest="0123456789ab", error="KeyError", frames=("jobs/outbound/x.py:1 y",))
NOTE = NoteDefect(outbound_message_id=ID, defect=DEFECT, due_at=START + timedelta(seconds=5))


def test_two_defects_are_waited_out_and_the_third_ends_the_message() -> None:
    past: list[Event] = [REQUESTED]
    for _ in range(2):
        past += (
            given(OutboundMessage, *past).when(NOTE, by=SYSTEM).then_kinds(OutboundAttemptFailed)
        )
    waiting = OutboundMessage.replay(ID, past)
    assert (waiting.state, waiting.due_at) == (DeliveryState.REQUESTED, NOTE.due_at)
    assert waiting.spent_attempts == 0
    (failed,) = given(OutboundMessage, *past).when(NOTE, by=SYSTEM).then_kinds(OutboundFailed)
    assert isinstance(failed, OutboundFailed)
    assert failed.defect == DEFECT


def test_a_message_that_a_person_sends_again_has_three_tries_again() -> None:
    past: list[Event] = [REQUESTED]
    for _ in range(3):
        past += given(OutboundMessage, *past).when(NOTE, by=SYSTEM).then_any()
    retry = RetryOutbound(outbound_message_id=ID)
    past += given(OutboundMessage, *past).when(retry, by=OPERATOR).then_kinds(OutboundRetried)
    given(OutboundMessage, *past).when(NOTE, by=SYSTEM).then_kinds(OutboundAttemptFailed)


@pytest.mark.parametrize(
    "past",
    [(REQUESTED, STARTED), (REQUESTED, sample_of(OutboundRefused, outbound_message_id=ID))],
)
def test_what_does_not_wait_to_be_sent_knows_no_defect(past: tuple[Event, ...]) -> None:
    given(OutboundMessage, *past).when(NOTE, by=SYSTEM).then_nothing()
