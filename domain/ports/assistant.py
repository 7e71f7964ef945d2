"""The assistant as the firm knows it: it reads masked text and suggests, and does nothing else.

An adapter gets `AssessmentRequest` or `DraftRequest` and answers with a suggestion that a person
sees and may correct. The labels stand in `domain.ports.assistant_labels`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, NoReturn, Protocol, Self, final

import msgspec

from domain.ports.assistant_labels import (
    RATIONALE_CHARACTERS_MAX,
    AssessmentRejected,
    AssessmentSuggestion,
    AssistantAnswerRejected,
    AssistantError,
    AssistantUnavailable,
    Complexity,
    DraftWithheld,
    Intent,
    MaskingFailed,
    MessageLanguage,
    Urgency,
    minutes_band,
    validate_assessment,
)

__all__ = [
    "RATIONALE_CHARACTERS_MAX",
    "AssessmentRejected",
    "AssessmentRequest",
    "AssessmentSuggestion",
    "Assistant",
    "AssistantAnswerRejected",
    "AssistantError",
    "AssistantUnavailable",
    "Complexity",
    "DraftRequest",
    "DraftSuggestion",
    "DraftWithheld",
    "FirmStyle",
    "IntakeState",
    "IntakeTopic",
    "Intent",
    "MaskedText",
    "MaskedTurn",
    "MaskingFailed",
    "MessageLanguage",
    "TurnDirection",
    "Urgency",
    "minutes_band",
    "next_intake_topic",
    "validate_assessment",
]


class TurnDirection(StrEnum):
    """Who wrote a turn: the contact (inbound) or the firm (outbound)."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class IntakeTopic(StrEnum):
    """What to ask next, or why nothing is asked (taxonomy section 7)."""

    SAFETY_NOW = "safety_now"
    CONSENT = "consent"
    DEADLINE_OR_DATE = "deadline_or_date"
    FULL_NAME = "full_name"
    OPPOSING_PARTY = "opposing_party"
    LOCATION_OR_COURT = "location_or_court"
    KEY_FACTS = "key_facts"
    DOCUMENTS = "documents"
    DESIRED_OUTCOME = "desired_outcome"
    CONTACT_TIME = "contact_time"
    NONE_HANDOVER = "none_handover"
    NONE_STOP = "none_stop"
    NONE_WAIT = "none_wait"


