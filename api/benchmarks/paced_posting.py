"""A client that posts webhooks at a steady rate, whether or not the last ones were answered."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

from api.benchmarks.notifications import signed_request
from infrastructure.benchmarks.failure import MeasurementFailedError

_OK: Final = b"HTTP/1.1 200"
_HEAD_END: Final = b"\r\n\r\n"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class PacedPosting:
    """Posts on a few connections of the loopback; one webhook waits for a free one."""

    def __init__(self, port: int, idle: "asyncio.Queue[Connection]") -> None:
        self._port = port
        self._idle = idle

    async def post(self, bodies: Iterator[bytes], *, count: int, rate_per_s: float) -> list[float]:
        """Post `count` bodies; returns the moment at which each was accepted, on `perf_counter`.

        Raises MeasurementFailedError when something else than 200 is answered.
        """
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            tasks = []
            for number in range(count):
                await asyncio.sleep(started + number / rate_per_s - time.perf_counter())
                tasks.append(group.create_task(self._post(next(bodies))))
        return [task.result() for task in tasks]

    async def _post(self, body: bytes) -> float:
        reader, writer = await self._idle.get()
        writer.write(signed_request(body, self._port))
        answer = await reader.readuntil(_HEAD_END)
        accepted = time.perf_counter()
        if not answer.startswith(_OK):
            first = answer.partition(b"\r\n")[0].decode("latin-1")
            raise MeasurementFailedError(f"A webhook was answered {first}.")
        self._idle.put_nowait((reader, writer))
        return accepted


@contextlib.asynccontextmanager
async def paced_posting(port: int, *, connections: int) -> AsyncIterator[PacedPosting]:
    """Open the connections and close them when the block ends."""
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    try:
        for connection in opened:
            idle.put_nowait(connection)
        yield PacedPosting(port, idle)
    finally:
        for _, writer in opened:
            writer.close()
