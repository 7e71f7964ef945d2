"""An assessment: labels within their limits, or a failure; never a guess."""

from typing import Any
from uuid import UUID

import pytest

from domain.assessment import (
    Assessment,
    AssessmentFailed,
    AssessmentPurpose,
    AssessmentRecorded,
    FailAssessment,
    RecordAssessment,
)
from domain.errors import InvalidInput
from domain.identity import AssessmentId, ContactId, ConversationId, MessageId
from domain.ports.assistant_labels import AssessmentRejected, Intent, Urgency
from tests.domain.given import ASSISTANT, given

ID = AssessmentId(UUID(int=1))
SUBJECT: dict[str, Any] = {
    "assessment_id": ID,
    "conversation_id": ConversationId(UUID(int=2)),
    "contact_id": ContactId(UUID(int=3)),
    "message_id": MessageId(UUID(int=4)),
    "purpose": AssessmentPurpose.REVIEW,
}


def record(**changes: Any) -> RecordAssessment:
    labels = {
        "intent": Intent.CONTRACT_CIVIL,
        "urgency": Urgency.HIGH,
        "complexity": "moderate",
        "estimated_minutes": 35,
        "confidence": 0.74,
        "rationale": "Demand letter received, answer due in four days.",
        "language": "id",
        "model": "local 1",
    }
    return RecordAssessment(**(SUBJECT | labels | changes))


FAIL = FailAssessment(**SUBJECT, reason="answer_rejected")


def test_labels_within_their_limits_are_recorded_as_plain_words() -> None:
    (event,) = given(Assessment).when(record(), by=ASSISTANT).then_kinds(AssessmentRecorded)
    assert type(event.intent) is str
    assert (event.intent, event.urgency, event.estimated_minutes) == ("contract_civil", "high", 35)
    assert event.content.rationale == "Demand letter received, answer due in four days."
    assert Assessment.replay(ID, [event]).recorded == event


@pytest.mark.parametrize(
    "changes",
    [
        {"intent": "divorce"},
        {"urgency": "urgent"},
        {"estimated_minutes": 300},
        {"confidence": 1.2},
        {"rationale": "x" * 241},
        {"language": "fr"},
    ],
)
def test_a_label_outside_its_limits_is_never_recorded(changes: dict[str, Any]) -> None:
    given(Assessment).when(record(**changes), by=ASSISTANT).then_refused(AssessmentRejected)


def test_what_wrote_the_labels_has_a_name() -> None:
    given(Assessment).when(record(model="")).then_refused(InvalidInput, field=("model",))


def test_a_failure_says_why() -> None:
    (event,) = given(Assessment).when(FAIL, by=ASSISTANT).then_kinds(AssessmentFailed)
    assert Assessment.replay(ID, [event]).failure == "answer_rejected"


def test_an_assessment_is_recorded_once_also_when_it_is_tried_again_after_a_failure() -> None:
    (recorded,) = given(Assessment).when(record()).then_kinds(AssessmentRecorded)
    given(Assessment, recorded).when(record()).then_nothing()
    given(Assessment, recorded).when(FAIL).then_nothing()
    (failed,) = given(Assessment).when(FAIL).then_kinds(AssessmentFailed)
    given(Assessment, failed).when(FAIL).then_kinds(AssessmentFailed)
    given(Assessment, failed).when(record()).then_kinds(AssessmentRecorded)
