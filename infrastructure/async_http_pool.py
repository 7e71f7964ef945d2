"""HTTP clients to lend on an event loop: a free list of clients with one connection each.

The asynchronous brother of `infrastructure.http_pool`, for the same reason: one client with fifty
connections spends ten times the processor time of fifty clients with one connection.
"""

import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx

from infrastructure.http_pool import IDLE_CONNECTION_SECONDS

IDLE_CLIENTS_MAX: Final = 128


class AsyncHttpClientPool:
    """Lends HTTP clients to the tasks of one event loop; the one used last is lent first.

    Redirects are not followed and proxies of the environment not used: where a request goes is
    decided by the caller.
    """

    def __init__(self, *, idle_clients_max: int = IDLE_CLIENTS_MAX) -> None:
        self._idle_clients_max = idle_clients_max
        self._idle: deque[httpx.AsyncClient] = deque()
        self._tls: ssl.SSLContext | None = None
        self._is_closed = False

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[httpx.AsyncClient]:
        """Lend a client for one request. Raises RuntimeError after `close`."""
        if self._is_closed:
            raise RuntimeError("The pool of HTTP clients is closed. Open a new one.")
        client = self._idle.pop() if self._idle else self._new_client()
        try:
            yield client
        finally:
            await self._take_back(client)

    async def close(self) -> None:
        """Close every idle client; lent ones are closed when they come back."""
        self._is_closed = True
        while self._idle:
            await self._idle.pop().aclose()

    async def _take_back(self, client: httpx.AsyncClient) -> None:
        # A cookie set by one address must never travel with another firm's request.
        client.cookies.clear()
        if self._is_closed or len(self._idle) >= self._idle_clients_max:
            await client.aclose()
        else:
            self._idle.append(client)

    def _new_client(self) -> httpx.AsyncClient:
        if self._tls is None:
            # Loading the certificates takes longer than a request: once for all clients.
            self._tls = httpx.create_ssl_context()
        return httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(
                max_connections=1,
                max_keepalive_connections=1,
                keepalive_expiry=IDLE_CONNECTION_SECONDS,
            ),
        )
