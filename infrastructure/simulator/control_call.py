"""One request to the control interface, and what its handlers need to answer it."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from infrastructure.simulator.host import SimulatorHost
from infrastructure.simulator.people import Person

Body = TypeVar("Body")
Answering = Callable[["ControlCall"], Awaitable[Any]]


class ControlCall:
    """One request to the control interface."""

    def __init__(self, host: SimulatorHost, request: Request) -> None:
        self.host = host
        self.simulator = host.simulator
        self.request = request

    async def body(self, kind: type[Body]) -> Body:
        """The request's body as this type; an empty body is an empty object."""
        return msgspec.json.decode(await self.request.body() or b"{}", type=kind)

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def query_number(self, name: str, default: float) -> float:
        """A number out of the query."""
        try:
            return float(self.request.query_params.get(name, default))
        except ValueError:
            raise KeyError(f"The query parameter {name} must be a number.") from None

    def person(self) -> Person:
        """The person of the path."""
        return self.simulator.people.get(self.path("person"))
