"""clamd, the daemon of ClamAV: asked over its socket, with the file as a stream (INSTREAM)."""

import contextlib
import re
import socket
from collections.abc import Iterable, Iterator
from typing import Final

from domain.ports.media_inspector import Inspection, ScannerUnavailable, Verdict

NAME: Final = "clamd"
CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 40.0
_PORT: Final = 3310
_ANSWER_BYTES_MAX: Final = 4096
_FOUND: Final = re.compile(r"^stream: (.+) FOUND$")


class ClamdAddressInvalid(ValueError):
    """The address is neither `unix:/path` nor `host:port`."""


class Clamd:
    """Asks a clamd at `unix:/run/clamav/clamd.ctl` or `host:port`."""

    def __init__(self, address: str, *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._path: str | None = None
        self._host, self._port = "", _PORT
        self._answer_timeout_s = answer_timeout_s
        if address.startswith("unix:") and len(address) > len("unix:"):
            self._path = address.removeprefix("unix:")
        else:
            host, _, port = address.rpartition(":")
            if not host or not port.isdecimal():
                raise ClamdAddressInvalid(
                    f"The address of clamd is {address!r}; give unix:/path/of/socket or host:port."
                )
            self._host, self._port = host.strip("[]"), int(port)

    def require_ready(self) -> None:
        """Raise ScannerUnavailable unless it answers."""
        with self._connected() as connection:
            connection.sendall(b"zPING\0")
            if _answer(connection) != "PONG":
                raise ScannerUnavailable("clamd answers, but not to PING.")

    def inspect(self, chunks: Iterable[bytes], content_type: str) -> Inspection:
        """Let it look at a file. Raises ScannerUnavailable when it cannot be asked."""
        with self._connected() as connection:
            connection.settimeout(self._answer_timeout_s)
            connection.sendall(b"zINSTREAM\0")
            # Over its limit it answers and hangs up while we still write.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for chunk in chunks:
                    connection.sendall(len(chunk).to_bytes(4, "big") + chunk)
                connection.sendall(b"\0\0\0\0")
            answer = _answer(connection)
        return _judged(answer, content_type)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        try:
            with self._connect() as connection:
                yield connection
        except OSError as error:
            raise ScannerUnavailable(f"clamd cannot be asked ({type(error).__name__}).") from error

    def _connect(self) -> socket.socket:
        if self._path is None:
            return socket.create_connection((self._host, self._port), CONNECT_TIMEOUT_S)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_TIMEOUT_S)
        try:
            connection.connect(self._path)
        except OSError:
            connection.close()
            raise
        return connection


def _answer(connection: socket.socket) -> str:
    read = bytearray()
    while b"\0" not in read and len(read) < _ANSWER_BYTES_MAX:
        data = connection.recv(_ANSWER_BYTES_MAX)
        if not data:
            break
        read += data
    return bytes(read).partition(b"\0")[0].decode("utf-8", "replace").strip()


def _judged(answer: str, content_type: str) -> Inspection:
    if answer == "stream: OK":
        verdict, reason = Verdict.CLEAN, ""
    elif found := _FOUND.match(answer):
        # "Heuristics.Limits.Exceeded…": it did not look at everything.
        is_limit = "limits.exceeded" in found[1].lower()
        verdict = Verdict.UNSCANNABLE if is_limit else Verdict.INFECTED
        reason = "over_scanner_limits" if is_limit else "virus_found"
    elif "size limit" in answer.lower():
        verdict, reason = Verdict.UNSCANNABLE, "over_scanner_limits"
    else:
        raise ScannerUnavailable("clamd gave an answer that says neither yes nor no.")
    return Inspection(verdict=verdict, content_type=content_type, reason=reason, scanners=(NAME,))
