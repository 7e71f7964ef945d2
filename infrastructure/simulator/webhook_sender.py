"""The HTTP side of webhooks: the GET handshake and the POST of a signed body."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec

from infrastructure.http_pool import IDLE_CONNECTION_SECONDS
from infrastructure.simulator.tls import tls_context
from infrastructure.single_connection import SingleConnectionTransport

USER_AGENT = "facebookexternalua"
ACCEPTED = 200


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back from a POST: a status or an error sentence."""

    status: int | None
    error: str | None
    milliseconds: float
    text: str = ""

    @property
    def accepted(self) -> bool:
        """Only a 200 counts as received."""
        return self.status == ACCEPTED


class Handshake(msgspec.Struct, frozen=True, kw_only=True):
    """Outcome of a verification request."""

    verified: bool
    detail: str


class WebhookSender:
    """A free list of HTTP clients with one connection each.

    A pool of many connections, and even the library's own pool of one, costs milliseconds of
    processor time per request, which the hub that is measured on the same machine would miss.
    """

    def __init__(self, timeout_seconds: float, concurrency_max: int) -> None:
        self._timeout = httpx.Timeout(timeout_seconds)
        self._places = asyncio.Semaphore(concurrency_max)
        self._free: list[httpx.AsyncClient] = []
        self._all: list[httpx.AsyncClient] = []

    async def close(self) -> None:
        """Close all connections."""
        for client in self._all:
            await client.aclose()
        self._all.clear()
        self._free.clear()

    async def post(self, url: str, body: bytes, signature: str | None) -> Answer:
        """Deliver a body. Never raises: a failure is an answer without status."""
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        if signature is not None:
            headers["X-Hub-Signature-256"] = signature
        async with self._client() as client:
            began = time.monotonic()
            try:
                response = await client.post(url, content=body, headers=headers)
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                return Answer(
                    status=None,
                    error=f"{type(error).__name__}: {error}".rstrip(": "),
                    milliseconds=_milliseconds_since(began),
                )
            return Answer(
                status=response.status_code,
                error=None,
                milliseconds=_milliseconds_since(began),
                text=response.text,
            )

    async def shake_hands(self, url: str, verify_token: str, challenge: str) -> Handshake:
        """Ask the callback to echo a challenge (reference section 1.1)."""
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": verify_token,
        }
        async with self._client() as client:
            try:
                target = httpx.URL(url).copy_merge_params(query)
                response = await client.get(target, headers={"User-Agent": USER_AGENT})
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                reason = f"{type(error).__name__}: {error}".rstrip(": ")
                return Handshake(verified=False, detail=f"the callback did not answer ({reason})")
        if response.status_code != ACCEPTED:
            return Handshake(
                verified=False,
                detail=f"HTTP Status Code = {response.status_code}, 200 was expected",
            )
        if response.text != challenge:
            return Handshake(verified=False, detail="the answer is not the challenge")
        return Handshake(verified=True, detail="the challenge came back")

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with self._places:
            client = self._free.pop() if self._free else self._new_client()
            try:
                yield client
            finally:
                self._free.append(client)

    def _new_client(self) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            timeout=self._timeout,
            transport=SingleConnectionTransport(tls_context, idle_s=IDLE_CONNECTION_SECONDS),
            trust_env=False,
            follow_redirects=False,
        )
        self._all.append(client)
        return client


def _milliseconds_since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 3)
