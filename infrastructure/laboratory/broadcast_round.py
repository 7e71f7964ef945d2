"""A broadcast under kill -9: planned, approved, sent while workers die, counted at the phones."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from uuid import UUID

import psutil
from psycopg import Connection

from domain.identity import SenderNumberId, TenantId
from infrastructure.laboratory.crowd import CrowdMember
from infrastructure.simulator.client import SimulatorClient
from infrastructure.simulator.journal import SendRecord
from infrastructure.simulator.screen import Screen, ScreenRefused

LABEL: Final = "laboratorium"
WORDS: Final = "Yth. {contact_name}, kantor {firm_name} tutup pada hari Senin."
REPLY: Final = "Balasan laboratorium nomor"

PLAN_TIMEOUT_S: Final = 120.0
MESSAGES_PER_S_MIN: Final = 10.0
"""Sending may be this slow before the round is given up as stuck."""
SETTLE_AFTER_S: Final = 20.0
"""How long nothing may move before a person looks at the messages in doubt."""
_POLL_S: Final = 0.2

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


class Firm(NamedTuple):
    """The firm of a round: its ids, a lawyer's token, and its crowd."""

    tenant_id: TenantId
    sender_number_id: SenderNumberId
    sender_global_id: str
    token: str
    members: Sequence[CrowdMember]
    conversation_id_of: Callable[[CrowdMember], str]


class Behind(NamedTuple):
    """Ways to look behind the scenes, and a person who settles what nobody can know."""

    connect: Callable[[], Connection[Any]]
    settle: Callable[[UUID, bool], None]
    """Message in doubt -> a person decides; True: it is on the phone, False: it is not."""
    supervisor_pid: int


