"""Calls the Graph API as a hub does."""

from types import TracebackType
from typing import Any, Self

import httpx

from infrastructure.simulator.configuration import (
    DEFAULT_ACCESS_TOKEN,
    DEFAULT_PHONE_NUMBER_ID,
    DEFAULT_WABA_ID,
)
from infrastructure.simulator.tls import tls_context

VERSION = "v26.0"
NUMBER = DEFAULT_PHONE_NUMBER_ID
WABA = DEFAULT_WABA_ID


class GraphCaller:
    """An HTTP client with a version and a token."""

    def __init__(self, base_url: str, token: str = DEFAULT_ACCESS_TOKEN) -> None:
        self.http = httpx.AsyncClient(
            base_url=f"{base_url}/{VERSION}/",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            verify=tls_context(),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.http.aclose()

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self.http.get(path, params=query)

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.http.post(path, json=body)

    async def send(self, message: dict[str, Any], number: str = NUMBER) -> httpx.Response:
        body = {"messaging_product": "whatsapp", "to": "+6281210004321", **message}
        return await self.post(f"{number}/messages", body)

    async def send_text(self, text: str, **members: Any) -> httpx.Response:
        return await self.send({"type": "text", "text": {"body": text}, **members})


def error_code(response: httpx.Response) -> int:
    code: int = response.json()["error"]["code"]
    return code


def wamid_of(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    wamid: str = response.json()["messages"][0]["id"]
    return wamid
