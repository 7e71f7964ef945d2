"""Requests to the assistant for tests: invented people, one fixed moment."""

from datetime import UTC, datetime
from typing import Final

from domain.ports.assistant import (
    AssessmentRequest,
    AssessmentSuggestion,
    Complexity,
    DraftRequest,
    FirmStyle,
    IntakeState,
    Intent,
    MaskedText,
    MessageLanguage,
    Urgency,
)
from infrastructure.assistant.masking import Masker

RECEIVED_AT: Final = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""A Friday, 10:00 in Jakarta."""

SAFETY_TEXT: Final = "Jika Anda dalam bahaya, hubungi nomor darurat setempat."
FIRM: Final = FirmStyle(display_name="Kantor Contoh", approved_safety_text=SAFETY_TEXT)

LABELS: Final[dict[str, object]] = {
    "intent": "family",
    "urgency": "normal",
    "complexity": "moderate",
    "estimated_minutes": 30,
    "confidence": 0.8,
    "rationale": "Divorce is wanted and the other side is against it.",
    "language": "id",
}
"""A valid answer to an assessment."""

REPLY: Final[dict[str, object]] = {
    "reply": "Halo [PERSON_1], terima kasih. Boleh kami tahu nama lengkap Anda?",
    "confidence": 0.7,
    "reasons": ["Asks for the name"],
}
"""A valid answer to a draft, for a conversation whose contact is [PERSON_1]."""


def assessment(
    *, intent: Intent = Intent.FAMILY, urgency: Urgency = Urgency.NORMAL
) -> AssessmentSuggestion:
    return AssessmentSuggestion(
        intent=intent,
        urgency=urgency,
        complexity=Complexity.MODERATE,
        estimated_minutes=30,
        confidence=0.8,
        rationale="Divorce is wanted.",
        language=MessageLanguage.INDONESIAN,
    )


def to_assess(text: str) -> AssessmentRequest:
    return AssessmentRequest(text=Masker().mask(text).text, received_at=RECEIVED_AT)


def to_draft(
    text: str,
    *,
    sender: MaskedText | None = None,
    intake: IntakeState | None = None,
    firm: FirmStyle = FIRM,
    labels: AssessmentSuggestion | None = None,
) -> DraftRequest:
    return DraftRequest(
        text=Masker().mask(text).text,
        received_at=RECEIVED_AT,
        assessment=labels if labels is not None else assessment(),
        firm=firm,
        intake=intake if intake is not None else IntakeState(),
        sender=sender,
    )
