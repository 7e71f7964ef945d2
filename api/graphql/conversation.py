"""Conversations: one contact with one number of the firm, and the member who looks after it."""

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import strawberry

from api.graphql.access import described, guarded
from api.graphql.contact import Contact
from api.graphql.content import (
    ContentState,
    MessageContent,
    content_state,
    inbound_content,
    outbound_content,
    shown,
)
from api.graphql.context import Info
from api.graphql.draft import Draft
from api.graphql.enums import (
    AssessmentPurpose,
    Complexity,
    ConversationState,
    IntakeState,
    Intent,
    MessageDirection,
    Urgency,
)
from api.graphql.ids import global_id
from api.graphql.intake import IntakeSession
from api.graphql.member import Member
from api.graphql.node import NOT_LOADED, Maybe, Node, related
from api.graphql.pages import After, Before, Connection, First, Last, either_way
from api.graphql.sender_number import SenderNumber
from api.graphql.wanted import wanted_below
from api.reading import Opened, Reading
from domain.inbound_message import InboundMessageContent
from domain.outbound_message import OutboundContent
from domain.scopes import Scope
from projections.inbox import InboxRow

if TYPE_CHECKING:
    from api.graphql.timeline_entry import TimelineEntry

SERVICE_WINDOW: Final = timedelta(hours=24)
"""How long after a message of the contact the firm may reply freely (Cloud API, messages)."""

LazyTimelineEntry = Annotated["TimelineEntry", strawberry.lazy("api.graphql.timeline_entry")]


@strawberry.type(description="What the assistant read in a conversation: a suggestion.")
class Assessment:
    """The newest assessment, as the inbox shows it."""

    purpose: AssessmentPurpose | None = strawberry.field(description="Why the assistant was asked.")
    intent: Intent = strawberry.field(description="What help is asked for.")
    urgency: Urgency = strawberry.field(description="How soon a person should look.")
    complexity: Complexity = strawberry.field(description="How much a first review takes.")
    estimated_review: timedelta = strawberry.field(
        description="How long a first review by a lawyer takes, as a planning aid."
    )
    confidence: float = strawberry.field(
        description="How sure the assistant is of intent and urgency, from 0 to 1."
    )


@strawberry.type(description="A time in which something may be sent, with its end.")
class SendingWindow:
    """A window as it stands when it is asked for; count down from `secondsLeft`."""

    is_open: bool = strawberry.field(description="Whether it is open now.")
    ends_at: datetime = strawberry.field(description="When it closes, or closed.")
    seconds_left: int = strawberry.field(description="Seconds until it closes; 0 when closed.")


def sending_window(ends_at: datetime | None, now: datetime) -> SendingWindow | None:
    """Return the window that ends then, as of `now`."""
    if ends_at is None:
        return None
    left = max(0, math.ceil((ends_at - now).total_seconds()))
    return SendingWindow(is_open=left > 0, ends_at=ends_at, seconds_left=left)


