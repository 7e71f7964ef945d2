"""How long a run of the lanes goes on, and what it does at the same time."""

import dataclasses
import threading
from collections.abc import Sequence

import pytest
from redis import Redis

from domain.delivery_state import DeliveryState
from domain.outbound_commands import StartAttempt
from infrastructure.embedded import EmbeddedServers
from jobs.drain_sender import drain_sender
from jobs.outbound import host, lane
from jobs.outbound.abandoned import settle_abandoned_attempt
from jobs.outbound.attempts import Begun, begin_attempts
from jobs.outbound.lease import HeldLane
from jobs.queues import Doorbells, QueueName, open_queue
from jobs.runtime import SendRuntime
from jobs.wiring import worker_runtime
from projections.outbox import BULK_PRIORITY, OutboxRow, is_bulk, outbox_messages
from tests.database import HubDatabase
from tests.domain.given import TENANT
from tests.domain.story import SENDER_ID
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_newest_requests import requested_again
from tests.jobs.test_sending import message, ready, replied, texts

__all__ = ["ready"]


@pytest.fixture
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "SLICE_S", 0.0)


def three_replies(story: StoredStory) -> None:
    for words in ("satu", "dua", "tiga"):
        replied(story, words)
    story.catch_up()


@pytest.mark.usefixtures("short_slices")
def test_a_run_goes_on_as_long_as_only_lanes_are_rung_for(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, redis: Redis
) -> None:
    three_replies(ready)
    arguments = (TENANT, str(SENDER_ID))
    Doorbells(redis).ring(QueueName.OUTBOUND, "drain_sender", *arguments, bucket=1, limit_s=60)
    drain_sender(sending, *arguments)
    assert texts(meta) == ["satu", "dua", "tiga"]


@pytest.mark.usefixtures("short_slices")
def test_a_run_ends_for_other_work_of_its_queue_and_rings_for_the_rest(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, redis: Redis
) -> None:
    three_replies(ready)
    redis.flushall()
    Doorbells(redis).ring(QueueName.OUTBOUND, "tend_outbound", TENANT, bucket=1, limit_s=60)
    drain_sender(sending, TENANT, str(SENDER_ID))
    assert len(meta.requests) < 3
    waiting = open_queue(QueueName.OUTBOUND, redis).get_job_ids()
    assert [job.partition("-")[0] for job in waiting] == ["tend_outbound", "drain_sender"]


def test_a_reply_is_begun_while_messages_to_many_are_on_their_way_to_be_committed(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_reply_begun = threading.Event()

    def begin(runtime: SendRuntime, held: HeldLane, rows: Sequence[OutboxRow]) -> Begun:
        if any(is_bulk(row) for row in rows):
            replied(ready, "dua")
            assert is_reply_begun.wait(10)
            return begin_attempts(runtime, held, rows)
        begun = begin_attempts(runtime, held, rows)
        is_reply_begun.set()
        return begun

    first = replied(ready, "satu")
    ready.catch_up()
    drain_sender(sending, TENANT, str(SENDER_ID))
    requested_again(ready, first, priority=BULK_PRIORITY)
    ready.catch_up()
    monkeypatch.setattr(lane, "begin_attempts", begin)
    drain_sender(dataclasses.replace(sending, linger_s=1.0), TENANT, str(SENDER_ID))
    assert texts(meta) == ["satu", "dua", "satu"]


def test_a_worker_begins_the_log_of_starts_before_it_has_anything_to_send(
    database: HubDatabase, servers: EmbeddedServers, redis: Redis
) -> None:
    redis.flushall()
    with worker_runtime(
        database.settings,
        database.admin_url,
        servers.redis_url,
        QueueName.OUTBOUND,
        is_stopped=lambda: True,
    ):
        assert redis.exists("hub:send:epoch")


def test_of_a_died_sender_only_the_attempt_that_was_looked_at_is_settled(
    ready: StoredStory, sending: SendRuntime
) -> None:
    sent = replied(ready)
    digest = message(ready, sent).requested.approval.body_digest
    ready.handle(StartAttempt(outbound_message_id=sent, body_digest=digest))
    ready.catch_up()
    with sending.pool.connection() as connection:
        connection.execute("SELECT set_config('app.tenant', %s, true)", (str(TENANT),))
        (row,) = outbox_messages(TENANT, [sent]).fetch(connection)
    row.attempt -= 1
    settle_abandoned_attempt(sending, row)
    assert message(ready, sent).state is DeliveryState.ATTEMPTING
    row.attempt += 1
    settle_abandoned_attempt(sending, row)
    assert message(ready, sent).state is DeliveryState.IN_DOUBT
