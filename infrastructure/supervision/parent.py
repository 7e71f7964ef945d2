"""Ending with the parent: a process that was started by another one does not outlive it.

The parent holds the writing end of a pipe and never writes. The kernel closes it however the parent
ends, so the end of the pipe is the end of the parent, on every platform.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import MutableMapping, Sequence
from typing import IO, Final

from infrastructure.checkout import python_path

PIPE_VARIABLE: Final = "LAWYERS_HUB_PARENT_PIPE"
"""Names the inherited reading end; not a setting."""

KILL_AFTER_S: Final = 4.0
"""A process whose parent is gone is asked to end, and killed with its group after this time."""


def end_with_parent(environment: MutableMapping[str, str] = os.environ) -> None:
    """Makes this process end when the process that started it with `start_bound` ends."""
    text = environment.pop(PIPE_VARIABLE, "")
    if text:
        descriptor = int(text)
        os.set_inheritable(descriptor, False)
        threading.Thread(
            target=_wait_for_parent, args=(descriptor,), name="parent-watch", daemon=True
        ).start()


def start_bound(
    arguments: Sequence[str], *, output: int | IO[bytes], environment: MutableMapping[str, str]
) -> tuple[subprocess.Popen[bytes], int]:
    """Starts `python ARGUMENTS` as leader of its own process group, bound to this process.

    Returns the process and the descriptor whose closing tells it that its parent is gone.
    """
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={
                **environment,
                "PYTHONPATH": python_path(),
                "PYTHONUNBUFFERED": "1",
                PIPE_VARIABLE: str(reading),
            },
            pass_fds=[reading],
            start_new_session=True,
        )
    except BaseException:
        os.close(writing)
        raise
    finally:
        os.close(reading)
    return process, writing


def _wait_for_parent(descriptor: int) -> None:
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(KILL_AFTER_S)
    os.killpg(os.getpgid(0), signal.SIGKILL)
