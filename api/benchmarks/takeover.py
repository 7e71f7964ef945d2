"""How long work stands still when its worker is killed in the middle of it."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from api.laboratory.rest import heads, is_at_rest
from api.laboratory.site import CrashSite, crash_site
from domain.assessment import AssessmentRecorded
from domain.broadcast import BroadcastPlanned
from domain.media import MediaStored
from domain.outbound_message import OutboundSent
from domain.scopes import Role
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.laboratory.broadcaster import Broadcaster
from infrastructure.laboratory.faults import REPLACEABLE
from infrastructure.laboratory.patient_screen import PatientScreen
from infrastructure.laboratory.replies import Lawyer
from infrastructure.laboratory.visitors import Reception
from infrastructure.settings import Settings

ROUNDS: Final = 2
TARGET_S: Final = 6.0
MUST_S: Final = 7.0
PATIENCE_S: Final = 60.0
POLL_S: Final = 0.02

_BASELINE: Final = "RQ by itself: 60 s (the life of a started job without a heartbeat)"


class Case(NamedTuple):
    """A worker that dies at a failpoint, and how it can be seen that another has done its work."""

    worker: str
    failpoint: str
    begin: Callable[[], Awaitable[object]]
    done: Callable[[], int]
    """How much of such work was done so far."""


def run(settings: Settings) -> list[Figure]:
    """Kill each kind of worker at its work while another of its kind is there."""
    return asyncio.run(_measured(settings))


async def _measured(settings: Settings) -> list[Figure]:
    async with crash_site(settings.home) as crash:
        with contextlib.ExitStack() as stack:
            for worker in REPLACEABLE:
                stack.enter_context(crash.site.substitute(worker))
            return await _Measurement(crash).figures()


class _Measurement:
    """The people who give work to a hub, one piece at a time."""

    def __init__(self, crash: CrashSite) -> None:
        self._crash = crash
        self._reception = Reception(crash.simulator, crash.target.phone_number_id, seed=1)
        tokens = crash.firm.tokens
        self._lawyer = Lawyer(crash.base_url, tokens[Role.LAWYER], seed=1)
        self._broadcaster = Broadcaster(
            crash.base_url, tokens[Role.OWNER], self._lawyer.known, seed=1
        )
        self._visitors = 0

    async def figures(self) -> list[Figure]:
        owner = PatientScreen(self._crash.base_url, self._crash.firm.tokens[Role.OWNER])
        async with self._lawyer, self._broadcaster, owner:
            await self._crash.let_tell(owner, ["DraftApproved"])
            await self._visit()
            return [await self._figure(case) for case in self._cases()]

    def _cases(self) -> list[Case]:
        told = self._crash.other_system
        return [
            Case("outbound", "send.before_attempt_commit", self._reply, self._count(OutboundSent)),
            Case("assist", "work.after_claim", self._visit, self._count(AssessmentRecorded)),
            Case("media", "media.after_download", self._file, self._count(MediaStored)),
            Case("bulk", "plan.after_page_commit", self._plan, self._count(BroadcastPlanned)),
            Case("deliver", "deliver.after_claim", self._reply, lambda: len(told.taken())),
        ]

    async def _figure(self, case: Case) -> Figure:
        longest_s = max([await self._round(case) for _ in range(ROUNDS)])
        return Figure.at_most(
            f"takeover: {case.worker} after kill -9",
            longest_s,
            "s",
            baseline=_BASELINE,
            target=TARGET_S,
            must=MUST_S,
        )

    async def _round(self, case: Case) -> float:
        """Seconds from the death of a worker to the end of its work at the hands of another."""
        await _until(self._is_at_rest, "rest")
        orders = self._crash.site.orders
        orders.kill_at(case.failpoint)
        work = asyncio.create_task(_completed(case.begin()))
        before = await asyncio.to_thread(case.done)

        async def has_died() -> bool:
            return orders.is_taken(case.failpoint)

        async def is_done() -> bool:
            return await asyncio.to_thread(case.done) > before

        await _until(has_died, f"a worker at {case.failpoint}")
        died_at = time.monotonic()
        await _until(is_done, f"the end of the work of {case.worker}")
        took_s = time.monotonic() - died_at
        await work
        return took_s

    async def _is_at_rest(self) -> bool:
        with self._crash.looking() as connection:
            before = heads(connection)
            await asyncio.sleep(0.3)
            return is_at_rest(connection, before) is None

    async def _visit(self) -> None:
        """Somebody comes and agrees, which the assistant is asked about."""
        name = await self._reception.meet(self._visitors)
        self._visitors += 1

        async def has_agreed() -> bool:
            return name in await self._lawyer.look()

        await _until(has_agreed, f"the consent of {name}")

    async def _file(self) -> None:
        await self._reception.send_file(self._visitors - 1)

    async def _reply(self) -> None:
        await self._lawyer.reply()

    async def _plan(self) -> None:
        await self._broadcaster.one()

    def _count(self, event: Any) -> Callable[[], int]:
        def count() -> int:
            with self._crash.looking() as connection:
                row = connection.execute(
                    "SELECT count(*) FROM hub.events WHERE topic = %s", (event.TOPIC,)
                ).fetchone()
            return 0 if row is None else int(row[0])

        return count


async def _completed(work: Awaitable[object]) -> None:
    await work


async def _until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not await condition():
        if time.monotonic() > deadline:
            raise MeasurementFailedError(f"{what} was not seen within {PATIENCE_S:g} s.")
        await asyncio.sleep(POLL_S)
