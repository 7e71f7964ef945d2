"""An assessment: what the assistant read in a conversation. A suggestion, never a decision."""

from enum import StrEnum
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import AssessmentId, ContactId, ConversationId, MessageId


class AssessmentPurpose(StrEnum):
    """Why the assistant was asked: early triage after consent, or a review that a draft reply follows."""

    TRIAGE = "triage"
    REVIEW = "review"


class AssessmentRationale(msgspec.Struct, frozen=True, kw_only=True, tag="assessment_rationale"):
    """The deciding facts in at most 240 characters; names no person, yet is about the contact's matter."""

    rationale: str


class AssessmentRecorded(PersonalEvent, frozen=True, kw_only=True):
    """The assistant labelled the conversation as of one message (taxonomy version 1)."""

    TOPIC: ClassVar[str] = "assessment.recorded.v1"
    CONTENT: ClassVar[type] = AssessmentRationale

    assessment_id: AssessmentId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    purpose: AssessmentPurpose
    intent: str
    urgency: str
    complexity: str
    estimated_minutes: int
    confidence: float
    language: str
    model: str
    content: AssessmentRationale | Sealed | Erased | UnsetType = UNSET


class AssessmentFailed(Event, frozen=True, kw_only=True):
    """The assistant gave no valid answer, or may not be asked; the message goes to a person unlabelled."""

    TOPIC: ClassVar[str] = "assessment.failed.v1"

    assessment_id: AssessmentId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    purpose: AssessmentPurpose
    reason: str
