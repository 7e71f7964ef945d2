"""The sweep: derive every doorbell from rows that are due.

It is all that is needed after Redis was lost empty, and it serves the doorbell of a single new row.
"""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection

from projections.media import WENT_NOWHERE

LIMIT: Final = 500

TAKE_OVER_S: Final = 10.0
"""So long messages of a firm with workers of its own wait before the shared ones serve them."""


class DueWork(NamedTuple):
    """A work item that may be worked on now."""

    tenant_id: UUID
    kind: str
    reference: UUID
    attempts: int


class DueLane(NamedTuple):
    """A sender number with messages that are due, or with attempts to be looked after.

    `is_own` where the firm has workers of its own, `is_shared` where the shared ones may serve it:
    for every other firm, and where nobody came for `TAKE_OVER_S`.
    """

    tenant_id: UUID
    sender_number_id: UUID
    is_own: bool = False
    is_shared: bool = True

    @property
    def rung_for(self) -> list[UUID | None]:
        """Whose workers are rung for: the firm's own, the shared ones (None), or both."""
        firms: list[UUID | None] = [self.tenant_id] if self.is_own else []
        return [*firms, None] if self.is_shared else firms


class BroadcastUnderWay(NamedTuple):
    """A broadcast whose messages are being sent."""

    tenant_id: UUID
    broadcast_id: UUID


def broadcasts_under_way(connection: Connection[Any]) -> list[BroadcastUnderWay]:
    """Broadcasts of all firms whose progress is to be noted."""
    rows = connection.execute(
        """
        SELECT tenant_id, broadcast_id FROM read_model.broadcasts
        WHERE state IN ('running', 'paused') AND is_released LIMIT %s
        """,
        (LIMIT,),
    ).fetchall()
    return [BroadcastUnderWay(*row) for row in rows]


def due_work(connection: Connection[Any]) -> list[DueWork]:
    """Work items of all firms that nobody holds and whose time has come, oldest first."""
    rows = connection.execute(
        """
        SELECT item.tenant_id, item.kind, item.reference, coalesce(attempt.attempts, 0)
        FROM read_model.work_items AS item
        LEFT JOIN hub.work_attempt AS attempt USING (kind, reference)
        WHERE item.state = 'due'
          AND (attempt.lease_until IS NULL OR attempt.lease_until <= clock_timestamp())
          AND (attempt.due_at IS NULL OR attempt.due_at <= clock_timestamp())
        ORDER BY item.requested_at LIMIT %s
        """,
        (LIMIT,),
    ).fetchall()
    return [DueWork(*row) for row in rows]


def due_lanes(connection: Connection[Any], *, with_attempts: bool) -> list[DueLane]:
    """Sender numbers of all firms whose lane has something to do now and that nobody serves.

    `with_attempts` adds lanes with an attempt under way: its sender may have died. A number whose
    circuit is open is among them although nothing may be due: somebody has to probe it.
    """
    rows = connection.execute(
        """
        SELECT lane.tenant_id, lane.sender_number_id, own.firm_id IS NOT NULL,
            own.firm_id IS NULL
                OR lane.since < clock_timestamp() - make_interval(secs => %s)
        FROM (
            SELECT tenant_id, sender_number_id, least(due_at, attempted_at) AS since
            FROM read_model.lanes_with_work()
            WHERE holder IS NULL
              AND (due_at <= clock_timestamp() OR (%s AND attempted_at IS NOT NULL))
            UNION ALL
            SELECT tenant_id, sender_number_id, circuit_opened_at
            FROM read_model.sender_directory WHERE circuit IS NOT NULL
        ) AS lane
        LEFT JOIN read_model.firms_with_own_queue() AS own ON own.firm_id = lane.tenant_id
        LIMIT %s
        """,
        (TAKE_OVER_S, with_attempts, LIMIT),
    ).fetchall()
    lanes: dict[tuple[UUID, UUID], DueLane] = {}
    for row in rows:
        lane = DueLane(*row)
        known = lanes.get(lane[:2])
        if known is None or not known.is_shared:
            lanes[lane[:2]] = lane
    return list(lanes.values())


def next_due_at(connection: Connection[Any]) -> datetime | None:
    """When the next row becomes due that is not due yet; None when there is none.

    A lane that is held becomes due when its lease runs out: its holder may have died.
    """
    row = connection.execute(
        """
        SELECT min(moment) FROM (
            SELECT min(due_at) AS moment FROM read_model.outbox
            WHERE state = 'due' AND due_at > clock_timestamp()
            UNION ALL
            SELECT min((state ->> 'retry_at')::timestamptz) FROM hub.circuit
            WHERE (state ->> 'retry_at')::timestamptz > clock_timestamp()
            UNION ALL
            SELECT min(lease_until) FROM read_model.lanes_with_work()
            UNION ALL
            SELECT min(greatest(attempt.due_at, attempt.lease_until))
            FROM hub.work_attempt AS attempt
            WHERE greatest(attempt.due_at, attempt.lease_until) > clock_timestamp()
        ) AS waiting
        """
    ).fetchone()
    return None if row is None else row[0]


def firms_with_due_media(connection: Connection[Any], *, retention_days: int) -> list[UUID]:
    """Firms with files of intakes that went nowhere, and that are over the period of retention.

    `retention_days` counts for firms that did not decide themselves.
    """
    rows = connection.execute(
        """
        SELECT DISTINCT file.tenant_id FROM read_model.media AS file
        JOIN read_model.inbox AS talk USING (conversation_id)
        LEFT JOIN read_model.legal_holds AS hold
            ON hold.contact_id = file.contact_id AND hold.is_placed
        LEFT JOIN read_model.retention_periods AS period
            ON period.tenant_id = file.tenant_id
        WHERE file.state = 'stored' AND hold.contact_id IS NULL
          AND talk.intake_state = ANY(%s) AND talk.assigned_member_id IS NULL
          AND talk.last_activity_at
            < clock_timestamp() - make_interval(days => coalesce(period.media_days, %s)::int)
          AND NOT EXISTS (
            SELECT FROM read_model.inbox AS other
            WHERE other.tenant_id = talk.tenant_id
              AND (other.conversation_id = talk.joined_into
                   OR other.joined_into = talk.conversation_id)
              AND (other.intake_state = ANY(%s) AND other.assigned_member_id IS NULL) IS NOT TRUE)
        """,
        (list(WENT_NOWHERE), retention_days, list(WENT_NOWHERE)),
    ).fetchall()
    return [row[0] for row in rows]
