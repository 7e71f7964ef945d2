"""The feed: what a screen should hear about, by the firm's own positions."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from domain.assessment import AssessmentFailed, AssessmentRecorded
from domain.broadcast import (
    BroadcastApproved,
    BroadcastCancelled,
    BroadcastCompleted,
    BroadcastDrafted,
    BroadcastPaused,
    BroadcastPlanFailed,
    BroadcastPlanned,
    BroadcastPlanRequested,
    BroadcastProgressed,
    BroadcastReleased,
    BroadcastResumed,
    BroadcastRevised,
    BroadcastWithdrawn,
)
from domain.call import CallReported
from domain.contact import ContactDetailsChanged, ContactIdentified, OptedIn, OptedOut
from domain.contact_labels import ContactLabelled, ContactUnlabelled
from domain.conversation import (
    ConversationAssigned,
    ConversationClosed,
    ConversationReopened,
    ConversationStarted,
)
from domain.dead_letter import DeadLetterDiscarded, DeadLetterOpened, DeadLetterRetried
from domain.draft import (
    DraftApproved,
    DraftProposed,
    DraftRejected,
    DraftReturned,
    DraftSuggested,
    DraftSuggestionFailed,
    DraftSuperseded,
    DraftWritten,
)
from domain.echoed_message import MessageEchoed
from domain.event import Event
from domain.inbound_message import MessageReceived
from domain.intake import (
    IntakeCompleted,
    IntakeConsentGiven,
    IntakeConsentRefused,
    IntakeFollowUpReceived,
    IntakeHandedOver,
    IntakeQuestionAnswered,
    IntakeQuestionAsked,
    IntakeStarted,
)
from domain.media_circuit import MediaCircuitClosed, MediaCircuitOpened
from domain.outbound_message import (
    OutboundFailed,
    OutboundFoundSent,
    OutboundInDoubt,
    OutboundRefused,
    OutboundRequested,
    OutboundSent,
    OutboundStatusUpdated,
)
from domain.outbound_timing import (
    OutboundCancelled,
    OutboundDoubtParked,
    OutboundDuplicateDetected,
    OutboundRescheduled,
    OutboundRetried,
)
from domain.scopes import Scope
from domain.sender_number import (
    SenderCircuitClosed,
    SenderCircuitOpened,
    SenderNumberPaused,
    SenderNumberResumed,
)
from infrastructure.following.event_log import LoggedEvent
from projections.projection import HistoryProjection
from projections.query import Query
from projections.table import Table


class FeedKind(StrEnum):
    """What an item of the feed is about."""

    CONVERSATION = "conversation"
    MESSAGE = "message"
    DELIVERY = "delivery"
    CALL = "call"
    INTAKE = "intake"
    ASSESSMENT = "assessment"
    DRAFT = "draft"
    CONTACT = "contact"
    SENDER = "sender"
    BROADCAST = "broadcast"
    DEAD_LETTER = "dead_letter"


class FeedRow(msgspec.Struct):
    """Something happened. `seq` is the firm's position of the event, the cursor of subscriptions.

    `entity_id` is the message, draft, session, assessment, conversation or contact; `scope` is what
    a token must allow to hear about it.
    """

    tenant_id: UUID
    seq: int
    event_id: UUID
    topic: str
    kind: str
    entity_id: UUID
    scope: str
    occurred_at: datetime
    conversation_id: UUID | None = None
    contact_id: UUID | None = None


class Audience(NamedTuple):
    """How an event is told: its kind, the event's attribute with the entity, the scope."""

    kind: FeedKind
    entity: str
    scope: Scope


_CONVERSATION = Audience(FeedKind.CONVERSATION, "conversation_id", Scope.CONVERSATIONS_READ)
_DELIVERY = Audience(FeedKind.DELIVERY, "outbound_message_id", Scope.CONVERSATIONS_READ)
_INTAKE = Audience(FeedKind.INTAKE, "session_id", Scope.INTAKE_READ)
_ASSESSMENT = Audience(FeedKind.ASSESSMENT, "assessment_id", Scope.CONVERSATIONS_READ)
_DRAFT = Audience(FeedKind.DRAFT, "draft_id", Scope.DRAFTS_READ)
_CONTACT = Audience(FeedKind.CONTACT, "contact_id", Scope.CONTACTS_READ)
_BROADCAST = Audience(FeedKind.BROADCAST, "broadcast_id", Scope.BROADCASTS_READ)

_LETTER = Audience(FeedKind.DEAD_LETTER, "item_id", Scope.WORK_READ)
_SENDER = Audience(FeedKind.SENDER, "sender_number_id", Scope.SENDERS_READ)

