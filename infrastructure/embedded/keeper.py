"""The keeper: the one process per home that holds the embedded servers.

`python -m infrastructure.embedded.keeper HOME` takes the lock of the home, listens on a Unix socket
and goes to the background. Every user of the servers holds a connection to that socket, its lease:
it names the servers it needs, and gets one line back when they are ready. The kernel closes the
connection however the user ends. A short while after the last lease is gone, the keeper stops the
servers and ends. A server that dies is started again.
"""

import contextlib
import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Final

from infrastructure.embedded.errors import EmbeddedServerError, log_tail
from infrastructure.embedded.home import HubHome
from infrastructure.embedded.messages import EXIT_ALREADY_KEPT, LEAVE_AT_ONCE
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.redis import EmbeddedRedis
from infrastructure.embedded.server import EmbeddedServer
from infrastructure.embedded.system_user import SystemUser, server_user

LAST_LEASE_GRACE_S: Final = 1.0
"""How long the servers outlast the last lease, so that one command after another finds them."""

START_ATTEMPTS_MAX: Final = 4
"""Failed starts of a server in a row before those who wait for it are told."""

_RESTART_PAUSE_S: Final = 0.5
_READINESS_POLL_S: Final = 0.02
_REQUEST_BYTES_MAX: Final = 4096


SERVERS: Final[dict[str, type[EmbeddedServer]]] = {
    EmbeddedPostgres.name: EmbeddedPostgres,
    EmbeddedRedis.name: EmbeddedRedis,
}


class KeptServer:
    """One server with what the keeper remembers about its starts."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.is_ready = False
        self.error = ""
        self._failed_starts = 0
        self._next_start = 0.0

    def tend(self) -> None:
        """Starts the server if it is down and its time has come; notices that it became ready."""
        if not self.server.has_exited():
            self.is_ready = self.is_ready or self.server.is_ready()
            if self.is_ready:
                self._failed_starts, self.error = 0, ""
        elif time.monotonic() >= self._next_start:
            self._start()

    def _start(self) -> None:
        self.is_ready = False
        self._next_start = time.monotonic() + _RESTART_PAUSE_S
        self._failed_starts += 1
        if self._failed_starts > START_ATTEMPTS_MAX:
            self.error = f"The embedded {self.server.name} server does not start. " + log_tail(
                self.server.log
            )
        try:
            self.server.start()
        except (EmbeddedServerError, OSError) as error:
            self.error = str(error)


class Lease:
    """One connection of a user and the servers it asked for."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.wanted: tuple[str, ...] = ()
        self.is_answered = False
        self.leaves_at_once = False
        self._received = b""

    def read(self) -> bool:
        """Takes what the user sent; whether the lease goes on."""
        try:
            part = self.connection.recv(_REQUEST_BYTES_MAX)
        except OSError:
            return False
        self._received += part
        if not part or len(self._received) > _REQUEST_BYTES_MAX:
            return False
        if not self._received.endswith(b"\n"):
            return True
        line, self._received = self._received, b""
        if line == LEAVE_AT_ONCE:
            self.leaves_at_once = True
            return False
        try:
            self.wanted = tuple(json.loads(line)["servers"])
        except (ValueError, KeyError, TypeError):
            return False
        return all(name in SERVERS for name in self.wanted)

    def answer(self, message: dict[str, object]) -> None:
        """Sends the one answer that a lease gets."""
        self.is_answered = True
        with contextlib.suppress(OSError):
            self.connection.sendall(json.dumps(message).encode() + b"\n")


class Keeper:
    """Holds leases and servers until the last lease is gone."""

    def __init__(self, home: HubHome, listener: socket.socket, user: SystemUser | None) -> None:
        self._home = home
        self._listener = listener
        self._user = user
        self._kept: dict[str, KeptServer] = {}
        self._leases: dict[socket.socket, Lease] = {}
        self._is_told_to_stop = False
        self._last_to_leave: socket.socket | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)

    def run(self) -> None:
        """Serves leases until the last is gone or a signal asks to stop, then stops the servers."""
        wake_up, woken = socket.socketpair()
        for end in (wake_up, woken):
            end.setblocking(False)
        signal.set_wakeup_fd(woken.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._tell_to_stop)
        self._selector.register(wake_up, selectors.EVENT_READ)
        deserted_at = time.monotonic()
        while not self._is_told_to_stop:
            for key, _ in self._selector.select(self._patience_s()):
                self._serve(key.fileobj, wake_up)
            self._tend_servers()
            if self._leases:
                deserted_at = time.monotonic()
            elif time.monotonic() - deserted_at >= LAST_LEASE_GRACE_S:
                break
        self._stop()

    def _tell_to_stop(self, *_: object) -> None:
        self._is_told_to_stop = True

    def _patience_s(self) -> float | None:
        if not all(kept.is_ready and not kept.server.has_exited() for kept in self._kept.values()):
            return _READINESS_POLL_S
        return None if self._leases else LAST_LEASE_GRACE_S

    def _serve(self, source: object, wake_up: socket.socket) -> None:
        if source is wake_up:
            with contextlib.suppress(BlockingIOError):
                wake_up.recv(512)
        elif source is self._listener:
            connection, _ = self._listener.accept()
            self._leases[connection] = Lease(connection)
            self._selector.register(connection, selectors.EVENT_READ)
        elif isinstance(source, socket.socket) and not self._leases[source].read():
            self._selector.unregister(source)
            lease = self._leases.pop(source)
            if lease.leaves_at_once and not self._leases:
                self._is_told_to_stop = True
                self._last_to_leave = source  # our end closes it, and that user waits for our end
            else:
                source.close()

    def _tend_servers(self) -> None:
        for lease in self._leases.values():
            for name in lease.wanted:
                if name not in self._kept:
                    self._kept[name] = KeptServer(SERVERS[name](self._home, self._user))
        for kept in self._kept.values():
            kept.tend()
        for lease in self._leases.values():
            if lease.wanted and not lease.is_answered:
                self._answer(lease)

    def _answer(self, lease: Lease) -> None:
        wanted = [self._kept[name] for name in lease.wanted]
        errors = [kept.error for kept in wanted if kept.error]
        if errors:
            lease.answer({"error": "\n".join(errors)})
        elif all(kept.is_ready for kept in wanted):
            lease.answer({"urls": {kept.server.name: kept.server.url for kept in wanted}})

    def _stop(self) -> None:
        self._home.keeper_socket.unlink(missing_ok=True)
        self._listener.close()
        for kept in self._kept.values():
            kept.server.ask_to_stop()
        for kept in self._kept.values():
            kept.server.stop()


def main(home: HubHome) -> int:
    """Takes the lock, listens, goes to the background and keeps. Returns the exit status."""
    home.prepare()
    lock = home.keeper_lock.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return EXIT_ALREADY_KEPT
    user = server_user()
    home.keeper_socket.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(home.keeper_socket))
        listener.listen(64)
        if os.fork():
            return 0
        Keeper(home, listener, user).run()
    lock.close()
    return 0


if __name__ == "__main__":
    os.umask(0o077)
    try:
        sys.exit(main(HubHome(Path(sys.argv[1]))))
    except EmbeddedServerError as failure:
        sys.stderr.write(f"{failure}\n")
        sys.exit(1)
