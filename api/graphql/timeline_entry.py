"""What every entry of a timeline has."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from api.graphql.access import guarded
from api.graphql.context import Info
from api.graphql.enums import TimelineEntryKind
from api.graphql.event_history import HistoryEvent
from api.graphql.member import Actor
from api.graphql.node import NOT_LOADED, Maybe, Node, related
from domain.announced_file import announced_file_kind
from domain.echoed_message import MessageEchoed
from domain.inbound_message import MessageReceived
from domain.scopes import Scope
from projections.timeline import TimelineRow


@strawberry.interface(description="An entry of a timeline.")
class TimelineEntry(Node):
    """What every entry has."""

    kind: TimelineEntryKind = strawberry.field(description="What the entry is.")
    topic: str = strawberry.field(
        description="The stable name of the event behind the entry, such as draft.approved.v1."
    )
    occurred_at: datetime = strawberry.field(
        description="When it happened; for messages of the contact, by WhatsApp's clock."
    )
    recorded_at: datetime = strawberry.field(description="When the hub recorded it.")
    actor: Actor = strawberry.field(description="Who caused it.")
    row: strawberry.Private[TimelineRow]
    event_facts: strawberry.Private[Any]
    loaded_event: strawberry.Private[Maybe[HistoryEvent]] = NOT_LOADED

    @property
    def announced_media_key(self) -> UUID | None:
        """The message whose file it announces; None where it announces none."""
        facts = self.event_facts
        is_message = isinstance(facts, MessageReceived | MessageEchoed)
        has_file = is_message and announced_file_kind(facts) is not None
        return self.row.entity_id if has_file else None

    @guarded(Scope.AUDIT_READ, "The event behind the entry, with its cause.")
    def event(self, info: Info) -> HistoryEvent | None:
        """The record in the event history."""
        return related(self.loaded_event, info, "HistoryEvent", self.row.entry_seq)
