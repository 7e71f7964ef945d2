"""A broadcast under kill -9: planned, approved, sent while workers die, counted at the phones."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx
import psutil
from psycopg import Connection

from domain.broadcast import BroadcastPlanned, BroadcastReleased
from domain.effects import PlanRecipients, ReleaseBroadcast
from domain.identity import SenderNumberId, TenantId
from infrastructure.benchmarks.disk import disk_commits
from infrastructure.laboratory.broadcast_result import (
    REPLY,
    UNTOUCHED_S,
    Course,
    Reply,
    RoundResult,
    exists,
    judge,
)
from infrastructure.laboratory.crowd import CrowdMember
from infrastructure.simulator.client import SimulatorClient
from infrastructure.simulator.screen import Screen, ScreenRefused

LABEL: Final = "laboratorium"
WORDS: Final = "Yth. {contact_name}, kantor {firm_name} tutup pada hari Senin."
PLAN_TIMEOUT_S: Final = 120.0
WORK_TIMEOUT_S: Final = 30.0
MESSAGES_PER_S_MIN: Final = 10.0
"""Sending may be this slow before the round is given up as stuck."""
SETTLE_AFTER_S: Final = 4.0
"""How long nothing may move before a person looks at the messages in doubt."""
WORK_PER_S: Final = 8_000.0
"""About how many contacts the hub plans in a second: a kill falls somewhere into that time."""
_POLL_S: Final = 0.2
_PROGRESS_S: Final = 0.5
"""Looks cost the hub processor time that it would have for itself in life."""
_WATCH_S: Final = 0.005

_DRAFT: Final = """
mutation($input: DraftBroadcastInput!) { draftBroadcast(input: $input) {
  broadcast { id } userErrors { message } } }
"""
_PLAN: Final = """
mutation($input: PlanBroadcastInput!) { planBroadcast(input: $input) { userErrors { message } } }
"""
_APPROVE: Final = """
mutation($input: ApproveBroadcastInput!) { approveBroadcast(input: $input) {
  userErrors { message } } }
"""
_LOOK: Final = """
query($id: ID!) { broadcast(id: $id) { state planFailure
  plan { digest recipients excluded { reason contacts } } progress { state messages } } }
"""
_REPLY: Final = """
mutation($input: SendReplyInput!) { sendReply(input: $input) { userErrors { message } } }
"""


class RoundFailed(Exception):
    """The round could not be carried out; the message says at which step."""


class Work(NamedTuple):
    """Work of the hub on a broadcast: its kind, and the event that ends it."""

    kind: str
    done: str


PLANNING: Final = Work(PlanRecipients.NAME, BroadcastPlanned.TOPIC)
RELEASING: Final = Work(ReleaseBroadcast.NAME, BroadcastReleased.TOPIC)


class Firm(NamedTuple):
    """The firm of a round: its ids, a lawyer's token, and its crowd."""

    tenant_id: TenantId
    name: str
    sender_number_id: SenderNumberId
    sender_global_id: str
    token: str
    members: Sequence[CrowdMember]
    conversation_id_of: Callable[[CrowdMember], str]


class Behind(NamedTuple):
    """Ways to look behind the scenes, and a person who settles what nobody can know.

    `folder` lies on the disk of the store.
    """

    connect: Callable[[], Connection[Any]]
    settle: Callable[[UUID, bool], None]
    """Message in doubt -> a person decides; True: it is on the phone, False: it is not."""
    supervisor_pid: int
    folder: Path


class Kills(NamedTuple):
    """Whose worker is killed in which part of the way.

    While the plan is made, while its messages are asked for, and, spread evenly, while they go out.
    A name is that of a queue, or of another process of the hub.
    """

    planning: Sequence[str] = ()
    releasing: Sequence[str] = ()
    sending: Sequence[str] = ()


