"""Answers, written straight to the server."""

from collections.abc import Iterable, Sequence
from typing import Final

from starlette.types import Send

_ALWAYS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


async def respond(
    send: Send,
    status: int,
    body: bytes,
    media_type: bytes,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Send a whole answer. Nothing of it may be stored by caches or guessed at by browsers."""
    sent: Sequence[tuple[bytes, bytes]] = [
        (b"content-type", media_type),
        (b"content-length", str(len(body)).encode("ascii")),
        *_ALWAYS,
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})
