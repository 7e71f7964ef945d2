"""What is to be told to endpoints, and what became of it: questions and wishes of people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from infrastructure.postgres.connections import HubConnection

LISTED_MAX: Final = 100


class EndpointHealth(NamedTuple):
    """How an endpoint answers, and how much waits for it or was given up."""

    endpoint_id: UUID
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str | None
    failing_since: datetime | None
    waiting: int
    dead: int


class DeadDelivery(NamedTuple):
    """An event that an endpoint could not be told. It can be replayed."""

    endpoint_id: UUID
    event_id: UUID
    event_type: str
    event_seq: int
    attempts: int
    ended_at: datetime
    last_status: int | None
    last_failure: str | None


def health_of_endpoints(connection: HubConnection, tenant_id: UUID) -> dict[UUID, EndpointHealth]:
    """The health of each endpoint of a firm."""
    rows = connection.execute(
        """
        SELECT lane.endpoint_id, lane.last_success_at, lane.last_failure_at, lane.last_failure,
            lane.failing_since,
            count(*) FILTER (WHERE delivery.state = 'due'),
            count(*) FILTER (WHERE delivery.state = 'dead')
        FROM hub.webhook_lane AS lane
        LEFT JOIN hub.webhook_delivery AS delivery
            ON delivery.endpoint_id = lane.endpoint_id AND delivery.state <> 'delivered'
        WHERE lane.tenant_id = %s GROUP BY lane.endpoint_id
        """,
        (tenant_id,),
    ).fetchall()
    return {row[0]: EndpointHealth(*row) for row in rows}


def dead_deliveries(
    connection: HubConnection, tenant_id: UUID, *, endpoint_ids: Sequence[UUID] | None = None
) -> list[DeadDelivery]:
    """What could not be told in a firm, newest first, at most LISTED_MAX."""
    rows = connection.execute(
        """
        SELECT endpoint_id, event_id, event_type, event_seq, attempts, ended_at, last_status,
            last_failure
        FROM hub.webhook_delivery
        WHERE tenant_id = %s AND state = 'dead'
          AND (%s::uuid[] IS NULL OR endpoint_id = ANY(%s::uuid[]))
        ORDER BY ended_at DESC, event_seq DESC LIMIT %s
        """,
        (tenant_id, *[None if endpoint_ids is None else list(endpoint_ids)] * 2, LISTED_MAX),
    ).fetchall()
    return [DeadDelivery(*row) for row in rows]


def replay_dead(
    connection: HubConnection,
    tenant_id: UUID,
    endpoint_id: UUID,
    *,
    event_ids: Sequence[UUID] | None = None,
) -> int:
    """Make dead deliveries of an endpoint due again with all attempts; None for all of them."""
    done = connection.execute(
        """
        UPDATE hub.webhook_delivery
        SET state = 'due', attempts = 0, due_at = now(), ended_at = NULL
        WHERE tenant_id = %s AND endpoint_id = %s AND state = 'dead'
          AND (%s::uuid[] IS NULL OR event_id = ANY(%s::uuid[]))
        """,
        (tenant_id, endpoint_id, *[None if event_ids is None else list(event_ids)] * 2),
    )
    connection.execute("SELECT pg_notify('webhook_due', '')")
    return done.rowcount


def replay_after(
    connection: HubConnection, tenant_id: UUID, endpoint_id: UUID, *, position: int
) -> int:
    """Tell an endpoint again everything of its choice after a position; returns how many.

    Also what happened while it was disabled, and what it was told already.
    """
    done = connection.execute(
        """
        INSERT INTO hub.webhook_delivery AS known
            (endpoint_id, event_id, tenant_id, event_type, event_seq, stream_id, stream_version)
        SELECT lane.endpoint_id, happened.event_id, happened.tenant_id, happened.contract,
            happened.tenant_seq, happened.stream_id, happened.stream_version
        FROM read_model.event_history AS happened
        JOIN hub.webhook_lane AS lane ON lane.tenant_id = happened.tenant_id
            AND (lane.event_types = '{}' OR happened.contract = ANY(lane.event_types))
        WHERE happened.tenant_id = %s AND happened.tenant_seq > %s
          AND happened.contract IS NOT NULL AND lane.endpoint_id = %s
        ON CONFLICT (endpoint_id, event_id) DO UPDATE
        SET state = 'due', attempts = 0, due_at = now(), ended_at = NULL
        WHERE known.state <> 'due'
        """,
        (tenant_id, position, endpoint_id),
    )
    connection.execute("SELECT pg_notify('webhook_due', '')")
    return done.rowcount
