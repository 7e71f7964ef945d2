"""Screens of a measurement: subscribers that note when they were shown which message."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from api.benchmarks.notifications import number_in
from api.graphql.websocket_messages import SUBPROTOCOL
from infrastructure.benchmarks.failure import MeasurementFailedError

QUERY: Final = """
subscription {
  activity {
    __typename
    ... on Activity { id cursor kind topic occurredAt conversation { id state } }
    ... on MessageActivity { message { ... on InboundMessage { id content { text } } } }
  }
}
"""
_READY_TIMEOUT_S: Final = 10.0
_PAUSE_S: Final = 0.1


class Subscriber:
    """One open socket with one subscription."""

    def __init__(self) -> None:
        self.seen: dict[int, list[float]] = {}
        """For each message by its number the moments at which it came, on `perf_counter`."""
        self._is_live = asyncio.Event()
        self._has_more = asyncio.Event()

    async def run(self, port: int, token: str) -> None:
        """Subscribe and note what comes until cancelled. Raises MeasurementFailedError."""
        try:
            async with _opened(port, token) as socket:
                await self._listen(socket)
        except WebSocketException as error:
            raise MeasurementFailedError(f"A subscriber was cut off: {error}.") from error

    async def _listen(self, socket: ClientConnection) -> None:
        operation = {"id": "1", "type": "subscribe", "payload": {"query": QUERY}}
        await socket.send(json.dumps(operation))
        async for frame in socket:
            moment = time.perf_counter()
            message = orjson.loads(frame)
            if message["type"] == "ping":
                await socket.send('{"type":"pong"}')
                continue
            if message["type"] != "next" or "errors" in message["payload"]:
                raise MeasurementFailedError(f"A subscriber was sent {frame!r}.")
            self._note(message["payload"]["data"]["activity"], moment)
        raise MeasurementFailedError("The server closed the socket of a subscriber.")

    def _note(self, activity: dict[str, Any], moment: float) -> None:
        self._is_live.set()  # the first item is the position from which on it listens
        if activity["__typename"] == "MessageActivity" and activity["message"]:
            number = number_in(activity["message"]["content"]["text"])
            self.seen.setdefault(number, []).append(moment)
            self._has_more.set()

    async def wait_until_live(self) -> None:
        """Wait until everything that happens is heard."""
        await self._is_live.wait()

    async def wait_for(self, numbers: set[int]) -> None:
        """Wait until all these messages came."""
        while not numbers <= self.seen.keys():
            self._has_more.clear()
            await self._has_more.wait()


async def wait_until_accepted(port: int, token: str) -> None:
    """Wait until the hub knows a token that was just issued. Raises MeasurementFailedError."""
    deadline = time.perf_counter() + _READY_TIMEOUT_S
    while True:
        try:
            async with _opened(port, token):
                return
        except WebSocketException as error:
            if time.perf_counter() > deadline:
                raise MeasurementFailedError(f"A token is not accepted: {error}.") from error
            await asyncio.sleep(_PAUSE_S)


@contextlib.asynccontextmanager
async def live_subscribers(port: int, tokens: Sequence[str]) -> AsyncIterator[list[Subscriber]]:
    """One subscriber per token; all hear everything from now on, until the block ends.

    Raises MeasurementFailedError, in a group, when one of them is refused or cut off.
    """
    subscribers = [Subscriber() for _ in tokens]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(one.run(port, token))
            for one, token in zip(subscribers, tokens, strict=True)
        ]
        async with asyncio.timeout(_READY_TIMEOUT_S):
            for one in subscribers:
                await one.wait_until_live()
        yield subscribers
        for task in tasks:
            task.cancel()


@contextlib.asynccontextmanager
async def _opened(port: int, token: str) -> AsyncIterator[ClientConnection]:
    """A socket whose token was accepted."""
    url = f"ws://127.0.0.1:{port}/graphql"
    async with connect(
        url, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None, proxy=None
    ) as socket:
        payload = {"Authorization": f"Bearer {token}"}
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        await socket.recv()
        yield socket
