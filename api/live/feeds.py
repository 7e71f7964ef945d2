"""The feeds of all firms with subscribers in this process, and the stream of one subscriber."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from enum import Enum
from time import monotonic
from typing import Any, Final, Generic
from uuid import UUID

from api.authentication import Principal
from api.live.outbox import Item, Outbox
from api.live.tenant_feed import POLL_INTERVAL_S, ReadPage, TenantFeed
from domain.identity import TenantId

BACKFILL_POSITIONS_MAX: Final = 10_000
"""A client that was away for longer loads its lists anew; that is quicker than this many items."""

LAGGED_AGAIN_S: Final = 30.0
"""A client that overflows twice within this time does not keep up at all."""


class ClientTooSlow(Exception):
    """The client does not keep up even after it was told that it lags; its socket is closed."""


class Signal(Enum):
    """What is said about the stream itself, with the position that it stands at."""

    POSITION = "position"
    LAGGED = "lagged"
    TOO_OLD = "too_old"
    UNKNOWN = "unknown"


class Told:
    """A signal in the stream of a subscriber."""

    __slots__ = ("seq", "signal")

    def __init__(self, signal: Signal, seq: int) -> None:
        self.signal = signal
        self.seq = seq


class Feeds(Generic[Item]):
    """Makes feeds when somebody subscribes, and lets go of those that nobody follows any more."""

    def __init__(
        self,
        reader_of: Callable[[TenantId], ReadPage[Item]],
        *,
        poll_interval_s: float = POLL_INTERVAL_S,
        backfill_max: int = BACKFILL_POSITIONS_MAX,
    ) -> None:
        self._reader_of = reader_of
        self._poll_interval_s = poll_interval_s
        self._backfill_max = backfill_max
        self._feeds: dict[TenantId, TenantFeed[Item]] = {}
        self._users: Counter[TenantFeed[Item]] = Counter()

    def ring(self, tenant_id: UUID, announced: int = 0) -> None:
        """Something was added to the feed of a firm, up to the position `announced` if known."""
        feed = self._feeds.get(TenantId(tenant_id))
        if feed is not None:
            feed.ring(announced)

    def ring_all(self) -> None:
        """Something may have been added to any feed."""
        for feed in self._feeds.values():
            feed.ring()

    async def close(self) -> None:
        """Stop following."""
        await asyncio.gather(*(feed.close() for feed in self._feeds.values()))

    async def subscribe(
        self, principal: Principal, after: int | None, interest: Any = None
    ) -> AsyncGenerator[Item | Told, None]:
        """Return what happens in the principal's firm after a position (None: from now on).

        First what has happened since, then what happens: no gap, no repetition, in order.
        `interest` says what the subscriber wants to see of an item. Raises ClientTooSlow,
        StoreUnavailable.
        """
        outbox: Outbox[Item] = Outbox()
        async with (
            self._used(principal.tenant_id) as feed,
            feed.registered(outbox, interest) as mark,
        ):
            stream = _Stream(feed, outbox, principal, mark, interest)
            told = await self._beginning(feed, stream, after)
            if told is not None:
                yield told
            async with contextlib.aclosing(stream.items()) as items:
                async for item in items:
                    yield item

    async def _beginning(
        self, feed: TenantFeed[Item], stream: "_Stream[Item]", after: int | None
    ) -> Told | None:
        """Where the stream begins; None where it simply goes on after `after`."""
        if after is None:
            return Told(Signal.POSITION, stream.last)
        _, head = await feed.state()
        if after > head:
            return Told(Signal.UNKNOWN, stream.last)
        if stream.last - after > self._backfill_max:
            return Told(Signal.TOO_OLD, stream.last)
        stream.go_back_to(after)
        return None

    @contextlib.asynccontextmanager
    async def _used(self, tenant_id: TenantId) -> AsyncIterator[TenantFeed[Item]]:
        """The feed of a firm; followed for as long as somebody uses it."""
        feed = self._feeds.get(tenant_id)
        if feed is None:
            feed = TenantFeed(self._reader_of(tenant_id), poll_interval_s=self._poll_interval_s)
            self._feeds[tenant_id] = feed
        self._users[feed] += 1
        try:
            yield feed
        finally:
            self._users[feed] -= 1
            if self._users[feed] == 0:
                del self._users[feed]
                del self._feeds[tenant_id]
                await feed.close()


class _Stream(Generic[Item]):
    """Where one subscriber stands. `last` is the position up to which it was served."""

    def __init__(
        self,
        feed: TenantFeed[Item],
        outbox: Outbox[Item],
        principal: Principal,
        mark: int,
        interest: Any,
    ) -> None:
        self._feed = feed
        self._interest = interest
        self._outbox = outbox
        self._principal = principal
        self._mark = mark
        self._lagged_at: float | None = None
        self.last = mark

    def go_back_to(self, position: int) -> None:
        """Serve everything after `position`."""
        self.last = position

    async def items(self) -> AsyncGenerator[Item | Told, None]:
        """Everything after `last`, for ever."""
        async with contextlib.aclosing(self._past()) as past:
            async for item in past:
                yield item
        while True:
            taken = await self._outbox.take()
            if taken is None:
                yield self._lagged()
                async with contextlib.aclosing(self._past()) as past:
                    async for missed in past:
                        yield missed
            elif taken.seq > self.last:
                self.last = taken.seq
                if self._principal.may(taken.scope):
                    yield taken

    async def _past(self) -> AsyncGenerator[Item, None]:
        """Read the feed up to what the outbox has, also where that overflows meanwhile."""
        while True:
            if self._outbox.overflowed:
                self._outbox.reset()
                self._mark = self._feed.position
            while self.last < self._mark:
                page = await self._feed.read(self.last, self._mark, self._interest)
                for item in page:
                    self.last = item.seq
                    if self._principal.may(item.scope):
                        yield item
                if not page:
                    self.last = self._mark
            if not self._outbox.overflowed:
                return

    def _lagged(self) -> Told:
        now = monotonic()
        if self._lagged_at is not None and now - self._lagged_at < LAGGED_AGAIN_S:
            raise ClientTooSlow
        self._lagged_at = now
        return Told(Signal.LAGGED, self.last)
