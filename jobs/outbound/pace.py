"""The pace of a lane: when the next call may be made, and how quick the number may be now.

A start is handed out by Redis, which knows what earlier holders of the lane have done, and checked
once more against the log of this process at the moment of the call. Without Redis the log of this
process is enough, once it has held the lane for longer than a second.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple
from uuid import UUID

import redis

from infrastructure.redis.send_limits import (
    GUARD_LONGEST_MS,
    GUARD_MS,
    HORIZON_MS,
    SendLimits,
)
from jobs.outbound.window import WINDOW_S, SlidingLog

log = logging.getLogger(__name__)

GUARD_S: Final = GUARD_LONGEST_MS / 1000

LATE_IN_A_ROW: Final = 3
IN_TIME_MIN: Final = 50
"""The guard is doubled when starts were late that often, one after the other, and shortened again
after so many in time. Starts that are late in the same moment of stall count as one."""

STALL_S: Final = 0.1

REDIS_PAUSE_S: Final = 1.0
"""How long Redis is not asked after it did not answer."""

TIMER_GRAIN_S: Final = 0.001
"""The timers of the event loop count whole milliseconds, and may end one too early. A start that is
woken too early would be lost, and its place in the second with it."""

SLOW_FOR_S: Final = 60.0
SLOW_SHARE: Final = 0.5
STEP_SHARE: Final = 0.05
STEP_S: Final = 10.0
"""After Meta found a number too quick: half the pace for a minute, then 5 % more every 10 s."""

USAGE_SLOW: Final = 80
USAGE_STOP: Final = 100
USAGE_PAUSE_S: Final = 60.0
"""Meta's usage headers tell per cent of the calls that an account may make in an hour."""


class Start(NamedTuple):
    """A permission to start a call between two moments of the monotonic clock.

    `latest_us` is the later of them on the clock of Redis; 0 when Redis did not give it.
    """

    earliest: float
    latest: float
    latest_us: int = 0


def share_after_throttling(ago_s: float | None) -> float:
    """The share of its limit that a number uses so long after Meta found it too quick."""
    if ago_s is None:
        return 1.0
    steps = 0 if ago_s < SLOW_FOR_S else 1 + int((ago_s - SLOW_FOR_S) / STEP_S)
    return min(1.0, SLOW_SHARE + STEP_SHARE * steps)


