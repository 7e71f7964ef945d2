"""A course of misfortunes: load from all sides, one after another goes wrong, then judgement."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from psycopg import OperationalError

from api.laboratory.hearing import Hearing
from api.laboratory.rest import heads, is_at_rest, is_followed
from api.laboratory.site import CrashSite
from domain.errors import StoreUnavailable
from domain.scopes import Role
from infrastructure.failpoints import FAILPOINTS, process_at
from infrastructure.laboratory.broadcaster import Broadcaster
from infrastructure.laboratory.faults import FAULTS, HAPPENINGS, NotMet, never_met
from infrastructure.laboratory.journal import LoadJournal
from infrastructure.laboratory.patient_screen import PatientScreen, Unanswered
from infrastructure.laboratory.reader import Reader
from infrastructure.laboratory.replies import Lawyer
from infrastructure.laboratory.visitors import Reception
from infrastructure.laboratory.webhook_load import LoadResult, WebhookLoad

FIRST_VISITORS: Final = 6
VISITORS_EVERY_S: Final = 2.0
REPLIES_PER_S: Final = 3.0
BREATH_S: Final = (0.1, 0.9)
ACKNOWLEDGED_BETWEEN: Final = 10
KILLED_TOGETHER: Final = 3
FOLLOWING_S: Final = 20.0
"""How long followers that were harmed are waited for; under much load they may take longer."""

FLOWING_TIMEOUT_S: Final = 90.0
STILLNESS_TIMEOUT_S: Final = 120.0
"""A hub that has work left and has stored nothing for so long is stuck."""

REST_TIMEOUT_S: Final = 900.0
"""Longest time to work everything off that has piled up."""

TOLD: Final = ("DraftApproved", "IntakeUpdated", "OutboundSent", "OutboundFailed")
"""What another system of the firm wants to be told."""


@dataclass(slots=True)
class Result:
    """What a course came to."""

    seed: int
    misfortunes: list[str] = field(default_factory=list)
    not_met: list[str] = field(default_factory=list)
    acknowledged: int = 0
    visitors: int = 0
    opted_out: int = 0
    replies_taken: int = 0
    replies_refused: int = 0
    broadcasts: int = 0
    broadcast_messages: int = 0
    files: int = 0
    told: int = 0
    told_again: int = 0
    calls: int = 0
    in_doubt: int = 0
    reads: int = 0
    suffered_s: float = 0.0
    rest_after_s: float = 0.0
    violations: list[str] = field(default_factory=list)


class Course:
    """Runs once."""

    def __init__(
        self,
        crash: CrashSite,
        *,
        seed: int,
        rate_per_s: float,
        say: Callable[[str], None],
        is_read: bool = False,
    ) -> None:
        """With `is_read` somebody looks at the screens all the time, and no look may fail."""
        self._crash = crash
        self._chance = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
        self._say = say
        self._journal = LoadJournal(crash.site.home / "load.journal")
        self._load = WebhookLoad(crash.target, self._journal, rate_per_s=rate_per_s, seed=seed)
        self._reception = Reception(crash.simulator, crash.target.phone_number_id, seed=seed)
        tokens = crash.firm.tokens
        self._lawyer = Lawyer(crash.base_url, tokens[Role.LAWYER], seed=seed)
        self._broadcaster = Broadcaster(
            crash.base_url, tokens[Role.OWNER], self._lawyer.known, seed=seed
        )
        self._reader = Reader(crash.base_url, tokens[Role.OWNER]) if is_read else None
        self.result = Result(seed)

    async def run(self, turns: Sequence[Sequence[str]]) -> Result:
        """Let these happen under load, turn by turn; then wait for rest, and judge.

        The misfortunes of one turn happen together.
        """
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self._lawyer)
            await stack.enter_async_context(self._broadcaster)
            await self._let_tell()
            await self._first_visitors()
            flows = [
                asyncio.create_task(self._load.run()),
                asyncio.create_task(
                    self._reception.receive(first_number=FIRST_VISITORS, every_s=VISITORS_EVERY_S)
                ),
                asyncio.create_task(self._lawyer.get_acquainted()),
                asyncio.create_task(self._lawyer.answer(rate_per_s=REPLIES_PER_S)),
                asyncio.create_task(self._broadcaster.broadcast()),
            ]
            if self._reader is not None:
                await stack.enter_async_context(self._reader)
                flows.append(asyncio.create_task(self._reader.read()))
            try:
                load = await self._suffer_all(turns, flows)
            finally:
                for flow in flows:
                    flow.cancel()
                await asyncio.gather(*flows, return_exceptions=True)
        self.result.rest_after_s = await self._rest()
        hearing = Hearing(
            self._crash, self._journal, self._reception, self._lawyer, self._broadcaster
        )
        await hearing.judge(self.result, load)
        self._journal.close()
        return self.result

    async def _suffer_all(
        self,
        turns: Sequence[Sequence[str]],
        flows: "Sequence[asyncio.Task[LoadResult | None]]",
    ) -> LoadResult:
        began = time.monotonic()
        for number, names in enumerate(turns, start=1):
            await self._suffer(number, names)
        self.result.not_met += [f"kill at {name}" for name in await never_met(self._crash.site)]
        self.result.suffered_s = round(time.monotonic() - began, 1)
        for flow in (self._load, self._reception, self._lawyer, self._broadcaster):
            flow.stop()
        if self._reader is not None:
            self._reader.stop()
            self.result.reads = self._reader.reads
            self.result.violations += [f"A look failed: {why}." for why in self._reader.failures]
        load, *_ = await asyncio.gather(*flows)
        return load or LoadResult()

    async def _let_tell(self) -> None:
        tokens = self._crash.firm.tokens
        async with PatientScreen(self._crash.base_url, tokens[Role.OWNER]) as owner:
            await self._crash.let_tell(owner, TOLD)

    async def _first_visitors(self) -> None:
        names = [await self._reception.meet(number) for number in range(FIRST_VISITORS)]
        deadline = time.monotonic() + FLOWING_TIMEOUT_S
        while time.monotonic() < deadline:
            with contextlib.suppress(Unanswered):
                if set(names) <= set(await self._lawyer.look()):
                    return
            await asyncio.sleep(0.2)
        raise TimeoutError(f"Only these of {names} have agreed: {sorted(self._lawyer.known)}.")

    async def _suffer(self, number: int, names: Sequence[str]) -> None:
        await self._flow()
        await asyncio.sleep(self._chance.uniform(*BREATH_S))
        began = time.monotonic()
        await asyncio.gather(*(self._let_happen(name) for name in names))
        self._say(
            f"{number:>3}: {', '.join(names)} ({time.monotonic() - began:.1f} s); "
            f"{len(self._journal.acknowledged)} messages acknowledged, "
            f"{len(self._lawyer.replies.taken)} replies taken, "
            f"{len(self._broadcaster.broadcasts.approved)} broadcasts approved"
        )

    async def _let_happen(self, name: str) -> None:
        try:
            await HAPPENINGS[name](self._crash.site, self._chance)
        except NotMet:
            self.result.not_met.append(name)
        self.result.misfortunes.append(name)

    async def _flow(self) -> None:
        """Wait until the hub is at work again: each misfortune hits one that works."""
        await self._webhooks_flow()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FOLLOWING_S):
                await self._events_flow()

    async def _webhooks_flow(self) -> None:
        wanted = len(self._journal.acknowledged) + ACKNOWLEDGED_BETWEEN
        deadline = time.monotonic() + FLOWING_TIMEOUT_S
        while len(self._journal.acknowledged) < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"No webhooks were answered for {FLOWING_TIMEOUT_S:g} s; the hub does not "
                    "come back."
                )
            await asyncio.sleep(0.05)

    async def _events_flow(self) -> None:
        head: int | None = None
        while True:
            with (
                contextlib.suppress(OperationalError, StoreUnavailable),
                self._crash.looking() as connection,
            ):
                head = head or heads(connection)[0]
                if is_followed(connection, head):
                    return
            await asyncio.sleep(0.1)

    async def _rest(self) -> float:
        began = moved_at = time.monotonic()
        busy, last = "it was never looked at", (0, 0)
        while (now := time.monotonic()) - began < REST_TIMEOUT_S:
            with contextlib.suppress(OperationalError, StoreUnavailable):
                found = await self._what_is_busy()
                if found is None:
                    return round(now - began, 1)
                busy = found
                with self._crash.looking() as connection:
                    found_heads = heads(connection)
                if found_heads != last:
                    moved_at, last = now, found_heads
            if now - moved_at > STILLNESS_TIMEOUT_S:
                break
            await asyncio.sleep(0.5)
        self.result.violations.append(
            f"The hub did not come to rest within {time.monotonic() - began:.0f} s: {busy}."
        )
        return round(time.monotonic() - began, 1)

    async def _what_is_busy(self) -> str | None:
        """What still goes on, in words; None at rest."""
        if await self._crash.simulator.outstanding():
            return "webhooks are not answered"
        with self._crash.looking() as connection:
            before = heads(connection)
            await asyncio.sleep(1.0)
            return is_at_rest(connection, before)


def planned(rounds: int, seed: int) -> list[tuple[str, ...]]:
    """The misfortunes of a course one by one: all in a drawn order, again and again."""
    chance = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
    names: list[str] = []
    while len(names) < rounds:
        turn = list(FAULTS)
        chance.shuffle(turn)
        names += turn
    return [(name,) for name in names[:rounds]]


def every_failpoint(seed: int) -> list[tuple[str, ...]]:
    """A kill at each failpoint, in a drawn order; in each turn different processes die together."""
    chance = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
    names = list(FAILPOINTS)
    chance.shuffle(names)
    left: dict[str, list[str]] = {}
    for name in names:
        left.setdefault(process_at(name), []).append(f"kill at {name}")
    turns = []
    while any(left.values()):
        # Who has most places to die at is in every turn, so that none has to die alone at the end.
        longest = sorted(left.values(), key=len, reverse=True)[:KILLED_TOGETHER]
        turns.append(tuple(places.pop() for places in longest if places))
    return turns
