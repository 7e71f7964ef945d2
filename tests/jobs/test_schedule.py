"""The schedule finds everything that is due, also after Redis was lost empty."""

import threading
import time
from typing import Any
from uuid import UUID

from psycopg import Connection
from redis import ConnectionError as RedisConnectionError
from redis import Redis

from infrastructure.following.listener import Connect
from infrastructure.unique_ids import new_id
from jobs.outbound.lease import Leases
from jobs.queues import Doorbells, QueueName, open_queue
from jobs.runtime import SendRuntime
from jobs.schedule import RETRY_PAUSE_S, ScheduleRuntime, ring_due, run_schedule
from projections.projection import WORK_DUE
from tests.domain.given import TENANT
from tests.domain.story import SENDER_ID
from tests.jobs.stored_story import StoredStory
from tests.waiting import until


def rung(redis: "Redis", queue: QueueName) -> list[tuple[object, ...]]:
    return [(job.func_name, *job.args) for job in open_queue(queue, redis).jobs]


def schedule(
    connect_follow: Connect, doorbells: Doorbells, *, sweep_interval_s: float
) -> ScheduleRuntime:
    return ScheduleRuntime(
        connect=lambda: connect_follow("schedule"),
        doorbells=doorbells,
        keep_house=lambda _: None,
        ring_for_deletions=lambda *_: None,
        ask_for_syncs=lambda _: None,
        sweep_interval_s=sweep_interval_s,
    )


def test_a_due_message_rings_for_its_lane_and_due_work_for_the_assistant(
    story: StoredStory, follow: Connection[Any], redis: "Redis"
) -> None:
    story.writes("Selamat pagi")
    story.taps("Setuju")
    story.catch_up()
    ring_due(Doorbells(redis), follow, is_sweep=False)
    assert rung(redis, QueueName.OUTBOUND) == [("drain_sender", str(TENANT), str(SENDER_ID))]
    ((name, firm, kind, reference),) = rung(redis, QueueName.ASSIST)
    assert (name, firm, kind) == ("perform_work_item", str(TENANT), "assess_message.v1")
    assert str(UUID(str(reference))) == reference


def test_after_redis_was_emptied_the_next_sweep_rings_for_everything_again(
    story: StoredStory, follow: Connection[Any], redis: "Redis"
) -> None:
    story.writes("Selamat pagi")
    story.catch_up()
    ring_due(Doorbells(redis), follow, is_sweep=True)
    before = rung(redis, QueueName.OUTBOUND)
    redis.flushall()
    ring_due(Doorbells(redis), follow, is_sweep=True)
    again = rung(redis, QueueName.OUTBOUND)
    assert again == before
    assert [name for name, *_ in again].count("drain_sender") == 1


def test_nothing_due_rings_nothing(
    story: StoredStory, follow: Connection[Any], redis: "Redis"
) -> None:
    story.catch_up()
    ring_due(Doorbells(redis), follow, is_sweep=True)
    assert rung(redis, QueueName.OUTBOUND) == rung(redis, QueueName.ASSIST) == []


def test_a_redis_that_is_away_is_no_error(story: StoredStory, follow: Connection[Any]) -> None:
    story.writes("Selamat pagi")
    story.catch_up()
    nowhere = Redis(host="127.0.0.1", port=1)
    assert not ring_due(Doorbells(nowhere), follow, is_sweep=True)


def test_a_lane_whose_holder_died_is_rung_for_also_when_nobody_tells_that_it_was_taken(
    story: StoredStory,
    follow: Connection[Any],
    connect_follow: Connect,
    redis: "Redis",
    sending: SendRuntime,
) -> None:
    story.writes("Selamat pagi")
    story.catch_up()
    runtime = schedule(connect_follow, Doorbells(redis), sweep_interval_s=600)
    over = threading.Event()
    thread = threading.Thread(target=run_schedule, args=(runtime, over.is_set))
    thread.start()
    try:
        until(lambda: rung(redis, QueueName.OUTBOUND) != [], "it rings for the message")
        assert Leases(sending.pool, new_id()).take(TENANT, SENDER_ID) is not None
        redis.flushall()
        until(lambda: rung(redis, QueueName.OUTBOUND) != [], "it rings when the lease is over")
    finally:
        over.set()
        thread.join()


def test_while_redis_is_away_new_rows_do_not_make_the_schedule_try_again_and_again(
    story: StoredStory, follow: Connection[Any], connect_follow: Connect
) -> None:
    story.writes("Selamat pagi")
    story.catch_up()
    tries: list[float] = []

    class Away(Doorbells):
        def ring(self, *_: object, **__: object) -> bool:
            tries.append(time.monotonic())
            raise RedisConnectionError

    with Redis(host="127.0.0.1", port=1) as nowhere:
        runtime = schedule(connect_follow, Away(nowhere), sweep_interval_s=60)
        over = threading.Event()
        thread = threading.Thread(target=run_schedule, args=(runtime, over.is_set))
        thread.start()
        try:
            until(lambda: len(tries) == 1, "the first try")
            for _ in range(100):
                follow.execute(f"NOTIFY {WORK_DUE}")
            until(lambda: len(tries) == 3, "it tries again by itself")
        finally:
            over.set()
            thread.join()
    assert tries[1] - tries[0] >= RETRY_PAUSE_S
    assert tries[2] - tries[1] >= RETRY_PAUSE_S
