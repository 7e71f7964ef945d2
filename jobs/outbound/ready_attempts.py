"""Attempts that are committed and not called yet."""

import asyncio
import heapq
import itertools

from jobs.outbound.attempts import Attempt


class ReadyAttempts:
    """The most urgent comes first, among equals the one that was committed first."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Attempt]] = []
        self._order = itertools.count()
        self._has_some = asyncio.Event()

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def first_priority(self) -> int | None:
        """The priority of the one that `take` would return; None when there is none."""
        return self._heap[0][0] if self._heap else None

    def add(self, attempt: Attempt) -> None:
        """Take an attempt in."""
        heapq.heappush(self._heap, (attempt.row.priority, next(self._order), attempt))
        self._has_some.set()

    def take(self) -> Attempt:
        """Give out the most urgent one; there must be one."""
        return heapq.heappop(self._heap)[2]

    async def wait(self) -> None:
        """Wait until there is one."""
        while not self._heap:
            self._has_some.clear()
            await self._has_some.wait()
