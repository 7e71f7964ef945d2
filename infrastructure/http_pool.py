"""HTTP clients to lend: a free list of clients with one connection each.

One httpx client with many connections searches all of them for every request; with fifty in flight
that costs ten times the processor time of fifty clients with one connection each.
"""

import os
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx

# Shorter than a server or a balancer waits, so that a request rarely meets a closed connection.
IDLE_CONNECTION_SECONDS: Final = 20.0
IDLE_CLIENTS_MAX: Final = 100


class HttpClientPool:
    """Lends HTTP clients to threads; the one used last is lent first: connections stay warm.

    Redirects are not followed and proxies of the environment not used: where a request goes is
    decided by the caller. Connections are never shared with a forked process.
    """

    def __init__(
        self, *, proxy_url: str | None = None, idle_clients_max: int = IDLE_CLIENTS_MAX
    ) -> None:
        self._proxy_url = proxy_url
        self._idle_clients_max = idle_clients_max
        self._idle: deque[httpx.Client] = deque()
        self._process_id = os.getpid()
        self._tls: ssl.SSLContext | None = None
        self._tls_lock = threading.Lock()
        self._is_closed = False

    @contextmanager
    def lend(self) -> Iterator[httpx.Client]:
        """Lend a client for one request. Raises RuntimeError after `close`."""
        if self._is_closed:
            raise RuntimeError("The pool of HTTP clients is closed. Open a new one.")
        self._forget_clients_of_parent()
        try:
            client = self._idle.pop()
        except IndexError:
            client = self._new_client()
        try:
            yield client
        finally:
            self._take_back(client)

    def close(self) -> None:
        """Close every idle client; lent ones are closed when they come back."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()

    def _take_back(self, client: httpx.Client) -> None:
        # A cookie set by one address must never travel with another firm's request.
        client.cookies.clear()
        if self._is_closed or len(self._idle) >= self._idle_clients_max:
            client.close()
        else:
            self._idle.append(client)

    def _forget_clients_of_parent(self) -> None:
        # After a fork both processes hold the same sockets; only the parent may use them.
        if self._process_id != os.getpid():
            self._process_id = os.getpid()
            self._idle = deque()

    def _tls_context(self) -> ssl.SSLContext:
        # Loading the certificates takes longer than a request: once for all clients.
        with self._tls_lock:
            if self._tls is None:
                self._tls = httpx.create_ssl_context()
            return self._tls

    def _new_client(self) -> httpx.Client:
        return httpx.Client(
            verify=self._tls_context(),
            trust_env=False,
            proxy=self._proxy_url,
            follow_redirects=False,
            limits=httpx.Limits(
                max_connections=1,
                max_keepalive_connections=1,
                keepalive_expiry=IDLE_CONNECTION_SECONDS,
            ),
        )
