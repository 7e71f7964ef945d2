"""How often one token may ask: a bucket that refills evenly, kept by each server process."""

import math
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final
from uuid import UUID

from api.rest.errors import TooManyRequests

_TOKENS_KEPT: Final = 10_000
_MINUTE_S: Final = 60.0


class RateLimit:
    """Allows `per_minute` requests in any burst, then one each `60 / per_minute` seconds.

    Works by the time at which the bucket of a token is full again (generic cell rate algorithm).
    """

    def __init__(self, per_minute: int, *, now: Callable[[], float] = monotonic) -> None:
        self._interval_s = _MINUTE_S / per_minute
        self._now = now
        self._full_at: OrderedDict[UUID, float] = OrderedDict()

    def take(self, token_id: UUID) -> None:
        """Count one request. Raises TooManyRequests, which counts nothing."""
        now = self._now()
        full_at = max(now, self._full_at.get(token_id, now)) + self._interval_s
        waiting_s = full_at - now - _MINUTE_S
        # Sums of fractions are a little off; a millisecond more or less does not matter here.
        if waiting_s > self._interval_s / 1000:
            raise TooManyRequests(max(1, math.ceil(waiting_s)))
        self._full_at[token_id] = full_at
        self._full_at.move_to_end(token_id)
        while len(self._full_at) > _TOKENS_KEPT:
            self._full_at.popitem(last=False)
