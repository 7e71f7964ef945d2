"""The event history: every event of the firm with actor, cause and time. Never personal content."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import msgspec
import strawberry

from api.graphql.access import described, guarded
from api.graphql.context import Info
from api.graphql.cursors import position_cursor
from api.graphql.ids import global_id
from api.graphql.member import Actor, actor
from api.graphql.node import NOT_LOADED, Maybe, Node, related
from api.graphql.scalars import Cursor
from domain.scopes import Scope
from infrastructure.telemetry.tracing import trace_id_of
from projections.event_history import HistoryRow

if TYPE_CHECKING:
    from api.graphql.conversation import Conversation

LazyConversation = Annotated["Conversation", strawberry.lazy("api.graphql.conversation")]
LazyHistoryEvent = Annotated["HistoryEvent", strawberry.lazy("api.graphql.event_history")]


@strawberry.type(description="A clear fact of an event. Personal content is never among them.")
class EventFact:
    """A field of an event."""

    name: str = strawberry.field(description="The name of the fact.")
    value: str = strawberry.field(description="The value: a text, or JSON where it has parts.")


@strawberry.type(description="An event: what happened, unchangeable.")
class HistoryEvent(Node):
    """A row of the event history."""

    position: Cursor = strawberry.field(description="The place in the firm's stream of events.")
    topic: str = strawberry.field(description="The stable name, such as draft.approved.v1.")
    contract: str | None = strawberry.field(
        description="The name in the standard event contract, where the event has one."
    )
    stream_id: strawberry.ID = strawberry.field(
        description="The stream of events of the one thing that the event belongs to."
    )
    stream_version: int = strawberry.field(description="The place in that stream, from 1.")
    actor: Actor = strawberry.field(description="Who caused it.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    recorded_at: datetime = strawberry.field(description="When the hub recorded it.")
    correlation_id: strawberry.ID = strawberry.field(
        description="The story it belongs to: the same on everything that one message led to."
    )
    trace_id: str | None = strawberry.field(description="The trace in the logs and traces.")
    has_content: bool = strawberry.field(
        description="Whether there is personal content, which is shown elsewhere by scope."
    )
    row: strawberry.Private[HistoryRow]
    loaded_cause: strawberry.Private[Maybe[LazyHistoryEvent]] = NOT_LOADED
    loaded_conversation: strawberry.Private[Maybe[LazyConversation]] = NOT_LOADED

    @described("The clear facts of the event.")
    def facts(self) -> list[EventFact]:
        """Decoded when they are asked for."""
        facts: dict[str, Any] = msgspec.json.decode(self.row.facts)
        return [EventFact(name=name, value=_text(value)) for name, value in facts.items()]

    @guarded(Scope.AUDIT_READ, "The event that led directly to this one; null if none did.")
    def cause(self, info: Info) -> LazyHistoryEvent | None:
        """What it was because of."""
        key: UUID | None = self.row.causation_id
        return related(self.loaded_cause, info, "EventById", key)

    @guarded(Scope.CONVERSATIONS_READ, "The conversation it belongs to; null if none.")
    def conversation(self, info: Info) -> LazyConversation | None:
        """Where it happened."""
        key: UUID | None = self.row.conversation_id
        return related(self.loaded_conversation, info, "Conversation", key)


def history_event(row: HistoryRow) -> HistoryEvent:
    """Return an event of the history."""
    return HistoryEvent(
        id=global_id("HistoryEvent", row.tenant_seq),
        position=position_cursor(row.tenant_id, row.tenant_seq),
        topic=row.topic,
        contract=row.contract,
        stream_id=strawberry.ID(str(row.stream_id)),
        stream_version=row.stream_version,
        actor=actor(row.actor_kind, row.actor_id),
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        correlation_id=strawberry.ID(str(row.correlation_id)),
        trace_id=trace_id_of(row.traceparent),
        has_content=row.has_content,
        row=row,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
