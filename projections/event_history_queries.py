"""Questions to the event history with every filter, and to single events of it."""

from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from projections.event_history import HistoryRow
from projections.query import Query


class HistoryFilter(NamedTuple):
    """Which events are asked for; None asks for all.

    Times are those at which events were recorded; `since` is included, `until` is not.
    """

    conversation_id: UUID | None = None
    correlation_id: UUID | None = None
    topic: str | None = None
    actor_kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None


_NARROWED: Final[LiteralString] = """
    SELECT {columns} FROM read_model.event_history
    WHERE tenant_id = %(tenant)s
      AND (%(conversation)s::uuid IS NULL OR conversation_id = %(conversation)s)
      AND (%(correlation)s::uuid IS NULL OR correlation_id = %(correlation)s)
      AND (%(topic)s::text IS NULL OR topic = %(topic)s)
      AND (%(actor_kind)s::text IS NULL OR actor_kind = %(actor_kind)s)
      AND (%(since)s::timestamptz IS NULL OR recorded_at >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR recorded_at < %(until)s)
"""


def recorded_events(
    tenant_id: UUID, *, limit: int, only: HistoryFilter, after: int | None = None
) -> Query[HistoryRow]:
    """Events in the order in which they were recorded, after a position."""
    return Query(
        HistoryRow,
        _NARROWED
        + " AND (%(after)s::bigint IS NULL OR tenant_seq > %(after)s)"
        + " ORDER BY tenant_seq LIMIT %(limit)s",
        {**_parameters(tenant_id, only), "after": after, "limit": limit},
    )


def recorded_events_backwards(
    tenant_id: UUID, *, limit: int, only: HistoryFilter, before: int | None = None
) -> Query[HistoryRow]:
    """Events newest first, before a position."""
    return Query(
        HistoryRow,
        _NARROWED
        + " AND (%(before)s::bigint IS NULL OR tenant_seq < %(before)s)"
        + " ORDER BY tenant_seq DESC LIMIT %(limit)s",
        {**_parameters(tenant_id, only), "before": before, "limit": limit},
    )


def events_by_id(tenant_id: UUID, event_ids: list[UUID]) -> Query[HistoryRow]:
    """The events with these ids, in no particular order."""
    return Query(
        HistoryRow,
        """
        SELECT {columns} FROM read_model.event_history
        WHERE tenant_id = %(tenant)s AND event_id = ANY(%(events)s)
        """,
        {"tenant": tenant_id, "events": event_ids},
    )


def events_at(tenant_id: UUID, positions: list[int]) -> Query[HistoryRow]:
    """The events at these positions of the firm, by position."""
    return Query(
        HistoryRow,
        """
        SELECT {columns} FROM read_model.event_history
        WHERE tenant_id = %(tenant)s AND tenant_seq = ANY(%(positions)s) ORDER BY tenant_seq
        """,
        {"tenant": tenant_id, "positions": positions},
    )


def _parameters(tenant_id: UUID, only: HistoryFilter) -> dict[str, Any]:
    return {
        "tenant": tenant_id,
        "conversation": only.conversation_id,
        "correlation": only.correlation_id,
        "topic": only.topic,
        "actor_kind": only.actor_kind,
        "since": only.since,
        "until": only.until,
    }
