"""The gateway for tests that make one call after the other: an event loop of its own."""

import asyncio
from types import TracebackType
from typing import Any, Self

from domain.ports.whatsapp import SendAccepted, SendRequest
from infrastructure.async_http_pool import AsyncHttpClientPool
from infrastructure.whatsapp.sender import CloudApiGateway


class BlockingGateway:
    """A real gateway whose calls block until they are answered."""

    def __init__(self, **settings: Any) -> None:
        self._runner = asyncio.Runner()
        self._clients = AsyncHttpClientPool()
        self._gateway = CloudApiGateway(self._clients, **settings)

    def send(self, request: SendRequest) -> SendAccepted:
        """Send a message, once."""
        return self._runner.run(self._gateway.send(request))

    def send_together(self, requests: list[SendRequest]) -> list[SendAccepted]:
        """Send messages side by side."""

        async def together() -> list[SendAccepted]:
            return await asyncio.gather(*(self._gateway.send(request) for request in requests))

        return self._runner.run(together())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.run(self._clients.close())
        self._runner.close()
