"""When failed work is tried again: five attempts, growing delays, full jitter."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

ATTEMPTS_MAX: Final = 5

DELAYS_S: Final = (5, 15, 60, 300, 1800)
"""Longest delay before the next attempt, by number of failed attempts."""

SMALLEST_SHARE: Final = 0.2
"""Full jitter, yet never so soon that a server under load is asked again at once."""


def next_attempt_at(now: datetime, failed_attempts: int, random: Callable[[], float]) -> datetime:
    """Return when to try again after `failed_attempts` (from 1); `random` is in [0, 1)."""
    longest = DELAYS_S[min(failed_attempts, len(DELAYS_S)) - 1]
    share = SMALLEST_SHARE + (1 - SMALLEST_SHARE) * random()
    return now + timedelta(seconds=longest * share)
