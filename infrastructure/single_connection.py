"""A transport of httpx with one connection, and nothing around it."""

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import httpcore
import httpx

from infrastructure.loop_stream import open_stream

_ERRORS: Final[tuple[tuple[type[Exception], type[httpx.TransportError]], ...]] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
)
_PORTS: Final = {"http": 80, "https": 443}


class SingleConnectionTransport(httpx.AsyncBaseTransport):
    """Makes one request at a time, over a connection that is kept between requests.

    `tls` gives the context for https, when the first such address is called. HTTP/1.1 only: one
    connection has one request under way anyway.
    """

    def __init__(self, tls: Callable[[], ssl.SSLContext], *, idle_s: float) -> None:
        self._tls = tls
        self._idle_s = idle_s
        self._origin: httpcore.Origin | None = None
        self._connection: httpcore.AsyncHTTP11Connection | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make a request. Raises httpx.TransportError."""
        url = request.url
        with _errors_of_httpx():
            connection = await self._connected(url, request.extensions.get("timeout", {}))
            answer = await connection.handle_async_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.aclose()

    async def _connected(
        self, url: httpx.URL, timeouts: dict[str, float | None]
    ) -> httpcore.AsyncHTTP11Connection:
        if url.scheme not in _PORTS:
            raise httpx.UnsupportedProtocol(f"A call goes to http or https, not to {url.scheme!r}.")
        port = url.port or _PORTS[url.scheme]
        origin = httpcore.Origin(url.raw_scheme, url.raw_host, port)
        kept = self._connection
        if kept is not None and origin == self._origin and _is_usable(kept):
            return kept
        await self.aclose()
        stream = await open_stream(
            url.raw_host.decode("ascii"),
            port,
            tls=self._tls() if url.scheme == "https" else None,
            timeout_s=timeouts.get("connect"),
        )
        self._origin = origin
        self._connection = httpcore.AsyncHTTP11Connection(
            origin, stream, keepalive_expiry=self._idle_s
        )
        return self._connection


def _is_usable(connection: httpcore.AsyncHTTP11Connection) -> bool:
    # A server that has closed it meanwhile is noticed here, before anything is sent.
    return connection.is_idle() and not connection.has_expired()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stream = self._answer.stream
        assert isinstance(stream, AsyncIterable)  # noqa: S101 - an asynchronous answer
        with _errors_of_httpx():
            async for part in stream:
                yield part

    async def aclose(self) -> None:
        with _errors_of_httpx():
            await self._answer.aclose()


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    try:
        yield
    except httpx.TransportError:
        raise
    except Exception as error:
        for theirs, ours in _ERRORS:
            if isinstance(error, theirs):
                raise ours(str(error)) from error
        raise
