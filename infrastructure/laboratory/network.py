"""The network between the hub and the Graph API, as it may be: cut, slow, or dead on one side."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from enum import Enum
from typing import Final

DELAY_S: Final = 0.4
_CHUNK: Final = 65_536


class Weather(Enum):
    """What happens to bytes on their way."""

    FAIR = "fair"
    CUT = "cut"
    """Connections are reset, new ones as well."""
    SLOW = "slow"
    """Each piece takes DELAY_S longer."""
    HALF_OPEN = "half_open"
    """What is sent arrives, and no answer comes back."""


class Network:
    """A TCP relay in front of one address, whose weather can be changed."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._weather = Weather.FAIR
        self._connections: set[asyncio.Task[None]] = set()

    def turn(self, weather: Weather) -> None:
        """Change the weather. Connections that met bad weather do not survive its end."""
        was, self._weather = self._weather, weather
        if weather is Weather.CUT or was is Weather.HALF_OPEN:
            for connection in self._connections:
                connection.cancel()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Relay while the block runs; gives the port."""
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        there: asyncio.StreamWriter | None = None
        try:
            if self._weather is Weather.CUT:
                return
            back, there = await asyncio.open_connection(self._host, self._port)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(reader, there, is_answer=False))
                both.create_task(self._carry(back, writer, is_answer=True))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            # The connection was broken, by an end of it or by the weather: that is the point.
            return
        finally:
            for end in (writer, there):
                if end is not None:
                    end.transport.abort()

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        while data := await source.read(_CHUNK):
            if self._weather is Weather.SLOW:
                await asyncio.sleep(DELAY_S)
            if is_answer and self._weather is Weather.HALF_OPEN:
                continue
            sink.write(data)
            await sink.drain()
        with contextlib.suppress(OSError, RuntimeError):
            sink.write_eof()
