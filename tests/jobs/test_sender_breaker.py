"""When Meta fails the lane leaves it alone, spends no attempt, and goes on by itself."""

from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from domain.circuit import CircuitKind
from domain.delivery_state import DeliveryState
from domain.ports.whatsapp import SendOutcomeUnknown, SendRefused, UnknownCause
from domain.sender_number import SenderCircuitClosed, SenderCircuitOpened, SenderNumber
from infrastructure.postgres.circuits import CircuitKey
from infrastructure.whatsapp.errors import rule_for
from infrastructure.whatsapp.health import Sickness
from jobs.runtime import SendRuntime
from jobs.sender_breaker import SenderBreaker
from jobs.sweep import due_lanes, next_due_at
from projections.sender_directory import sender_by_id
from tests.domain.given import TENANT
from tests.domain.story import SENDER_ID
from tests.jobs.conftest import ScriptedHealth, ScriptedMeta
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_sending import drain, message, ready, replied, texts

__all__ = ["ready"]


def refused(code: int) -> SendRefused:
    rule = rule_for(code)
    return SendRefused(
        rule.words,
        error_class=rule.error_class,
        retry=rule.retry,
        next_step=rule.next_step,
        meta_code=code,
        circuit=rule.circuit,
    )


def opened(story: StoredStory) -> list[SenderCircuitOpened]:
    records = story.journal.load(TENANT, SENDER_ID)
    return [r.event for r in records if isinstance(r.event, SenderCircuitOpened)]


def closed(story: StoredStory) -> list[SenderCircuitClosed]:
    records = story.journal.load(TENANT, SENDER_ID)
    return [r.event for r in records if isinstance(r.event, SenderCircuitClosed)]


def test_a_token_that_expired_fails_no_message_and_calls_nobody_until_it_is_renewed(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, health: ScriptedHealth
) -> None:
    meta.answers = [refused(190)]
    health.found = Sickness(CircuitKind.TOKEN, "190", "The token expired.", "Renew it.")
    first, second = replied(ready, "satu"), replied(ready, "dua")
    for _ in range(6):
        drain(ready, sending)
        ready.clock.advance(seconds=120)
    assert texts(meta) == ["satu"]
    assert message(ready, first).spent_attempts == 0
    assert message(ready, second).attempt == 0
    (told,) = opened(ready)
    assert (told.circuit, told.cause) == (CircuitKind.TOKEN, "190")
    assert told.next_step.endswith(".")
    health.found = None
    ready.clock.advance(hours=1)
    drain(ready, sending)
    drain(ready, sending)
    assert texts(meta) == ["satu", "satu", "dua"]
    assert message(ready, second).state is DeliveryState.ACCEPTED
    assert len(closed(ready)) == 1


def test_five_failures_of_the_server_stop_the_lane_and_a_healthy_answer_lets_it_go_on(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, health: ScriptedHealth
) -> None:
    meta.answers = [refused(131016) for _ in range(5)]
    health.found = Sickness(CircuitKind.NUMBER, "no_answer", "Away.", "Nothing.")
    sent = replied(ready)
    for _ in range(12):
        drain(ready, sending)
        ready.clock.advance(seconds=20)
    assert len(meta.requests) == 5
    assert message(ready, sent).spent_attempts == 0
    assert len(health.asked) > 1
    health.found = None
    ready.clock.advance(minutes=10)
    drain(ready, sending)
    assert message(ready, sent).state is DeliveryState.ACCEPTED


def test_lost_answers_count_as_failures_and_leave_the_rest_unsent(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, health: ScriptedHealth
) -> None:
    meta.answers = [SendOutcomeUnknown(UnknownCause.CONNECTION_LOST) for _ in range(20)]
    health.found = Sickness(CircuitKind.NUMBER, "no_answer", "Away.", "Nothing.")
    sent = [replied(ready, f"pesan {place}") for place in range(8)]
    for _ in range(8):
        drain(ready, sending)
    states = [message(ready, each).state for each in sent]
    assert states.count(DeliveryState.IN_DOUBT) == 5
    assert states.count(DeliveryState.REQUESTED) == 3


def test_an_error_about_one_message_says_nothing_about_the_number(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    meta.answers = [refused(131026) for _ in range(8)]
    for place in range(9):
        replied(ready, f"pesan {place}")
    for _ in range(9):
        drain(ready, sending)
    assert len(meta.requests) == 9
    assert opened(ready) == []


def test_another_process_sees_the_circuit_and_only_one_of_them_probes(
    ready: StoredStory, sending: SendRuntime, health: ScriptedHealth
) -> None:
    one, other = (SenderBreaker(sending, TENANT, SENDER_ID) for _ in range(2))
    one.note_failure(refused(131031))
    assert other.blocked_until() is not None
    ready.clock.advance(minutes=1)
    key = CircuitKey(CircuitKind.NUMBER, str(SENDER_ID), TENANT)
    sending.circuits.permit(key)
    assert other.blocked_until() is not None
    assert health.asked == []


def test_a_number_with_an_open_circuit_is_rung_for_although_nothing_is_due(
    ready: StoredStory, sending: SendRuntime, follow: "Connection[Any]"
) -> None:
    breaker = SenderBreaker(sending, TENANT, SENDER_ID)
    breaker.note_failure(refused(131042))
    ready.catch_up()
    assert [each.sender_number_id for each in due_lanes(follow, with_attempts=False)] == [SENDER_ID]
    row = sender_by_id(TENANT, SENDER_ID).first(follow)
    assert row is not None
    assert row.circuit_words == "There is a problem with the payment method."
    ready.clock.advance(minutes=2)
    drain(ready, sending)
    row = sender_by_id(TENANT, SENDER_ID).first(follow)
    assert row is not None
    assert row.circuit is None
    assert due_lanes(follow, with_attempts=False) == []


def test_the_schedule_wakes_when_a_cool_down_ends(
    ready: StoredStory, sending: SendRuntime, follow: "Connection[Any]"
) -> None:
    ready.clock.moment = ready.clock.moment.replace(year=2199)
    SenderBreaker(sending, TENANT, SENDER_ID).note_failure(refused(131042))
    due_at = next_due_at(follow)
    assert due_at is not None
    assert due_at - ready.clock.moment == timedelta(seconds=30)


@pytest.mark.parametrize("code", [131031, 190])
def test_a_number_that_is_well_again_is_told_once(
    ready: StoredStory, sending: SendRuntime, code: int
) -> None:
    breaker = SenderBreaker(sending, TENANT, SENDER_ID)
    breaker.note_failure(refused(code))
    breaker.note_failure(refused(code))
    assert sending.load(SenderNumber, TENANT, SENDER_ID).circuit is not None
    ready.clock.advance(minutes=1)
    assert breaker.blocked_until() is None
    assert breaker.blocked_until() is None
    assert (len(opened(ready)), len(closed(ready))) == (1, 1)
