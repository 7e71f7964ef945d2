"""Never more than n starts in any second: the log that one process keeps of its own starts."""

from collections import deque

WINDOW_S = 1.0


class SlidingLog:
    """The starts of one number in the last second, by the clock of the caller.

    Exact for every clock that does not go back, however late a start is made after it was asked
    for: what counts is the moment that `note` is told.
    """

    def __init__(self) -> None:
        self._starts: deque[float] = deque()

    def wait_s(self, now: float, per_second: int) -> float:
        """How long to wait until another start is allowed; 0 when it is allowed now."""
        while self._starts and self._starts[0] <= now - WINDOW_S:
            self._starts.popleft()
        if len(self._starts) < per_second:
            return 0.0
        return self._starts[len(self._starts) - per_second] + WINDOW_S - now

    def note(self, now: float) -> None:
        """Keep that a start was made."""
        self._starts.append(now)