class BroadcastRound:
    """One broadcast from the draft to the last phone."""

    def __init__(
        self, screen: Screen, simulator: SimulatorClient, firm: Firm, behind: Behind, seed: int
    ) -> None:
        self._screen = screen
        self._simulator = simulator
        self._firm = firm
        self._behind = behind
        self._chance = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
        self._kills: list[tuple[str, float]] = []
        self._replies: dict[str, float] = {}
        self._settled: set[UUID] = set()
        self._say: Callable[[str], None] = lambda _: None

    async def run(
        self, *, kills: Kills, reply_every_s: float, say: Callable[[str], None]
    ) -> RoundResult:
        """Carry the round out. Raises RoundFailed when something does not come to its end."""
        self._say = say
        size = len(self._firm.members)
        say(f"a firm with {size} contacts is there")
        identifier = await self._draft()
        digest = await self._plan(identifier, kills.planning)
        plan_s = await asyncio.to_thread(self._plan_seconds)
        say(f"{size} recipients were planned in {plan_s:.2f} s")
        with disk_commits(self._behind.folder) as disk:
            sending_s, state = await self._approve(identifier, digest, kills, reply_every_s)
        course = Course(
            state=state,
            plan_s=plan_s,
            sending_s=sending_s,
            kills=self._kills,
            settled_by_person=len(self._settled),
            replies=[Reply(text, at) for text, at in self._replies.items()],
            disk=disk,
        )
        return judge(await self._simulator.sends(), self._firm.members, self._words_for, course)

    async def _approve(
        self, identifier: str, digest: str, kills: Kills, reply_every_s: float
    ) -> tuple[float, str]:
        """Approve the plan, and reply to people until all of it went out; the seconds it took."""
        began = time.monotonic()
        await self._command(_APPROVE, broadcastId=identifier, planDigest=digest)
        helpers = [
            asyncio.create_task(self._reply(reply_every_s)),
            asyncio.create_task(self._kill_at_work(RELEASING, kills.releasing)),
        ]
        try:
            state = await self._send(identifier, len(self._firm.members), kills.sending)
            sending_s = time.monotonic() - began
            self._say(f"the broadcast is {state}")
            await helpers[1]
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
        await self._wait_for_replies()
        return sending_s, state

    def _words_for(self, member: CrowdMember) -> str:
        return WORDS.replace("{contact_name}", member.name).replace("{firm_name}", self._firm.name)

    async def _draft(self) -> str:
        given = {
            "senderNumberId": self._firm.sender_global_id,
            "labels": [LABEL],
            "title": "Laboratorium",
            "text": WORDS,
            "idempotencyKey": "laboratory",
        }
        deadline = time.monotonic() + PLAN_TIMEOUT_S
        while time.monotonic() < deadline:
            drafted = (await self._screen.ask(_DRAFT, {"input": given}))["draftBroadcast"]
            if drafted["userErrors"]:
                raise RoundFailed(f"The draft was refused: {drafted['userErrors']}")
            if drafted["broadcast"] is not None:
                return str(drafted["broadcast"]["id"])
            await asyncio.sleep(_POLL_S)  # lists do not show it yet; the same key is the same draft
        raise RoundFailed("The draft is not shown.")

    async def _plan(self, identifier: str, victims: Sequence[str]) -> str:
        await self._command(_PLAN, broadcastId=identifier)
        await self._kill_at_work(PLANNING, victims)
        deadline = time.monotonic() + PLAN_TIMEOUT_S
        while time.monotonic() < deadline:
            found = await self._look(identifier)
            if found["plan"] is not None:
                planned = found["plan"]["recipients"]
                if planned != len(self._firm.members):
                    raise RoundFailed(f"{planned} were planned: {found['plan']['excluded']}")
                return str(found["plan"]["digest"])
            if found["planFailure"] is not None:
                raise RoundFailed(f"There is no plan: {found['planFailure']}")
            await asyncio.sleep(_POLL_S)
        raise RoundFailed(f"There is no plan after {PLAN_TIMEOUT_S:g} s.")

    async def _send(self, identifier: str, size: int, victims: Sequence[str]) -> str:
        """Kill each victim at its share of the way; the state that the broadcast comes to."""
        shares = [(place + 0.5) / (len(victims) + 0.5) for place in range(len(victims))]
        left = list(zip(shares, victims, strict=True))
        deadline = time.monotonic() + 60 + size / MESSAGES_PER_S_MIN + 30 * len(victims)
        moved_at, settled = time.monotonic(), -1
        while time.monotonic() < deadline:
            done, doubts = await asyncio.to_thread(self._progress)
            if done != settled:
                moved_at, settled = time.monotonic(), done
            if left and done >= left[0][0] * size:
                _, victim = left.pop(0)
                await asyncio.sleep(self._chance.uniform(0, 0.2))
                await self._kill(victim, f"with {done} of {size} called")
            if doubts and not left and time.monotonic() - moved_at > SETTLE_AFTER_S:
                await self._settle(doubts)
                moved_at = time.monotonic()
            if done >= size and not left and await self._state(identifier) == "COMPLETED":
                return "COMPLETED"
            await asyncio.sleep(_PROGRESS_S)
        return await self._state(identifier)

    async def _state(self, identifier: str) -> str:
        try:
            return str((await self._look(identifier))["state"])
        except (ScreenRefused, httpx.HTTPError):
            return "UNKNOWN"  # a server that is just being started again

    async def _kill_at_work(self, work: Work, victims: Sequence[str]) -> None:
        """Kill each victim somewhere in the time in which this work is being done."""
        for victim in victims:
            if not await asyncio.to_thread(self._wait_for_work, work):
                raise RoundFailed(f"Nobody began {work.kind} within {WORK_TIMEOUT_S:g} s.")
            await asyncio.sleep(self._chance.uniform(0, len(self._firm.members) / WORK_PER_S))
            await self._kill(victim, f"during {work.kind}")

    def _wait_for_work(self, work: Work) -> bool:
        """Wait until somebody is at work, or has done it so quickly that nobody could see it."""
        deadline = time.monotonic() + WORK_TIMEOUT_S
        with self._looking() as connection:
            while time.monotonic() < deadline:
                row = connection.execute(
                    """
                    SELECT EXISTS (SELECT FROM hub.work_attempt
                        WHERE tenant_id = %(firm)s AND kind = %(kind)s
                            AND lease_until > clock_timestamp())
                        OR EXISTS (SELECT FROM hub.events
                            WHERE tenant_id = %(firm)s AND topic = %(done)s)
                    """,
                    {"firm": self._firm.tenant_id, "kind": work.kind, "done": work.done},
                ).fetchone()
                if row is not None and row[0]:
                    return True
                time.sleep(_WATCH_S)
        return False

    async def _kill(self, victim: str, when: str) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = await asyncio.to_thread(_process, self._behind.supervisor_pid, victim)
            if found is not None:
                os.kill(found, signal.SIGKILL)
                self._kills.append((victim, time.time()))
                self._say(f"killed {victim} {when}")
                return
            await asyncio.sleep(_POLL_S)
        raise RoundFailed(f"There is no process {victim} to kill after 60 s.")

    async def _settle(self, doubts: Sequence[UUID]) -> None:
        """A person looks at the phones and decides; the hub itself never guesses."""
        sends = await self._simulator.sends()
        seen = {_message_of(send.callback_data) for send in sends if exists(send)}
        self._say(f"a person settles {len(doubts)} messages in doubt")
        for message in doubts:
            await asyncio.to_thread(self._behind.settle, message, str(message) in seen)
            self._settled.add(message)

    async def _reply(self, every_s: float) -> None:
        """A lawyer replies to one contact after the other while the broadcast goes out."""
        number = 0
        while True:
            member = self._chance.choice(self._firm.members)
            text = f"{REPLY} {number}"
            self._replies[text] = time.time()
            try:
                await self._command(
                    _REPLY, conversationId=self._firm.conversation_id_of(member), text=text
                )
            except (ScreenRefused, RoundFailed, httpx.HTTPError):
                del self._replies[text]
            number += 1
            await asyncio.sleep(every_s)

    async def _wait_for_replies(self) -> None:
        """Give the last replies the time that they need."""
        deadline = time.monotonic() + UNTOUCHED_S
        while time.monotonic() < deadline:
            called = {send.text for send in await self._simulator.sends() if exists(send)}
            if called.issuperset(self._replies):
                return
            await asyncio.sleep(_POLL_S)

    async def _look(self, identifier: str) -> Any:
        return (await self._screen.ask(_LOOK, {"id": identifier}))["broadcast"]

    async def _command(self, document: str, **given: str) -> None:
        given.setdefault("idempotencyKey", f"laboratory-{time.monotonic_ns()}")
        (answer,) = (await self._screen.ask(document, {"input": given})).values()
        if answer["userErrors"]:
            raise RoundFailed(f"A command was refused: {answer['userErrors']}")

    def _plan_seconds(self) -> float:
        with self._looking() as connection:
            row = connection.execute(
                """
                SELECT extract(epoch FROM
                    max(recorded_at) FILTER (WHERE topic = 'broadcast.planned.v1')
                    - max(recorded_at) FILTER (WHERE topic = 'broadcast.plan_requested.v1'))
                FROM hub.events WHERE tenant_id = %s
                """,
                (self._firm.tenant_id,),
            ).fetchone()
        return float(row[0]) if row is not None and row[0] is not None else 0.0

    def _progress(self) -> tuple[int, list[UUID]]:
        """How many messages of the broadcast were called, and which of all are in doubt."""
        with self._looking() as connection:
            row = connection.execute(
                """
                SELECT (SELECT count(*) FROM read_model.broadcast_recipients
                        WHERE tenant_id = %(firm)s
                            AND state NOT IN ('planned', 'requested', 'attempting')),
                    ARRAY(SELECT outbound_message_id FROM read_model.outbox
                        WHERE tenant_id = %(firm)s AND state = 'in_doubt')
                """,
                {"firm": self._firm.tenant_id},
            ).fetchone()
        return (0, []) if row is None else (row[0], row[1])

    @contextmanager
    def _looking(self) -> Iterator[Connection[Any]]:
        with self._behind.connect() as connection:
            yield connection


def _message_of(callback_data: str | None) -> str:
    return (callback_data or "").partition(".")[0]


def _process(supervisor_pid: int, name: str) -> int | None:
    """The worker of a queue, or another process of the hub, if it runs just now."""
    for child in psutil.Process(supervisor_pid).children(recursive=True):
        try:
            words = child.cmdline()
        except psutil.Error:
            continue
        if words[-2:] == ["--queue", name] or words[-2:] == ["api", name]:
            return child.pid
    return None
