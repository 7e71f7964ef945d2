"""A client that posts webhooks as quickly as they are answered, at little cost of its own."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import uvloop

from api.benchmarks.notifications import signed_request
from infrastructure.benchmarks.failure import MeasurementFailedError

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_OK: Final = b"HTTP/1.1 200"
_ANSWER_TIMEOUT_S: Final = 10.0


@dataclass(slots=True)
class Posted:
    """What was answered 200, and how soon."""

    seconds: float = 0.0
    acknowledged: list[bytes] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Acknowledged bodies per second."""
        return len(self.acknowledged) / self.seconds


def post_for(seconds: float, bodies: Iterator[bytes], *, port: int, connections: int) -> Posted:
    """Post bodies for some seconds on so many connections of the loopback, one at a time on each.

    Raises MeasurementFailedError when something else than 200 is answered, or nothing.
    """
    return uvloop.run(_post_for(seconds, bodies, port, connections))


async def _post_for(seconds: float, bodies: Iterator[bytes], port: int, connections: int) -> Posted:
    loop = asyncio.get_running_loop()
    posted = Posted()
    posters = [
        await loop.create_connection(lambda: _Poster(bodies, port, posted), "127.0.0.1", port)
        for _ in range(connections)
    ]
    started = time.perf_counter()
    for transport, poster in posters:
        poster.post_until(started + seconds, transport)
    try:
        async with asyncio.timeout(seconds + _ANSWER_TIMEOUT_S):
            await asyncio.gather(*(poster.done for _, poster in posters))
    except TimeoutError as error:
        raise MeasurementFailedError(
            f"Webhooks were not answered within {_ANSWER_TIMEOUT_S:g} s."
        ) from error
    finally:
        for transport, poster in posters:
            poster.done.cancel()
            transport.close()
    posted.seconds = time.perf_counter() - started
    return posted


class _Poster(asyncio.Protocol):
    """One connection: posts, waits for the answer, posts again until its time is over."""

    def __init__(self, bodies: Iterator[bytes], port: int, posted: Posted) -> None:
        self._bodies = bodies
        self._port = port
        self._posted = posted
        self._received = b""
        self._body = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(
                MeasurementFailedError(f"The server closed a connection: {exc or 'no reason'}.")
            )

    def post_until(self, moment: float, transport: asyncio.WriteTransport) -> None:
        """Begin; `done` is set when the last answer came after `moment`."""
        self._until = moment
        self._transport = transport
        self._post()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(_HEAD_END)
        if not end or len(rest) < _content_length(head):
            return
        now = time.perf_counter()
        if not head.startswith(_OK):
            answer = head.partition(b"\r\n")[0].decode("latin-1")
            self.done.set_exception(MeasurementFailedError(f"A webhook was answered {answer}."))
            return
        self._posted.latencies_s.append(now - self._sent_at)
        self._posted.acknowledged.append(self._body)
        if now < self._until:
            self._post()
        else:
            self.done.set_result(None)

    def _post(self) -> None:
        self._received = b""
        self._body = next(self._bodies)
        request = signed_request(self._body, self._port)
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def _content_length(head: bytes) -> int:
    place = head.lower().find(_LENGTH)
    if place < 0:
        return 0
    return int(head[place + len(_LENGTH) :].split(b"\r\n", 1)[0])
