"""The outbox of one subscriber: bounded, so that a slow client costs no memory."""

import asyncio
from collections import deque
from typing import Final, Generic, Protocol, TypeVar

from domain.scopes import Scope

ITEMS_MAX: Final = 256


class FeedItem(Protocol):
    """Something that happened in a firm."""

    @property
    def seq(self) -> int:
        """The firm's position of it."""
        ...

    @property
    def scope(self) -> Scope:
        """What a token must allow to hear about it."""
        ...


Item = TypeVar("Item", bound=FeedItem)


class Outbox(Generic[Item]):
    """Items that wait to be taken by one subscriber, in order.

    When it is full everything in it is dropped and it is `overflowed`: the subscriber reads the
    feed again from where it was and calls `reset`.
    """

    def __init__(self, items_max: int = ITEMS_MAX) -> None:
        self._items_max = items_max
        self._items: deque[Item] = deque()
        self._woken = asyncio.Event()
        self.overflowed = False

    def put(self, item: Item) -> None:
        """Add an item; never waits."""
        if self.overflowed:
            return
        if len(self._items) >= self._items_max:
            self._items.clear()
            self.overflowed = True
        else:
            self._items.append(item)
        self._woken.set()

    def reset(self) -> None:
        """Start anew, empty."""
        self._items.clear()
        self.overflowed = False
        self._woken.clear()

    async def take(self) -> Item | None:
        """Return the next item, waiting for it; None when the outbox has overflowed."""
        while not self._items and not self.overflowed:
            self._woken.clear()
            await self._woken.wait()
        return None if self.overflowed else self._items.popleft()
