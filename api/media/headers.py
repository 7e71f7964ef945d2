"""The headers of a served file: nothing of it is guessed, run, framed or stored."""

import re
from typing import Final, NamedTuple
from urllib.parse import quote

from domain.sendable_files import safe_name

_INLINE: Final = re.compile(r"image/(jpeg|png|gif|webp)|audio/[a-z0-9.+-]+|video/(mp4|3gpp)")
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")

ALWAYS: Final = (
    (b"cache-control", b"private, no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"accept-ranges", b"bytes"),
)


class Range(NamedTuple):
    """A part of a file: from `start` to before `end`. `is_partial` is False for all of it."""

    start: int
    end: int
    is_partial: bool


def range_of(value: str | None, size: int) -> Range | None:
    """Return the range that a header asks for; None for one that lies outside (416).

    What is not one plain range counts as no wish at all (RFC 9110, 14.2).
    """
    found = _RANGE.fullmatch(value.strip()) if value is not None else None
    if found is None or found[1] == found[2] == "":
        return Range(0, size, is_partial=False)
    if found[1] == "":
        length = min(int(found[2]), size)
        return Range(size - length, size, is_partial=True) if length else None
    start = int(found[1])
    end = min(int(found[2]) + 1, size) if found[2] else size
    return Range(start, end, is_partial=True) if start < end else None


def file_headers(content_type: str, name: str | None) -> list[tuple[bytes, bytes]]:
    """Return the headers that say what is served, and whether a browser may show it itself."""
    shown = content_type if content_type != "text/plain" else "text/plain; charset=utf-8"
    way = "inline" if _INLINE.fullmatch(content_type) else "attachment"
    safe = safe_name(name, content_type)
    ascii_name = safe.encode("ascii", "replace").decode().replace("?", "_")
    disposition = f"{way}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(safe, safe='')}"
    return [
        (b"content-type", shown.encode("ascii")),
        (b"content-disposition", disposition.encode("ascii")),
        *ALWAYS,
    ]
