"""The beginning of many messages, spread over its first second.

A number may make its calls of a second all at once. Then nothing can be called for the rest of it,
and a reply would wait; and as each call frees its place a second later, it would again and again.
"""

import time
from collections.abc import Callable
from typing import Final

from jobs.outbound.window import WINDOW_S

PER_SECOND_MAX: Final = 200
"""A number that is quicker has so many places that those who write find one."""


class EaseIn:
    """How long the next of many messages is to be held back at their beginning."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began = float("-inf")
        self._last = float("-inf")

    def is_beginning(self, per_second: int) -> bool:
        """Whether the first second of many messages is not over."""
        now = self._monotonic()
        is_recent = now - self._began < WINDOW_S and now - self._last < WINDOW_S
        return is_recent and per_second <= PER_SECOND_MAX

    def wait_s(self, per_second: int) -> float:
        """Seconds until the next may go; 0 once a second has passed since the beginning."""
        if not self.is_beginning(per_second):
            return 0.0
        return max(0.0, self._last + 1 / per_second - self._monotonic())

    def note(self) -> None:
        """A message goes; after a second without any it is a beginning."""
        now = self._monotonic()
        if now - self._last >= WINDOW_S:
            self._began = now
        self._last = now
