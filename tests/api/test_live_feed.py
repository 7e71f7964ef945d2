"""The stream of one subscriber, whatever is late, lost or slow on the way to it."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.authentication import Principal
from api.live.feeds import ClientTooSlow, Feeds, Signal, Told
from api.live.outbox import ITEMS_MAX
from api.live.tenant_feed import FeedPage, ReadPage
from domain.identity import MemberId, TenantId
from domain.scopes import ROLE_SCOPES, Role, Scope
from infrastructure.clock import SystemClock
from infrastructure.unique_ids import new_id


class Happened(msgspec.Struct, frozen=True):
    """Something that happened."""

    seq: int
    scope: Scope = Scope.CONVERSATIONS_READ


PRINCIPAL = Principal(
    tenant_id=TenantId(new_id()),
    member_id=MemberId(new_id()),
    token_id=new_id(),
    role=Role.CS,
    scopes=ROLE_SCOPES[Role.CS],
    expires_at=SystemClock().now() + timedelta(hours=1),
)


class Log:
    """A feed in memory whose read models may lag behind."""

    def __init__(self) -> None:
        self.items: list[Happened] = []
        self.lag = 0
        self.feeds: Feeds[Happened] = Feeds(self._reader_of, poll_interval_s=0.01)

    def add(self, count: int = 1, scope: Scope = Scope.CONVERSATIONS_READ) -> None:
        for _ in range(count):
            self.items.append(Happened(len(self.items) + 1, scope))

    def ring(self) -> None:
        self.feeds.ring(PRINCIPAL.tenant_id)

    def _reader_of(self, _tenant_id: TenantId) -> ReadPage[Happened]:
        async def read(
            after: int, through: int | None, limit: int, _interests: Any
        ) -> FeedPage[Happened]:
            await asyncio.sleep(0)
            head = len(self.items)
            seen = max(0, head - self.lag)
            self.lag = max(0, self.lag - 1)
            end = seen if through is None else min(through, seen)
            return FeedPage(self.items[after : max(after, end)][:limit], seen, head)

        return read


@asynccontextmanager
async def subscribed(log: Log, after: int | None) -> AsyncIterator[Any]:
    async with aclosing(log.feeds.subscribe(PRINCIPAL, after)) as stream:
        yield stream
    await log.feeds.close()


async def take(stream: Any, count: int) -> list[int]:
    async with asyncio.timeout(10):
        return [(await anext(stream)).seq for _ in range(count)]


async def test_the_stream_begins_with_its_position() -> None:
    log = Log()
    log.add(3)
    async with subscribed(log, None) as stream:
        first = await anext(stream)
        assert isinstance(first, Told)
        assert (first.signal, first.seq) == (Signal.POSITION, 3)
        log.add()
        assert await take(stream, 1) == [4]


@settings(max_examples=60, deadline=None)
@given(
    past=st.integers(0, 450),
    after=st.integers(0, 450),
    bursts=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)), max_size=12),
    seed=st.integers(0, 1_000),
)
async def test_nothing_is_missed_or_repeated_with_lost_rings_and_late_read_models(
    past: int, after: int, bursts: list[tuple[int, int]], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a reproducible loss
    log = Log()
    log.add(past)
    after = min(after, past)
    async with subscribed(log, after) as stream:

        async def write() -> None:
            for count, lag in bursts:
                log.add(count)
                log.lag = lag
                if chance.random() > 0.3:
                    log.ring()
                await asyncio.sleep(0)

        writing = asyncio.create_task(write())
        total = past + sum(count for count, _ in bursts)
        assert await take(stream, total - after) == list(range(after + 1, total + 1))
        await writing


async def test_what_a_token_may_not_hear_is_left_out() -> None:
    log = Log()
    log.add()
    log.add(scope=Scope.AUDIT_READ)
    log.add()
    async with subscribed(log, 0) as stream:
        assert await take(stream, 2) == [1, 3]
        log.add(scope=Scope.AUDIT_READ)
        log.add()
        assert await take(stream, 1) == [5]


async def test_a_slow_client_is_told_that_it_lags_and_misses_nothing() -> None:
    log = Log()
    async with subscribed(log, None) as stream:
        await anext(stream)
        log.add()
        assert await take(stream, 1) == [1]
        await overflow(log)
        told = await anext(stream)
        assert isinstance(told, Told)
        assert (told.signal, told.seq) == (Signal.LAGGED, 1)
        assert await take(stream, ITEMS_MAX + 1) == list(range(2, ITEMS_MAX + 3))
        log.add()
        assert await take(stream, 1) == [ITEMS_MAX + 3]


async def test_a_client_that_never_keeps_up_is_cut_off() -> None:
    log = Log()
    async with subscribed(log, None) as stream:
        await anext(stream)
        log.add()
        await take(stream, 1)
        await overflow(log)
        assert isinstance(await anext(stream), Told)
        await take(stream, ITEMS_MAX + 1)
        log.add()
        await take(stream, 1)
        await overflow(log)
        with pytest.raises(ClientTooSlow):
            await anext(stream)


async def overflow(log: Log) -> None:
    """Let more happen than an outbox holds, while nobody takes anything out of it."""
    log.add(ITEMS_MAX + 1)
    log.ring()
    feed = log.feeds._feeds[PRINCIPAL.tenant_id]
    async with asyncio.timeout(5):
        while feed.position < len(log.items):  # noqa: ASYNC110 - the feed tells nobody
            await asyncio.sleep(0.001)


async def test_a_client_that_was_away_too_long_loads_its_lists_anew() -> None:
    log = Log()
    log.feeds = Feeds(log._reader_of, poll_interval_s=0.01, backfill_max=100)
    log.add(102)
    async with subscribed(log, 1) as stream:
        told = await anext(stream)
        assert (told.signal, told.seq) == (Signal.TOO_OLD, 102)
        log.add()
        assert await take(stream, 1) == [103]
    async with subscribed(log, 3) as stream:
        assert await take(stream, 1) == [4]


async def test_a_feed_that_nobody_follows_any_more_is_let_go() -> None:
    log = Log()
    log.add()
    async with aclosing(log.feeds.subscribe(PRINCIPAL, 0)) as one:
        await anext(one)
        async with aclosing(log.feeds.subscribe(PRINCIPAL, 0)) as other:
            await anext(other)
        assert log.feeds._feeds
        log.add()
        assert await take(one, 1) == [2]
    assert not log.feeds._feeds
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "feed"]


async def test_a_subscriber_that_gives_up_while_waiting_leaves_nothing_behind() -> None:
    log = Log()
    stream = log.feeds.subscribe(PRINCIPAL, 0)
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await anext(stream)
    await stream.aclose()
    assert not log.feeds._feeds
