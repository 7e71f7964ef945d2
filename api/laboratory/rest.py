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
    SELECT 'the work ' || kind FROM read_model.work_items WHERE state = 'due'
    UNION ALL
    SELECT 'a message ' || state || ' since ' || date_trunc('second', now() - due_at)
    FROM read_model.outbox
    WHERE state = 'attempting' OR (state = 'due' AND due_at <= now() + interval '1 second')
    LIMIT 5
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
    busy = unfinished(connection)
    if busy:
        return "; ".join(busy)
    others = {
        "another system is to be told something": _finds(connection, _UNTOLD),
        "a broadcast moves": _finds(connection, _BROADCASTING),
        "events come in": heads(connection) != before,
    }
    return next((what for what, is_so in others.items() if is_so), None)


def unfinished(connection: Connection[Any]) -> list[str]:
    """What is not taken in, not shown, not worked off or not sent, in words; empty at the end."""
    found = [] if is_ingested(connection) else ["webhooks are not taken in"]
    found += [f"the follower {name} is behind" for name in _behind(connection)]
    return found + [f"{what} is due" for (what,) in connection.execute(_DUE).fetchall()]


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
    return not _behind(connection, head)


def _behind(connection: Connection[Any], head: int | None = None) -> list[str]:
    """The followers that have something to handle, the parked ones marked."""
    query = "SELECT name, position, parked_reason FROM read_model.follower_position"
    places = {row[0]: row[1:] for row in connection.execute(query).fetchall()}
    behind = []
    for name, topics in _TOPICS.items():
        position, parked_reason = places.get(name, (0, None))
        waiting = connection.execute(
            """
            SELECT FROM hub.events
            WHERE notification_id > %s AND notification_id <= coalesce(%s, notification_id)
              AND (%s::text[] IS NULL OR topic = ANY(%s::text[])) LIMIT 1
            """,
            (position, head, topics, topics),
        ).fetchone()
        if waiting is not None:
            behind.append(f"{name} (parked: {parked_reason})" if parked_reason else name)
    return behind
