"""Asking the keeper of a home for its servers, and keeping them up for as long as they are used."""

import contextlib
import fcntl
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infrastructure.checkout import python_path
from infrastructure.embedded.errors import EmbeddedServerError, log_tail
from infrastructure.embedded.home import HubHome
from infrastructure.embedded.messages import EXIT_ALREADY_KEPT, LEAVE_AT_ONCE

START_TIMEOUT_S: Final = 60.0
"""Enough for a first start and for the recovery after a crash."""

_UNANSWERED_MAX: Final = 3
"""Keepers in a row that end before they answer; one may have been stopping, more are broken."""

_RETRY_PAUSE_S: Final = 0.03
_RETAKE_PAUSE_S: Final = 5.0
_STOP_TIMEOUT_S: Final = 12.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """The addresses of the servers that were asked for; "" for one that was not."""

    database_url: str
    """PostgreSQL as its administrator: for migrations and `hub doctor`, not for running parts."""
    redis_url: str


@contextlib.contextmanager
def embedded_servers(
    home: Path,
    *,
    postgres: bool = True,
    redis: bool = True,
    stop_at_once: bool = False,
    start_timeout_s: float = START_TIMEOUT_S,
) -> Iterator[EmbeddedServers]:
    """Holds a lease on the servers of a home; they run at least until the block ends.

    The first user starts them, further users share them, also from other processes. When the keeper
    is killed, it is started again in the background, and the servers come back at the same
    addresses. With `stop_at_once` the end of the block waits until the servers are stopped, unless
    somebody else uses them; otherwise they stay up for a second and stop in the background.
    Raises EmbeddedServerError with the end of the log when they do not come up in time.
    """
    wanted = [name for name, is_wanted in (("postgres", postgres), ("redis", redis)) if is_wanted]
    if not wanted:
        yield EmbeddedServers("", "")
        return
    lease = _Lease(HubHome(home.expanduser().resolve()), wanted, start_timeout_s)
    try:
        yield EmbeddedServers(lease.urls.get("postgres", ""), lease.urls.get("redis", ""))
    finally:
        lease.release(at_once=stop_at_once)


class _Lease:
    """An open connection to the keeper, taken again by a thread when the keeper is killed."""

    def __init__(self, home: HubHome, wanted: list[str], timeout_s: float) -> None:
        self._home = home
        self._wanted = wanted
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._connection, self.urls = _take(home, wanted, timeout_s)
        self._watcher = threading.Thread(target=self._watch, name="embedded-lease", daemon=True)
        self._watcher.start()

    def release(self, *, at_once: bool) -> None:
        """Gives the lease back; the servers stop if it was the last one."""
        with self._lock:
            self._released.set()
            with contextlib.suppress(OSError):
                if at_once:
                    self._connection.sendall(LEAVE_AT_ONCE)
                else:
                    self._connection.shutdown(socket.SHUT_RDWR)
        self._watcher.join(_STOP_TIMEOUT_S)

    def _watch(self) -> None:
        connection = self._connection
        while True:
            with contextlib.suppress(OSError):
                connection.recv(1)  # returns when the keeper is gone or the lease was released
            connection.close()
            if self._released.is_set():
                return
            _logger.warning("the keeper of the embedded servers is gone; starting it again")
            retaken = self._take_again()
            if retaken is None:
                return
            connection = retaken

    def _take_again(self) -> socket.socket | None:
        """A new connection, however long it takes; None when the lease was released meanwhile."""
        while not self._released.is_set():
            try:
                connection, _ = _take(self._home, self._wanted, self._timeout_s)
            except (EmbeddedServerError, OSError):
                _logger.exception("the embedded servers did not come back; trying again")
                self._released.wait(_RETAKE_PAUSE_S)
                continue
            with self._lock:
                if not self._released.is_set():
                    self._connection = connection
                    return connection
            connection.close()
        return None


def _take(
    home: HubHome, wanted: list[str], timeout_s: float
) -> tuple[socket.socket, dict[str, str]]:
    """Connects to the keeper, starting one if need be, and waits until the servers are ready."""
    home.prepare()
    deadline = time.monotonic() + timeout_s
    unanswered = 0
    while unanswered < _UNANSWERED_MAX and time.monotonic() < deadline:
        connection = _connect(home)
        if connection is None:
            if not _is_kept(home):
                _start_keeper(home, deadline)
            time.sleep(_RETRY_PAUSE_S)
        else:
            answer = _ask(connection, wanted, deadline)
            if answer and "urls" in answer:
                return connection, answer["urls"]
            connection.close()
            if answer:
                raise EmbeddedServerError(str(answer["error"]))
            unanswered += 1
    reason = "their keeper ends" if unanswered == _UNANSWERED_MAX else f"{timeout_s:g} s are over"
    raise EmbeddedServerError(
        f"The embedded servers of {home.path} did not come up: {reason}. "
        f"Look for the cause in the logs.\n{log_tail(home.keeper_log)}\n"
        + "\n".join(log_tail(home.server_log(name)) for name in wanted)
    )


def _is_kept(home: HubHome) -> bool:
    """Whether a keeper holds the home, be it that it starts or stops."""
    with home.keeper_lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _connect(home: HubHome) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(home.keeper_socket))
    except OSError:
        connection.close()
        return None
    return connection


def _ask(
    connection: socket.socket, wanted: list[str], deadline: float
) -> dict[str, dict[str, str]] | None:
    """The keeper's answer; None when it ended or time ran out before it answered."""
    try:
        connection.settimeout(max(0.1, deadline - time.monotonic()))
        connection.sendall(json.dumps({"servers": wanted}).encode() + b"\n")
        received = b""
        while not received.endswith(b"\n"):
            part = connection.recv(4096)
            if not part:
                return None
            received += part
    except OSError:
        return None
    connection.settimeout(None)
    answer: dict[str, dict[str, str]] = json.loads(received)
    return answer


def _start_keeper(home: HubHome, deadline: float) -> None:
    """Starts a keeper in the background, unless one holds the home. Raises EmbeddedServerError."""
    command = [sys.executable, "-P", "-m", "infrastructure.embedded.keeper", str(home.path)]
    with home.keeper_log.open("ab") as log:
        os.fchmod(log.fileno(), 0o600)
        try:
            status = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**os.environ, "PYTHONPATH": python_path()},
                start_new_session=True,
                timeout=max(5.0, deadline - time.monotonic()),
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            status = None
    if status not in {0, EXIT_ALREADY_KEPT}:
        raise EmbeddedServerError(
            f"The keeper of the embedded servers could not start.\n{log_tail(home.keeper_log)}"
        )