@final
class MaskedText:
    """Text in which every personal value is a placeholder such as `[PERSON_1]`.

    Only the masker issues it (a test over the whole tree checks the callers of `issued_by_masker`),
    so a request cannot be made of plain text by mistake. Its representation shows no content.
    """

    __slots__ = ("_text",)
    _text: str

    def __init__(self, *_: object) -> None:
        raise TypeError("MaskedText comes from the masker only: call Masker.mask(text).")

    @classmethod
    def issued_by_masker(cls, text: str) -> Self:
        """Called by the masker, and by nobody else."""
        issued = object.__new__(cls)
        object.__setattr__(issued, "_text", text)
        return issued

    @property
    def text(self) -> str:
        """The masked text itself."""
        return self._text

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("MaskedText does not change; mask the new text instead.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaskedText) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def __repr__(self) -> str:
        return f"MaskedText(<{len(self._text)} characters>)"


def _require_masked(value: object, field: str) -> None:
    if not isinstance(value, MaskedText):
        raise TypeError(
            f"{field} must be MaskedText, made by Masker.mask(text); plain text is refused."
        )


def _require_aware(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise TypeError(
            "received_at needs a time zone: pass an aware datetime, for example in UTC."
        )


class MaskedTurn(msgspec.Struct, frozen=True, kw_only=True):
    """One earlier message of the conversation."""

    direction: TurnDirection
    text: MaskedText

    def __post_init__(self) -> None:
        _require_masked(self.text, "text")


class FirmStyle(msgspec.Struct, frozen=True, kw_only=True):
    """How the firm presents itself: its own words only, nothing about a contact.

    `language` is used where the contact's language is neither Indonesian nor English.
    `approved_safety_text` was approved by a member; empty means that the firm has none.
    """

    display_name: str
    language: Literal["id", "en"] = "id"
    approved_safety_text: str = ""


class IntakeState(msgspec.Struct, frozen=True, kw_only=True):
    """What the conversation has settled so far. A refused or negative answer counts as answered."""

    answered: frozenset[IntakeTopic] = frozenset()
    consent_refused: bool = False
    has_opposing_party: bool = True
    has_running_matter: bool = False
    is_stopped: bool = False
    open_question: IntakeTopic | None = None


class AssessmentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One inbound message to be labelled, with the earlier turns, oldest first.

    `received_at` is aware; dates in the text are resolved against it in `time_zone` (an IANA name).
    """

    text: MaskedText
    received_at: datetime
    time_zone: str = "Asia/Jakarta"
    context: tuple[MaskedTurn, ...] = ()
    has_running_matter: bool = False
    attachments: int = 0

    def __post_init__(self) -> None:
        _require_masked(self.text, "text")
        _require_aware(self.received_at)


class DraftRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A reply is wanted for the last inbound message.

    `sender` is the masked name of the contact, where it is known.
    """

    text: MaskedText
    received_at: datetime
    assessment: AssessmentSuggestion
    firm: FirmStyle
    intake: IntakeState
    time_zone: str = "Asia/Jakarta"
    context: tuple[MaskedTurn, ...] = ()
    sender: MaskedText | None = None

    def __post_init__(self) -> None:
        _require_masked(self.text, "text")
        _require_aware(self.received_at)
        if self.sender is not None:
            _require_masked(self.sender, "sender")


class DraftSuggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A reply for a person to edit, approve or reject.

    `masked_text` still holds placeholders: it becomes readable through `unmask`, which refuses a
    mangled one. `asks` is the topic of its question. `model` names what wrote it.
    """

    masked_text: str
    confidence: float
    reasons: tuple[str, ...]
    model: str
    asks: IntakeTopic


class Assistant(Protocol):
    """Reads and suggests. It has no way to decide, price, advise or send."""

    @property
    def model_name(self) -> str:
        """Name and version of what answers, for the record of a suggestion."""
        ...

    def assess(self, request: AssessmentRequest) -> AssessmentSuggestion:
        """Label one message. Raises AssistantUnavailable or AssessmentRejected."""
        ...

    def suggest_draft(self, request: DraftRequest) -> DraftSuggestion:
        """Suggest a reply. Raises AssistantUnavailable, AssistantAnswerRejected, DraftWithheld."""
        ...


_INTAKE_ORDER: Final[tuple[IntakeTopic, ...]] = (
    IntakeTopic.CONSENT,
    IntakeTopic.DEADLINE_OR_DATE,
    IntakeTopic.FULL_NAME,
    IntakeTopic.OPPOSING_PARTY,
    IntakeTopic.LOCATION_OR_COURT,
    IntakeTopic.KEY_FACTS,
    IntakeTopic.DOCUMENTS,
    IntakeTopic.DESIRED_OUTCOME,
    IntakeTopic.CONTACT_TIME,
)
_EMERGENCY_ORDER: Final[tuple[IntakeTopic, ...]] = (
    IntakeTopic.LOCATION_OR_COURT,
    IntakeTopic.CONSENT,
)


def next_intake_topic(
    state: IntakeState, *, urgency: Urgency, is_person_in_danger: bool = False
) -> IntakeTopic:
    """The first unanswered topic of taxonomy section 7.

    `is_person_in_danger` stands for E2, E5 and E6: safety then comes before everything but a stop.
    """
    if state.is_stopped:
        return IntakeTopic.NONE_STOP
    if is_person_in_danger and IntakeTopic.SAFETY_NOW not in state.answered:
        is_open = state.open_question is IntakeTopic.SAFETY_NOW
        return IntakeTopic.NONE_WAIT if is_open else IntakeTopic.SAFETY_NOW
    if state.has_running_matter or state.consent_refused:
        return IntakeTopic.NONE_HANDOVER
    if state.open_question is not None:
        return IntakeTopic.NONE_WAIT
    skipped = set(state.answered)
    if not state.has_opposing_party:
        skipped.add(IntakeTopic.OPPOSING_PARTY)
    order = _EMERGENCY_ORDER if urgency is Urgency.EMERGENCY else _INTAKE_ORDER
    return next((topic for topic in order if topic not in skipped), IntakeTopic.NONE_HANDOVER)
