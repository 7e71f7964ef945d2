"""HTTP connections to lend on an event loop: a free list of transports with one connection each.

The asynchronous brother of `infrastructure.http_pool`, for the same reason: one client with fifty
connections spends ten times the processor time of fifty with one connection. A transport of httpx
is what a client has below redirects, cookies and proxies, none of which is wanted here.
"""

import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx

from infrastructure.http_pool import IDLE_CONNECTION_SECONDS
from infrastructure.single_connection import SingleConnectionTransport

IDLE_CONNECTIONS_MAX: Final = 128


class AsyncHttpClientPool:
    """Lends connections to the tasks of one event loop; the one used last is lent first.

    Redirects are not followed, cookies not kept and proxies of the environment not used: where a
    request goes is decided by the caller.
    """

    def __init__(self, *, idle_max: int = IDLE_CONNECTIONS_MAX) -> None:
        self._idle_max = idle_max
        self._idle: deque[SingleConnectionTransport] = deque()
        self._tls: ssl.SSLContext | None = None
        self._is_closed = False

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[SingleConnectionTransport]:
        """Lend a connection for one request. Raises RuntimeError after `close`."""
        if self._is_closed:
            raise RuntimeError("The pool of HTTP clients is closed. Open a new one.")
        transport = self._idle.pop() if self._idle else self._new_transport()
        try:
            yield transport
        finally:
            await self._take_back(transport)

    async def close(self) -> None:
        """Close every idle connection; lent ones are closed when they come back."""
        self._is_closed = True
        while self._idle:
            await self._idle.pop().aclose()

    async def _take_back(self, transport: SingleConnectionTransport) -> None:
        if self._is_closed or len(self._idle) >= self._idle_max:
            await transport.aclose()
        else:
            self._idle.append(transport)

    def _new_transport(self) -> SingleConnectionTransport:
        return SingleConnectionTransport(self._tls_context, idle_s=IDLE_CONNECTION_SECONDS)

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            # Loading the certificates takes longer than a request: once for all connections.
            self._tls = httpx.create_ssl_context()
        return self._tls
