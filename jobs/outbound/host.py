"""Many lanes in one process: whoever has something due is served, side by side.

All lanes share the process: its calls, its threads and its way to the store, each handed out in
turn, so a firm with much to send does not keep the others waiting.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

import psycopg
import redis

from domain.errors import StoreUnavailable
from domain.identity import TenantId
from infrastructure.postgres.connections import store_errors
from infrastructure.unique_ids import new_id
from jobs.outbound.lane import SenderLane
from jobs.outbound.lane_end import LaneEnd
from jobs.outbound.lease import RENEWAL_S, Leases
from jobs.outbound.outcomes import Outcomes
from jobs.queues import QueueName
from jobs.runtime import SendRuntime
from jobs.sweep import TAKE_OVER_S
from projections.projection import WORK_DUE

log = logging.getLogger(__name__)

SLICE_S: Final = 30.0
"""How long one run works, and then as long as nothing else waits in its queue: to go over from one
run to the next keeps the lanes from calling for a moment."""

SLICE_LONGEST_S: Final = 180.0

LIMIT_S: Final = 240
"""After this time a run is stopped: the longest slice, the longest call and the patience for its
outcome."""

OUTBOUND_REQUESTED: Final = "outbound_requested"
"""Notified by the store when a message was requested (migration 1600)."""

LOOK_GAP_S: Final = 0.02
LOOK_INTERVAL_S: Final = 1.0
"""How often the process looks for lanes without a ring."""

PATIENCE_S: Final = 10.0
"""How long a lane that can do nothing for now is left alone by this process."""

THREADS: Final = 6


class LaneName(NamedTuple):
    """A lane: the sender number and its firm."""

    tenant_id: TenantId
    sender_number_id: UUID


class LaneHost:
    """Serves lanes until nothing is left to do, or its slice is over and something else waits."""

    def __init__(self, runtime: SendRuntime, is_stopped: Callable[[], bool]) -> None:
        self._runtime = runtime
        self._is_stopped = is_stopped
        self._leases = Leases(runtime.pool, new_id())
        self._outcomes = Outcomes(runtime)
        self._slots = asyncio.Semaphore(runtime.calls_max)
        self._lanes: dict[LaneName, SenderLane] = {}
        self._tasks: dict[LaneName, asyncio.Task[LaneEnd]] = {}
        self._returned: list[asyncio.Task[None]] = []
        self._left_alone: dict[LaneName, float] = {}
        self._bell = asyncio.Event()
        self._idle_since: float | None = None

    async def run(self, first: LaneName) -> list[LaneName]:
        """Serve `first` and every other lane with work; returns those that have more to do."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS, "hub-lanes"))
        began = time.monotonic()
        helpers = [
            asyncio.create_task(self._outcomes.run()),
            asyncio.create_task(self._renew()),
            asyncio.create_task(self._listen()),
        ]
        try:
            await self._serve([first], began)
            return await self._close()
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def _serve(self, names: list[LaneName], began: float) -> None:
        while True:
            self._bell.clear()
            try:
                await self._open(names)
                await self._open(await asyncio.to_thread(self._due_lanes))
                names = []
            except StoreUnavailable as error:
                # The lanes that are served look after themselves until the store is back.
                log.warning("The lanes wait for the store.", extra={"reason": error.message})
            if self._is_over() or await self._is_slice_over(time.monotonic() - began):
                return
            await self._pause()

    async def _is_slice_over(self, worked_s: float) -> bool:
        if worked_s < SLICE_S:
            return False
        return worked_s >= SLICE_LONGEST_S or await asyncio.to_thread(self._do_others_wait)

    def _do_others_wait(self) -> bool:
        try:
            # What rings for lanes has to wait for nothing: they are all served by this run.
            return self._runtime.doorbells.has_rung(
                QueueName.OUTBOUND, firm=self._runtime.firm, other_than="drain_sender"
            )
        except redis.RedisError:
            # Without Redis nobody rings.
            return False

    def _is_over(self) -> bool:
        now = time.monotonic()
        if self._is_stopped():
            return True
        if any(not lane.is_idle for lane in self._lanes.values()):
            self._idle_since = None
            return False
        self._idle_since = self._idle_since or now
        return now - self._idle_since >= self._runtime.linger_s

    async def _pause(self) -> None:
        """Wait for a ring, for a lane that changes, or for the next look."""
        wait_s = LOOK_INTERVAL_S
        if self._idle_since is not None:
            wait_s = self._idle_since + self._runtime.linger_s - time.monotonic()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), max(0.001, wait_s))
        # Many pages ring while much is requested; lanes that are served look for themselves.
        await asyncio.sleep(LOOK_GAP_S)

    def _due_lanes(self) -> list[LaneName]:
        """The lanes with work that nobody else looks after: of all firms, or of its own alone.

        Lanes of a firm with workers of its own are left to them for a while.
        """
        with store_errors(), self._runtime.pool.connection() as connection:
            rows = connection.execute(
                """
                SELECT tenant_id, sender_number_id FROM read_model.lanes_with_work()
                WHERE coalesce(holder = %(holder)s, true)
                  AND (due_at <= clock_timestamp() OR attempted_at IS NOT NULL)
                  AND CASE WHEN %(firm)s::uuid IS NOT NULL THEN tenant_id = %(firm)s
                      ELSE holder IS NOT NULL
                          OR least(due_at, attempted_at)
                              < clock_timestamp() - make_interval(secs => %(take_over)s)
                          OR tenant_id NOT IN
                              (SELECT firm_id FROM read_model.firms_with_own_queue())
                      END
                """,
                {
                    "holder": self._leases.holder,
                    "firm": self._runtime.firm,
                    "take_over": TAKE_OVER_S,
                },
            ).fetchall()
        return [LaneName(TenantId(tenant_id), number) for tenant_id, number in rows]

    async def _open(self, names: Iterable[LaneName]) -> None:
        """Begin to serve lanes that are free; those that are served hear of new work themselves."""
        now = time.monotonic()
        for name in names:
            if name not in self._lanes and self._left_alone.get(name, 0.0) <= now:
                held = await asyncio.to_thread(self._leases.take, *name)
                if held is None:
                    continue
                lane = SenderLane(
                    self._runtime,
                    held,
                    self._leases,
                    self._outcomes,
                    self._slots,
                    self._bell.set,
                )
                self._lanes[name] = lane
                task = self._tasks[name] = asyncio.create_task(lane.run())
                task.add_done_callback(partial(self._ended, name))

    def _ended(self, name: LaneName, task: "asyncio.Task[LaneEnd]") -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("A lane failed; it is tried again.", exc_info=task.exception())
        if not task.cancelled() and task.exception() is None and task.result() is LaneEnd.STOPPED:
            return
        self._left_alone[name] = time.monotonic() + PATIENCE_S
        lane = self._lanes.pop(name)
        self._tasks.pop(name)
        self._returned.append(asyncio.create_task(asyncio.to_thread(self._give_back, lane)))
        self._bell.set()

    def _give_back(self, *lanes: SenderLane) -> None:
        # A lease that cannot be given back runs out by itself.
        with contextlib.suppress(StoreUnavailable):
            self._leases.give_back([lane.lane for lane in lanes])

    async def _close(self) -> list[LaneName]:
        lanes = dict(self._lanes)
        for lane in lanes.values():
            lane.stop()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()))
        await asyncio.gather(*self._returned)
        await asyncio.to_thread(self._give_back, *lanes.values())
        # Looked at once more after others could have taken it: what came in between rings.
        with contextlib.suppress(StoreUnavailable):
            return [name for name, lane in lanes.items() if await lane.has_more()]
        # The sweep rings when the store is back.
        return []

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL_S)
            try:
                await asyncio.to_thread(self._leases.renew)
            except StoreUnavailable as error:
                log.warning("A lease could not be renewed.", extra={"reason": error.message})

    async def _listen(self) -> None:
        """Ring whenever a message may have become one to begin."""
        while True:
            try:
                async with await self._runtime.listen() as connection:
                    for channel in (WORK_DUE, OUTBOUND_REQUESTED):
                        await connection.execute(f"LISTEN {channel}")
                    self._ring()
                    async for told in connection.notifies():
                        self._ring(told.payload if told.channel == OUTBOUND_REQUESTED else None)
            except (psycopg.Error, StoreUnavailable):
                await asyncio.sleep(RENEWAL_S)

    def _ring(self, awaited_number: str | None = None) -> None:
        for lane in self._lanes.values():
            lane.ring(is_awaited=str(lane.lane.sender_number_id) == awaited_number)
        self._bell.set()
