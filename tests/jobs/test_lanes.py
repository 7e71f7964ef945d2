"""Many contacts, many calls at once: side by side between conversations, in order within one."""

import asyncio
import dataclasses
from typing import cast
from uuid import UUID

import pytest

from domain.automatic_messages import PRIORITIES
from domain.outbound_message import MessagePurpose
from domain.ports.whatsapp import SendAccepted, SendRequest
from infrastructure.unique_ids import new_id
from jobs.drain_sender import drain_sender
from jobs.outbound.attempts import Progress
from jobs.outbound.candidates import ASIDE_S, Candidates, DueMessages
from jobs.runtime import SendRuntime
from projections.outbox import OutboxRow
from tests.domain.given import TENANT
from tests.domain.memory_journal import START
from tests.domain.story import SENDER_ID
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_sending import drain, ready, replied, texts

__all__ = ["ready"]


def row(seq: int, *, priority: int = 3, conversation: UUID | None = None) -> OutboxRow:
    return OutboxRow(
        outbound_message_id=new_id(),
        tenant_id=UUID(int=1),
        conversation_id=conversation or new_id(),
        contact_id=UUID(int=2),
        sender_number_id=UUID(int=3),
        priority=priority,
        state="due",
        requested_at=START,
        requested_seq=seq,
        due_at=START,
        body_digest="",
    )


def due(*rows: OutboxRow, position: int = 0) -> DueMessages:
    return DueMessages(position, rows, is_full=False)


def test_the_most_urgent_goes_first_and_among_equals_the_earliest() -> None:
    last, first, second = row(1, priority=9), row(3, priority=1), row(2, priority=3)
    candidates = Candidates()
    candidates.refill(due(last, first, second))
    assert candidates.best_priority == 1
    assert candidates.take(3) == [first, second, last]


def test_of_one_conversation_only_one_message_is_under_way() -> None:
    conversation = new_id()
    first, second = (row(seq, conversation=conversation) for seq in (1, 2))
    candidates = Candidates()
    candidates.refill(due(first, second))
    assert candidates.take(5) == [first]
    assert candidates.take(5) == []
    candidates.finish(first, Progress.SETTLED, 10)
    assert candidates.take(5) == [second]


def test_a_reply_does_not_wait_for_a_message_to_many_in_its_conversation() -> None:
    conversation = new_id()
    broadcast, reply = (
        row(1, priority=9, conversation=conversation),
        row(2, conversation=conversation),
    )
    candidates = Candidates()
    candidates.refill(due(broadcast))
    assert candidates.take(1) == [broadcast]
    candidates.refill(due(broadcast, reply))
    assert candidates.take(1) == [reply]


def test_what_was_settled_is_not_taken_again_until_the_outbox_has_caught_up() -> None:
    sent = row(1)
    candidates = Candidates()
    candidates.refill(due(sent))
    candidates.take(1)
    candidates.finish(sent, Progress.SETTLED, 20)
    candidates.refill(due(sent, position=19))
    assert candidates.take(1) == []
    candidates.refill(due(sent, position=20))
    assert candidates.take(1) == [sent]


def test_what_could_not_be_attempted_is_left_alone_for_a_while() -> None:
    now = [0.0]
    stuck, other = row(1), row(2)
    candidates = Candidates(lambda: now[0])
    candidates.refill(due(stuck, other))
    candidates.take(1)
    candidates.finish(stuck, Progress.TRY_LATER, 0)
    candidates.refill(due(stuck, other, position=1))
    assert candidates.take(5) == [other]
    now[0] += ASIDE_S + 0.1
    assert candidates.take(5) == [stuck]


def test_messages_of_a_conversation_wait_for_each_other(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way: list[int] = []
    plain = ScriptedMeta.send

    async def counted(self: ScriptedMeta, request: SendRequest) -> SendAccepted:
        under_way.append(1)
        assert len(under_way) == 1
        await asyncio.sleep(0)
        under_way.pop()
        return await plain(self, request)

    monkeypatch.setattr(ScriptedMeta, "send", counted)
    for words in ("satu", "dua", "tiga"):
        replied(ready, words)
    drain(ready, sending)
    assert texts(meta) == ["satu", "dua", "tiga"]


def test_a_message_that_waited_for_a_less_urgent_one_follows_as_soon_as_that_is_begun(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ScriptedMeta.send

    async def followed_up(self: ScriptedMeta, request: SendRequest) -> SendAccepted:
        await asyncio.to_thread(ready.catch_up)
        return await plain(self, request)

    monkeypatch.setattr(ScriptedMeta, "send", followed_up)
    monkeypatch.setitem(cast("dict[MessagePurpose, int]", PRIORITIES), MessagePurpose.REPLY, 4)
    replied(ready, "satu")
    monkeypatch.setitem(cast("dict[MessagePurpose, int]", PRIORITIES), MessagePurpose.REPLY, 3)
    replied(ready, "dua")
    ready.catch_up()
    patient = dataclasses.replace(sending, linger_s=0.5)
    drain_sender(patient, TENANT, str(SENDER_ID))
    assert texts(meta) == ["satu", "dua"]
