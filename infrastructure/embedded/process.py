"""Starting a server so that it does not outlive the process that started it, and stopping it."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypedDict

from infrastructure.embedded.system_user import SystemUser

LOG_BYTES_MAX: Final = 10_000_000
"""A server log above this size is put aside when the server starts; one old log is kept."""

_PR_SET_PDEATHSIG: Final = 1
_PASSED_ON: Final = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class ServerProcess:
    """One running server. When our process dies, the server gets `stop_signal`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        stop_signal: signal.Signals,
        user: SystemUser | None,
        has_death_signal: bool = sys.platform == "linux",
    ) -> None:
        self.stop_signal = stop_signal
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_suffix(".log.old"))
        before_start = _death_signal(stop_signal) if has_death_signal else None
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=clean_environment(),
                start_new_session=True,
                preexec_fn=before_start,  # noqa: PLW1509 - the keeper has one thread
                **user_arguments(user),
            )
        self._guard = None if has_death_signal else _Guard(self._process.pid, stop_signal, user)

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    def has_exited(self) -> bool:
        """Whether the server is gone."""
        return self._process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        """Sends a signal, unless the server is gone."""
        self._process.send_signal(number)

    def wait(self, timeout_s: float) -> bool:
        """Waits for the end of the server; whether it ended in time."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        if self._guard:
            self._guard.dismiss()
        return True

    def stop(self, signals: Sequence[tuple[signal.Signals, float]]) -> None:
        """Sends one signal after the other, each with its patience in seconds, then SIGKILL."""
        for number, patience_s in signals:
            self.send(number)
            if self.wait(patience_s):
                return
        self.send(signal.SIGKILL)
        self.wait(10)


class _Guard:
    """Where there is no death signal: a shell that waits for our end, then stops the server."""

    def __init__(self, pid: int, number: signal.Signals, user: SystemUser | None) -> None:
        self._process = subprocess.Popen(
            [
                "/bin/sh",
                "-c",
                "read -r _; kill -s $0 $1",
                number.name.removeprefix("SIG"),
                str(pid),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **user_arguments(user),
        )

    def dismiss(self) -> None:
        self._process.kill()
        self._process.communicate()


class UserArguments(TypedDict, total=False):
    """Arguments of `subprocess` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


def user_arguments(user: SystemUser | None) -> UserArguments:
    """What `subprocess` needs to run a command as `user`."""
    if user is None:
        return {}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}


def clean_environment() -> dict[str, str]:
    """What a server may know of our environment: no setting and no secret of the hub."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed, "LC_ALL": "C", "TZ": "UTC"}


def end_left_over(
    pid_file: Path, working_folder: Path, signals: Sequence[tuple[signal.Signals, float]]
) -> bool:
    """Ends a server that outlived its keeper; whether none is left.

    The pid file of a server that is gone is removed, also when its number means another process by
    now: our servers are known by the folder that they work in.
    """
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        pid = 0
    if pid and _works_in(pid, working_folder):
        for number, patience_s in (*signals, (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            if wait_until(lambda: not _works_in(pid, working_folder), patience_s):
                break
        else:
            return False
    pid_file.unlink(missing_ok=True)
    return True


def _works_in(pid: int, folder: Path) -> bool:
    import psutil  # only needed after a crash: the keeper stays small

    try:
        process = psutil.Process(pid)
        is_running = process.status() != psutil.STATUS_ZOMBIE
        return is_running and Path(process.cwd()) == folder.resolve()
    except psutil.Error:
        return False


def wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Looks again and again until the condition holds; whether it did in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _death_signal(number: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask_for_death_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # the parent died before the signal was asked for
            os._exit(1)

    return ask_for_death_signal