class RoundResult(NamedTuple):
    """What lies on the phones in the end, and how long things took.

    `plan_s` is the time from the request of the plan to its last event; `latencies_s` from a
    lawyer's approval of a reply to the call at Meta.
    """

    size: int
    state: str
    plan_s: float
    sent_once: int
    missing: int
    doubled: int
    other_words: int
    kills: Mapping[str, int]
    settled_by_person: int
    sending_s: float
    in_a_second_max: int
    latencies_s: Sequence[float]

    @property
    def is_clean(self) -> bool:
        """Whether every recipient got exactly its words exactly once."""
        return (
            self.state == "COMPLETED"
            and self.sent_once == self.size
            and not (self.missing or self.doubled or self.other_words)
        )


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
        self._kills: Counter[str] = Counter()
        self._replies: dict[str, float] = {}
        self._settled: set[UUID] = set()

    async def run(
        self, *, victims: Sequence[str], reply_every_s: float, say: Callable[[str], None]
    ) -> RoundResult:
        """Carry the round out. Raises RoundFailed when something does not come to its end."""
        size = len(self._firm.members)
        identifier = await self._draft()
        digest = await self._plan(identifier)
        plan_s = await asyncio.to_thread(self._plan_seconds)
        say(f"{size} recipients were planned in {plan_s:.2f} s")
        began = time.monotonic()
        await self._command(_APPROVE, broadcastId=identifier, planDigest=digest)
        replying = asyncio.create_task(self._reply(reply_every_s))
        try:
            state = await self._send(identifier, size, victims, say)
        finally:
            replying.cancel()
            await asyncio.gather(replying, return_exceptions=True)
        sending_s = time.monotonic() - began
        return self._judge(await self._simulator.sends(), state, plan_s, sending_s)

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

    async def _plan(self, identifier: str) -> str:
        await self._command(_PLAN, broadcastId=identifier)
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

    async def _send(
        self, identifier: str, size: int, victims: Sequence[str], say: Callable[[str], None]
    ) -> str:
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
                share, victim = left.pop(0)
                await asyncio.sleep(self._chance.uniform(0, 0.2))
                await self._kill(victim)
                say(f"killed {victim} with {done} of {size} called ({share:.0%} was the mark)")
            if doubts and not left and time.monotonic() - moved_at > SETTLE_AFTER_S:
                await self._settle(doubts)
                moved_at = time.monotonic()
            state = await self._state(identifier)
            if state == "COMPLETED" and not left:
                return state
            await asyncio.sleep(_POLL_S)
        return await self._state(identifier)

    async def _state(self, identifier: str) -> str:
        try:
            return str((await self._look(identifier))["state"])
        except (ScreenRefused, OSError):
            return "UNKNOWN"  # a server that is just being started again

    async def _kill(self, victim: str) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = await asyncio.to_thread(_worker, self._behind.supervisor_pid, victim)
            if found is not None:
                os.kill(found, signal.SIGKILL)
                self._kills[victim] += 1
                return
            await asyncio.sleep(_POLL_S)
        raise RoundFailed(f"There is no worker {victim} to kill after 60 s.")

    async def _settle(self, doubts: Sequence[UUID]) -> None:
        """A person looks at the phones and decides; the hub itself never guesses."""
        seen = {_message_of(send) for send in await self._simulator.sends() if _exists(send)}
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
            except (ScreenRefused, RoundFailed, OSError):
                del self._replies[text]
            number += 1
            await asyncio.sleep(every_s)

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
        """How many messages of the broadcast were called, and which are in doubt."""
        with self._looking() as connection:
            rows = connection.execute(
                """
                SELECT state, outbound_message_id FROM read_model.broadcast_recipients
                WHERE tenant_id = %s AND state NOT IN ('planned', 'requested', 'attempting')
                """,
                (self._firm.tenant_id,),
            ).fetchall()
        return len(rows), [message for state, message in rows if state == "in_doubt"]

    @contextmanager
    def _looking(self) -> Iterator[Connection[Any]]:
        with self._behind.connect() as connection:
            yield connection

    def _judge(
        self, sends: Sequence[SendRecord], state: str, plan_s: float, sending_s: float
    ) -> RoundResult:
        existing = [send for send in sends if _exists(send)]
        words = {
            member.phone.removeprefix("+"): WORDS.replace("{contact_name}", member.name)
            for member in self._firm.members
        }
        got: Counter[str] = Counter()
        other_words = 0
        for send in existing:
            if send.text in self._replies or send.text.startswith(REPLY):
                continue
            phone = (send.recipient or "").removeprefix("+")
            got[phone] += 1
            expected = words.get(phone, "").split("{firm_name}")
            other_words += not (
                len(expected) == 2  # noqa: PLR2004 - before and after the name of the firm
                and send.text.startswith(expected[0])
                and send.text.endswith(expected[1])
            )
        called = {send.text: send.at for send in existing}
        return RoundResult(
            size=len(words),
            state=state,
            plan_s=plan_s,
            sent_once=sum(got[phone] == 1 for phone in words),
            missing=sum(got[phone] == 0 for phone in words),
            doubled=sum(count > 1 for count in got.values()),
            other_words=other_words,
            kills=dict(self._kills),
            settled_by_person=len(self._settled),
            sending_s=sending_s,
            in_a_second_max=_in_a_second([send.at for send in existing]),
            latencies_s=sorted(
                called[text] - at for text, at in self._replies.items() if text in called
            ),
        )


def _exists(send: SendRecord) -> bool:
    return send.outcome == "accepted"


def _message_of(send: SendRecord) -> str:
    return (send.callback_data or "").partition(".")[0]


def _in_a_second(moments: Sequence[float]) -> int:
    """The most of them that lie in any sliding second."""
    ordered = sorted(moments)
    most, first = 0, 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def _worker(supervisor_pid: int, queue: str) -> int | None:
    """The worker process of a queue, if it runs just now."""
    for child in psutil.Process(supervisor_pid).children(recursive=True):
        try:
            if child.cmdline()[-2:] == ["--queue", queue]:
                return child.pid
        except psutil.Error:
            continue
    return None
