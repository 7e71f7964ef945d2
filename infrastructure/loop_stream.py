"""A connection over TCP or TLS on the event loop itself, read and written by one task at a time."""

import asyncio
import ssl
from select import POLLIN, poll
from typing import Final, cast

import httpx

UNREAD_BYTES_MAX: Final = 262_144
"""So much may have come in unread before the other side is asked to wait."""


async def open_stream(
    host: str, port: int, *, tls: ssl.SSLContext | None, timeout_s: float | None
) -> "LoopStream":
    """Connect, and with `tls` agree on it and check the certificate for `host`.

    Raises httpx.ConnectTimeout and httpx.ConnectError: nothing was sent then.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            _, stream = await loop.create_connection(
                LoopStream, host, port, ssl=tls, server_hostname=host if tls else None
            )
    except TimeoutError as error:
        raise httpx.ConnectTimeout(f"{host} did not answer in time.") from error
    except (OSError, ssl.SSLError, UnicodeError) as error:
        raise httpx.ConnectError(str(error)) from error
    return stream


class LoopStream(asyncio.Protocol):
    """One open connection, read and written by one task at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._is_over = False
        self._error: Exception | None = None
        self._is_full = False
        self._reader: asyncio.Future[bool] | None = None
        self._writer: asyncio.Future[bool] | None = None

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        # The transports of uvloop are of no common type with those of asyncio.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came in."""
        self._unread += data
        if len(self._unread) > UNREAD_BYTES_MAX and self._transport is not None:
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> bool:
        """Nothing more will come in."""
        self._is_over = True
        _wake(self._reader)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._is_over = True
        self._error = exc
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        """The other side takes no more for now."""
        self._is_full = True

    def resume_writing(self) -> None:
        """The other side takes more."""
        self._is_full = False
        _wake(self._writer)

    # What a task calls.

    async def read(self, max_bytes: int, timeout_s: float | None) -> bytes:
        """The next bytes; none when the other side has ended.

        Raises httpx.ReadTimeout and httpx.ReadError.
        """
        while not self._unread and not self._is_over:
            self._reader = self._loop.create_future()
            if not await self._woken(self._reader, timeout_s):
                raise httpx.ReadTimeout("No answer came in time.")
        if not self._unread and self._error is not None:
            raise httpx.ReadError(str(self._error)) from self._error
        data = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        if self._transport is not None and not self._transport.is_reading() and not self._is_over:
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout_s: float | None) -> None:
        """Send bytes. Raises httpx.WriteTimeout and httpx.WriteError."""
        if self._transport is None or self._transport.is_closing():
            raise httpx.WriteError("The connection is closed.")
        self._transport.write(buffer)
        while self._is_full and not self._is_over:
            self._writer = self._loop.create_future()
            if not await self._woken(self._writer, timeout_s):
                raise httpx.WriteTimeout("The request was not taken in time.")

    async def aclose(self) -> None:
        """Close at once; what was not sent yet is dropped."""
        if self._transport is not None:
            self._transport.abort()

    def is_readable(self) -> bool:
        """Whether something came in, or the other side has ended."""
        return bool(self._unread) or self._is_over or self._has_news()

    def _has_news(self) -> bool:
        """Whether the system knows of something that the event loop has not told yet."""
        if self._transport is None or self._transport.is_closing():
            return True
        socket = self._transport.get_extra_info("socket")
        if socket is None or socket.fileno() < 0:
            return True
        asked = poll()
        asked.register(socket.fileno(), POLLIN)
        return bool(asked.poll(0))

    async def _woken(self, waiter: "asyncio.Future[bool]", timeout_s: float | None) -> bool:
        """Whether the waiter was woken before the time was over."""
        if timeout_s is None:
            return await waiter
        timer = self._loop.call_later(timeout_s, _wake, waiter, False)
        try:
            return await waiter
        finally:
            timer.cancel()


def _wake(waiter: "asyncio.Future[bool] | None", is_in_time: bool = True) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(is_in_time)
