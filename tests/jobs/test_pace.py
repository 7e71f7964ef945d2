"""Never more starts in a second than the number may make, whatever stalls and whoever holds it."""

import asyncio
import itertools
import random
from collections.abc import Iterator, Sequence
from uuid import UUID, uuid4

import pytest
import redis as redis_errors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from infrastructure.embedded import EmbeddedServers
from infrastructure.redis.send_limits import GUARD_MS, PAIR_BURST, Grant, SendLimits
from jobs.outbound.pace import Pace, share_after_throttling
from jobs.outbound.window import SlidingLog

CLOCK = "redis.call('LRANGE', 'test:time', 0, 1)"
"""The recorded clock, which the scripts read instead of the clock of Redis."""


class World:
    """A time that only passes where a test lets it, for Redis and for the process alike."""

    def __init__(self, url: str, seed: int, *, stalls: bool = False) -> None:
        self.now = 1_000.0
        self.chance = random.Random(seed)  # noqa: S311 - a reproducible course of events
        self.stalls = stalls
        self.is_redis_away = False
        self.connection = AsyncRedis.from_url(url)
        self._limits = SendLimits(self.connection, time=CLOCK)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        # As the timers of libuv: whole milliseconds, counted from a time that is up to one old.
        timer_s = round(seconds * 1000) / 1000 - self.chance.random() / 1000
        self.now += max(0.0, timer_s) + self.chance.expovariate(2000)

    def stall(self) -> None:
        """What a busy machine, a swapped page or a stopped process does between two lines."""
        if self.stalls and self.chance.random() < 0.05:
            self.now += self.chance.choice((0.01, 0.02, 0.1, 0.7, 1.3))

    async def set_time(self) -> None:
        microseconds = round(self.now * 1e6)
        async with self.connection.pipeline() as pipe:
            pipe.delete("test:time")
            pipe.rpush("test:time", microseconds // 10**6, microseconds % 10**6)
            await pipe.execute()

    async def begin(self) -> None:
        await self.set_time()
        await self._limits.begin()

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
        if self.is_redis_away:
            raise redis_errors.ConnectionError
        self.now += self.chance.expovariate(3000)
        self.stall()
        await self.set_time()
        granted = await self._limits.grant(
            number, per_second, wanted, unused_us, guard_ms=guard_ms, is_bypassed=is_bypassed
        )
        self.now += self.chance.expovariate(3000)
        self.stall()
        return granted

    def pace(self, number: UUID, per_second: int) -> Pace:
        made = Pace(self, number, monotonic=self.monotonic, sleep=self.sleep)  # type: ignore[arg-type]
        made.limit_per_second = per_second
        return made


def most_in_a_second(starts: Sequence[float]) -> int:
    most, first = 0, 0
    for last, moment in enumerate(starts):
        while starts[first] <= moment - 1.0 + 1e-9:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.fixture
def url(servers: EmbeddedServers) -> Iterator[str]:
    with Redis.from_url(servers.redis_url) as connection:
        connection.flushall()
        yield servers.redis_url


async def course(world: World, per_second: int, seconds: float, *, hand_overs: bool) -> list[float]:
    """Start as often as allowed; now and then another process takes the lane over."""
    number = uuid4()
    pace = world.pace(number, per_second)
    starts: list[float] = []
    end = world.now + seconds
    while world.now < end:
        start = await pace.next_start(max(4, per_second // 20))
        world.stall()
        if pace.may_start(start):
            starts.append(world.now)
        if hand_overs and world.chance.random() < 0.02:
            await pace.settle()
            pace = world.pace(number, per_second)
        if world.stalls and world.chance.random() < 0.01:
            world.is_redis_away = not world.is_redis_away
        if world.stalls and world.chance.random() < 0.005:
            await world.connection.flushdb()
    await world.connection.aclose()
    return starts


@pytest.mark.parametrize("per_second", [5, 20, 80, 1000])
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_no_second_has_more_starts_than_allowed_under_stalls_hand_overs_and_loss_of_redis(
    url: str, per_second: int, seed: int
) -> None:
    world = World(url, seed, stalls=True)
    starts = asyncio.run(course(world, per_second, 4.0, hand_overs=True))
    assert most_in_a_second(starts) <= per_second


@pytest.mark.parametrize("per_second", [5, 20, 80, 1000])
def test_at_least_97_per_cent_of_the_limit_is_used(url: str, per_second: int) -> None:
    starts = asyncio.run(course(World(url, 1), per_second, 12.0, hand_overs=False))
    assert most_in_a_second(starts) <= per_second
    used = [moment for moment in starts if 1_002.0 <= moment < 1_012.0]
    assert len(used) >= 0.97 * per_second * 10


def test_after_the_log_was_lost_nobody_starts_for_a_second(url: str) -> None:
    async def silent() -> float:
        world = World(url, 3)
        number = uuid4()
        pace = world.pace(number, 80)
        for _ in range(50):
            pace.may_start(await pace.next_start(4))
        pace = world.pace(number, 80)
        await world.connection.flushdb()
        lost_at = world.now
        pace.may_start(await pace.next_start(4))
        await world.connection.aclose()
        return world.now - lost_at

    assert 1.0 <= asyncio.run(silent()) < 1.4


@pytest.mark.parametrize(("begun_s_ago", "silent_s"), [(2.0, (0.0, 0.1)), (0.2, (0.8, 1.2))])
def test_a_log_that_was_begun_before_is_trusted_for_as_long_as_it_was_kept(
    url: str, begun_s_ago: float, silent_s: tuple[float, float]
) -> None:
    async def silent() -> float:
        world = World(url, 3)
        await world.begin()
        world.now += begun_s_ago
        asked_at = world.now
        pace = world.pace(uuid4(), 80)
        pace.may_start(await pace.next_start(4))
        await world.connection.aclose()
        return world.now - asked_at

    least, most = silent_s
    assert least <= asyncio.run(silent()) < most


def test_beginning_the_log_again_does_not_make_anybody_wait(url: str) -> None:
    async def silent() -> float:
        world = World(url, 3)
        await world.begin()
        world.now += 2.0
        await world.begin()
        asked_at = world.now
        await world.pace(uuid4(), 80).next_start(4)
        await world.connection.aclose()
        return world.now - asked_at

    assert asyncio.run(silent()) < 0.1


def test_starts_that_were_given_back_do_not_keep_the_next_ones_waiting(url: str) -> None:
    async def waits_us() -> list[int]:
        world = World(url, seed=8)
        await world.begin()
        world.now += 2.0
        number = uuid4()
        unused_us: list[int] = []
        waits: list[int] = []
        for _ in range(20):
            granted = await world.grant(number, 1000, 25, unused_us)
            waits.append(granted.starts_us[0] - granted.now_us)
            # All calls of the process are under way: no start can be made in time.
            unused_us = [start + GUARD_MS * 1000 for start in granted.starts_us]
            world.now += 0.005
        await world.connection.aclose()
        return waits

    assert max(asyncio.run(waits_us())) == 0


def test_messages_are_spread_so_that_an_urgent_one_never_waits_long(url: str) -> None:
    starts = asyncio.run(course(World(url, 4), 80, 5.0, hand_overs=False))
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert max(gaps) < 0.06


def test_a_contact_gets_45_messages_at_once_and_then_one_in_six_seconds(url: str) -> None:
    async def waits() -> tuple[list[float], list[float]]:
        world = World(url, 5)
        limits = SendLimits(world.connection, time=CLOCK)
        number, contact, other = uuid4(), uuid4(), uuid4()
        await world.set_time()
        first = [(await limits.pair_waits_s(number, [contact]))[0] for _ in range(PAIR_BURST + 1)]
        world.now += 6.0
        await world.set_time()
        later = await limits.pair_waits_s(number, [contact, contact, other])
        await world.connection.aclose()
        return first, later

    first, later = asyncio.run(waits())
    assert first[:PAIR_BURST] == [0.0] * PAIR_BURST
    assert first[PAIR_BURST] == pytest.approx(6.0, abs=0.01)
    assert later == [0.0, pytest.approx(6.0, abs=0.01), 0.0]


def test_a_number_that_was_too_quick_is_half_as_quick_for_a_minute_and_comes_back_in_steps() -> (
    None
):
    shares = [share_after_throttling(ago_s) for ago_s in (0, 59.9, 60, 70, 109, 150, 1000, None)]
    assert shares == [0.5, 0.5, 0.55, 0.6, 0.75, 1.0, 1.0, 1.0]


def test_what_comes_in_counts_and_the_firm_may_choose_to_be_slower(url: str) -> None:
    async def rates() -> list[int]:
        world = World(url, 6)
        pace = world.pace(uuid4(), 80)
        found = [pace.per_second]
        pace.inbound_per_second = 12
        found.append(pace.per_second)
        pace.chosen_per_second = 5
        found.append(pace.per_second)
        pace.note_usage(85)
        pace.chosen_per_second = None
        found.append(pace.per_second)
        await world.connection.aclose()
        return found

    assert asyncio.run(rates()) == [80, 68, 5, 28]


def test_the_log_of_a_process_is_exact_whatever_moments_it_is_told() -> None:
    chance = random.Random(7)  # noqa: S311 - a reproducible course of events
    log, starts, now = SlidingLog(), [], 0.0
    for _ in range(3_000):
        now += chance.expovariate(40)
        if log.wait_s(now, 20) <= 0:
            log.note(now)
            starts.append(now)
    assert most_in_a_second(starts) == 20
