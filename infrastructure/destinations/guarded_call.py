"""One HTTP call to a checked destination: to its checked addresses only, within one time limit."""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpcore
import httpx

from infrastructure.destinations.destination import Destination, DestinationGuard
from infrastructure.destinations.failures import CallFailed, CallFailure

CONNECT_TIMEOUT_S: Final = 5.0
TOTAL_TIMEOUT_S: Final = 15.0

_FAILURES: Final = (
    (httpcore.TimeoutException, CallFailure.TOO_SLOW),
    (httpcore.NetworkError, CallFailure.CONNECTION_LOST),
    (httpcore.ProtocolError, CallFailure.ANSWER_UNREADABLE),
)


class GuardedAnswer:
    """What came back: the status, the headers (names in lower case), and the body in chunks."""

    def __init__(self, status: int, headers: Mapping[str, str], chunks: Iterable[bytes]) -> None:
        self.status = status
        self.headers = headers
        self._chunks = chunks

    def __repr__(self) -> str:
        return f"GuardedAnswer(status={self.status})"

    def chunks(self, *, bytes_max: int) -> Iterator[bytes]:
        """Yield the body as it comes. Raises CallFailed when it grows larger than `bytes_max`."""
        seen = 0
        for chunk in self._chunks:
            seen += len(chunk)
            if seen > bytes_max:
                raise CallFailed(CallFailure.ANSWER_TOO_LARGE)
            yield chunk

    def beginning(self, *, bytes_max: int) -> bytes:
        """Return the first bytes of the body and read no further."""
        read = bytearray()
        for chunk in self._chunks:
            read += chunk
            if len(read) >= bytes_max:
                break
        return bytes(read[:bytes_max])


class GuardedClient:
    """Calls addresses that somebody outside chose.

    Every call resolves the name anew, checks all of its addresses and connects to one of the
    checked ones; redirects are not followed, proxies of the environment not used, cookies not
    kept, and the body is taken as sent (no decompression). May be used by many threads.
    """

    def __init__(self, guard: DestinationGuard) -> None:
        self._guard = guard
        self._tls: ssl.SSLContext | None = None
        self._tls_lock = threading.Lock()

    @contextmanager
    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        total_timeout_s: float = TOTAL_TIMEOUT_S,
    ) -> Iterator[GuardedAnswer]:
        """Make one call; `total_timeout_s` covers everything up to the last byte that is read.

        Raises DestinationRefused before anything is sent, and CallFailed.
        """
        deadline = time.monotonic() + total_timeout_s
        destination = self._guard.resolved(url)
        target = destination.url
        sent_headers: dict[bytes | str, bytes | str] = {
            "host": target.netloc.decode("ascii"),
            "accept-encoding": "identity",
            "user-agent": "Lawyers-Hub",
            **{name.lower(): value for name, value in (headers or {}).items()},
        }
        with _calm(), self._pool(destination, deadline) as pool:
            request = pool.stream(
                method,
                httpcore.URL(
                    scheme=target.raw_scheme,
                    host=target.raw_host,
                    port=destination.port,
                    target=target.raw_path,
                ),
                headers=sent_headers,
                content=content,
            )
            with request as response:
                yield GuardedAnswer(
                    response.status,
                    {
                        name.decode("latin-1").lower(): value.decode("latin-1")
                        for name, value in response.headers
                    },
                    response.iter_stream(),
                )

    def _pool(self, destination: Destination, deadline: float) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._tls_context() if destination.url.scheme == "https" else None,
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=_CheckedNetwork(destination, deadline),
        )

    def _tls_context(self) -> ssl.SSLContext:
        # Loading the certificates takes longer than a call: once for all.
        with self._tls_lock:
            if self._tls is None:
                self._tls = httpx.create_ssl_context(trust_env=False)
            return self._tls


@contextmanager
def _calm() -> Iterator[None]:
    """Turn the errors of the HTTP library into the hub's own."""
    try:
        yield
    except httpcore.ConnectError as error:
        is_certificate = "CERTIFICATE_VERIFY_FAILED" in str(error)
        failure = CallFailure.CERTIFICATE_INVALID if is_certificate else CallFailure.NO_CONNECTION
        raise CallFailed(failure) from error
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        failure = next(failure for kind, failure in _FAILURES if isinstance(error, kind))
        raise CallFailed(failure) from error


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to the checked addresses of one destination, whatever name is asked for."""

    def __init__(self, destination: Destination, deadline: float) -> None:
        self._destination = destination
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - its addresses were checked already
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        error: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in self._destination.addresses:
            left = _seconds_left(self._deadline, timeout, httpcore.ConnectTimeout)
            try:
                return _TimedStream(
                    self._network.connect_tcp(
                        address, port, min(CONNECT_TIMEOUT_S, left), local_address, socket_options
                    ),
                    self._deadline,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as refused:
                error = refused
        raise error or httpcore.ConnectError("no address")


class _TimedStream(httpcore.NetworkStream):
    """A connection on which nothing waits longer than the deadline of the whole call."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(
            max_bytes, _seconds_left(self._deadline, timeout, httpcore.ReadTimeout)
        )

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _seconds_left(self._deadline, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _seconds_left(self._deadline, timeout, httpcore.ConnectTimeout)
        secured = self._stream.start_tls(ssl_context, server_hostname, left)
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _seconds_left(
    deadline: float, wanted_s: float | None, too_late: type[httpcore.TimeoutException]
) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise too_late("The time limit of the call is over.")
    return left if wanted_s is None else min(left, wanted_s)