AUDIENCES: dict[type[Event], Audience] = {
    MessageReceived: Audience(FeedKind.MESSAGE, "message_id", Scope.CONVERSATIONS_READ),
    MessageEchoed: Audience(FeedKind.MESSAGE, "message_id", Scope.CONVERSATIONS_READ),
    CallReported: Audience(FeedKind.CALL, "call_id", Scope.CONVERSATIONS_READ),
    OutboundRequested: Audience(FeedKind.MESSAGE, "outbound_message_id", Scope.CONVERSATIONS_READ),
    OutboundRefused: _DELIVERY,
    OutboundSent: _DELIVERY,
    OutboundFailed: _DELIVERY,
    OutboundFoundSent: _DELIVERY,
    OutboundInDoubt: _DELIVERY,
    OutboundStatusUpdated: _DELIVERY,
    OutboundRescheduled: _DELIVERY,
    OutboundCancelled: _DELIVERY,
    OutboundDoubtParked: _DELIVERY,
    OutboundDuplicateDetected: _DELIVERY,
    OutboundRetried: _DELIVERY,
    ConversationStarted: _CONVERSATION,
    ConversationAssigned: _CONVERSATION,
    ConversationClosed: _CONVERSATION,
    ConversationReopened: _CONVERSATION,
    IntakeStarted: _INTAKE,
    IntakeQuestionAsked: _INTAKE,
    IntakeQuestionAnswered: _INTAKE,
    IntakeConsentGiven: _INTAKE,
    IntakeConsentRefused: _INTAKE,
    IntakeCompleted: _INTAKE,
    IntakeFollowUpReceived: _INTAKE,
    IntakeHandedOver: _INTAKE,
    AssessmentRecorded: _ASSESSMENT,
    AssessmentFailed: _ASSESSMENT,
    DraftSuggested: _DRAFT,
    DraftSuggestionFailed: _DRAFT,
    DraftWritten: _DRAFT,
    DraftProposed: _DRAFT,
    DraftReturned: _DRAFT,
    DraftApproved: _DRAFT,
    DraftRejected: _DRAFT,
    DraftSuperseded: _DRAFT,
    ContactIdentified: _CONTACT,
    ContactDetailsChanged: _CONTACT,
    OptedOut: _CONTACT,
    OptedIn: _CONTACT,
    ContactLabelled: _CONTACT,
    ContactUnlabelled: _CONTACT,
    SenderNumberPaused: _SENDER,
    SenderNumberResumed: _SENDER,
    SenderCircuitOpened: _SENDER,
    SenderCircuitClosed: _SENDER,
    MediaCircuitOpened: _SENDER,
    MediaCircuitClosed: _SENDER,
    BroadcastDrafted: _BROADCAST,
    BroadcastRevised: _BROADCAST,
    BroadcastPlanRequested: _BROADCAST,
    BroadcastPlanned: _BROADCAST,
    BroadcastPlanFailed: _BROADCAST,
    BroadcastApproved: _BROADCAST,
    BroadcastReleased: _BROADCAST,
    BroadcastPaused: _BROADCAST,
    BroadcastResumed: _BROADCAST,
    BroadcastCancelled: _BROADCAST,
    BroadcastWithdrawn: _BROADCAST,
    BroadcastProgressed: _BROADCAST,
    BroadcastCompleted: _BROADCAST,
    DeadLetterOpened: _LETTER,
    DeadLetterRetried: _LETTER,
    DeadLetterDiscarded: _LETTER,
}
"""Which events the feed tells, and to whom."""


class Feed(HistoryProjection[FeedRow]):
    """One row per event that a screen should hear about."""

    name = "feed"
    version = 4
    table = Table("feed", FeedRow, key=("tenant_id", "seq"), early_key=False)
    topics = frozenset(event_type.TOPIC for event_type in AUDIENCES)

    def rows_of(self, logged: LoggedEvent) -> Sequence[FeedRow]:
        """The row of one event."""
        record = logged.record
        audience = AUDIENCES[type(record.event)]
        row = FeedRow(
            tenant_id=record.tenant_id,
            seq=record.tenant_seq or 0,
            event_id=record.event_id,
            topic=record.topic,
            kind=audience.kind.value,
            entity_id=getattr(record.event, audience.entity),
            scope=audience.scope.value,
            occurred_at=record.occurred_at,
            conversation_id=_identifier(getattr(record.event, "conversation_id", None)),
            contact_id=getattr(record.event, "contact_id", None),
        )
        return (row,)


def _identifier(value: UUID | str | None) -> UUID | None:
    return UUID(value) if isinstance(value, str) else value


def activity(
    tenant_id: UUID, *, after: int, limit: int, through: int | None = None
) -> Query[FeedRow]:
    """What happened after a position, in order, at most up to the position `through`."""
    return Query(
        FeedRow,
        """
        SELECT {columns} FROM read_model.feed
        WHERE tenant_id = %(tenant)s AND seq > %(after)s
          AND (%(through)s::bigint IS NULL OR seq <= %(through)s)
        ORDER BY seq LIMIT %(limit)s
        """,
        {"tenant": tenant_id, "after": after, "through": through, "limit": limit},
    )


class FeedHead(msgspec.Struct):
    """The newest position of a firm's feed; 0 for an empty one."""

    seq: int


def newest_position(tenant_id: UUID) -> Query[FeedHead]:
    """Where the firm's feed stands now: the `streamPosition` of pages read in the same snapshot."""
    return Query(
        FeedHead,
        """
        SELECT coalesce(max(seq), 0) AS seq FROM read_model.feed WHERE tenant_id = %(tenant)s
        """,
        {"tenant": tenant_id},
    )
