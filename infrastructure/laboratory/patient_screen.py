"""A screen that asks again until the hub answers: hubs in the laboratory are often away."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx

TIMEOUT_S: Final = 15.0
PAUSE_S: Final = 0.3


class Unanswered(Exception):
    """The hub gave no answer of use, for example because its store is away. Ask again."""


class CommandRefused(Exception):
    """The hub refused a command; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PatientScreen:
    """GraphQL for one member. Use it as an async context manager."""

    def __init__(self, base_url: str, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The data of one request. Raises Unanswered."""
        body = {"query": document, "variables": dict(variables or {})}
        try:
            response = await self._client.post("/graphql", json=body)
        except httpx.HTTPError as error:
            raise Unanswered(type(error).__name__) from error
        if response.status_code != httpx.codes.OK:
            raise Unanswered(f"GraphQL answered {response.status_code}.")
        answer = response.json()
        if answer.get("errors"):
            raise Unanswered(str(answer["errors"][0].get("extensions", {}).get("code")))
        return answer["data"]

    async def insist(self, document: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The data of a request that is made until it is answered."""
        while True:
            try:
                return await self.ask(document, variables)
            except Unanswered:
                await asyncio.sleep(PAUSE_S)

    async def command(self, document: str, given: Mapping[str, Any]) -> Any:
        """Carry a command out once, however often it has to be sent; its key is in `given`.

        Returns its payload. Raises CommandRefused.
        """
        (payload,) = (await self.insist(document, {"input": given})).values()
        if payload["userErrors"]:
            raise CommandRefused(payload["userErrors"][0]["code"])
        return payload
