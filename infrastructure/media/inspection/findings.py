"""What ends a look into a file, and how much may be unpacked before it ends by itself."""

from typing import Final

from domain.ports.media_inspector import Verdict

MEMBERS_MAX: Final = 1000
DEPTH_MAX: Final = 3
UNPACKED_BYTES_MAX: Final = 200 * 1024 * 1024
RATIO_MAX: Final = 100
RATIO_COUNTS_FROM_BYTES: Final = 8 * 1024 * 1024
"""Small files of spaces or blank pixels shrink by any factor and do no harm."""

NESTED_BYTES_MAX: Final = 32 * 1024 * 1024
"""Largest part of a file that is taken apart again; it is held in memory meanwhile."""


class Refusal(Exception):
    """The file must not be shown. `reason` is a stable word that says why."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


def infected(reason: str) -> Refusal:
    """Known to be harmful."""
    return Refusal(Verdict.INFECTED, reason)


def suspicious(reason: str) -> Refusal:
    """Holds what a letter to a lawyer has no need of."""
    return Refusal(Verdict.SUSPICIOUS, reason)


def unscannable(reason: str) -> Refusal:
    """Cannot be looked into, so nobody can say that it is harmless."""
    return Refusal(Verdict.UNSCANNABLE, reason)


class Budget:
    """How much of a file may still be unpacked; shared by all that is nested in it."""

    def __init__(self, packed_bytes: int) -> None:
        self._packed_bytes = max(1, packed_bytes)
        self._members = 0
        self._unpacked_bytes = 0

    def take_member(self) -> None:
        """Count a part. Raises Refusal."""
        self._members += 1
        if self._members > MEMBERS_MAX:
            raise unscannable("too_many_members")

    def take_bytes(self, count: int) -> None:
        """Count unpacked bytes. Raises Refusal."""
        self._unpacked_bytes += count
        if self._unpacked_bytes > UNPACKED_BYTES_MAX:
            raise unscannable("unpacks_too_large")
        ratio = self._unpacked_bytes / self._packed_bytes
        if self._unpacked_bytes > RATIO_COUNTS_FROM_BYTES and ratio > RATIO_MAX:
            raise unscannable("unpacks_too_large")
