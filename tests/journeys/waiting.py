"""Waiting in tests that talk to the hub: on a condition with a deadline, never for a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

Found = TypeVar("Found")

_POLL_S: Final = 0.05


async def eventually(
    look: Callable[[], Awaitable[Found | None]], what: str, timeout_s: float = 60.0
) -> Found:
    """Look until there is something, and return it; fails naming `what` when it does not come."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while not (found := await look()):
        assert loop.time() < deadline, f"after {timeout_s:g} s still not: {what}"
        await asyncio.sleep(_POLL_S)
    return found
