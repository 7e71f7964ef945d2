"""A reply does not wait for a read model, and overtakes nothing of its conversation."""

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from domain.identity import OutboundMessageId
from domain.outbound_commands import RequestOutbound
from domain.outbound_retry import RetryOutbound
from domain.ports.whatsapp import SendAccepted, SendRequest
from domain.sender_number import PauseSenderNumber
from infrastructure.following.positions import place_of
from infrastructure.postgres.connections import tenant_session
from infrastructure.unique_ids import new_id
from jobs.drain_sender import drain_sender
from jobs.outbound.host import OUTBOUND_REQUESTED
from jobs.outbound.lease import HeldLane
from jobs.outbound.newest_requests import NewestRequests
from jobs.runtime import SendRuntime
from projections.outbox import BULK_PRIORITY
from tests.database import HubDatabase
from tests.domain.given import OPERATOR, TENANT
from tests.domain.story import SENDER_ID
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_sending import drain, message, ready, refused, replied, texts

__all__ = ["ready"]


def newest(story: StoredStory, sending: SendRuntime) -> list[Any]:
    """The requests that the holder of the lane knows of before the outbox shows them."""
    requests = NewestRequests(HeldLane(TENANT, SENDER_ID, 1))
    with tenant_session(sending.pool, TENANT) as connection:
        position = place_of(connection, "outbox").position
        rows = requests.after(connection, position, story.clock.now())
    return [row.outbound_message_id for row in rows]


def requested_again(story: StoredStory, sent: OutboundMessageId, *, priority: int) -> None:
    """The words of a message are asked for once more, with another priority."""
    known = message(story, sent)
    assert known.content is not None
    story.handle(
        RequestOutbound(
            outbound_message_id=OutboundMessageId(new_id()),
            conversation_id=known.requested.conversation_id,
            contact_id=known.requested.contact_id,
            sender_number_id=SENDER_ID,
            purpose=known.requested.purpose,
            priority=priority,
            approval=known.requested.approval,
            body=known.content.body,
        )
    )


def test_a_reply_is_called_before_the_outbox_shows_its_request(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ScriptedMeta.send

    def another_is_written() -> None:
        ready.catch_up()
        replied(ready, "dua")

    async def interrupted(self: ScriptedMeta, request: SendRequest) -> SendAccepted:
        if not self.requests:
            await asyncio.to_thread(another_is_written)
        return await plain(self, request)

    monkeypatch.setattr(ScriptedMeta, "send", interrupted)
    replied(ready, "satu")
    ready.catch_up()
    drain_sender(dataclasses.replace(sending, linger_s=3.0), TENANT, str(SENDER_ID))
    assert texts(meta) == ["satu", "dua"]


def test_what_the_outbox_shows_is_not_a_newest_request(
    ready: StoredStory, sending: SendRuntime
) -> None:
    reply = replied(ready)
    assert newest(ready, sending) == [reply]
    ready.catch_up()
    assert newest(ready, sending) == []


def test_a_new_reply_waits_for_one_that_is_tried_again(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    meta.answers = [refused(retries_max=4)]
    replied(ready, "satu")
    drain(ready, sending)
    replied(ready, "dua")
    assert newest(ready, sending) == []


def test_a_new_reply_waits_until_it_is_known_what_somebody_lets_be_sent_again(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    meta.answers = [refused(retries_max=0)]
    given_up = replied(ready, "satu")
    drain(ready, sending)
    ready.handle(RetryOutbound(outbound_message_id=given_up), by=OPERATOR)
    replied(ready, "dua")
    assert newest(ready, sending) == []
    drain(ready, sending)
    assert texts(meta) == ["satu", "satu", "dua"]


def test_messages_to_many_and_those_for_later_wait_for_the_outbox(
    ready: StoredStory, sending: SendRuntime
) -> None:
    reply = replied(ready)
    requested_again(ready, reply, priority=BULK_PRIORITY)
    replied(ready, "nanti", send_at=ready.clock.moment + timedelta(days=1))
    assert newest(ready, sending) == [reply]


def test_the_store_tells_of_a_request_that_a_person_waits_for_and_of_nothing_else(
    ready: StoredStory, database: HubDatabase
) -> None:
    sent = replied(ready)
    with psycopg.connect(database.work_url, autocommit=True) as listener:
        listener.execute(f"LISTEN {OUTBOUND_REQUESTED}")
        ready.handle(PauseSenderNumber(sender_number_id=SENDER_ID, reason="maintenance"))
        requested_again(ready, sent, priority=BULK_PRIORITY)
        listener.execute(f"NOTIFY {OUTBOUND_REQUESTED}, 'so far nothing'")
        requested_again(ready, sent, priority=BULK_PRIORITY - 1)
        listener.execute(f"NOTIFY {OUTBOUND_REQUESTED}, 'now it did'")
        told = [each.payload for each in listener.notifies(timeout=5, stop_after=3)]
    assert told == ["so far nothing", str(SENDER_ID), "now it did"]
