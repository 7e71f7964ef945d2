"""Connection to the control interface: requests, answers, waiting, the clock."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

import httpx
import msgspec

from infrastructure.simulator import control_messages as control
from infrastructure.simulator.tls import tls_context

Answer = TypeVar("Answer")
Found = TypeVar("Found")

DEFAULT_WAIT_SECONDS = 60.0

_REQUEST_SECONDS_MAX = 120.0
# Conditions may also look at things outside of the simulator, so ask again soon.
_LONG_POLL_SECONDS = 0.1
_FIRST_ERROR_STATUS = 400


class SimulatorRefused(Exception):
    """The control interface refused a request; the message is its sentence."""


class SimulatorTimeout(Exception):
    """What was waited for did not happen in time."""


class RemoteClock:
    """The simulator's clock, seen from outside. Times are Unix seconds."""

    def __init__(self, client: "ControlConnection") -> None:
        self._client = client

    async def now(self) -> float:
        """The simulated time."""
        return (await self._client.get("clock", control.ClockView)).now

    async def advance(self, seconds: float) -> float:
        """Move the clock; returns when everything that fell due on the way is complete."""
        wish = control.Advance(seconds=seconds)
        return (await self._client.post("clock/advance", wish, control.ClockView)).now

    async def settle(self) -> float:
        """Wait until everything that is due now is complete."""
        return (await self._client.post("clock/settle", None, control.ClockView)).now


class ControlConnection:
    """Talks to one control interface. Use it as an async context manager."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.clock = RemoteClock(self)
        self._http = httpx.AsyncClient(
            base_url=f"{self.base_url}/simulator/",
            timeout=_REQUEST_SECONDS_MAX,
            trust_env=False,
            verify=tls_context(),
        )

    @property
    def graph_url(self) -> str:
        """What a hub uses in place of https://graph.facebook.com."""
        return self.base_url

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str, kind: type[Answer], **query: float) -> Answer:
        """GET a path below ``/simulator/``."""
        return _decoded(await self._http.get(path, params=query), kind)

    async def post(self, path: str, wish: object, kind: type[Answer]) -> Answer:
        """POST to a path below ``/simulator/``."""
        content = msgspec.json.encode(wish) if wish is not None else b"{}"
        return _decoded(await self._http.post(path, content=content), kind)

    async def delete(self, path: str, kind: type[Answer]) -> Answer:
        """DELETE a path below ``/simulator/``."""
        return _decoded(await self._http.delete(path), kind)

    async def wait_for(
        self,
        condition: Callable[[], Awaitable[Found | None]],
        seconds: float = DEFAULT_WAIT_SECONDS,
        what: str = "the condition",
    ) -> Found:
        """Ask again after each change until the condition gives something true; returns that.

        Raises SimulatorTimeout after so many real seconds.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        changes = -1
        while True:
            if found := await condition():
                return found
            rest = deadline - asyncio.get_running_loop().time()
            if rest <= 0:
                raise SimulatorTimeout(f"Waited {seconds:g} s in vain for {what}.")
            view = await self.get(
                "changes",
                control.ChangeView,
                after=changes,
                seconds=min(rest, _LONG_POLL_SECONDS),
            )
            changes = view.changes


def _decoded(response: httpx.Response, kind: type[Answer]) -> Answer:
    if response.status_code >= _FIRST_ERROR_STATUS:
        try:
            failure = msgspec.json.decode(response.content, type=control.ControlFailure).error
        except msgspec.DecodeError:
            failure = f"HTTP {response.status_code}: {response.text}"
        raise SimulatorRefused(failure)
    return msgspec.json.decode(response.content, type=kind)
