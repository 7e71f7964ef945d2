"""The entries of the timeline: which events they are, and what a row says of each."""

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from domain.assessment import AssessmentFailed, AssessmentRecorded
from domain.call import CallReported
from domain.contact import OptedIn, OptedOut
from domain.conversation import (
    ConversationAssigned,
    ConversationClosed,
    ConversationReopened,
    ConversationStarted,
)
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
from infrastructure.following.event_log import LoggedEvent
from projections.sealed_column import sealed_column


class EntryKind(StrEnum):
    """What an entry of the timeline is."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    ECHO = "echo"
    CALL = "call"
    STATUS = "status"
    INTAKE = "intake"
    CONSENT = "consent"
    ASSESSMENT = "assessment"
    DRAFT = "draft"
    ASSIGNMENT = "assignment"
    NOTICE = "notice"


class TimelineRow(msgspec.Struct):
    """An event of a conversation.

    `entry_seq` is the firm's position of the event. People read in the order of (`occurred_at`,
    `envelope_order`, `entry_seq`): Meta's time, then the place in the notification. `entity_id` is
    the message, draft, session, assessment or conversation. `facts` is the event's clear part as
    JSON text, to be decoded as the event type of `topic`. The columns of `Delivery` are filled for
    outbound messages.
    """

    tenant_id: UUID
    conversation_id: UUID
    entity_id: UUID
    event_id: UUID
    correlation_id: UUID
    entry_seq: int
    envelope_order: int
    occurred_at: datetime
    recorded_at: datetime
    entry_kind: str
    topic: str
    actor_kind: str
    actor_id: str
    facts: str
    contact_id: UUID | None = None
    causation_id: UUID | None = None
    content_sealed: bytes | None = None
    delivery_state: str | None = None
    attempt: int | None = None
    attempted_at: datetime | None = None
    accepted_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    played_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None
    due_at: datetime | None = None
    mark: str | None = None
    waits_for: str | None = None
    duplicate_cause: str | None = None


class Entry(NamedTuple):
    """How an event stands in the timeline: its kind, and its attribute with the entity."""

    kind: EntryKind
    entity: str


_INTAKE = Entry(EntryKind.INTAKE, "session_id")
_CONSENT = Entry(EntryKind.CONSENT, "session_id")
_DRAFT = Entry(EntryKind.DRAFT, "draft_id")
_STATUS = Entry(EntryKind.STATUS, "outbound_message_id")
_NOTICE = Entry(EntryKind.NOTICE, "conversation_id")

ENTRIES: Final[dict[type[Event], Entry]] = {
    MessageReceived: Entry(EntryKind.INBOUND, "message_id"),
    MessageEchoed: Entry(EntryKind.ECHO, "message_id"),
    CallReported: Entry(EntryKind.CALL, "call_id"),
    OutboundRequested: Entry(EntryKind.OUTBOUND, "outbound_message_id"),
    OutboundRefused: _STATUS,
    OutboundSent: _STATUS,
    OutboundFoundSent: _STATUS,
    OutboundFailed: _STATUS,
    OutboundInDoubt: _STATUS,
    OutboundStatusUpdated: _STATUS,
    OutboundRescheduled: _STATUS,
    OutboundCancelled: _STATUS,
    OutboundDoubtParked: _STATUS,
    OutboundDuplicateDetected: _STATUS,
    OutboundRetried: _STATUS,
    IntakeStarted: _INTAKE,
    IntakeQuestionAsked: _INTAKE,
    IntakeQuestionAnswered: _INTAKE,
    IntakeCompleted: _INTAKE,
    IntakeFollowUpReceived: _INTAKE,
    IntakeHandedOver: _INTAKE,
    IntakeConsentGiven: _CONSENT,
    IntakeConsentRefused: _CONSENT,
    OptedOut: Entry(EntryKind.CONSENT, "contact_id"),
    OptedIn: Entry(EntryKind.CONSENT, "contact_id"),
    AssessmentRecorded: Entry(EntryKind.ASSESSMENT, "assessment_id"),
    AssessmentFailed: Entry(EntryKind.ASSESSMENT, "assessment_id"),
    DraftSuggested: _DRAFT,
    DraftSuggestionFailed: _DRAFT,
    DraftWritten: _DRAFT,
    DraftProposed: _DRAFT,
    DraftReturned: _DRAFT,
    DraftApproved: _DRAFT,
    DraftRejected: _DRAFT,
    DraftSuperseded: _DRAFT,
    ConversationAssigned: Entry(EntryKind.ASSIGNMENT, "conversation_id"),
    ConversationStarted: _NOTICE,
    ConversationClosed: _NOTICE,
    ConversationReopened: _NOTICE,
}
"""Which events are entries, and how."""


def row_of(logged: LoggedEvent, entry: Entry) -> TimelineRow | None:
    """The entry that an event makes; None for one that names no conversation."""
    record, event = logged.record, logged.record.event
    conversation_id = getattr(event, "conversation_id", None)
    if conversation_id is None:
        return None
    return TimelineRow(
        tenant_id=record.tenant_id,
        conversation_id=conversation_id,
        entity_id=getattr(event, entry.entity),
        event_id=record.event_id,
        correlation_id=record.correlation_id,
        entry_seq=record.tenant_seq or 0,
        envelope_order=getattr(event, "envelope_order", 0),
        occurred_at=record.occurred_at,
        recorded_at=record.recorded_at or record.occurred_at,
        entry_kind=entry.kind.value,
        topic=record.topic,
        actor_kind=record.actor.kind.value,
        actor_id=record.actor.id,
        facts=logged.facts.decode(),
        contact_id=getattr(event, "contact_id", None),
        causation_id=record.causation_id,
        content_sealed=sealed_column(event),
    )
