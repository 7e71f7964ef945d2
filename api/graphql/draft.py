"""Drafts: replies that wait for a member's decision, and those that were decided."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from api.graphql.access import described, guarded
from api.graphql.content import (
    ContentState,
    MessageContent,
    content_state,
    outbound_content,
    shown,
)
from api.graphql.context import Info
from api.graphql.enums import DraftState, Intent, Urgency
from api.graphql.ids import global_id
from api.graphql.member import Member
from api.graphql.node import NOT_LOADED, Maybe, Node, related
from api.reading import Opened, Reading
from domain.draft import DraftContent, RejectionNote
from domain.scopes import Scope
from projections.draft_queue import DraftRow

if TYPE_CHECKING:
    from api.graphql.conversation import Conversation
    from api.graphql.timeline import OutboundMessage

LazyConversation = Annotated["Conversation", strawberry.lazy("api.graphql.conversation")]
LazyOutboundMessage = Annotated["OutboundMessage", strawberry.lazy("api.graphql.timeline")]


@strawberry.type(description="Words for a reply. Nothing is sent before a member approves them.")
class Draft(Node):
    """A row of the draft queue."""

    state: DraftState = strawberry.field(description="Where the draft stands.")
    version: int = strawberry.field(
        description="The version of the draft, for `expectedVersion` of commands."
    )
    suggested_at: datetime = strawberry.field(description="When it was suggested or written.")
    decided_at: datetime | None = strawberry.field(description="When it was decided; null if not.")
    model: str | None = strawberry.field(
        description="What the assistant used; null for a member's own words."
    )
    confidence: float | None = strawberry.field(
        description="How sure the assistant is, from 0 to 1; null for a member's own words."
    )
    intent: Intent | None = strawberry.field(description="What help is asked for, as suggested.")
    urgency: Urgency | None = strawberry.field(description="How soon to look, as suggested.")
    is_edited: bool = strawberry.field(
        description="Whether the member approved other words than those suggested."
    )
    row: strawberry.Private[DraftRow]
    suggested: strawberry.Private[Opened]
    approved: strawberry.Private[Opened]
    rejection: strawberry.Private[Opened]
    loaded_conversation: strawberry.Private[Maybe[LazyConversation]] = NOT_LOADED
    loaded_proposer: strawberry.Private[Maybe[Member]] = NOT_LOADED
    loaded_decider: strawberry.Private[Maybe[Member]] = NOT_LOADED
    loaded_message: strawberry.Private[Maybe[LazyOutboundMessage]] = NOT_LOADED
    loaded_origin: strawberry.Private[Maybe[LazyOutboundMessage]] = NOT_LOADED

    @described("The suggested words; null where `contentState` is not VISIBLE.")
    def content(self, info: Info) -> MessageContent | None:
        """What was suggested."""
        return shown(info, self.suggested, _words)

    @described("The approved words, exactly as they are sent; null if none.")
    def approved_content(self, info: Info) -> MessageContent | None:
        """What was approved."""
        return shown(info, self.approved, _words)

    @described("Whether the words are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why the words are shown or not."""
        return content_state(info, self.suggested)

    @described("Why the assistant suggests these words; empty if not shown.")
    def reasons(self, info: Info) -> list[str]:
        """The assistant's reasons."""
        return shown(info, self.suggested, _reasons) or []

    @described("Why the member rejected it, in the member's words.")
    def rejection_note(self, info: Info) -> str | None:
        """The member's words."""
        return shown(info, self.rejection, _note)

    @guarded(Scope.MEMBERS_READ, "The member who decided; null while nobody has.")
    def decided_by(self, info: Info) -> Member | None:
        """Who decided."""
        return related(self.loaded_decider, info, "Member", self.row.decided_by)

    @guarded(Scope.MEMBERS_READ, "The integration that proposed it; null for every other draft.")
    def proposed_by(self, info: Info) -> Member | None:
        """The external system that asked."""
        return related(self.loaded_proposer, info, "Member", self.row.proposed_by)

    @guarded(
        Scope.CONVERSATIONS_READ,
        "The message that was given up and whose words these are; null for every other draft.",
    )
    def returned_from(self, info: Info) -> LazyOutboundMessage | None:
        """What is corrected."""
        key = self.row.returned_from
        return related(self.loaded_origin, info, "OutboundMessage", key)

    @guarded(Scope.CONVERSATIONS_READ, "The conversation that the draft is for.")
    def conversation(self, info: Info) -> LazyConversation | None:
        """Where the words would go."""
        key: UUID = self.row.conversation_id
        return related(self.loaded_conversation, info, "Conversation", key)

    @guarded(Scope.CONVERSATIONS_READ, "The message that the approval led to; null until then.")
    def outbound_message(self, info: Info) -> LazyOutboundMessage | None:
        """What was sent."""
        key = self.row.outbound_message_id
        return related(self.loaded_message, info, "OutboundMessage", key)


def draft(reading: Reading, row: DraftRow) -> Draft:
    """Return a draft of the queue."""
    return Draft(
        id=global_id("Draft", row.draft_id),
        state=DraftState(row.state),
        version=row.version,
        suggested_at=row.suggested_at,
        decided_at=row.decided_at,
        model=row.model,
        confidence=row.confidence,
        intent=None if row.intent is None else Intent(row.intent),
        urgency=None if row.urgency is None else Urgency(row.urgency),
        is_edited=row.edited,
        row=row,
        suggested=reading.content(row.content_sealed),
        approved=reading.content(row.approved_content_sealed),
        rejection=reading.content(row.rejection_sealed),
    )


def _words(content: DraftContent) -> MessageContent:
    return outbound_content(content.body)


def _reasons(content: DraftContent) -> list[str]:
    return list(content.reasons)


def _note(content: RejectionNote) -> str | None:
    return content.note or None
