"""The circuit breaker of an endpoint in one process: the machine of the domain, locked."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from domain.circuit import CLOSED, ENDPOINT, CircuitState, Permit, ask, failed, succeeded

__all__ = ["CircuitBreaker", "CircuitState"]

FAILURES_MAX: Final = 5
"""Failures in a row that open the circuit."""

PAUSE_SECONDS: Final = 30.0
"""How long the circuit stays open before one probe may pass."""

_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
_CAUSE: Final = "no_answer"


class CircuitBreaker:
    """Safe for threads. `monotonic` gives seconds; tests pass their own clock."""

    def __init__(
        self,
        *,
        failures_max: int = FAILURES_MAX,
        pause_seconds: float = PAUSE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = msgspec.structs.replace(
            ENDPOINT,
            failures_in_row_max=failures_max,
            cool_down_s=pause_seconds,
            probe_limit_s=pause_seconds,
        )
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._circuit = CLOSED

    @property
    def state(self) -> CircuitState:
        """The state now."""
        with self._lock:
            return self._circuit.state

    def seconds_until_free(self) -> float:
        """0 if the caller may ask now (an open circuit then counts the caller as its probe)."""
        with self._lock:
            now = self._now()
            self._circuit, permit = ask(self._circuit, now, self._rules)
            retry_at = self._circuit.retry_at
            if permit is not Permit.WAIT or retry_at is None:
                return 0.0
            return (retry_at - now).total_seconds()

    def succeeded(self) -> None:
        """The endpoint answered: the circuit closes."""
        with self._lock:
            self._circuit = succeeded(self._circuit, self._now(), self._rules)

    def failed(self) -> None:
        """The endpoint failed: the last of a row, too many of many, or a probe opens it."""
        with self._lock:
            # One process alone asks here; there is nobody to spread out by lot.
            self._circuit = failed(self._circuit, self._now(), _CAUSE, 0.0, self._rules)

    def _now(self) -> datetime:
        return _BEGINNING + timedelta(seconds=self._monotonic())
