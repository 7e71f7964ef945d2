"""Identifiers of new things: UUID version 7 (RFC 9562), ascending within one process."""

import secrets
import threading
import time
from typing import Final
from uuid import UUID

from domain.identity import EventId

_FRACTIONS: Final = 4096
_VERSION_7: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62
_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """A new identifier, greater than every one that this process made before.

    48 bits of milliseconds, 12 bits for the fraction of the millisecond (RFC 9562, section 6.2,
    method 3), counted on when the clock stands still or goes back, and 62 random bits.
    """
    global _last  # noqa: PLW0603 - one sequence per process is the point
    now = time.time_ns() * _FRACTIONS // 1_000_000
    with _lock:
        _last = moment = max(now, _last + 1)
    milliseconds, fraction = divmod(moment, _FRACTIONS)
    return UUID(
        int=milliseconds << 80 | _VERSION_7 | fraction << 64 | _VARIANT | secrets.randbits(62)
    )


def new_event_id() -> EventId:
    """A new event id."""
    return EventId(new_id())
