"""A circuit opens on failures, lets one probe through, and closes by itself."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from domain.circuit import (
    CLOSED,
    SENDING,
    Circuit,
    CircuitState,
    Permit,
    ask,
    failed,
    succeeded,
    tripped,
)
from tests.domain.memory_journal import START


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def failing(times: int, circuit: Circuit = CLOSED, *, lot: float = 0.0) -> Circuit:
    for _ in range(times):
        circuit = failed(circuit, START, "503", lot)
    return circuit


def test_five_failures_in_a_row_open_it_and_four_do_not() -> None:
    assert failing(4).state is CircuitState.CLOSED
    opened = failing(5)
    assert opened.state is CircuitState.OPEN
    assert opened.retry_at == later(1)
    assert opened.cause == "503"


def test_a_success_in_between_starts_the_count_anew() -> None:
    circuit = succeeded(failing(4), START)
    assert failing(4, circuit).state is CircuitState.CLOSED


def test_half_of_many_calls_failing_opens_it_although_none_fail_in_a_row() -> None:
    circuit = CLOSED
    for _ in range(SENDING.calls_min // 2 + 1):
        circuit = succeeded(failed(circuit, START, "131000", 0.0), START)
    assert failed(circuit, START, "131000", 0.0).state is CircuitState.OPEN


def test_what_failed_before_the_window_is_forgotten() -> None:
    circuit = CLOSED
    for minute in range(30):
        moment = later(minute * SENDING.window_s)
        circuit = succeeded(failed(circuit, moment, "131000", 0.0), moment)
    assert circuit.state is CircuitState.CLOSED


def test_while_it_is_open_everybody_waits_and_then_one_probes() -> None:
    opened = failing(5)
    assert ask(opened, later(0.9))[1] is Permit.WAIT
    probing, first = ask(opened, later(1))
    assert first is Permit.PROBE
    assert ask(probing, later(1))[1] is Permit.WAIT


def test_a_probe_that_tells_nothing_is_given_up_and_another_one_made() -> None:
    probing, _ = ask(failing(5), later(1))
    assert ask(probing, later(1 + SENDING.probe_limit_s))[1] is Permit.PROBE


def test_a_probe_that_succeeds_closes_it() -> None:
    probing, _ = ask(failing(5), later(1))
    closed = succeeded(probing, later(1))
    assert ask(closed, later(1))[1] is Permit.CALL


def test_a_late_answer_of_a_call_from_before_neither_closes_nor_prolongs_it() -> None:
    opened = failing(5)
    assert succeeded(opened, later(0.5)) == opened
    assert failed(opened, later(0.5), "503", 0.0) == opened


def test_the_first_cool_downs_are_short_and_the_later_ones_grow_to_a_limit() -> None:
    circuit, moment, waits = failing(5), START, []
    for _ in range(20):
        assert circuit.retry_at is not None
        waits.append((circuit.retry_at - moment).total_seconds())
        moment = circuit.retry_at
        circuit = failed(ask(circuit, moment)[0], moment, "503", 0.0)
    assert waits[:8] == [1, 1, 1, 1, 1, 1, 2, 4]
    assert max(waits) == waits[-1] == SENDING.cool_down_longest_s


def test_a_reason_that_does_not_pass_by_itself_opens_it_at_once_and_for_longer() -> None:
    opened = tripped(CLOSED, START, "131031", 0.0)
    assert opened.retry_at == later(SENDING.trip_cool_down_s)
    again = tripped(ask(opened, opened.retry_at)[0], opened.retry_at, "131031", 0.0)
    assert again.retry_at == opened.retry_at + timedelta(seconds=2 * SENDING.trip_cool_down_s)
    assert again.opened_at == START


def test_only_a_call_after_the_probe_makes_the_next_cool_down_short_again() -> None:
    opened = tripped(CLOSED, START, "131031", 0.0)
    assert opened.retry_at is not None
    closed = succeeded(ask(opened, opened.retry_at)[0], opened.retry_at)
    assert closed.openings == 1
    assert succeeded(closed, opened.retry_at).openings == 0


def test_a_clock_that_jumped_back_does_not_keep_it_open() -> None:
    assert ask(failing(5), START - timedelta(days=1))[1] is Permit.PROBE


@settings(max_examples=200, deadline=None)
@given(some.lists(some.tuples(some.sampled_from("sfta"), some.floats(0, 400)), max_size=60))
def test_whatever_happens_no_call_is_allowed_between_opening_and_a_good_probe(
    story: list[tuple[str, float]],
) -> None:
    circuit, moment, is_probing = CLOSED, START, False
    for word, seconds in story:
        moment += timedelta(seconds=seconds)
        before = circuit
        match word:
            case "s":
                circuit = succeeded(circuit, moment)
                assert not before.is_open or not circuit.is_open or circuit == before
                assert before.state is not CircuitState.OPEN or circuit == before
            case "f":
                circuit = failed(circuit, moment, "x", 0.5)
            case "t":
                circuit = tripped(circuit, moment, "x", 0.5)
            case _:
                circuit, permit = ask(circuit, moment)
                assert (permit is Permit.CALL) is not before.is_open
        is_probing = circuit.state is CircuitState.HALF_OPEN
        if circuit.is_open:
            assert circuit.retry_at is not None
            assert circuit.retry_at <= moment + timedelta(seconds=400)
    assert is_probing is (circuit.state is CircuitState.HALF_OPEN)
