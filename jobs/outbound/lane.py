"""The lane of one sender number: pick, commit attempts, call, keep outcomes; many calls at once.

Little stands between "committed" and "called": what is committed is in doubt if the process dies,
and a more urgent message has to wait for it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

import redis

from domain.errors import StoreUnavailable
from domain.outbound_commands import PRIORITY_FIRST
from domain.ports.vault import VaultUnavailable
from domain.ports.whatsapp import (
    SendAccepted,
    SendErrorClass,
    SendOutcomeUnknown,
    SendRefused,
    UnknownCause,
)
from infrastructure.failpoints import failpoint
from infrastructure.telemetry.defects import defect_of
from infrastructure.telemetry.tracing import span
from jobs.outbound.abandoned import settle_abandoned_attempt
from jobs.outbound.attempts import Attempt, Progress, begin_attempts
from jobs.outbound.candidates import Candidates, DueMessages
from jobs.outbound.guard import LaneGuard
from jobs.outbound.lane_end import LaneEnd
from jobs.outbound.lane_view import LaneView
from jobs.outbound.lease import HeldLane, Leases, is_lost
from jobs.outbound.outcomes import CallOutcome, NotCalled, Outcomes, Settled, count
from jobs.outbound.pace import Pace, Start
from jobs.outbound.ready_attempts import ReadyAttempts
from jobs.outbound.side_work import SideWork
from jobs.runtime import SendRuntime
from projections.outbox import OutboxRow

log = logging.getLogger(__name__)

PAGE: Final = 100
"""How many due messages are looked at together."""

LOOK_INTERVAL_S: Final = 1.0
"""How often the outbox is looked at without a ring, and what comes in is counted with any."""

LOOK_GAP_S: Final = 0.015
BUSY_LOOK_GAP_S: Final = 0.03
"""The least time between two looks; with something to begin, only what is more urgent is looked
for, and less often unless a person waits."""

READY_MIN: Final = 4
READY_LEAST_S: Final = 0.1
READY_MOST_S: Final = 0.25
"""How much of the number's pace may be committed ahead: little, so that little is in doubt after a
crash; more where the store takes longer."""
BATCH_MAX: Final = 50

STARTS_MAX: Final = 25
"""How many starts are asked for at once: those for which no slot comes free in time are lost."""

BEGINNINGS_MAX: Final = 2
"""How many batches may be on their way to be committed: one, and one that is more urgent."""


class SenderLane:
    """One held lane at work, on the event loop of its process.

    `slots` are the calls that the process may have under way in all its lanes. `on_change` is
    called when the lane may have become idle.
    """

    def __init__(
        self,
        runtime: SendRuntime,
        lane: HeldLane,
        leases: Leases,
        outcomes: Outcomes,
        slots: asyncio.Semaphore,
        on_change: Callable[[], None],
    ) -> None:
        self.lane = lane
        self._runtime = runtime
        self._leases = leases
        self._outcomes = outcomes
        self._slots = slots
        self._on_change = on_change
        self._guard = LaneGuard(runtime, lane)
        self._view = LaneView(runtime, lane)
        self._pace = Pace(runtime.limits, lane.sender_number_id)
        self._candidates = Candidates()
        self._ready = ReadyAttempts()
        self._bell = asyncio.Event()
        self._is_rung = True
        self._is_awaited = False
        self._is_looking = False
        self._is_full = False
        self._looked_at = float("-inf")
        self._looked_around_at = float("-inf")
        self._underway = 0
        self._beginnings: list[list[OutboxRow]] = []
        self._beginning_s = 0.0
        self._side_work = SideWork(lambda: self.stop(LaneEnd.FAILED))
        self._end: LaneEnd | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way, and nothing may be begun as of the last look."""
        if self._underway or self._is_rung or self._is_looking:
            return False
        return self._guard.is_blocked or self._candidates.best_priority is None

    def ring(self, *, is_awaited: bool = False) -> None:
        """Something may have become due; what a person waits for is looked for sooner."""
        self._is_rung = True
        self._is_awaited = self._is_awaited or is_awaited
        self._bell.set()

    def stop(self, end: LaneEnd = LaneEnd.STOPPED) -> None:
        """Begin nothing more; what is committed is still called, what is called still kept."""
        self._end = self._end or end
        self._bell.set()

    async def run(self) -> LaneEnd:
        """Work until told to stop, or until the lane can do nothing for now."""
        await self._pace.recall()
        emitter = asyncio.create_task(self._emit())
        try:
            while self._end is None:
                await self._turn()
        except (StoreUnavailable, VaultUnavailable) as error:
            log.warning("A lane waits for the store.", extra={"reason": type(error).__name__})
            self._end = LaneEnd.FAILED
        finally:
            await self._finish(emitter)
        return self._end

    async def has_more(self) -> bool:
        """Whether there is something to begin that a later run has to look after."""
        if self._guard.is_blocked:
            # The schedule rings when the time has come.
            return False
        self._candidates.refill(await asyncio.to_thread(self._due))
        return self._candidates.best_priority is not None

    async def _turn(self) -> None:
        self._bell.clear()
        if self._must_look():
            await self._look()
        rows = self._next_rows() if await self._guard.may_call() else []
        if rows:
            self._start_beginning(rows)
            return
        if self.is_idle:
            self._on_change()
        until = min(self._looked_at + self._look_interval_s, self._candidates.next_look_at)
        if self._is_rung:
            is_busy = self._candidates.best_priority is not None and not self._is_awaited
            until = self._looked_at + (BUSY_LOOK_GAP_S if is_busy else LOOK_GAP_S)
        if self._guard.is_blocked:
            until = time.monotonic() + min(self._guard.wait_s, LOOK_INTERVAL_S)
        timeout_s = max(0.001, until - time.monotonic())
        try:
            await asyncio.wait_for(self._bell.wait(), timeout_s)
        except TimeoutError:
            self._is_rung = self._is_rung or self._candidates.next_look_at <= time.monotonic()

    def _must_look(self) -> bool:
        since = time.monotonic() - self._looked_at
        is_free = self._candidates.best_priority is None and (self._is_rung or self._is_full)
        if is_free or self._is_awaited:
            return since >= LOOK_GAP_S
        return since >= (BUSY_LOOK_GAP_S if self._is_rung else self._look_interval_s)

    @property
    def _look_interval_s(self) -> float:
        return BUSY_LOOK_GAP_S if self._view.is_news_near else LOOK_INTERVAL_S

    async def _look(self) -> None:
        self._is_rung = self._is_awaited = False
        self._is_looking = True
        self._looked_at = time.monotonic()
        due = await asyncio.to_thread(self._due)
        self._is_looking = False
        self._is_rung = self._is_rung or self._view.is_behind
        self._candidates.refill(due)
        self._is_full = due.is_full
        if self._looked_at - self._looked_around_at >= LOOK_INTERVAL_S:
            self._looked_around_at = self._looked_at
            self._side_work.start(self._look_around())

    def _due(self) -> DueMessages:
        return self._view.due(PAGE + self._candidates.remembered)

    async def _look_around(self) -> None:
        """Look after attempts of former holders, and after what comes in."""
        rows, self._pace.inbound_per_second = await asyncio.to_thread(self._view.around)
        for row in rows:
            if not self._candidates.is_remembered(row):
                await asyncio.to_thread(settle_abandoned_attempt, self._runtime, row)

    def _next_rows(self) -> list[OutboxRow]:
        room = self._ready_max - len(self._ready)
        if not self._beginnings and room >= max(1, self._ready_max // 2):
            return self._candidates.take(min(room, BATCH_MAX))
        best, ahead = self._candidates.best_priority, self._priority_ahead
        if best is not None and best < ahead and len(self._beginnings) < BEGINNINGS_MAX:
            # What is committed already is called first otherwise: the more urgent may join it.
            return self._candidates.take(READY_MIN, better_than=ahead)
        return []

    @property
    def _priority_ahead(self) -> int:
        """The first priority of what is committed, or about to be."""
        beginning = [row.priority for rows in self._beginnings for row in rows]
        first = self._ready.first_priority
        return min([*beginning, *([] if first is None else [first])], default=PRIORITY_FIRST)

    @property
    def _ready_max(self) -> int:
        """How many attempts may be committed and not called yet.

        Half of them are left when the next are begun, and have to last until those are there.
        """
        ahead_s = min(max(READY_LEAST_S, 2.5 * self._beginning_s), READY_MOST_S)
        return max(READY_MIN, int(self._pace.per_second * ahead_s))

    def _start_beginning(self, rows: list[OutboxRow]) -> None:
        self._underway += len(rows)
        self._beginnings.append(rows)
        self._side_work.start(self._begin_beside(rows))

    async def _begin_beside(self, rows: list[OutboxRow]) -> None:
        try:
            await self._begin(rows)
        finally:
            self._beginnings.remove(rows)
            self._bell.set()

    async def _begin(self, rows: list[OutboxRow]) -> None:
        began_at = time.monotonic()
        rows = await self._with_place(rows)
        if not rows:
            return
        try:
            begun = await asyncio.to_thread(begin_attempts, self._runtime, self.lane, rows)
        except Exception as error:
            for row in rows:
                self._done(row, Settled(Progress.TRY_LATER, 0))
            if not is_lost(error):
                raise
            self.stop(LaneEnd.LOST)
            return
        self._beginning_s += (time.monotonic() - began_at - self._beginning_s) / 4
        if begun.number is not None:
            self._pace.limit_per_second = begun.number.level_per_second
            self._pace.chosen_per_second = begun.number.chosen_per_second
        for row, progress, position in begun.others:
            self._done(row, Settled(progress, position))
            if progress is Progress.LANE_WAITS:
                self.stop(LaneEnd.WAITS)
        for attempt in begun.attempts:
            self._ready.add(attempt)
        self._view.note_begun(begun.attempts)

    async def _with_place(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """The rows whose contact may be written to now; the others are set aside for as long."""
        contacts = [row.contact_id for row in rows]
        try:
            waits_s = await self._runtime.limits.pair_waits_s(self.lane.sender_number_id, contacts)
        except redis.RedisError:
            # Meta refuses what is too quick for a contact, and it is tried again later.
            return rows
        free = []
        for row, wait_s in zip(rows, waits_s, strict=True):
            if wait_s > 0:
                self._candidates.set_aside(row, wait_s)
                self._underway -= 1
            else:
                free.append(row)
        return free

    async def _emit(self) -> None:
        """Call what is committed, the most urgent first, when the pace allows it."""
        while True:
            await self._ready.wait()
            await self._guard.be_sure()
            if self._obstacle() is None:
                start = await self._free_start()
                self._side_work.start(self._call(self._ready.take(), start))
            else:
                self._side_work.start(self._put_back(self._ready.take()))
            self._bell.set()

    def _obstacle(self) -> NotCalled | None:
        """Why a committed attempt may not be called after all; asked right before the call."""
        if self._guard.is_blocked:
            return NotCalled("Meta is left alone for a while.", self._guard.wait_s)
        if not self._leases.may_call(self.lane):
            self.stop(LaneEnd.LOST)
            return NotCalled("The lane was lost before the call.")
        return None

    async def _free_start(self) -> Start:
        """Wait until a call may be started and there is a slot for it; the slot is taken.

        A slot is not held while the pace is waited for, nor a start while a slot is.
        """
        while True:
            async with self._slots:
                pass
            # Starts that are not made are given back, so a busy lane asks for more at once.
            wanted = min(self._ready_max, STARTS_MAX) if self._underway > 1 else 1
            start = await self._pace.next_start(wanted)
            if not self._slots.locked():
                await self._slots.acquire()
                return start
            self._pace.keep_for_later(start)

    async def _put_back(self, attempt: Attempt) -> None:
        obstacle = self._obstacle() or NotCalled("The lane was told to wait.")
        await self._keep(attempt, obstacle)

    async def _call(self, attempt: Attempt, start: Start) -> None:
        try:
            outcome = await self._outcome(attempt, start)
        finally:
            self._slots.release()
        match outcome:
            case SendAccepted(usage=int(usage)):
                self._pace.note_usage(usage)
            case SendRefused(error_class=SendErrorClass.NUMBER_THROTTLED):
                await self._pace.slow_down()
        try:
            await self._guard.note(outcome)
        except (StoreUnavailable, VaultUnavailable) as error:
            log.warning("The breaker was not told.", extra={"reason": type(error).__name__})
        await self._keep(attempt, outcome)

    async def _outcome(self, attempt: Attempt, start: Start) -> CallOutcome:
        with span("send", parent=attempt.provenance.traceparent):
            while not self._pace.may_start(start):
                start = await self._pace.next_start(1)
            obstacle = self._obstacle()
            if obstacle is not None:
                return obstacle
            try:
                failpoint("send.before_call")
                accepted = await self._runtime.gateway.send(attempt.request)
            except (SendRefused, SendOutcomeUnknown) as outcome:
                return outcome
            except Exception as error:
                log.exception(
                    "A call ended in a defect; nobody can tell whether it went out.",
                    extra={"reference": str(attempt.message.id)},
                )
                return SendOutcomeUnknown(UnknownCause.DEFECT, defect=defect_of(error))
            failpoint("send.after_call")
            return accepted

    async def _keep(self, attempt: Attempt, outcome: CallOutcome) -> None:
        try:
            settled = await self._outcomes.keep(attempt, outcome)
        except (StoreUnavailable, VaultUnavailable):
            log.exception(
                "An outcome could not be kept; the attempt will be in doubt.",
                extra={"reference": str(attempt.message.id)},
            )
            settled = Settled(Progress.TRY_LATER, 0)
            self.stop(LaneEnd.FAILED)
        else:
            count(outcome, settled.progress)
        self._done(attempt.row, settled)

    def _done(self, row: OutboxRow, settled: Settled) -> None:
        self._underway -= 1
        self._candidates.finish(row, settled.progress, settled.position)
        self._bell.set()

    async def _finish(self, emitter: "asyncio.Task[None]") -> None:
        """Let what is committed be called and what is called be kept."""
        while self._ready or self._side_work.tasks:
            if emitter.done():
                break
            await asyncio.wait(
                {*self._side_work.tasks, emitter}, timeout=0.05, return_when=asyncio.FIRST_COMPLETED
            )
        emitter.cancel()
        await asyncio.gather(emitter, return_exceptions=True)
        await self._pace.settle()
