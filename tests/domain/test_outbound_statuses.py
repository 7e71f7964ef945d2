"""Statuses of Meta and decisions of people move an outbound message forward, and only forward."""

from itertools import permutations
from uuid import UUID

import pytest

from domain.delivery_state import DeliveryState
from domain.errors import HumanRequired
from domain.event import Event
from domain.identity import EventId
from domain.outbound_commands import DoubtDecision, SettleDoubt, TakeStatus
from domain.outbound_errors import AttemptNotUnderway, OutboundNotDue
from domain.outbound_message import (
    OutboundAttemptFailed,
    OutboundFailed,
    OutboundFoundSent,
    OutboundMessage,
    OutboundStatusUpdated,
)
from domain.outbound_retry import RetryOutbound
from domain.outbound_timing_commands import TooLateToChange
from tests.domain.given import OPERATOR, SYSTEM, given
from tests.domain.memory_journal import START
from tests.domain.test_outbound_message import (
    ID,
    LATER,
    REQUESTED,
    attempt,
    attempt_failed,
    in_doubt,
    message,
    start,
    updated,
)


def take(status: str, *, attempt: int | None = 1, number: int = 900) -> TakeStatus:
    return TakeStatus(
        outbound_message_id=ID,
        status=status,
        attempt=attempt,
        provider_time=START,
        status_event_id=EventId(UUID(int=number)),
    )


def test_statuses_give_the_same_state_in_whatever_order_they_come() -> None:
    for statuses, state in (
        (("sent", "delivered", "read"), DeliveryState.READ),
        (("sent", "failed"), DeliveryState.FAILED),
        (("sent", "delivered", "failed"), DeliveryState.DELIVERED),
        (("delivered", "read", "played", "sent"), DeliveryState.PLAYED),
    ):
        for order in permutations(statuses):
            past: list[Event] = [REQUESTED, attempt()]
            for number, status in enumerate(order):
                command = take(status, number=number + 600)
                past += (
                    given(OutboundMessage, *past).when(command).then_kinds(OutboundStatusUpdated)
                )
            assert message(*past).state is state, order


def test_every_status_is_kept_also_one_that_moves_nothing() -> None:
    past = (REQUESTED, attempt(), updated("failed", DeliveryState.FAILED))
    (event,) = given(OutboundMessage, *past).when(take("sent")).then_kinds(OutboundStatusUpdated)
    assert event.status == "sent"
    assert event.state is DeliveryState.FAILED


def test_a_status_taken_twice_is_kept_once() -> None:
    past = (REQUESTED, attempt(), updated("sent", DeliveryState.SENT, number=1))
    given(OutboundMessage, *past).when(take("sent", number=501)).then_nothing()


def test_a_word_that_is_not_known_moves_nothing() -> None:
    (event,) = (
        given(OutboundMessage, REQUESTED, attempt())
        .when(take("warning"))
        .then_kinds(OutboundStatusUpdated)
    )
    assert event.state is DeliveryState.ATTEMPTING


def test_a_status_settles_a_doubt() -> None:
    past = (REQUESTED, attempt(), in_doubt())
    (event,) = (
        given(OutboundMessage, *past).when(take("delivered")).then_kinds(OutboundStatusUpdated)
    )
    assert event.state is DeliveryState.DELIVERED


def test_a_status_without_any_attempt_is_kept_and_moves_nothing() -> None:
    (event,) = (
        given(OutboundMessage, REQUESTED).when(take("sent")).then_kinds(OutboundStatusUpdated)
    )
    assert event.state is DeliveryState.REQUESTED


def test_a_message_believed_unsent_that_meta_delivered_is_not_sent_again() -> None:
    past = (REQUESTED, attempt(), attempt_failed())
    (event,) = (
        given(OutboundMessage, *past).when(take("delivered")).then_kinds(OutboundStatusUpdated)
    )
    given(OutboundMessage, *past, event).when(start(), at=LATER).then_refused(OutboundNotDue)


@pytest.mark.parametrize("past", [(attempt_failed(),), (attempt_failed(), attempt(2))])
def test_a_late_failure_of_an_earlier_attempt_does_not_end_the_message(
    past: tuple[Event, ...],
) -> None:
    before = message(REQUESTED, attempt(), *past).state
    (event,) = (
        given(OutboundMessage, REQUESTED, attempt(), *past)
        .when(take("failed"))
        .then_kinds(OutboundStatusUpdated)
    )
    assert event.state is before


def settle(decision: DoubtDecision) -> SettleDoubt:
    return SettleDoubt(outbound_message_id=ID, decision=decision)


@pytest.mark.parametrize(
    ("decision", "kind", "state"),
    [
        (DoubtDecision.WAS_SENT, OutboundFoundSent, DeliveryState.ACCEPTED),
        (DoubtDecision.SEND_AGAIN, OutboundAttemptFailed, DeliveryState.REQUESTED),
        (DoubtDecision.GIVE_UP, OutboundFailed, DeliveryState.FAILED),
    ],
)
def test_a_person_settles_a_doubt(
    decision: DoubtDecision, kind: type[Event], state: DeliveryState
) -> None:
    past = (REQUESTED, attempt(), in_doubt())
    (event,) = given(OutboundMessage, *past).when(settle(decision), by=OPERATOR).then_kinds(kind)
    assert message(*past, event).state is state


def test_after_a_doubt_is_settled_by_sending_again_the_next_attempt_may_start() -> None:
    past = (REQUESTED, attempt(), in_doubt())
    (event,) = (
        given(OutboundMessage, *past)
        .when(settle(DoubtDecision.SEND_AGAIN))
        .then_kinds(OutboundAttemptFailed)
    )
    given(OutboundMessage, *past, event).when(start()).then(attempt(2))


def test_no_part_of_the_system_settles_a_doubt() -> None:
    past = (REQUESTED, attempt(), in_doubt())
    given(OutboundMessage, *past).when(settle(DoubtDecision.SEND_AGAIN), by=SYSTEM).then_refused(
        HumanRequired
    )


def test_without_a_doubt_there_is_nothing_to_settle() -> None:
    past = (REQUESTED, attempt(), in_doubt(), updated("sent", DeliveryState.SENT))
    given(OutboundMessage, *past).when(settle(DoubtDecision.SEND_AGAIN)).then_refused(
        AttemptNotUnderway
    )


def test_a_message_that_was_given_up_in_doubt_is_not_sent_again_once_it_proves_to_be_sent() -> None:
    past = [REQUESTED, attempt(), in_doubt()]
    give_up = settle(DoubtDecision.GIVE_UP)
    past += given(OutboundMessage, *past).when(give_up, by=OPERATOR).then_kinds(OutboundFailed)
    (event,) = given(OutboundMessage, *past).when(take("sent")).then_kinds(OutboundStatusUpdated)
    assert event.state is DeliveryState.SENT
    retry = RetryOutbound(outbound_message_id=ID)
    given(OutboundMessage, *past, event).when(retry, by=OPERATOR).then_refused(TooLateToChange)
    past.append(updated("failed", DeliveryState.FAILED))
    (late,) = given(OutboundMessage, *past).when(take("sent")).then_kinds(OutboundStatusUpdated)
    assert late.state is DeliveryState.FAILED
