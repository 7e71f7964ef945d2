"""A firm with a queue of its own is served by its own workers; others come when they are away."""

import dataclasses
from typing import Any

import pytest
from psycopg import Connection
from redis import Redis

from domain.delivery_state import DeliveryState
from domain.identity import TenantId
from domain.tenant_queue import ChooseTenantQueue
from infrastructure.unique_ids import new_id
from jobs.drain_sender import drain_sender
from jobs.queues import Doorbells, QueueName, open_queue
from jobs.runtime import SendRuntime
from jobs.schedule import ring_due
from jobs.sweep import TAKE_OVER_S
from tests.domain.given import OPERATOR, TENANT
from tests.domain.memory_journal import START
from tests.domain.story import SENDER_ID
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_sending import message, ready, replied

__all__ = ["ready"]


@pytest.fixture
def own(ready: StoredStory) -> StoredStory:
    ready.handle(ChooseTenantQueue(tenant_id=TENANT, is_own=True), by=OPERATOR)
    ready.catch_up()
    return ready


def age(follow: "Connection[Any]", seconds: float) -> None:
    """Let the messages be due for so long."""
    follow.execute(
        """
        UPDATE read_model.outbox SET due_at = clock_timestamp() - make_interval(secs => %s)
        WHERE state = 'due'
        """,
        (seconds,),
    )


def due_in_the_story(follow: "Connection[Any]") -> None:
    """Let the messages be due as of the story's clock, which is long ago for the database."""
    follow.execute("UPDATE read_model.outbox SET due_at = %s WHERE state = 'due'", (START,))


def rung(redis: "Redis") -> tuple[int, int]:
    """How many doorbells wait in the firm's own queue and in the shared one."""
    own = open_queue(QueueName.OUTBOUND, redis, firm=TENANT)
    return len(own), len(open_queue(QueueName.OUTBOUND, redis))


def test_the_schedule_rings_the_firms_own_workers_and_the_shared_ones_only_after_a_while(
    own: StoredStory, follow: "Connection[Any]", redis: "Redis"
) -> None:
    replied(own)
    own.catch_up()
    age(follow, 1)
    redis.flushall()
    ring_due(Doorbells(redis), follow, is_sweep=False)
    assert rung(redis) == (1, 0)
    age(follow, TAKE_OVER_S + 1)
    redis.flushall()
    ring_due(Doorbells(redis), follow, is_sweep=False)
    assert rung(redis) == (1, 1)
    own.handle(ChooseTenantQueue(tenant_id=TENANT, is_own=False), by=OPERATOR)
    own.catch_up()
    age(follow, 1)
    redis.flushall()
    ring_due(Doorbells(redis), follow, is_sweep=False)
    assert rung(redis) == (0, 1)


def test_a_shared_worker_leaves_the_firm_to_its_own_and_takes_over_when_they_are_away(
    own: StoredStory,
    sending: SendRuntime,
    meta: ScriptedMeta,
    follow: "Connection[Any]",
) -> None:
    other = TenantId(new_id())
    sent = replied(own)
    own.catch_up()
    age(follow, 1)
    # Rung for another number: what else waits is looked for.
    drain_sender(sending, other, str(new_id()))
    assert meta.requests == []
    due_in_the_story(follow)
    drain_sender(dataclasses.replace(sending, firm=TENANT), other, str(new_id()))
    own.catch_up()
    assert message(own, sent).state is DeliveryState.ACCEPTED
    later = replied(own, "Satu lagi.")
    own.catch_up()
    drain_sender(sending, other, str(new_id()))
    own.catch_up()
    assert message(own, later).state is DeliveryState.ACCEPTED


def test_the_workers_of_a_firm_serve_nobody_else(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    replied(ready)
    ready.catch_up()
    stranger = TenantId(new_id())
    drain_sender(dataclasses.replace(sending, firm=stranger), stranger, str(SENDER_ID))
    assert meta.requests == []
