"""How many messages came in for a number a moment ago: Meta counts them in its limit."""

from typing import Any, Final
from uuid import UUID

from psycopg import Connection

EVENTS_MAX: Final = 2_000
"""How far back it is looked; more events than this in a second are not all counted."""


def inbound_in_last_second(
    connection: Connection[Any], tenant_id: UUID, sender_number_id: UUID, *, after: int
) -> int:
    """Messages to the number that were recorded in the last second.

    `after` is a position that was reached before it, the later the better.
    """
    row = connection.execute(
        """
        SELECT count(*) FROM (
            SELECT topic, recorded_at, state FROM hub.events
            -- IS TRUE: the firm is a filter, never the way to find (decision 0027).
            WHERE notification_id > %s AND (tenant_id = %s) IS TRUE
            ORDER BY notification_id DESC LIMIT %s
        ) AS latest
        WHERE topic LIKE 'message.received.%%'
          AND recorded_at > clock_timestamp() - interval '1 second'
          AND convert_from(state, 'UTF8')::jsonb #>> '{data,sender_number_id}' = %s
        """,
        (after, tenant_id, EVENTS_MAX, str(sender_number_id)),
    ).fetchone()
    return int(row[0]) if row else 0
