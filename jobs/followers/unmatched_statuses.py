"""Statuses that came before it was known which message they belong to.

Normally the echoed callback data names the message. Without it Meta's id of the message does, and
that is known only after the answer to the send was stored, which a status may overtake.
"""

from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from domain.event import EventRecord


class WaitingStatus(NamedTuple):
    """A status that waits: its event, and the stream that holds it."""

    status_event_id: UUID
    stream_id: UUID


def keep(connection: Connection[Any], record: EventRecord, wamid_digest: str) -> None:
    """Let a status wait for its message."""
    connection.execute(
        """
        INSERT INTO hub.unmatched_status (status_event_id, tenant_id, stream_id, wamid_digest)
        VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
        """,
        (record.event_id, record.tenant_id, record.stream_id, wamid_digest),
    )


def waiting_for(
    connection: Connection[Any], tenant_id: UUID, wamid_digest: str
) -> list[WaitingStatus]:
    """The statuses that wait for the message with this digest."""
    rows = connection.execute(
        """
        SELECT status_event_id, stream_id FROM hub.unmatched_status
        WHERE tenant_id = %s AND wamid_digest = %s ORDER BY created_at
        """,
        (tenant_id, wamid_digest),
    ).fetchall()
    return [WaitingStatus(*row) for row in rows]


def matched(connection: Connection[Any], *, limit: int) -> list[WaitingStatus]:
    """Waiting statuses whose message the look-up knows by now."""
    rows = connection.execute(
        """
        SELECT waiting.status_event_id, waiting.stream_id
        FROM hub.unmatched_status AS waiting
        JOIN read_model.message_lookup AS known USING (tenant_id, wamid_digest)
        ORDER BY waiting.created_at LIMIT %s
        """,
        (limit,),
    ).fetchall()
    return [WaitingStatus(*row) for row in rows]


def forget(connection: Connection[Any], status: WaitingStatus) -> None:
    """The status was taken in."""
    connection.execute(
        "DELETE FROM hub.unmatched_status WHERE status_event_id = %s", (status.status_event_id,)
    )
