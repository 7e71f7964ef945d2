"""A Graph API to send to: answers each message after a while, and says when each one came.

Run as a program of its own (`python -m api.benchmarks.outbound.graph_server`), so that it costs
whoever is measured nothing; it prints its port. `/bench/…` tells it what to do.
"""

import asyncio
import json
import sys
import time
from typing import Final

import uvloop

LATENCY_S: Final = 0.1
"""How long Meta takes over a message."""

_REFUSAL_S: Final = 0.005
_OUTAGE: Final = json.dumps(
    {"error": {"message": "Service unavailable", "code": 131016, "type": "OAuthException"}}
).encode()
_HEALTHY: Final = json.dumps({"health_status": {"can_send_message": "AVAILABLE"}}).encode()
_CALLBACK: Final = b'"biz_opaque_callback_data":"'


class Journal:
    """What came in, in its order, by the monotonic clock that all processes of a machine share."""

    def __init__(self) -> None:
        self.accepted: list[tuple[float, str]] = []
        self.refused: list[float] = []
        self.is_down = False

    def reset(self) -> None:
        """Begin anew."""
        self.__init__()  # type: ignore[misc]


class GraphProtocol(asyncio.Protocol):
    """One connection: requests one after the other, as HTTP/1.1 clients without pipelining do."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = _content_length(head)
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(head.split(b" ", 2)[1].decode(), body)

    def _answer(self, path: str, body: bytes) -> None:
        if path.startswith("/bench/"):
            self._write(200, self._command(path.removeprefix("/bench/")))
        elif not path.endswith("/messages"):
            is_down = self._journal.is_down
            self._write(503 if is_down else 200, b"" if is_down else _HEALTHY)
        elif self._journal.is_down:
            self._journal.refused.append(time.monotonic())
            self._later(_REFUSAL_S, 503, _OUTAGE)
        else:
            start = body.find(_CALLBACK) + len(_CALLBACK)
            callback = body[start : body.find(b'"', start)].decode()
            self._journal.accepted.append((time.monotonic(), callback))
            number = len(self._journal.accepted)
            answer = b'{"messages":[{"id":"wamid.bench.%d.%d"}]}' % (number, time.monotonic_ns())
            self._later(LATENCY_S, 200, answer)

    def _command(self, command: str) -> bytes:
        journal = self._journal
        match command:
            case "down" | "up":
                journal.is_down = command == "down"
            case "reset":
                journal.reset()
            case "count":
                return json.dumps(len(journal.accepted)).encode()
            case "journal":
                told = {"accepted": journal.accepted, "refused": journal.refused}
                return json.dumps(told).encode()
        return json.dumps(time.monotonic()).encode()

    def _later(self, seconds: float, status: int, body: bytes) -> None:
        asyncio.get_running_loop().call_later(seconds, self._write, status, body)

    def _write(self, status: int, body: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(
                b"HTTP/1.1 %d -\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(body), body)
            )


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def serve() -> None:
    """Serve until the process is ended."""
    journal = Journal()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: GraphProtocol(journal), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
