"""What the senders of a number share about its limits: a log of starts, pairs, and throttling.

Everything is measured on the clock of Redis, so that it is right for whoever holds the lane next.
Losing it loses nothing but one second in which nobody sends: the log does not know then what the
last second held.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from redis.asyncio import Redis

HORIZON_MS: Final = 50
"""How far ahead starts are handed out: little, so that a more urgent message never waits long."""

GUARD_MS: Final = 15
GUARD_LONGEST_MS: Final = 240
"""How late a start may be made after the time it was handed out for. Starts are kept apart as if
each were as late as that, so the limit holds at the moment of the call, not of the permission. A
process that is often late asks for a longer guard, which costs it as much of its pace."""

PAIR_SPACING_MS: Final = 6_000
PAIR_BURST: Final = 45
"""One message per 6 s to the same recipient; up to 45 at once, paid back (reference, 11.2)."""

THROTTLED_KEPT_S: Final = 240

_EPOCH: Final = "hub:send:epoch"

_GRANT: Final = """
local time = {time}
local now = time[1] * 1000000 + time[2]
local log, schedule, epoch_key = KEYS[1], KEYS[2], KEYS[3]
local limit, wanted = tonumber(ARGV[1]), tonumber(ARGV[2])
local guard, horizon = tonumber(ARGV[3]), tonumber(ARGV[4])
local window = 1000000
-- The log holds the latest moments at which starts may be made, not the earliest.
local epoch = tonumber(redis.call('GET', epoch_key))
local last = tonumber(redis.call('LINDEX', log, -1))
if not epoch or epoch > now or ARGV[5] == '1' or (last and last > now + 1000000) then
    -- Emptied, by-passed, or the clock went back: the starts of the last second are not known.
    redis.call('DEL', log, schedule)
    epoch, last = now, nil
    redis.call('SET', epoch_key, string.format('%.0f', now))
end
local given_back = 0
for index = 6, #ARGV do
    given_back = given_back + redis.call('LREM', log, -1, ARGV[index])
end
local spacing = (window + guard) / limit
local tolerance = math.max(40000, spacing / 2)
-- What was handed out and not made must not keep the next ones waiting.
local due = (tonumber(redis.call('GET', schedule)) or 0) - given_back * spacing
local granted = {{}}
local wait = 0
for _ = 1, wanted do
    local start = math.max(now, epoch + window + {longest}, math.max(due, now) - tolerance)
    local first = tonumber(redis.call('LINDEX', log, -limit))
    if first then start = math.max(start, first + window) end
    local latest = tonumber(redis.call('LINDEX', log, -1))
    if latest then start = math.max(start, latest - guard) end
    if start > now + horizon then
        wait = start - now
        break
    end
    start = math.ceil(start)
    redis.call('RPUSH', log, string.format('%.0f', start + guard))
    due = math.max(due, start) + spacing
    granted[#granted + 1] = string.format('%.0f', start)
end
redis.call('LTRIM', log, -math.max(limit, 1000), -1)
redis.call('PEXPIRE', log, 5000)
redis.call('SET', schedule, string.format('%.0f', due), 'PX', 5000)
return {{string.format('%.0f', now), string.format('%.0f', math.ceil(wait)), granted}}
"""

_BEGIN: Final = """
local time = {time}
redis.call('SET', KEYS[1], string.format('%.0f', time[1] * 1000000 + time[2]), 'NX')
"""

_PAIRS: Final = """
local time = {time}
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local spacing, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local waits = {{}}
for index, key in ipairs(KEYS) do
    local due = tonumber(redis.call('GET', key)) or now
    if due > now + spacing * (burst + 1) then due = now end
    local wait = due - now - spacing * (burst - 1)
    if wait <= 0 then
        due = math.max(due, now) + spacing
        redis.call('SET', key, due, 'PX', due - now)
        wait = 0
    end
    waits[index] = wait
end
return waits
"""


class Grant(NamedTuple):
    """Starts that were handed out, as times of Redis in microseconds, with the time it was then.

    Without any, `wait_us` says how soon to ask again.
    """

    now_us: int
    wait_us: int
    starts_us: Sequence[int]


class SendLimits:
    """The shared limits of all sender numbers. Every call raises RedisError when Redis is away."""

    def __init__(self, connection: "Redis", *, time: str = "redis.call('TIME')") -> None:
        """`time` is the expression of Redis for the time: seconds and microseconds."""
        self._redis = connection
        self._grant = connection.register_script(
            _GRANT.format(time=time, longest=GUARD_LONGEST_MS * 1000)
        )
        self._begin = connection.register_script(_BEGIN.format(time=time))
        self._pairs = connection.register_script(_PAIRS.format(time=time))

    async def begin(self) -> None:
        """Keep that starts are noted from now on, unless they are already.

        A process that does so before it has anything to send spares its first message the second
        in which an empty log says nothing about the last one.
        """
        await self._begin(keys=[_EPOCH])

    async def grant(
        self,
        number: UUID,
        per_second: int,
        wanted: int,
        unused_us: Sequence[int] = (),
        *,
        guard_ms: int = GUARD_MS,
        is_bypassed: bool = False,
    ) -> Grant:
        """Hand out up to `wanted` starts, at most `per_second` in any second, evenly spread.

        `unused_us` are the latest moments of starts that were handed out before and will never be
        made; `guard_ms` is how late the starts of this grant may be made; `is_bypassed` says that
        starts were made lately that nobody had handed out.
        """
        now, wait, starts = await self._grant(
            keys=[f"hub:send:log:{number}", f"hub:send:due:{number}", _EPOCH],
            args=[
                per_second,
                wanted,
                guard_ms * 1000,
                HORIZON_MS * 1000,
                int(is_bypassed),
                *unused_us,
            ],
        )
        return Grant(int(now), int(wait), [int(start) for start in starts])

    async def pair_waits_s(self, number: UUID, contacts: Sequence[UUID]) -> list[float]:
        """Take a place for one message to each contact; the seconds to wait where there is none."""
        waits = await self._pairs(
            keys=[f"hub:send:pair:{number}:{contact}" for contact in contacts],
            args=[PAIR_SPACING_MS, PAIR_BURST],
        )
        return [int(wait) / 1000 for wait in waits]

    async def note_throttled(self, number: UUID) -> None:
        """Remember that Meta found the number too quick a moment ago."""
        await self._redis.set(f"hub:send:throttled:{number}", 1, ex=THROTTLED_KEPT_S)

    async def throttled_ago_s(self, number: UUID) -> float | None:
        """How long ago Meta found the number too quick; None when that is long ago, or never."""
        left_ms = await self._redis.pttl(f"hub:send:throttled:{number}")
        return None if left_ms < 0 else THROTTLED_KEPT_S - left_ms / 1000
