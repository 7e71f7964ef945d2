"""Waiting in tests: on a condition with a deadline, never for a time."""

import subprocess
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

_POLL_S: Final = 0.02


def until(
    condition: Callable[[], bool],
    what: str,
    timeout_s: float = 60.0,
    *,
    by: "Iterable[subprocess.Popen[Any]]" = (),
) -> None:
    """Returns as soon as the condition holds; fails naming `what` when it does not in time.

    `by` are the processes that bring it about: it fails at once when one of them has ended.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        for process in by:
            if process.poll() is not None:
                raise AssertionError(
                    f"the process {process.pid} ended with {process.returncode}; still not: {what}"
                )
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout_s:g} s still not: {what}")
        time.sleep(_POLL_S)
