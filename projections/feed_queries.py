"""Questions to the feed by those who show it."""

from datetime import datetime
from uuid import UUID

import msgspec

from projections.query import Query


class ActivityRow(msgspec.Struct):
    """An item of the feed with what its event says about itself; see `FeedRow`, `HistoryRow`."""

    tenant_id: UUID
    seq: int
    topic: str
    kind: str
    entity_id: UUID
    scope: str
    occurred_at: datetime
    conversation_id: UUID | None
    actor_kind: str | None
    actor_id: str | None
    traceparent: str | None


def activity_with_origin(
    tenant_id: UUID, *, after: int, through: int, limit: int
) -> Query[ActivityRow]:
    """What happened after a position, in order, up to the position `through`."""
    return Query(
        ActivityRow,
        """
        SELECT feed.tenant_id, feed.seq, feed.topic, feed.kind, feed.entity_id, feed.scope,
            feed.occurred_at, feed.conversation_id,
            event.actor_kind, event.actor_id, event.traceparent
        FROM (
            SELECT * FROM read_model.feed
            WHERE tenant_id = %(tenant)s AND seq > %(after)s AND seq <= %(through)s
            ORDER BY seq LIMIT %(limit)s
        ) AS feed
        LEFT JOIN read_model.event_history AS event
            ON event.tenant_id = feed.tenant_id AND event.tenant_seq = feed.seq
        ORDER BY feed.seq
        """,
        {"tenant": tenant_id, "after": after, "through": through, "limit": limit},
    )
