"""The simulator's clock and timeline.

A virtual clock stands still until a test advances it; a real one runs at a multiple of real time.
Everything that happens later (statuses, redeliveries, expiries) is an entry of the timeline.
Times are Unix seconds of the simulated world; network delays and timeouts are always real seconds,
because the other side measures them with its own clock.
"""

import asyncio
import contextlib
import heapq
import itertools
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Literal

_LOGGER = logging.getLogger(__name__)

Action = Callable[[], Coroutine[Any, Any, None]]

# Turns given to tasks that were just woken before the clock may move on.
_TURNS_TO_SETTLE = 12


class SimulatorClock:
    """Tells the simulated time and runs what is due.

    An action must not sleep on this clock: ``advance`` waits for it before time moves on.
    """

    def __init__(self, mode: Literal["virtual", "real"], starts_at: float, speed: float) -> None:
        self.mode = mode
        self.speed = speed
        self._base = starts_at
        self._started = time.monotonic()
        self._entries: list[tuple[float, int, Action]] = []
        self._order = itertools.count()
        self._running: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._dispatcher: asyncio.Task[None] | None = None
        self.failures: list[BaseException] = []

    def now(self) -> float:
        """Unix seconds of the simulated world."""
        if self.mode == "virtual":
            return self._base
        return self._base + (time.monotonic() - self._started) * self.speed

    def start(self) -> None:
        """Begin to run entries by themselves; needs a running event loop."""
        if self.mode == "real" and self._dispatcher is None:
            self._dispatcher = asyncio.create_task(self._dispatch())

    async def close(self) -> None:
        """Cancel everything that is planned or running."""
        tasks = [*self._running]
        if self._dispatcher is not None:
            tasks.append(self._dispatcher)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._entries.clear()
        self._dispatcher = None

    def after(self, seconds: float, action: Action) -> None:
        """Run the action when so many simulated seconds have passed; at once if none."""
        self.at(self.now() + max(0.0, seconds), action)

    def at(self, due: float, action: Action) -> None:
        """Run the action at this simulated time; at once if that has passed."""
        if due <= self.now():
            self._run(action)
            return
        heapq.heappush(self._entries, (due, next(self._order), action))
        self._wake.set()

    async def sleep(self, seconds: float) -> None:
        """Wait until so many simulated seconds have passed."""
        if seconds <= 0:
            return
        woken = asyncio.get_running_loop().create_future()

        async def wake() -> None:
            if not woken.done():
                woken.set_result(None)

        self.after(seconds, wake)
        await woken

    async def advance(self, seconds: float) -> float:
        """Move the clock forward and run everything that falls due on the way, in order.

        Returns the new time. Each entry is complete, its webhooks answered, before the virtual
        clock moves on to the next one.
        """
        if self.mode == "real":
            self._base += seconds
            self._wake.set()
            self._run_due(self.now())
            await self.settle()
            return self.now()
        await self.settle()
        target = self._base + seconds
        while self._entries and self._entries[0][0] <= target:
            self._base = max(self._base, self._entries[0][0])
            self._run_due(self._base)
            await self.settle()
        self._base = target
        return target

    async def settle(self) -> None:
        """Wait until nothing is running that was due.

        With a real clock: until what runs now is complete, since something new may always begin.
        """
        if self.mode == "real" and self._running:
            await asyncio.wait([*self._running])
            return
        while True:
            for _ in range(_TURNS_TO_SETTLE):
                await asyncio.sleep(0)
            running = [*self._running]
            if not running:
                return
            await asyncio.wait(running)

    def spawn(self, action: Action) -> None:
        """Run the action now, beside the caller."""
        self._run(action)

    def _run(self, action: Action) -> None:
        task = asyncio.create_task(action())
        self._running.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self.failures.append(failure)
            _LOGGER.error("An action of the simulator failed", exc_info=failure)

    def _run_due(self, now: float) -> None:
        while self._entries and self._entries[0][0] <= now:
            self._run(heapq.heappop(self._entries)[2])

    async def _dispatch(self) -> None:
        while True:
            self._run_due(self.now())
            self._wake.clear()
            delay = None
            if self._entries:
                delay = max(0.0, (self._entries[0][0] - self.now()) / self.speed)
            # Not `wait_for`: of Python 3.11 it loses a cancellation that comes with what it awaits.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._wake.wait()
