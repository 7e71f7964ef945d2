"""Waiting in tests: on a condition with a deadline, never for a time."""

import time
from collections.abc import Callable
from typing import Final

_POLL_S: Final = 0.02


def until(condition: Callable[[], bool], what: str, timeout_s: float = 60.0) -> None:
    """Returns as soon as the condition holds; fails naming `what` when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout_s:g} s still not: {what}")
        time.sleep(_POLL_S)
