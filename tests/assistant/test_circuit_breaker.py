"""The circuit opens after failures in a row, and one probe decides whether it closes."""

from infrastructure.assistant.circuit_breaker import CircuitBreaker, CircuitState


class Clock:
    """Seconds that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> CircuitBreaker:
    breaker = CircuitBreaker(failures_max=3, pause_seconds=30, monotonic=clock)
    for _ in range(3):
        assert breaker.seconds_until_free() == 0
        breaker.failed()
    return breaker


def test_failures_in_a_row_open_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    assert breaker.state is CircuitState.OPEN
    clock.now += 10
    assert breaker.seconds_until_free() == 20


def test_a_success_between_failures_keeps_it_closed() -> None:
    breaker = CircuitBreaker(failures_max=2, monotonic=Clock())
    for _ in range(5):
        breaker.failed()
        breaker.succeeded()
    assert breaker.state is CircuitState.CLOSED


def test_after_the_pause_one_probe_may_ask_and_others_wait() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 30
    assert breaker.seconds_until_free() == 0
    assert breaker.state is CircuitState.HALF_OPEN
    assert breaker.seconds_until_free() == 30


def test_a_probe_that_succeeds_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 30
    assert breaker.seconds_until_free() == 0
    breaker.succeeded()
    assert breaker.state is CircuitState.CLOSED
    assert breaker.seconds_until_free() == 0


def test_a_probe_that_fails_opens_it_for_another_pause() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 30
    assert breaker.seconds_until_free() == 0
    breaker.failed()
    assert breaker.state is CircuitState.OPEN
    assert breaker.seconds_until_free() == 30
