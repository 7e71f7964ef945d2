"""Doorbells: what may run, what stands in Redis, and what a second ring does."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from jobs.queues import AllowListJob, Doorbells, QueueName, open_queue

FIRM = uuid4()
LANE = uuid4()


@pytest.fixture
def ran() -> Iterator[list[tuple[str, ...]]]:
    calls: list[tuple[str, ...]] = []
    AllowListJob.allowed = {"drain_sender": lambda *ids: calls.append(ids)}
    yield calls
    AllowListJob.allowed = {}


def work_off(redis: "Redis") -> None:
    SimpleWorker(
        [open_queue(QueueName.OUTBOUND, redis)],
        connection=redis,
        job_class=AllowListJob,
        serializer=JSONSerializer,
    ).work(burst=True, logging_level="CRITICAL")


def ring(doorbells: Doorbells, bucket: int = 1) -> bool:
    return doorbells.ring(QueueName.OUTBOUND, "drain_sender", FIRM, LANE, bucket=bucket, limit_s=10)


def test_a_doorbell_runs_the_function_of_the_table_with_its_ids(
    redis: "Redis", ran: list[tuple[str, ...]]
) -> None:
    ring(Doorbells(redis))
    work_off(redis)
    assert ran == [(str(FIRM), str(LANE))]


def test_redis_holds_ids_and_the_name_of_the_job_and_nothing_else(redis: "Redis") -> None:
    ring(Doorbells(redis))
    (job,) = open_queue(QueueName.OUTBOUND, redis).jobs
    assert json.loads(job.data) == ["drain_sender", None, [str(FIRM), str(LANE)], {}]


def test_a_third_ring_in_the_same_moment_adds_nothing(
    redis: "Redis", ran: list[tuple[str, ...]]
) -> None:
    doorbells = Doorbells(redis)
    assert [ring(doorbells) for _ in range(3)] == [True, True, False]
    work_off(redis)
    assert len(ran) == 2
    assert ring(doorbells)


def test_a_job_that_names_another_function_is_not_run(
    redis: "Redis", ran: list[tuple[str, ...]], tmp_path: object
) -> None:
    trace = f"{tmp_path}/touched"
    foreign = Queue(QueueName.OUTBOUND.value, connection=redis, serializer=JSONSerializer)
    foreign.enqueue_call(func="os.mkdir", args=[trace])
    foreign.enqueue_call(func="drain_sender", args=["x"])
    work_off(redis)
    assert ran == [("x",)]
    from pathlib import Path

    assert not Path(trace).exists()
