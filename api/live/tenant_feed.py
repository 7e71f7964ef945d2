"""The feed of one firm in this process: read once, handed to every subscriber of the firm."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import Any, Final, Generic, NamedTuple

from api.live.outbox import Item, Outbox
from domain.errors import HubError

PAGE_ITEMS: Final = 200
POLL_INTERVAL_S: Final = 1.0
_CATCHING_UP_S_FIRST: Final = 0.002
_CATCHING_UP_S_MAX: Final = 0.05
_UNANNOUNCED_S: Final = 0.05
_FAILURE_PAUSE_S: Final = 1.0

_log = logging.getLogger(__name__)


class FeedPage(NamedTuple, Generic[Item]):
    """Items in order. `through` is how far the read models are, `head` how far the store is."""

    items: Sequence[Item]
    through: int
    head: int


ReadPage = Callable[[int, int | None, int, Collection[Any]], Awaitable[FeedPage[Item]]]
"""Reads items after a position, up to another one if given, at most so many.

The last argument holds what each subscriber is interested in: nothing else has to be read with the
items.
"""

NOBODY: Final[Collection[Any]] = ()


class TenantFeed(Generic[Item]):
    """Follows the feed while it has subscribers.

    It looks when the doorbell rings and once a second without it, so that a lost ring, or Redis
    being down, only costs time.
    """

    def __init__(
        self, read_page: ReadPage[Item], *, poll_interval_s: float = POLL_INTERVAL_S
    ) -> None:
        self._read_page = read_page
        self._poll_interval_s = poll_interval_s
        self._outboxes: dict[Outbox[Item], Any] = {}
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._position = 0
        self._announced = 0

    @property
    def position(self) -> int:
        """Everything after this position reaches the outboxes that are registered now."""
        return self._position

    def ring(self, announced: int = 0) -> None:
        """Look for new items now; the feed is said to go up to the position `announced`."""
        self._announced = max(self._announced, announced)
        self._bell.set()

    @contextlib.asynccontextmanager
    async def registered(self, outbox: Outbox[Item], interest: Any) -> AsyncIterator[int]:
        """Hand items to `outbox` while the block runs; yields the position they follow.

        `interest` is what the subscriber wants to see of an item. Raises StoreUnavailable when the
        position cannot be read.
        """
        if self._task is None:
            page = await self._read_page(0, 0, 1, NOBODY)
            # Another subscriber may have come first while this one waited.
            if self._task is None:
                self._position = page.through
                self._task = asyncio.create_task(self._follow(), name="feed")
        self._outboxes[outbox] = interest
        try:
            yield self._position
        finally:
            del self._outboxes[outbox]

    async def read(self, after: int, through: int, interest: Any) -> Sequence[Item]:
        """Return the next items of the past, at most a page."""
        return (await self._read_page(after, through, PAGE_ITEMS, (interest,))).items

    async def state(self) -> tuple[int, int]:
        """Return how far the read models and the store are."""
        page = await self._read_page(0, 0, 1, NOBODY)
        return page.through, page.head

    async def close(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _follow(self) -> None:
        pause = _CATCHING_UP_S_FIRST
        while True:
            self._bell.clear()
            try:
                interests = list(self._outboxes.values())
                page = await self._read_page(self._position, None, PAGE_ITEMS, interests)
            except HubError as error:
                _log.warning("The feed cannot be read now.", extra={"code": error.code})
                await asyncio.sleep(_FAILURE_PAUSE_S)
                continue
            if page.through > self._position:
                pause = _CATCHING_UP_S_FIRST
            self._hand_out(page)
            if len(page.items) >= PAGE_ITEMS:
                continue
            if self._announced > page.through:
                # The feed has it, and the other read models are about to.
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, _CATCHING_UP_S_MAX)
                continue
            # What was stored and not announced yet will be, unless Redis is away.
            is_behind = page.head > page.through
            await self._wait_for_bell(_UNANNOUNCED_S if is_behind else self._poll_interval_s)

    def _hand_out(self, page: FeedPage[Item]) -> None:
        for item in page.items:
            for outbox in self._outboxes:
                outbox.put(item)
        is_whole = len(page.items) < PAGE_ITEMS
        newest = page.through if is_whole else page.items[-1].seq
        self._position = max(self._position, newest)

    async def _wait_for_bell(self, timeout_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._bell.wait()
