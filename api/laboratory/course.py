"""A course of misfortunes: load from all sides, one after another goes wrong, then judgement."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from psycopg import Connection, OperationalError

from api.laboratory.evidence import gather
from api.laboratory.judgement import violations_of_sending
from api.laboratory.rest import heads, is_followed, is_ingested, is_worked_off
from api.laboratory.site import CrashSite
from domain.errors import StoreUnavailable
from domain.scopes import Role
from infrastructure.laboratory.faults import FAULTS, NotMet
from infrastructure.laboratory.journal import LoadJournal
from infrastructure.laboratory.kill_rounds import judge
from infrastructure.laboratory.replies import Lawyer, Unanswered
from infrastructure.laboratory.visitors import Reception
from infrastructure.laboratory.webhook_load import LoadResult, WebhookLoad
from infrastructure.postgres.connections import DatabaseRole
from infrastructure.wiring import open_store
from projections import PROJECTIONS
from projections.rebuild import NothingToCompare, verify

FIRST_VISITORS: Final = 6
VISITORS_EVERY_S: Final = 2.0
REPLIES_PER_S: Final = 4.0
BREATH_S: Final = (0.2, 1.5)
ACKNOWLEDGED_BETWEEN: Final = 10
FLOWING_TIMEOUT_S: Final = 90.0
REST_TIMEOUT_S: Final = 180.0


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
    calls: int = 0
    in_doubt: int = 0
    rest_after_s: float = 0.0
    violations: list[str] = field(default_factory=list)


class Course:
    """Runs once."""

    def __init__(
        self, crash: CrashSite, *, seed: int, rate_per_s: float, say: Callable[[str], None]
    ) -> None:
        self._crash = crash
        self._chance = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
        self._say = say
        self._journal = LoadJournal(crash.site.home / "load.journal")
        self._load = WebhookLoad(crash.target, self._journal, rate_per_s=rate_per_s, seed=seed)
        self._reception = Reception(crash.simulator, crash.target.phone_number_id, seed=seed)
        self._lawyer = Lawyer(crash.base_url, crash.firm.tokens[Role.LAWYER], seed=seed)
        self.result = Result(seed)

    async def run(self, misfortunes: Sequence[str]) -> Result:
        """Let these happen under load, in this order; then wait for rest, and judge."""
        async with self._lawyer:
            conversations = await self._first_visitors()
            flows = [
                asyncio.create_task(self._load.run()),
                asyncio.create_task(
                    self._reception.receive(first_number=FIRST_VISITORS, every_s=VISITORS_EVERY_S)
                ),
                asyncio.create_task(self._lawyer.answer(conversations, rate_per_s=REPLIES_PER_S)),
            ]
            for number, name in enumerate(misfortunes, start=1):
                await self._suffer(number, name)
            for flow in (self._load, self._reception, self._lawyer):
                flow.stop()
            load, _, _ = await asyncio.gather(*flows)
        self.result.rest_after_s = await self._rest()
        await self._judge(load or LoadResult())
        self._journal.close()
        return self.result

    async def _first_visitors(self) -> list[str]:
        names = [await self._reception.meet(number) for number in range(FIRST_VISITORS)]
        deadline = time.monotonic() + FLOWING_TIMEOUT_S
        while time.monotonic() < deadline:
            with contextlib.suppress(Unanswered):
                known = await self._lawyer.conversations()
                if all(name in known and known[name][1] == "RUNNING" for name in names):
                    return [known[name][0] for name in names]
            await asyncio.sleep(0.2)
        raise TimeoutError(
            f"The first visitors did not agree: {await self._lawyer.conversations()}"
        )

    async def _suffer(self, number: int, name: str) -> None:
        await self._flow()
        await asyncio.sleep(self._chance.uniform(*BREATH_S))
        try:
            await FAULTS[name](self._crash.site, self._chance)
        except NotMet:
            self.result.not_met.append(name)
        self.result.misfortunes.append(name)
        self._say(
            f"{number:>3}: {name}; {len(self._journal.acknowledged)} messages acknowledged, "
            f"{len(self._lawyer.replies.taken)} replies taken"
        )

    async def _flow(self) -> None:
        """Wait until webhooks are answered again: each misfortune hits a hub that works."""
        wanted = len(self._journal.acknowledged) + ACKNOWLEDGED_BETWEEN
        deadline = time.monotonic() + FLOWING_TIMEOUT_S
        while len(self._journal.acknowledged) < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"No webhooks were answered for {FLOWING_TIMEOUT_S:g} s; the hub does not "
                    "come back."
                )
            await asyncio.sleep(0.05)

    async def _rest(self) -> float:
        began = time.monotonic()
        while time.monotonic() - began < REST_TIMEOUT_S:
            with contextlib.suppress(OperationalError, StoreUnavailable):
                if await self._is_at_rest():
                    return time.monotonic() - began
            await asyncio.sleep(0.5)
        self.result.violations.append(f"The hub did not come to rest within {REST_TIMEOUT_S:g} s.")
        return time.monotonic() - began

    async def _is_at_rest(self) -> bool:
        if await self._crash.simulator.outstanding():
            return False
        with self._crash.looking() as connection:
            before = heads(connection)
            await asyncio.sleep(1.0)
            return (
                is_ingested(connection)
                and is_followed(connection)
                and is_worked_off(connection)
                and heads(connection) == before
            )

    async def _judge(self, load: LoadResult) -> None:
        result, crash = self.result, self._crash
        sends = await crash.simulator.sends()
        # Nothing is outstanding, so the hub has answered 200 for what people wrote as well.
        wamids = [message.wamid for message in await crash.simulator.inbound()]
        self._journal.note_sent(wamids)
        self._journal.note_acknowledged(wamids)
        replies = self._lawyer.replies
        with crash.looking() as connection:
            evidence = gather(connection, crash.firm.tenant_id)
            result.violations += violations_of_sending(
                evidence,
                sends,
                replies_taken=len(replies.taken),
                waiting=_waiting(connection),
            )
            result.violations += _parked(connection)
            result.violations += self._webhooks(connection, load)
        result.violations += await asyncio.to_thread(self._read_models)
        result.acknowledged = len(self._journal.acknowledged)
        result.visitors = len(self._reception.visitors.agreed)
        result.opted_out = len(self._reception.visitors.opted_out)
        result.replies_taken, result.replies_refused = len(replies.taken), len(replies.refused)
        result.calls = len(sends)
        result.in_doubt = sum(s.state == "in_doubt" for s in evidence.messages.values())

    def _webhooks(self, connection: Connection[Any], load: LoadResult) -> list[str]:
        crash = self._crash
        with open_store(
            crash.settings, crash.database_url, DatabaseRole.FOLLOW, connections_max=2
        ) as store:
            verdict = judge(
                connection,
                store.vault,
                crash.firm.tenant_id,
                crash.target,
                self._journal,
                {},
                load,
            )
        found = []
        if verdict.lost:
            found.append(f"{verdict.lost} acknowledged messages were lost.")
        if verdict.doubled:
            found.append(f"{verdict.doubled} messages were stored more than once.")
        return found

    def _read_models(self) -> list[str]:
        found = []
        for projection in PROJECTIONS:
            try:
                compared = verify(projection, self._crash.connect)
            except NothingToCompare as error:
                found.append(error.message)
                continue
            if not compared.is_equal:
                found.append(f"The read model {projection.name} differs from its rebuild.")
        return found


def _waiting(connection: Connection[Any]) -> set[UUID]:
    rows = connection.execute(
        "SELECT outbound_message_id FROM read_model.outbox "
        "WHERE state = 'due' AND due_at > clock_timestamp()"
    ).fetchall()
    return {row[0] for row in rows}


def _parked(connection: Connection[Any]) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM read_model.follower_position WHERE parked_reason IS NOT NULL"
    ).fetchall()
    return [f"The follower {name} is parked." for (name,) in rows]


def planned(rounds: int, seed: int) -> list[str]:
    """The misfortunes of a course: all of them in a drawn order, again and again."""
    chance = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
    names: list[str] = []
    while len(names) < rounds:
        turn = list(FAULTS)
        chance.shuffle(turn)
        names += turn
    return names[:rounds]