@strawberry.type(description="The newest message of a conversation.")
class LastMessage:
    """What a list shows of a message."""

    direction: MessageDirection = strawberry.field(description="Which way it went.")
    sent_at: datetime = strawberry.field(description="When it was written.")
    words: strawberry.Private[Opened]

    @described("The words; null where `contentState` is not VISIBLE.")
    def content(self, info: Info) -> MessageContent | None:
        """The words, if they may be seen."""
        return shown(info, self.words, message_words)

    @described("Whether the words are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why the words are shown or not."""
        state = content_state(info, self.words)
        return ContentState.ERASED if state is ContentState.ABSENT else state


@strawberry.type(description="One contact with one number of the firm.")
class Conversation(Node):
    """A row of the inbox."""

    state: ConversationState = strawberry.field(description="Whether it goes on.")
    version: int = strawberry.field(
        description="The version of the conversation, for `expectedVersion` of commands."
    )
    last_activity_at: datetime = strawberry.field(description="When somebody last wrote.")
    last_inbound_at: datetime | None = strawberry.field(description="When the contact last wrote.")
    service_window_closes_at: datetime | None = strawberry.field(
        description="Until when the firm may reply freely: 24 hours after the contact last wrote."
    )
    free_entry_ends_at: datetime | None = strawberry.field(
        description="Until when messages cost nothing because the contact came by an "
        "advertisement, as Meta says; null where it never did. Free words need an open service "
        "window all the same."
    )
    unread_count: int = strawberry.field(
        description="Messages of the contact since a member last replied."
    )
    needs_reply: bool = strawberry.field(description="Whether a person of the firm is to write.")
    intake_state: IntakeState | None = strawberry.field(description="How far the intake has come.")
    assessment: Assessment | None = strawberry.field(
        description="The newest assessment of the assistant; null if there is none."
    )
    last_message: LastMessage | None = strawberry.field(description="The newest message.")
    row: strawberry.Private[InboxRow]

    @described("The countdown of the service window; null if the contact never wrote.")
    def service_window(self, info: Info) -> SendingWindow | None:
        """As of now."""
        return sending_window(self.service_window_closes_at, info.context.services.clock.now())

    @described("The countdown of the free entry point; null where there was none.")
    def free_entry_window(self, info: Info) -> SendingWindow | None:
        """As of now."""
        return sending_window(self.free_entry_ends_at, info.context.services.clock.now())

    known_contact: strawberry.Private[Contact]
    loaded_sender: strawberry.Private[Maybe[SenderNumber]] = NOT_LOADED
    loaded_assignee: strawberry.Private[Maybe[Member]] = NOT_LOADED
    loaded_draft: strawberry.Private[Maybe[Draft]] = NOT_LOADED
    loaded_intake: strawberry.Private[Maybe[IntakeSession]] = NOT_LOADED

    @guarded(Scope.CONTACTS_READ, "The person who writes.")
    def contact(self) -> Contact | None:
        """Known with every row."""
        return self.known_contact

    @guarded(Scope.SENDERS_READ, "The number of the firm that the contact writes to.")
    def sender_number(self, info: Info) -> SenderNumber | None:
        """The firm's side."""
        return related(self.loaded_sender, info, "SenderNumber", self.row.sender_number_id)

    @guarded(Scope.MEMBERS_READ, "The member who looks after it; null if nobody does.")
    def assigned_to(self, info: Info) -> Member | None:
        """Who looks after it."""
        return related(self.loaded_assignee, info, "Member", self.row.assigned_member_id)

    @guarded(Scope.DRAFTS_READ, "The draft that waits for a decision; null if none does.")
    def pending_draft(self, info: Info) -> Draft | None:
        """What is to be decided."""
        return related(self.loaded_draft, info, "Draft", self.row.pending_draft_id)

    @guarded(Scope.INTAKE_READ, "The intake of the conversation; null if there was none.")
    def intake(self, info: Info) -> IntakeSession | None:
        """The guided questions."""
        key = self.row.conversation_id
        return related(self.loaded_intake, info, "IntakeOfConversation", key)

    @guarded(
        Scope.CONVERSATIONS_READ,
        "Everything that happened, oldest first, also in the conversations of contacts that are "
        "joined with this one. Ask for the newest with `last`.",
    )
    async def timeline(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[LazyTimelineEntry]:
        """A page of the timeline."""
        from api.graphql.assembly import timeline_page

        window = either_way(first, after, last, before)
        wanted = wanted_below(info).of_nodes()
        row = self.row
        return await info.context.read(lambda reading: timeline_page(reading, row, window, wanted))


def conversation(reading: Reading, row: InboxRow, contact: Contact) -> Conversation:
    """Return a conversation of the inbox."""
    last_inbound_at = row.last_inbound_at
    return Conversation(
        id=global_id("Conversation", row.conversation_id),
        state=ConversationState(row.state),
        version=row.version,
        last_activity_at=row.last_activity_at,
        last_inbound_at=last_inbound_at,
        service_window_closes_at=None
        if last_inbound_at is None
        else last_inbound_at + SERVICE_WINDOW,
        free_entry_ends_at=row.free_entry_ends_at,
        unread_count=row.unread_count,
        needs_reply=row.needs_reply,
        intake_state=None if row.intake_state is None else IntakeState(row.intake_state),
        assessment=_assessment(row),
        last_message=_last_message(reading, row),
        row=row,
        known_contact=contact,
    )


def message_words(content: InboundMessageContent | OutboundContent) -> MessageContent:
    """Return the words of a message of either side."""
    if isinstance(content, OutboundContent):
        return outbound_content(content.body)
    return inbound_content(content)


def _assessment(row: InboxRow) -> Assessment | None:
    if row.intent is None or row.urgency is None or row.complexity is None:
        return None
    purpose = row.assessment_purpose
    return Assessment(
        purpose=None if purpose is None else AssessmentPurpose(purpose),
        intent=Intent(row.intent),
        urgency=Urgency(row.urgency),
        complexity=Complexity(row.complexity),
        estimated_review=timedelta(minutes=row.estimated_minutes or 0),
        confidence=row.assessment_confidence or 0.0,
    )


def _last_message(reading: Reading, row: InboxRow) -> LastMessage | None:
    if row.last_message_at is None or row.last_message_direction is None:
        return None
    return LastMessage(
        direction=MessageDirection(row.last_message_direction),
        sent_at=row.last_message_at,
        words=reading.content(row.last_message_sealed),
    )
