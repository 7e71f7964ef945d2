"""A member's screen as a program: GraphQL over HTTP and over a WebSocket, as browsers speak it."""

import itertools
import json
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

_PROTOCOL: Final = Subprotocol("graphql-transport-ws")
_TIMEOUT_S: Final = 20.0


class ScreenRefused(Exception):
    """The hub refused what the screen asked for; the message repeats its words."""


class Screen:
    """Asks a hub as one member. Use it as an async context manager."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url
        self._token = token
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT_S,
            trust_env=False,
        )
        self._operations = itertools.count(1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def ask(
        self, document: str, variables: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The data of a query or mutation. Raises ScreenRefused for errors of the request."""
        response = await self._client.post(
            "/graphql", json={"query": document, "variables": dict(variables or {})}
        )
        answer: dict[str, Any] = response.json()
        if response.status_code != httpx.codes.OK or answer.get("errors"):
            raise ScreenRefused(_words(answer.get("errors"), response.status_code))
        data: dict[str, Any] = answer["data"]
        return data

    async def is_known(self) -> bool:
        """Whether the hub knows the member's token by now."""
        try:
            await self.ask("{ viewer { __typename } }")
        except ScreenRefused:
            return False
        return True

    async def follow(
        self, document: str, variables: Mapping[str, Any] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """The data of each event of a subscription. Raises ScreenRefused when it is refused."""
        url = self._base_url.replace("http", "ws", 1) + "/graphql"
        async with connect(url, subprotocols=[_PROTOCOL], proxy=None) as socket:
            await _say(
                socket, "connection_init", payload={"Authorization": f"Bearer {self._token}"}
            )
            operation = str(next(self._operations))
            try:
                async for text in socket:
                    message = json.loads(text)
                    match message["type"]:
                        case "connection_ack":
                            payload = {"query": document, "variables": dict(variables or {})}
                            await _say(socket, "subscribe", id=operation, payload=payload)
                        case "ping":
                            await _say(socket, "pong")
                        case "next":
                            payload = message["payload"]
                            if payload.get("errors"):
                                raise ScreenRefused(_words(payload["errors"], 200))
                            yield payload["data"]
                        case "error":
                            raise ScreenRefused(_words(message["payload"], 200))
                        case "complete":
                            return
            except ConnectionClosed as error:
                reason = error.rcvd.reason if error.rcvd else "without a reason"
                raise ScreenRefused(f"The hub closed the subscription: {reason}.") from error


async def _say(socket: Any, kind: str, **members: Any) -> None:
    await socket.send(json.dumps({"type": kind, **members}))


def _words(errors: Any, status: int) -> str:
    if isinstance(errors, list) and errors:
        return "; ".join(
            f"{error.get('message')} ({error.get('extensions', {}).get('code', 'no code')})"
            for error in errors
        )
    return f"The hub answered with HTTP {status}."
