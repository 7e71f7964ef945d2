"""A transport of httpx with one connection, and nothing around it: h11 over a stream of the loop.

HTTP/1.1 itself is h11's. What httpx has in between (pools, locks, several kinds of event loops)
spends more processor time on a small request than all the rest of sending a message.
"""

import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import h11
import httpx

from infrastructure.loop_stream import LoopStream, open_stream

_PORTS: Final = {"http": 80, "https": 443}
_READ_BYTES: Final = 65_536
_WRITTEN_AT_ONCE_BYTES: Final = 65_536
_HEAD_BYTES_MAX: Final = 131_072
"""Headers of an answer that are longer than this are an error of the other side."""

_Timeouts = dict[str, float | None]
_Origin = tuple[str, bytes, int]


class SingleConnectionTransport(httpx.AsyncBaseTransport):
    """Makes one request at a time, over a connection that is kept between requests.

    `tls` gives the context for https, when the first such address is called. HTTP/1.1 only: one
    connection has one request under way anyway. A connection is not used again unless the whole
    answer was read, so no answer is ever taken for that of another request.
    """

    def __init__(self, tls: Callable[[], ssl.SSLContext], *, idle_s: float) -> None:
        self._tls = tls
        self._idle_s = idle_s
        self._origin: _Origin | None = None
        self._connection: _Connection | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make a request. Raises httpx.TransportError."""
        timeouts: _Timeouts = request.extensions.get("timeout", {})
        connection = await self._connected(request.url, timeouts)
        try:
            await connection.ask(request, timeouts.get("write"))
            head = await connection.head(timeouts.get("read"))
        except BaseException:
            await connection.aclose()
            raise
        return httpx.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=_Body(connection, timeouts.get("read")),
            extensions={"http_version": b"HTTP/" + head.http_version, "reason_phrase": head.reason},
        )

    async def aclose(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.aclose()

    async def _connected(self, url: httpx.URL, timeouts: _Timeouts) -> "_Connection":
        if url.scheme not in _PORTS:
            raise httpx.UnsupportedProtocol(f"A call goes to http or https, not to {url.scheme!r}.")
        port = url.port or _PORTS[url.scheme]
        origin = (url.scheme, url.raw_host, port)
        kept = self._connection
        if kept is not None and origin == self._origin and kept.is_usable(self._idle_s):
            return kept
        await self.aclose()
        stream = await open_stream(
            url.raw_host.decode("ascii"),
            port,
            tls=self._tls() if url.scheme == "https" else None,
            timeout_s=timeouts.get("connect"),
        )
        self._origin = origin
        self._connection = _Connection(stream)
        return self._connection


class _Connection:
    """One connection and where HTTP stands on it."""

    def __init__(self, stream: LoopStream) -> None:
        self._stream = stream
        self._wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES_MAX)
        self._idle_since = time.monotonic()

    def is_usable(self, idle_s: float) -> bool:
        """Whether another request may be made over it.

        A server that has closed it meanwhile is noticed here, before anything is sent.
        """
        return (
            self._wire.our_state is h11.IDLE
            and time.monotonic() - self._idle_since <= idle_s
            and not self._stream.is_readable()
        )

    async def ask(self, request: httpx.Request, timeout_s: float | None) -> None:
        """Send the request. Whether all of it went out shows the answer, or that there is none."""
        asking = request.stream
        if not isinstance(asking, httpx.AsyncByteStream):
            raise httpx.LocalProtocolError("The body of the request cannot be read on a loop.")
        with _errors_of_httpx():
            head = h11.Request(
                method=request.method.encode("ascii"),
                target=request.url.raw_path,
                headers=request.headers.raw,
            )
            waiting = self._wire.send(head) or b""
        # An answer may come before all was taken: who refuses a large file does not read it.
        with suppress(httpx.WriteError):
            async for part in asking:
                waiting += self._sent(h11.Data(data=part))
                if len(waiting) >= _WRITTEN_AT_ONCE_BYTES:
                    await self._stream.write(waiting, timeout_s)
                    waiting = b""
            await self._stream.write(waiting + self._sent(h11.EndOfMessage()), timeout_s)

    def _sent(self, event: h11.Data | h11.EndOfMessage) -> bytes:
        with _errors_of_httpx():
            return self._wire.send(event) or b""

    async def head(self, timeout_s: float | None) -> h11.Response:
        """Return the beginning of the answer; what came before it (RFC 9110, 15.2) is passed by."""
        event = await self._next(timeout_s)
        while isinstance(event, h11.InformationalResponse):
            event = await self._next(timeout_s)
        if not isinstance(event, h11.Response):
            raise _unexpected(event)
        return event

    async def part(self, timeout_s: float | None) -> bytes | None:
        """Return the next bytes of the answer; None at its end."""
        event = await self._next(timeout_s)
        if isinstance(event, h11.Data):
            return bytes(event.data)
        if not isinstance(event, h11.EndOfMessage):
            raise _unexpected(event)
        await self._end()
        return None

    async def _next(self, timeout_s: float | None) -> object:
        while True:
            with _errors_of_httpx():
                event = self._wire.next_event()
            if event is not h11.NEED_DATA:
                return event
            data = await self._stream.read(_READ_BYTES, timeout_s)
            if not data and self._wire.their_state is h11.SEND_RESPONSE:
                raise httpx.RemoteProtocolError("The server ended the connection without answer.")
            self._wire.receive_data(data)

    async def _end(self) -> None:
        """The answer is complete: keep the connection if both sides may go on with it."""
        is_whole = (self._wire.our_state, self._wire.their_state) == (h11.DONE, h11.DONE)
        if is_whole and self._wire.trailing_data == (b"", False):
            self._wire.start_next_cycle()
            self._idle_since = time.monotonic()
        else:
            await self.aclose()

    async def aclose(self) -> None:
        """Close at once; it is not usable any more."""
        self._wire.send_failed()
        await self._stream.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, connection: _Connection, timeout_s: float | None) -> None:
        self._connection = connection
        self._timeout_s = timeout_s
        self._is_over = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (part := await self._connection.part(self._timeout_s)) is not None:
            yield part
        self._is_over = True

    async def aclose(self) -> None:
        if not self._is_over:
            self._is_over = True
            await self._connection.aclose()


def _unexpected(event: object) -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError(f"The server went on with {type(event).__name__}.")


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    try:
        yield
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error
