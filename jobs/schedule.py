"""The schedule: rings for due work at once, sweeps for what was missed, and keeps the house.

Any number of processes may run it; one at a time holds the lock and works, the others wait.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
import redis
from psycopg import Connection

from domain.errors import StoreUnavailable
from infrastructure.failpoints import failpoint
from infrastructure.telemetry.metrics import (
    CIRCUITS_OPEN,
    DEAD_LETTERS_OPEN,
    LANE_OLDEST_DUE_SECONDS,
    MESSAGES_IN_DOUBT,
    OUTBOX_OLDEST_DUE_SECONDS,
    QUARANTINE_HELD,
    QUEUE_ACTIVE,
    QUEUE_OLDEST_DUE_SECONDS,
    QUEUE_WAITING,
)
from jobs.outbound.host import LIMIT_S
from jobs.queue_depths import (
    lanes_oldest_due_s,
    open_circuits,
    outbox_oldest_due_s,
    queue_depths,
    queues_oldest_due_s,
    stuck_counts,
)
from jobs.queues import Doorbells, QueueName
from jobs.sweep import broadcasts_under_way, due_lanes, due_work, next_due_at
from jobs.table import BULK_LIMIT_S, JOBS, WORK_JOBS, WORK_KINDS
from jobs.tend_outbound import LIMIT_S as TEND_LIMIT_S
from jobs.tend_outbound import firms_to_tend
from projections.projection import WORK_DUE

log = logging.getLogger(__name__)

BUCKET_S: Final = 2
"""A doorbell rings once in this time; a lost one is rung again in the next bucket."""

DEPTHS_INTERVAL_S: Final = 5.0
HOUSEKEEPING_INTERVAL_S: Final = 600.0
RETRY_PAUSE_S: Final = 1.0

LOOK_INTERVAL_S: Final = 1.0
"""How often it is looked when the next row becomes due: leases are taken without a ring."""

_LANE: Final = "lane"
"""Stands for the queue where the age of a lane was shown."""


@dataclass(frozen=True, slots=True)
class ScheduleRuntime:
    """What the schedule has at hand. `connect` opens an autocommit connection as the role `follow`.

    `keep_house` prepares and drops what has its day (partitions of the inbox), `ask_for_syncs` asks
    for what Meta keeps to be read again.
    """

    connect: Callable[[], Connection[Any]]
    doorbells: Doorbells
    keep_house: Callable[[Connection[Any]], None]
    ring_for_deletions: Callable[[Connection[Any], Doorbells], None]
    ask_for_syncs: Callable[[Connection[Any]], None]
    sweep_interval_s: float


def run_schedule(runtime: ScheduleRuntime, is_stopped: Callable[[], bool]) -> None:
    """Ring, sweep and keep the house until told to stop; a lost database is waited for."""
    while not is_stopped():
        try:
            with runtime.connect() as connection:
                if _is_ours(connection):
                    _run(runtime, connection, is_stopped)
        except (psycopg.OperationalError, StoreUnavailable) as error:
            log.warning(
                "The schedule waits for PostgreSQL.", extra={"reason": type(error).__name__}
            )
        _pause(RETRY_PAUSE_S, is_stopped)


def _is_ours(connection: Connection[Any]) -> bool:
    row = connection.execute(
        "SELECT pg_try_advisory_lock(hashtextextended('schedule', 0))"
    ).fetchone()
    return row is not None and bool(row[0])


def _pause(seconds: float, is_stopped: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not is_stopped() and time.monotonic() < deadline:
        time.sleep(0.05)


def _run(
    runtime: ScheduleRuntime, connection: Connection[Any], is_stopped: Callable[[], bool]
) -> None:
    connection.execute(f"LISTEN {WORK_DUE}")
    next_sweep = next_depths = next_house = 0.0
    is_rung, is_notified = True, False
    shown: set[tuple[str, str]] = set()
    while not is_stopped():
        now = time.monotonic()
        if now >= next_house:
            runtime.keep_house(connection)
            _ring_for_deletions(runtime, connection)
            runtime.ask_for_syncs(connection)
            next_house = now + HOUSEKEEPING_INTERVAL_S
        if now >= next_depths:
            _measure(connection, shown)
            next_depths = now + DEPTHS_INTERVAL_S
        is_sweep = now >= next_sweep
        if is_rung or is_sweep:
            # What becomes due by time may be a lane whose holder has died.
            failpoint("schedule.before_ring")
            is_heard = ring_due(runtime.doorbells, connection, is_sweep=is_sweep or not is_notified)
            failpoint("schedule.after_ring")
            next_sweep = now + runtime.sweep_interval_s if is_sweep else next_sweep
            if not is_heard:
                # Each new row would ring in vain; one sweep makes up for all of them.
                _pause(RETRY_PAUSE_S, is_stopped)
                next_sweep = 0.0
                continue
        until = min(next_sweep, next_depths, next_house, _next_due(connection))
        wait_s = min(max(0.02, until - time.monotonic()), LOOK_INTERVAL_S)
        is_notified = _wait(connection, wait_s, is_stopped)
        is_rung = is_notified or time.monotonic() >= until


def _ring_for_deletions(runtime: ScheduleRuntime, connection: Connection[Any]) -> None:
    """Files whose time is over stay due when Redis is away; the next look rings for them."""
    try:
        runtime.ring_for_deletions(connection, runtime.doorbells)
    except redis.RedisError as error:
        log.warning(
            "Redis is away; files are deleted later.", extra={"reason": type(error).__name__}
        )


def ring_due(doorbells: Doorbells, connection: Connection[Any], *, is_sweep: bool) -> bool:
    """Ring for everything that is due. A sweep also looks after attempts under way.

    False when Redis is away, which is not an error: the rows stay due, and the next sweep rings.
    """
    bucket = int(time.time()) // BUCKET_S
    try:
        for broadcast in broadcasts_under_way(connection) if is_sweep else ():
            doorbells.ring(
                QueueName.BULK,
                "follow_broadcast",
                broadcast.tenant_id,
                broadcast.broadcast_id,
                bucket=bucket,
                limit_s=BULK_LIMIT_S,
            )
        for work in due_work(connection):
            job = WORK_JOBS[WORK_KINDS[work.kind].queue]
            doorbells.ring(
                JOBS[job].queue,
                job,
                work.tenant_id,
                work.kind,
                work.reference,
                bucket=bucket,
                limit_s=JOBS[job].limit_s,
            )
        for lane in due_lanes(connection, with_attempts=is_sweep):
            for firm in lane.rung_for:
                doorbells.ring(
                    QueueName.OUTBOUND,
                    "drain_sender",
                    lane.tenant_id,
                    lane.sender_number_id,
                    bucket=bucket,
                    limit_s=LIMIT_S,
                    firm=firm,
                )
        for waiting in firms_to_tend(connection) if is_sweep else ():
            doorbells.ring(
                QueueName.OUTBOUND,
                "tend_outbound",
                waiting.tenant_id,
                bucket=bucket,
                limit_s=TEND_LIMIT_S,
            )
    except redis.RedisError as error:
        log.warning("Redis is away; the sweep rings later.", extra={"reason": type(error).__name__})
        return False
    return True


def _next_due(connection: Connection[Any]) -> float:
    """The time, on the monotonic clock, at which the next row becomes due."""
    moment = next_due_at(connection)
    if moment is None:
        return float("inf")
    return time.monotonic() + max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _wait(connection: Connection[Any], seconds: float, is_stopped: Callable[[], bool]) -> bool:
    """Wait for a notification; False when the time is over or the process is to end."""
    deadline = time.monotonic() + seconds
    while not is_stopped():
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        for _ in connection.notifies(timeout=min(left, 0.5), stop_after=1):
            return True
    return False


def _show_stuck(connection: Connection[Any]) -> None:
    stuck = stuck_counts(connection)
    for kind, count in stuck.letters.items():
        DEAD_LETTERS_OPEN.labels(kind).set(count)
    QUARANTINE_HELD.set(stuck.held)
    MESSAGES_IN_DOUBT.set(stuck.in_doubt)


def _measure(connection: Connection[Any], shown: set[tuple[str, str]]) -> None:
    """Show the depths; a queue of a firm that was shown before and is empty now shows 0."""
    depths = queue_depths(connection)
    gone = shown - {(depth.queue, depth.tenant) for depth in depths}
    for queue, tenant in gone:
        if queue == _LANE:
            continue
        QUEUE_WAITING.labels(queue, tenant).set(0)
        QUEUE_ACTIVE.labels(queue, tenant).set(0)
    for depth in depths:
        QUEUE_WAITING.labels(depth.queue, depth.tenant).set(depth.waiting)
        QUEUE_ACTIVE.labels(depth.queue, depth.tenant).set(depth.active)
        shown.add((depth.queue, depth.tenant))
    for kind, count in open_circuits(connection).items():
        CIRCUITS_OPEN.labels(kind).set(count)
    OUTBOX_OLDEST_DUE_SECONDS.set(outbox_oldest_due_s(connection))
    for queue, age_s in queues_oldest_due_s(connection).items():
        QUEUE_OLDEST_DUE_SECONDS.labels(queue).set(age_s)
    _show_stuck(connection)
    lanes = lanes_oldest_due_s(connection)
    for queue, number in shown:
        if queue == _LANE and number not in lanes:
            LANE_OLDEST_DUE_SECONDS.labels(number).set(0)
    for number, age_s in lanes.items():
        LANE_OLDEST_DUE_SECONDS.labels(number).set(age_s)
        shown.add((_LANE, number))
