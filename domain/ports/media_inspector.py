"""Looking into a file before anybody sees it: what it really is, and whether it is harmless."""

from enum import StrEnum
from typing import Final

import msgspec

FILE_BYTES_MAX: Final = 100 * 1024 * 1024
"""Largest file that is taken in or sent (Cloud API reference, section 8)."""


class Verdict(StrEnum):
    """What a look into a file led to. Only what is CLEAN is shown to anybody."""

    CLEAN = "clean"
    INFECTED = "infected"
    SUSPICIOUS = "suspicious"
    UNSCANNABLE = "unscannable"


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """The result. `reason` is a stable word, empty for a clean file.

    `content_type` is the type by the bytes themselves, empty if that is none the hub knows;
    `scanners` names what looked, in order.
    """

    verdict: Verdict
    content_type: str
    reason: str = ""
    scanners: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether the file may be shown."""
        return self.verdict is Verdict.CLEAN


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a file, made for the screen: JPEG, `width` times `height` pixels.

    `name` is `thumbnail` for a picture, `page-1` and so on for the pages of a document.
    """

    name: str
    width: int
    height: int
    content: bytes

    def __repr__(self) -> str:
        return f"Preview({self.name}, {len(self.content)} bytes)"


class ScannerUnavailable(Exception):
    """A scanner that must look cannot be asked now; nothing may be shown that it did not see."""