class Pace:
    """How quick one lane may be. Serves the tasks of one event loop."""

    def __init__(
        self,
        limits: SendLimits,
        number: UUID,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits
        self._number = number
        self._monotonic = monotonic
        self._sleep = sleep
        self._own = SlidingLog()
        self._starts: deque[Start] = deque()
        self._unused_us: list[int] = []
        self._lock = asyncio.Lock()
        self._held_since = monotonic()
        self._without_redis_until = float("-inf")
        self._paused_until = float("-inf")
        self._bypassed_at = float("-inf")
        self._told_at = float("-inf")
        self._guard_ms = GUARD_MS
        self._in_time = 0
        self._late = 0
        self._late_at = float("-inf")
        self._throttled_at: float | None = None
        self._usage = 0
        self.limit_per_second = 80
        self.chosen_per_second: int | None = None
        self.inbound_per_second = 0

    @property
    def per_second(self) -> int:
        """Starts that are allowed in any second now.

        Meta counts what comes in as well; the firm may have chosen to be slower.
        """
        ago_s = None if self._throttled_at is None else self._monotonic() - self._throttled_at
        share = share_after_throttling(ago_s)
        if self._usage >= USAGE_SLOW:
            share = min(share, SLOW_SHARE)
        allowed = int(self.limit_per_second * share) - self.inbound_per_second
        return max(1, min(allowed, self.chosen_per_second or allowed))

    async def recall(self) -> None:
        """Take over what earlier holders of the lane have learned."""
        try:
            ago_s = await self._limits.throttled_ago_s(self._number)
        except redis.RedisError:
            return
        self._throttled_at = None if ago_s is None else self._monotonic() - ago_s

    async def slow_down(self) -> None:
        """Meta found the number too quick."""
        self._throttled_at = self._monotonic()
        try:
            await self._limits.note_throttled(self._number)
        except redis.RedisError:
            log.warning("Redis is away; only this process knows that the number is too quick.")

    def note_usage(self, per_cent: int) -> None:
        """Meta told how much of its calls the account has used."""
        self._usage = per_cent
        if per_cent >= USAGE_STOP:
            self._paused_until = self._monotonic() + USAGE_PAUSE_S

    def may_start(self, start: Start) -> bool:
        """Whether a call may start at this very moment; keeps that it does. Ask right before it."""
        now = self._monotonic()
        if not start.earliest <= now <= start.latest or self._own.wait_s(now, self.per_second) > 0:
            self._give_up(start)
            self._was_late()
            return False
        self._was_in_time()
        self._own.note(now)
        if not start.latest_us:
            self._bypassed_at = now
        return True

    async def next_start(self, wanted: int) -> Start:
        """Wait until a call may be started; `wanted` calls are waiting in all."""
        async with self._lock:
            while True:
                start = await self._next(wanted)
                if start is None:
                    continue
                await self._sleep_until(start.earliest)
                if self._monotonic() <= start.latest:
                    return start
                self._give_up(start)
                self._was_late()

    def _was_late(self) -> None:
        now = self._monotonic()
        if now - self._late_at < STALL_S:
            return
        self._late_at = now
        self._in_time = 0
        self._late += 1
        if self._late >= LATE_IN_A_ROW:
            self._guard_ms = min(self._guard_ms * 2, GUARD_LONGEST_MS)
            self._late = 0

    def _was_in_time(self) -> None:
        self._late = 0
        self._in_time += 1
        if self._in_time >= IN_TIME_MIN:
            self._guard_ms = max(self._guard_ms // 2, GUARD_MS)
            self._in_time = 0

    def keep_for_later(self, start: Start) -> None:
        """Take back a start that somebody else may still make."""
        self._starts.appendleft(start)

    async def settle(self) -> None:
        """Wait until nobody needs to know what this process has done without Redis."""
        await self._sleep_until(self._bypassed_at + WINDOW_S + GUARD_S)

    def _give_up(self, start: Start) -> None:
        if start.latest_us:
            self._unused_us.append(start.latest_us)

    async def _next(self, wanted: int) -> Start | None:
        now = self._monotonic()
        if now < self._paused_until:
            await self._sleep(min(1.0, self._paused_until - now))
            return None
        if self._starts:
            return self._starts.popleft()
        if now < self._without_redis_until:
            return await self._own_start()
        unused, self._unused_us = self._unused_us, []
        guard_ms = self._guard_ms
        try:
            grant = await self._limits.grant(
                self._number,
                self.per_second,
                max(1, wanted),
                unused,
                guard_ms=guard_ms,
                is_bypassed=self._bypassed_at > self._told_at,
            )
            self._told_at = now
        except redis.RedisError as error:
            self._without_redis_until = self._monotonic() + REDIS_PAUSE_S
            log.warning(
                "Redis is away; the lane keeps its pace alone.",
                extra={"reason": type(error).__name__},
            )
            return None
        answered = self._monotonic()
        for start_us in grant.starts_us:
            ahead_s = (start_us - grant.now_us) / 1e6
            # The clock of Redis was read between question and answer: never early, never late.
            latest = now + ahead_s + guard_ms / 1000
            latest_us = start_us + guard_ms * 1000
            self._starts.append(Start(answered + ahead_s, latest, latest_us))
        if not self._starts:
            # Asked again as early as it can be handed out: what is waited for then is its moment.
            await self._sleep(max(0.0005, (grant.wait_us - HORIZON_MS * 1000) / 1e6))
            return None
        return self._starts.popleft()

    async def _own_start(self) -> Start:
        """A start by the log of this process alone, evenly spread."""
        now = self._monotonic()
        silent_s = self._held_since + WINDOW_S + GUARD_S - now
        wait_s = max(silent_s, self._own.wait_s(now, self.per_second), 1 / self.per_second)
        await self._sleep(wait_s)
        now = self._monotonic()
        return Start(now, now + GUARD_S)

    async def _sleep_until(self, moment: float) -> None:
        while (wait_s := moment - self._monotonic()) > 0:
            await self._sleep(wait_s + TIMER_GRAIN_S)
