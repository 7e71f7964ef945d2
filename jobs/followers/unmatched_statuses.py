"""Statuses that came before it was known which message they belong to.

Normally the echoed callback data names the message. Without it Meta's id of the message does, and
that is known only after the answer to the send was stored, which a status may overtake.
"""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from domain.event import EventRecord


class WaitingStatus(NamedTuple):
    """A status that waits: its event, and the stream that holds it."""

    status_event_id: UUID
    stream_id: UUID


class Waiting:
    """The statuses that wait, as one transaction of a follower sees them."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._found: dict[tuple[UUID, str], list[WaitingStatus]] = {}

    def look(self, tenant_id: UUID, wamid_digests: Collection[str]) -> None:
        """Find at once what waits for the messages with these digests."""
        rows = self._connection.execute(
            """
            SELECT wamid_digest, status_event_id, stream_id FROM hub.unmatched_status
            WHERE tenant_id = %s AND wamid_digest = ANY(%s) ORDER BY created_at
            """,
            (tenant_id, list(wamid_digests)),
        ).fetchall()
        for wamid_digest, *status in rows:
            self._found.setdefault((tenant_id, wamid_digest), []).append(WaitingStatus(*status))

    def keep(self, record: EventRecord, wamid_digest: str) -> None:
        """Let a status wait for its message, which may be one that was looked for already."""
        kept = self._connection.execute(
            """
            INSERT INTO hub.unmatched_status (status_event_id, tenant_id, stream_id, wamid_digest)
            VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
            """,
            (record.event_id, record.tenant_id, record.stream_id, wamid_digest),
        )
        if kept.rowcount:
            waiting = self._found.setdefault((record.tenant_id, wamid_digest), [])
            waiting.append(WaitingStatus(record.event_id, record.stream_id))

    def take(self, tenant_id: UUID, wamid_digest: str) -> list[WaitingStatus]:
        """Return what waits for one of the messages that were looked for, once."""
        return self._found.pop((tenant_id, wamid_digest), [])


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
