"""Reading the body of a request without ever holding more of it than is accepted."""

from collections.abc import Iterable

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from api.errors import BodyTooLarge


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    """Return the first header of that (lower-case) name; bytes beyond ASCII read as Latin-1."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return None


async def read_body(
    receive: Receive, headers: Iterable[tuple[bytes, bytes]], *, bytes_max: int
) -> bytes:
    """Return the whole body.

    Raises BodyTooLarge as soon as it is known that the body is larger than `bytes_max`: by its
    declared length before anything is read, else while it comes in. Raises ClientDisconnect.
    """
    declared = header(headers, b"content-length")
    if declared is not None and declared.isdecimal() and int(declared) > bytes_max:
        raise BodyTooLarge(f"The body has {declared} bytes; at most {bytes_max} are accepted.")
    message = await receive()
    if message["type"] != "http.request":
        raise ClientDisconnect
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return _checked(body, len(body), bytes_max)
    parts = [body]
    size = len(body)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        _checked(part, size, bytes_max)
    return b"".join(parts)


def _checked(body: bytes, size: int, bytes_max: int) -> bytes:
    if size > bytes_max:
        raise BodyTooLarge(f"The body has more than {bytes_max} bytes, the most that is accepted.")
    return body
