"""What narrows lists down."""

from datetime import datetime
from enum import Enum

import strawberry

from api.authentication import Principal
from api.graphql.enums import ActorKind, ConversationState, Urgency, value_of
from api.graphql.ids import identifier_of
from domain.errors import InvalidInput
from projections.event_history_queries import HistoryFilter
from projections.inbox_queries import InboxFilter


@strawberry.input(description="Which conversations are asked for; what is left out asks for all.")
class ConversationFilter:
    """Conditions that all have to hold."""

    state: ConversationState | None = strawberry.field(
        default=None, description="Open or closed ones."
    )
    assigned_to_me: bool | None = strawberry.field(
        default=None, description="True: only those that the viewer looks after."
    )
    is_assigned: bool | None = strawberry.field(
        default=None, description="Whether somebody looks after them."
    )
    urgency: Urgency | None = strawberry.field(
        default=None, description="Those with this urgency, as the assistant suggests."
    )
    needs_reply: bool | None = strawberry.field(
        default=None, description="Whether a person of the firm is to write next."
    )


@strawberry.enum(description="What comes first in the list of conversations.")
class ConversationOrder(Enum):
    """Orders of the inbox."""

    NEWEST = strawberry.enum_value("newest", description="Those with the newest activity.")
    MOST_URGENT = strawberry.enum_value(
        "most_urgent",
        description="Open ones only: the most urgent, as the assistant suggests, then the newest.",
    )


@strawberry.input(description="Which events are asked for; what is left out asks for all.")
class EventFilter:
    """Conditions that all have to hold."""

    conversation_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those that belong to this conversation."
    )
    topic: str | None = strawberry.field(
        default=None, description="Those with this stable name, such as draft.approved.v1."
    )
    actor_kind: ActorKind | None = strawberry.field(
        default=None, description="Those that this kind of actor caused."
    )
    since: datetime | None = strawberry.field(
        name="from", default=None, description="Those recorded at or after this moment."
    )
    until: datetime | None = strawberry.field(
        name="to", default=None, description="Those recorded before this moment."
    )


def inbox_filter(given: ConversationFilter | None, principal: Principal) -> InboxFilter:
    """Return the filter of the inbox."""
    if given is None:
        return InboxFilter()
    return InboxFilter(
        state=None if given.state is None else value_of(given.state),
        assigned_member_id=principal.member_id if given.assigned_to_me else None,
        is_assigned=given.is_assigned,
        needs_reply=given.needs_reply,
        urgency=None if given.urgency is None else value_of(given.urgency),
    )


def history_filter(given: EventFilter | None) -> HistoryFilter:
    """Return the filter of the event history. Raises InvalidId, InvalidInput."""
    if given is None:
        return HistoryFilter()
    if given.topic is not None and "\0" in given.topic:
        raise InvalidInput("A stored name has no NUL in it.", field=("filter", "topic"))
    conversation_id = given.conversation_id
    field = ("filter", "conversationId")
    return HistoryFilter(
        conversation_id=(
            None
            if conversation_id is None
            else identifier_of(conversation_id, "Conversation", field=field)
        ),
        topic=given.topic,
        actor_kind=None if given.actor_kind is None else value_of(given.actor_kind),
        since=given.since,
        until=given.until,
    )
