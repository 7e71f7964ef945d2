"""Whether a hub is at rest: what has not happened by then does not happen."""

from typing import Any, Final, LiteralString

from psycopg import Connection

from domain.outbound_message import OutboundSent
from domain.policies import POLICIES
from jobs.followers.webhooks import WebhooksUnit
from projections import PROJECTIONS

_TOPICS: Final[dict[str, list[str] | None]] = {
    "policies": sorted({OutboundSent.TOPIC, *(event_type.TOPIC for event_type, _ in POLICIES)}),
    "webhooks": sorted(WebhooksUnit().topics or ()),
    **{each.name: None if each.topics is None else sorted(each.topics) for each in PROJECTIONS},
}
"""The stored names that each follower handles; None for all."""

_DUE: Final = """
    SELECT FROM read_model.work_items WHERE state = 'due'
    UNION ALL
    SELECT FROM read_model.outbox
    WHERE state = 'attempting' OR (state = 'due' AND due_at <= now() + interval '1 second')
    LIMIT 1
"""

_UNTOLD: Final = "SELECT FROM hub.webhook_delivery WHERE state = 'due' LIMIT 1"

_BROADCASTING: Final = """
    SELECT FROM read_model.broadcasts AS broadcast
    WHERE state IN ('planning', 'approved')
       OR (state = 'running' AND NOT EXISTS (
            SELECT FROM read_model.broadcast_recipients
            JOIN read_model.outbox AS message USING (outbound_message_id)
            WHERE plan_id = broadcast.plan_id AND message.state IN ('in_doubt', 'due')))
    LIMIT 1
"""
"""Broadcasts that will still move by themselves; one with a doubt waits for a person."""


def is_at_rest(connection: Connection[Any], before: tuple[int, int]) -> str | None:
    """None at rest, else what still goes on. `before` are the heads of a moment ago."""
    busy = {
        "webhooks are not taken in": not is_ingested(connection),
        "followers are behind": not is_followed(connection),
        "work is due": not is_worked_off(connection),
        "another system is to be told something": _finds(connection, _UNTOLD),
        "a broadcast moves": _finds(connection, _BROADCASTING),
        "events come in": heads(connection) != before,
    }
    return next((what for what, is_so in busy.items() if is_so), None)


def _finds(connection: Connection[Any], query: LiteralString) -> bool:
    return connection.execute(query).fetchone() is not None


def heads(connection: Connection[Any]) -> tuple[int, int]:
    """The newest event and the newest webhook: they stand still when nothing happens."""
    row = connection.execute(
        """
        SELECT (SELECT coalesce(max(notification_id), 0) FROM hub.events),
            (SELECT coalesce(max(id), 0) FROM hub.webhook_inbox)
        """
    ).fetchone()
    return (0, 0) if row is None else (row[0], row[1])


def is_ingested(connection: Connection[Any]) -> bool:
    """Whether every webhook that was answered with 200 has been taken in."""
    row = connection.execute(
        """
        SELECT coalesce((SELECT max(id) FROM hub.webhook_inbox), 0)
            <= (SELECT position FROM read_model.follower_position WHERE name = 'ingest')
        """
    ).fetchone()
    return row is not None and bool(row[0])


def is_followed(connection: Connection[Any], head: int | None = None) -> bool:
    """Whether the policies have reacted to every event, and every read model shows it.

    With `head` only events up to this one count: others may have come in since.
    """
    places = dict(
        connection.execute("SELECT name, position FROM read_model.follower_position").fetchall()
    )
    for name, topics in _TOPICS.items():
        waiting = connection.execute(
            """
            SELECT FROM hub.events
            WHERE notification_id > %s AND notification_id <= coalesce(%s, notification_id)
              AND (%s::text[] IS NULL OR topic = ANY(%s::text[])) LIMIT 1
            """,
            (places.get(name, 0), head, topics, topics),
        ).fetchone()
        if waiting is not None:
            return False
    return True


def is_worked_off(connection: Connection[Any]) -> bool:
    """Whether nothing waits for the assistant, and nothing is to be sent within a second."""
    return connection.execute(_DUE).fetchone() is None
