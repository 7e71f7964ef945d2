"""The labels of one message: their names, their limits, and the one gate they all pass.

Meaning and limits are those of version 1 of the assist taxonomy.
"""

import math
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final, NoReturn, TypeVar

import msgspec

from domain.errors import HubError


class Intent(StrEnum):
    """What one message asks help for: exactly one of 17 (taxonomy section 1)."""

    FAMILY = "family"
    INHERITANCE = "inheritance"
    CRIMINAL = "criminal"
    LAND_PROPERTY = "land_property"
    EMPLOYMENT = "employment"
    CONTRACT_CIVIL = "contract_civil"
    DEBT_COLLECTION = "debt_collection"
    CORPORATE = "corporate"
    CYBER_DEFAMATION = "cyber_defamation"
    TRAFFIC_ACCIDENT = "traffic_accident"
    IMMIGRATION = "immigration"
    INTELLECTUAL_PROPERTY = "intellectual_property"
    CONSUMER = "consumer"
    TAX_ADMIN = "tax_admin"
    GENERAL_INQUIRY = "general_inquiry"
    EXISTING_MATTER = "existing_matter"
    SPAM_OTHER = "spam_other"


class Urgency(StrEnum):
    """How soon a person should look, highest first (taxonomy section 2)."""

    EMERGENCY = "emergency"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Complexity(StrEnum):
    """How much stands in the way of a first review (taxonomy section 3)."""

    SIMPLE = "simple"
    MODERATE = "moderate"
    COMPLEX = "complex"


class MessageLanguage(StrEnum):
    """Language of the message; `mixed` when a second one carries a clause or a quarter of it."""

    INDONESIAN = "id"
    ENGLISH = "en"
    JAVANESE = "jv"
    SUNDANESE = "su"
    MIXED = "mixed"


RATIONALE_CHARACTERS_MAX: Final = 240
"""Longest rationale (taxonomy section 5)."""

_AREA_BANDS: Final = {
    Complexity.SIMPLE: (10, 20),
    Complexity.MODERATE: (25, 45),
    Complexity.COMPLEX: (60, 120),
}
_OTHER_BANDS: Final[Mapping[Intent, Mapping[Complexity, tuple[int, int]]]] = {
    Intent.SPAM_OTHER: {Complexity.SIMPLE: (0, 5)},
    Intent.GENERAL_INQUIRY: {Complexity.SIMPLE: (5, 10), Complexity.MODERATE: (10, 20)},
    Intent.EXISTING_MATTER: {
        Complexity.SIMPLE: (5, 15),
        Complexity.MODERATE: (20, 40),
        Complexity.COMPLEX: (45, 90),
    },
}


def minutes_band(intent: Intent, complexity: Complexity) -> tuple[int, int] | None:
    """Least and most minutes of a first review (taxonomy section 4); None where none is."""
    return _OTHER_BANDS.get(intent, _AREA_BANDS).get(complexity)


class AssistantError(HubError):
    """The assistant gave nothing of use. The message goes on to a person without a suggestion."""

    code = "ASSISTANT_ERROR"
    hint = "Triage the message by hand."
    retryable: ClassVar[bool] = False


class AssistantUnavailable(AssistantError):
    """The assistant could not be asked now; the same question may be asked again later."""

    code = "ASSISTANT_UNAVAILABLE"
    hint = "Nothing is lost: the work is tried again. Check the endpoint if this lasts."
    retryable = True

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class AssistantAnswerRejected(AssistantError):
    """The answer breaks the contract; asking again does not mend it. `reason` is a stable word."""

    code = "ASSISTANT_ANSWER_REJECTED"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class AssessmentRejected(AssistantAnswerRejected):
    """A classification outside its limits: recorded as failed, never replaced by a guess."""

    code = "ASSESSMENT_REJECTED"


class DraftWithheld(AssistantAnswerRejected):
    """No draft may be suggested here: nothing is to be asked, or the allowed text is missing."""

    code = "DRAFT_WITHHELD"
    hint = "Write the reply yourself."


class MaskingFailed(AssistantError):
    """The text could not be masked, so the assistant was not asked."""

    code = "MASKING_FAILED"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class AssessmentSuggestion(msgspec.Struct, frozen=True, kw_only=True):
    """The seven labels of one message (taxonomy section 5). Built by `validate_assessment`."""

    intent: Intent
    urgency: Urgency
    complexity: Complexity
    estimated_minutes: int
    confidence: float
    rationale: str
    language: MessageLanguage


_KEYS: Final = frozenset(AssessmentSuggestion.__struct_fields__)
_LONG_DIGIT_RUN: Final = re.compile(r"\d(?:[\s.\-]?\d){7,}")


def _reject(reason: str, message: str) -> NoReturn:
    raise AssessmentRejected(reason, message)


_Label = TypeVar("_Label", bound=StrEnum)


def _label(fields: Mapping[str, object], key: str, labels: type[_Label]) -> _Label:
    value = fields[key]
    names = [label.value for label in labels]
    if not isinstance(value, str) or value not in names:
        _reject(f"{key}_unknown", f"{key} is none of: {', '.join(names)}.")
    return labels(value)


def _confidence(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _reject("confidence_not_a_number", "confidence must be a number from 0 to 1.")
    if not math.isfinite(value) or not 0 <= value <= 1:
        _reject("confidence_out_of_range", "confidence must be a number from 0 to 1.")
    return float(value)


def _minutes(value: object, intent: Intent, complexity: Complexity) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        _reject("estimated_minutes_not_an_integer", "estimated_minutes must be an integer.")
    band = minutes_band(intent, complexity)
    if band is None:
        _reject("complexity_outside_bands", f"{intent} has no band for {complexity}.")
    if not band[0] <= value <= band[1]:
        limits = f"{band[0]} to {band[1]}"
        _reject("estimated_minutes_outside_band", f"{intent}, {complexity} takes {limits} minutes.")
    return value


def _rationale(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        _reject("rationale_missing", "rationale must be a sentence that names the deciding facts.")
    if len(value) > RATIONALE_CHARACTERS_MAX:
        _reject("rationale_too_long", f"rationale is over {RATIONALE_CHARACTERS_MAX} characters.")
    if "@" in value or _LONG_DIGIT_RUN.search(value):
        _reject("rationale_holds_identifier", "rationale must not hold an address or a number.")
    return value


def validate_assessment(fields: Mapping[str, object]) -> AssessmentSuggestion:
    """The one gate for labels, whoever made them: seven keys, no others, all within limits.

    Raises AssessmentRejected with a stable reason and without any of the offending content.
    """
    if set(fields) != _KEYS:
        _reject("keys_differ", f"Exactly these keys are required: {', '.join(sorted(_KEYS))}.")
    intent = _label(fields, "intent", Intent)
    urgency = _label(fields, "urgency", Urgency)
    complexity = _label(fields, "complexity", Complexity)
    if intent is Intent.SPAM_OTHER and urgency is not Urgency.LOW:
        _reject("urgency_contradicts_intent", "spam_other is always of low urgency.")
    return AssessmentSuggestion(
        intent=intent,
        urgency=urgency,
        complexity=complexity,
        estimated_minutes=_minutes(fields["estimated_minutes"], intent, complexity),
        confidence=_confidence(fields["confidence"]),
        rationale=_rationale(fields["rationale"]),
        language=_label(fields, "language", MessageLanguage),
    )
