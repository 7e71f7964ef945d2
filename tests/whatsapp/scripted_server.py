"""An HTTP server that answers exactly what a test says, however wrong, and keeps what it was asked.

The simulator behaves as Meta does; this one behaves as Meta, a proxy or a broken line never should.
"""

import contextlib
import itertools
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_READ_BYTES = 65_536


class ReceivedRequest(NamedTuple):
    """A request as it came over the wire; header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Behaviour(NamedTuple):
    """What the server does with one request; `act` says whether the connection stays open."""

    name: str
    act: Callable[[socket.socket, threading.Event], bool]

    def __str__(self) -> str:
        return self.name


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Behaviour:
    """Answer properly; `body` is bytes or something to write as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]

    def act(connection: socket.socket, _stopped: threading.Event) -> bool:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        return True

    return Behaviour(f"{status} with {content[:60]!r}", act)


def accepted(wamid: str) -> Behaviour:
    """Answer as Meta does when it takes a message."""
    return answer(200, {"messaging_product": "whatsapp", "messages": [{"id": wamid}]})


def refused(code: int, status: int = 400, **members: Any) -> Behaviour:
    """Answer with Meta's error object."""
    error = {"message": "(#1) No", "type": "OAuthException", "code": code, "fbtrace_id": "Atrace"}
    behaviour = answer(status, {"error": error | members})
    return behaviour._replace(name=" ".join([f"{status} with code {code}", *members]))


def raw(content: bytes) -> Behaviour:
    """Send these bytes and close the connection."""

    def act(connection: socket.socket, _stopped: threading.Event) -> bool:
        connection.sendall(content)
        return False

    return Behaviour(f"closed after {content[:60]!r}", act)


def closed() -> Behaviour:
    """Close the connection without a byte."""
    return raw(b"")


def reset() -> Behaviour:
    """Break the connection off without a byte."""

    def act(connection: socket.socket, _stopped: threading.Event) -> bool:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return Behaviour("reset", act)


def silent() -> Behaviour:
    """Keep the connection open and say nothing until the test is over."""

    def act(_connection: socket.socket, stopped: threading.Event) -> bool:
        stopped.wait(30)
        return False

    return Behaviour("silent", act)


def dripping(head: bytes, drops: bytes, seconds_between: float) -> Behaviour:
    """Send the head at once, then one byte after the other."""

    def act(connection: socket.socket, stopped: threading.Event) -> bool:
        connection.sendall(head)
        for drop in drops:
            if stopped.wait(seconds_between):
                break
            connection.sendall(bytes([drop]))
        return False

    return Behaviour("dripping", act)


class ScriptedServer:
    """Listens on loopback. Behaviours are used up in order; afterwards every message is taken."""

    def __init__(self) -> None:
        self.requests: list[ReceivedRequest] = []
        self.connections = 0
        self.script: deque[Behaviour] = deque()
        self._numbers = itertools.count(1)
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def start(self) -> None:
        self._threads[0].start()

    def close_connections(self) -> None:
        """Close every open connection, as a server does with idle ones."""
        while self._open:
            with contextlib.suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.close_connections()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _next_behaviour(self) -> Behaviour:
        try:
            return self.script.popleft()
        except IndexError:
            return accepted(f"wamid.SCRIPTED{next(self._numbers)}")

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            reader = connection.makefile("rb", _READ_BYTES)
            with reader:
                while (request := _read_request(reader)) is not None:
                    self.requests.append(request)
                    behaviour = self._next_behaviour()
                    if not behaviour.act(connection, self._stopped):
                        return


def _read_request(reader: Any) -> ReceivedRequest | None:
    line = reader.readline().decode().strip()
    if not line:
        return None
    headers: dict[str, str] = {}
    while header := reader.readline().decode().strip():
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    return ReceivedRequest(line, headers, reader.read(int(headers.get("content-length", 0))))


@contextlib.contextmanager
def running_server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
