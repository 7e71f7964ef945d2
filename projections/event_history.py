"""The event history: every event of a firm with actor, cause and time, for auditors."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from infrastructure.following.event_log import LoggedEvent
from projections.projection import HistoryProjection
from projections.query import Query
from projections.table import Index, Table


class HistoryRow(msgspec.Struct):
    """An event. `facts` is the clear part as JSON text; personal content is not here at all.

    `contract` is the name in the standard event contract, where the event has one.
    """

    tenant_id: UUID
    tenant_seq: int
    event_id: UUID
    stream_id: UUID
    stream_version: int
    topic: str
    actor_kind: str
    actor_id: str
    correlation_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    has_content: bool
    facts: str
    contract: str | None = None
    causation_id: UUID | None = None
    traceparent: str | None = None
    conversation_id: UUID | None = None
    contact_id: UUID | None = None


class EventHistory(HistoryProjection[HistoryRow]):
    """One row per event."""

    name = "event_history"
    version = 1
    table = Table(
        "event_history",
        HistoryRow,
        key=("tenant_id", "tenant_seq"),
        early_key=False,
        indexes=(
            Index("(tenant_id, conversation_id, tenant_seq) WHERE conversation_id IS NOT NULL"),
            Index("(tenant_id, correlation_id, tenant_seq)"),
            Index("(tenant_id, topic, tenant_seq)"),
            Index("(event_id)"),
        ),
    )
    topics = None
    pace_s = 0.03

    def rows_of(self, logged: LoggedEvent) -> Sequence[HistoryRow]:
        """The row of one event."""
        record, event = logged.record, logged.record.event
        conversation_id = getattr(event, "conversation_id", None)
        row = HistoryRow(
            tenant_id=record.tenant_id,
            tenant_seq=record.tenant_seq or 0,
            event_id=record.event_id,
            stream_id=record.stream_id,
            stream_version=record.stream_version,
            topic=record.topic,
            actor_kind=record.actor.kind.value,
            actor_id=record.actor.id,
            correlation_id=record.correlation_id,
            occurred_at=record.occurred_at,
            recorded_at=record.recorded_at or record.occurred_at,
            has_content=logged.has_content,
            facts=logged.facts.decode(),
            contract=type(event).CONTRACT,
            causation_id=record.causation_id,
            traceparent=record.traceparent,
            conversation_id=(
                UUID(conversation_id) if isinstance(conversation_id, str) else conversation_id
            ),
            contact_id=getattr(event, "contact_id", None),
        )
        return (row,)


def events_of_tenant(
    tenant_id: UUID,
    *,
    limit: int,
    after: int = 0,
    conversation_id: UUID | None = None,
    correlation_id: UUID | None = None,
    topic: str | None = None,
) -> Query[HistoryRow]:
    """Events in the order in which they were recorded, after a position."""
    return Query(
        HistoryRow,
        """
        SELECT {columns} FROM read_model.event_history
        WHERE tenant_id = %(tenant)s AND tenant_seq > %(after)s
          AND (%(conversation)s::uuid IS NULL OR conversation_id = %(conversation)s)
          AND (%(correlation)s::uuid IS NULL OR correlation_id = %(correlation)s)
          AND (%(topic)s::text IS NULL OR topic = %(topic)s)
        ORDER BY tenant_seq LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "after": after,
            "conversation": conversation_id,
            "correlation": correlation_id,
            "topic": topic,
            "limit": limit,
        },
    )


def newest_events(
    tenant_id: UUID,
    *,
    limit: int,
    before: int | None = None,
    conversation_id: UUID | None = None,
    correlation_id: UUID | None = None,
    topic: str | None = None,
) -> Query[HistoryRow]:
    """Events newest first, before a position."""
    return Query(
        HistoryRow,
        """
        SELECT {columns} FROM read_model.event_history
        WHERE tenant_id = %(tenant)s AND (%(before)s::bigint IS NULL OR tenant_seq < %(before)s)
          AND (%(conversation)s::uuid IS NULL OR conversation_id = %(conversation)s)
          AND (%(correlation)s::uuid IS NULL OR correlation_id = %(correlation)s)
          AND (%(topic)s::text IS NULL OR topic = %(topic)s)
        ORDER BY tenant_seq DESC LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "before": before,
            "conversation": conversation_id,
            "correlation": correlation_id,
            "topic": topic,
            "limit": limit,
        },
    )
