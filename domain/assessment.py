"""An assessment: what the assistant read in a conversation. A suggestion, never a decision."""

from enum import StrEnum
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import AssessmentId, ContactId, ConversationId, MessageId
from domain.limits import REASON_CHARACTERS_MAX, require_text
from domain.ports.assistant_labels import validate_assessment
from domain.scopes import Scope


class AssessmentPurpose(StrEnum):
    """Why the assistant was asked: triage after consent, or a review that a draft follows."""

    TRIAGE = "triage"
    REVIEW = "review"


class AssessmentRationale(msgspec.Struct, frozen=True, kw_only=True, tag="assessment_rationale"):
    """The deciding facts in at most 240 characters; no names, yet about the contact's matter."""

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
    """The assistant gave no valid answer or may not be asked; the message stays unlabelled."""

    TOPIC: ClassVar[str] = "assessment.failed.v1"

    assessment_id: AssessmentId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    purpose: AssessmentPurpose
    reason: str


class Assessment(Aggregate):
    """The assessment; it is recorded once, perhaps after it failed and was tried again."""

    NOUN = "assessment"
    EVENTS = (AssessmentRecorded, AssessmentFailed)

    recorded: AssessmentRecorded | None = None
    failure: str | None = None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case AssessmentRecorded():
                self.recorded = event
            case AssessmentFailed():
                self.failure = event.reason


class RecordAssessment(Command, frozen=True, kw_only=True):
    """Keep what the assistant read. It passes the one gate for labels, whoever made them."""

    SCOPE = Scope.ASSESSMENTS_SUGGEST
    AGGREGATE = Assessment
    STREAM = "assessment_id"

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
    rationale: str
    language: str
    model: str

    def execute(self, assessment: Assessment, _context: CommandContext) -> None:
        """Raise AssessmentRejected for labels outside their limits; a second answer is ignored."""
        if assessment.recorded is not None:
            return
        require_text(self.model, ("model",), characters_max=200)
        labels = validate_assessment(
            {
                "intent": str(self.intent),
                "urgency": str(self.urgency),
                "complexity": str(self.complexity),
                "estimated_minutes": self.estimated_minutes,
                "confidence": self.confidence,
                "rationale": self.rationale,
                "language": str(self.language),
            }
        )
        assessment.record(
            AssessmentRecorded(
                assessment_id=self.assessment_id,
                conversation_id=self.conversation_id,
                contact_id=self.contact_id,
                message_id=self.message_id,
                purpose=self.purpose,
                intent=labels.intent.value,
                urgency=labels.urgency.value,
                complexity=labels.complexity.value,
                estimated_minutes=labels.estimated_minutes,
                confidence=labels.confidence,
                language=labels.language.value,
                model=self.model,
                content=AssessmentRationale(rationale=labels.rationale),
            )
        )


class FailAssessment(Command, frozen=True, kw_only=True):
    """Keep that the assistant gave no valid answer; no label is guessed in its place."""

    SCOPE = Scope.ASSESSMENTS_SUGGEST
    AGGREGATE = Assessment
    STREAM = "assessment_id"

    assessment_id: AssessmentId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    purpose: AssessmentPurpose
    reason: str

    def execute(self, assessment: Assessment, _context: CommandContext) -> None:
        """Record the failure, also that of another try; one that was recorded stays as it is."""
        if assessment.recorded is not None:
            return
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        assessment.record(
            AssessmentFailed(
                assessment_id=self.assessment_id,
                conversation_id=self.conversation_id,
                contact_id=self.contact_id,
                message_id=self.message_id,
                purpose=self.purpose,
                reason=self.reason,
            )
        )
