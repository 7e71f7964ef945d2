"""How much waits in each queue of the standard event contract, by firm."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from psycopg import Connection

from domain.dead_letter import DeadLetterKind
from jobs.table import WORK_QUEUES, contract_queue_of

WEBHOOKS: Final = "webhooks"
"""What other systems are to be told; no queue of the commissioning documents."""

TENANTS_MAX: Final = 50
"""Firms with a label of their own, the busiest first; all others are counted as `other`."""


class QueueDepth(NamedTuple):
    """A queue's items of one firm; `tenant` is its id, `all` where no firm is known yet."""

    queue: str
    tenant: str
    waiting: int
    active: int


def queue_depths(connection: Connection[Any]) -> list[QueueDepth]:
    """The depths of all queues (role follow)."""
    raw = connection.execute(
        """
        SELECT count(*) FROM hub.webhook_inbox WHERE id > coalesce(
            (SELECT position FROM read_model.follower_position WHERE name = 'ingest'), 0)
        """
    ).fetchone()
    normalized = connection.execute(
        """
        SELECT tenant_id::text, count(*) FROM hub.events WHERE notification_id > coalesce(
            (SELECT position FROM read_model.follower_position WHERE name = 'policies'), 0)
          AND topic IN ('message.received.v1', 'message.status_received.v1')
        GROUP BY tenant_id ORDER BY 2 DESC
        """
    ).fetchall()
    work = connection.execute(
        """
        SELECT item.kind, item.tenant_id::text,
            count(*) FILTER (WHERE coalesce(attempt.lease_until <= clock_timestamp(), true)),
            count(*) FILTER (WHERE attempt.lease_until > clock_timestamp())
        FROM read_model.work_items AS item
        LEFT JOIN hub.work_attempt AS attempt USING (kind, reference)
        WHERE item.state = 'due' GROUP BY item.kind, item.tenant_id ORDER BY 3 DESC
        """
    ).fetchall()
    outbox = connection.execute(
        """
        SELECT tenant_id::text, count(*) FILTER (WHERE state = 'due'),
            count(*) FILTER (WHERE state = 'attempting')
        FROM read_model.outbox WHERE state IN ('due', 'attempting')
        GROUP BY tenant_id ORDER BY 2 DESC
        """
    ).fetchall()
    return [
        QueueDepth("wa.incoming.raw", "all", raw[0] if raw else 0, 0),
        *_by_firm("wa.incoming.normalized", ((tenant, count, 0) for tenant, count in normalized)),
        *(depth for queue in WORK_QUEUES for depth in _by_firm(queue, _of_queue(queue, work))),
        *_by_firm("wa.outgoing.command", outbox),
    ]


def outbox_oldest_due_s(connection: Connection[Any]) -> float:
    """Age of the oldest message that is due, in seconds; 0 when none is."""
    row = connection.execute(
        """
        SELECT coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0)
        FROM read_model.outbox WHERE state = 'due' AND due_at <= clock_timestamp()
        """
    ).fetchone()
    return float(row[0]) if row else 0.0


def queues_oldest_due_s(connection: Connection[Any]) -> dict[str, float]:
    """Age of the oldest item that is due, in seconds, by queue of the contract; 0 when none is.

    Due is what may be worked on now: not what waits for its time, nor what is under way.
    """
    ages = dict.fromkeys((*WORK_QUEUES, "wa.outgoing.command", WEBHOOKS), 0.0)
    ages["wa.outgoing.command"] = outbox_oldest_due_s(connection)
    work = connection.execute(
        """
        SELECT item.kind, max(extract(epoch FROM clock_timestamp()
            - greatest(item.requested_at, attempt.due_at)))::float8
        FROM read_model.work_items AS item
        LEFT JOIN hub.work_attempt AS attempt USING (kind, reference)
        WHERE item.state = 'due'
          AND coalesce(attempt.lease_until <= clock_timestamp(), true)
          AND coalesce(attempt.due_at <= clock_timestamp(), true)
        GROUP BY item.kind
        """
    ).fetchall()
    for kind, age_s in work:
        queue = contract_queue_of(kind)
        ages[queue] = max(ages[queue], age_s)
    told = connection.execute(
        """
        SELECT coalesce(max(extract(epoch FROM clock_timestamp() - delivery.due_at)), 0)::float8
        FROM hub.webhook_delivery AS delivery JOIN hub.webhook_lane AS lane USING (endpoint_id)
        WHERE delivery.state = 'due' AND delivery.due_at <= clock_timestamp() AND lane.is_active
        """
    ).fetchone()
    ages[WEBHOOKS] = told[0] if told else 0.0
    return ages


class StuckCounts(NamedTuple):
    """How much waits for a person: dead letters by kind, held webhooks, messages in doubt."""

    letters: dict[str, int]
    held: int
    in_doubt: int


def stuck_counts(connection: Connection[Any]) -> StuckCounts:
    """What waits for a person in all firms (role follow)."""
    letters = connection.execute(
        """
        SELECT kind, count(*) FROM read_model.dead_letters WHERE state = 'open' GROUP BY kind
        UNION ALL
        SELECT 'webhook', count(*) FROM hub.webhook_delivery WHERE state = 'dead'
        """
    ).fetchall()
    row = connection.execute(
        """
        SELECT (SELECT count(*) FROM hub.quarantine
                WHERE replayed_at IS NULL AND discarded_at IS NULL),
            (SELECT count(*) FROM read_model.outbox WHERE state = 'in_doubt')
        """
    ).fetchone()
    held, in_doubt = row or (0, 0)
    found = dict.fromkeys(DeadLetterKind, 0) | dict(letters)
    return StuckCounts({str(kind): count for kind, count in found.items()}, held, in_doubt)


def open_circuits(connection: Connection[Any]) -> dict[str, int]:
    """How many circuits of each kind are open now."""
    rows = connection.execute(
        """
        SELECT kind, count(*) FILTER (WHERE state ->> 'state' <> 'closed')
        FROM hub.circuit GROUP BY kind
        """
    ).fetchall()
    return dict(rows)


def _of_queue(queue: str, rows: Iterable[tuple[str, str, int, int]]) -> list[tuple[str, int, int]]:
    """The depths of the kinds of work that belong to a queue, added up by firm."""
    firms: dict[str, tuple[int, int]] = {}
    for kind, tenant, waiting, active in rows:
        if contract_queue_of(kind) == queue:
            known = firms.get(tenant, (0, 0))
            firms[tenant] = (known[0] + waiting, known[1] + active)
    return [(tenant, *counts) for tenant, counts in firms.items()]


def lanes_oldest_due_s(connection: Connection[Any]) -> dict[str, float]:
    """Age of the oldest due message of the sender numbers that wait longest, by the number's id."""
    rows = connection.execute(
        """
        SELECT sender_number_id::text, extract(epoch FROM clock_timestamp() - due_at)::float8
        FROM read_model.lanes_with_work() WHERE due_at <= clock_timestamp()
        ORDER BY due_at LIMIT %s
        """,
        (TENANTS_MAX,),
    ).fetchall()
    return dict(rows)


def _by_firm(queue: str, rows: Iterable[tuple[str, int, int]]) -> list[QueueDepth]:
    depths = [QueueDepth(queue, *row) for row in rows]
    rest = depths[TENANTS_MAX:]
    if rest:
        waiting = sum(depth.waiting for depth in rest)
        active = sum(depth.active for depth in rest)
        depths[TENANTS_MAX:] = [QueueDepth(queue, "other", waiting, active)]
    return depths
