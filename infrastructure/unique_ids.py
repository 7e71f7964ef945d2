"""Identifiers of new things: UUID version 7 (RFC 9562), ascending within one process."""

import os
import threading
import time
from typing import Final
from uuid import UUID

from domain.identity import EventId
from infrastructure.random_bytes import random_bytes

_FRACTIONS: Final = 4096  # 12 bits
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
    random = int.from_bytes(random_bytes(8), "big") >> 2
    return UUID(int=(moment >> 12) << 80 | _VERSION_7 | (moment & 0xFFF) << 64 | _VARIANT | random)


def _new_lock() -> None:
    """A forked process may have copied the lock while another thread held it."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_new_lock)


def new_event_id() -> EventId:
    """A new event id."""
    return EventId(new_id())
