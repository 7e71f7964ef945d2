"""A circuit breaker: after failures in a row nobody asks for a while, then one probe decides."""

import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

FAILURES_MAX: Final = 5
"""Failures in a row that open the circuit."""

PAUSE_SECONDS: Final = 30.0
"""How long the circuit stays open before one probe may pass."""


class CircuitState(StrEnum):
    """Closed: everybody asks. Open: nobody. Half open: one probe is under way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """Safe for threads. `monotonic` gives seconds; tests pass their own clock."""

    def __init__(
        self,
        *,
        failures_max: int = FAILURES_MAX,
        pause_seconds: float = PAUSE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures_max = failures_max
        self._pause_seconds = pause_seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._is_probing = False

    @property
    def state(self) -> CircuitState:
        """The state now."""
        with self._lock:
            if self._opened_at is None:
                return CircuitState.CLOSED
            return CircuitState.HALF_OPEN if self._is_probing else CircuitState.OPEN

    def seconds_until_free(self) -> float:
        """0 if the caller may ask now (an open circuit then counts the caller as its probe)."""
        with self._lock:
            if self._opened_at is None:
                return 0.0
            waited = self._monotonic() - self._opened_at
            if waited < self._pause_seconds:
                return self._pause_seconds - waited
            if self._is_probing:
                return self._pause_seconds
            self._is_probing = True
            return 0.0

    def succeeded(self) -> None:
        """The endpoint answered: the circuit closes."""
        with self._lock:
            self._failures = 0
            self._opened_at = None
            self._is_probing = False

    def failed(self) -> None:
        """The endpoint failed: the last of a row, or a probe, opens the circuit."""
        with self._lock:
            self._failures += 1
            if self._is_probing or self._failures >= self._failures_max:
                self._opened_at = self._monotonic()
                self._is_probing = False
