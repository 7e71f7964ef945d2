"""The local assistant: no network, quick, and the same answer to the same question every time."""

from typing import Final

from domain.ports.assistant import (
    AssessmentRequest,
    AssessmentSuggestion,
    Complexity,
    DraftRequest,
    DraftSuggestion,
    Intent,
    MessageLanguage,
    Urgency,
    minutes_band,
    validate_assessment,
)
from infrastructure.assistant.local.drafts import (
    local_draft,
    safety_draft,
    topic_of,
    withhold_if_needed,
)
from infrastructure.assistant.local.judging import Judgement, judge
from infrastructure.assistant.local.language import detect_language
from infrastructure.assistant.local.lexicon import area_lexicon, signal_lexicon
from infrastructure.assistant.local.model import LocalModel, shared_model
from infrastructure.assistant.local.rationale import explain
from infrastructure.assistant.local.reading import read
from infrastructure.assistant.local.rules import EMERGENCY_RULES
from infrastructure.assistant.local.subject import Subject, subject_of
from infrastructure.assistant.local.times import local_day

LOCAL_MODEL_NAME: Final = "lawyers-hub-local-1"

_LONG_MESSAGE_WORDS: Final = 150
_LOWER_HALF: Final = 0.25
_UPPER_HALF: Final = 0.75
_TRANSLATED: Final = frozenset(
    {MessageLanguage.JAVANESE, MessageLanguage.SUNDANESE, MessageLanguage.MIXED}
)
_ONLY_ORDERS_CONFIDENCE: Final = 0.9
_DANGER_RULES: Final = ("E2", "E5", "E6")


def is_person_in_danger(request: DraftRequest) -> bool:
    """E2, E5 or E6 in the message or its story: then only the safety text is allowed."""
    today = local_day(request.received_at, request.time_zone)
    facts = subject_of(request.text, request.context, today).evidence.facts
    return any(EMERGENCY_RULES[rule](facts) for rule in _DANGER_RULES)


class LocalAssistant:
    """Rules of the taxonomy plus a small trained model."""

    def __init__(self, model: LocalModel | None = None) -> None:
        self._model = model if model is not None else shared_model()
        # Everything is loaded here, so that a worker that forks for each job loads nothing again.
        read("")
        area_lexicon()
        signal_lexicon()

    @property
    def model_name(self) -> str:
        """Name and version of rules and model together."""
        return LOCAL_MODEL_NAME

    def assess(self, request: AssessmentRequest) -> AssessmentSuggestion:
        """Labels of one message. Never AssistantUnavailable."""
        today = local_day(request.received_at, request.time_zone)
        subject = subject_of(request.text, request.context, today)
        language = detect_language(read(request.text.text))
        if subject.is_empty:
            return _only_orders(language)
        judgement = judge(
            subject.evidence,
            self._model,
            year=today.year,
            has_running_matter=request.has_running_matter,
        )
        return validate_assessment(
            {
                "intent": judgement.intent.value,
                "urgency": judgement.urgency.value,
                "complexity": judgement.complexity.value,
                "estimated_minutes": _minutes(judgement, request, subject, language),
                "confidence": judgement.confidence,
                "rationale": explain(subject.evidence, judgement),
                "language": language.value,
            }
        )

    def suggest_draft(self, request: DraftRequest) -> DraftSuggestion:
        """A draft from the templates, or DraftWithheld."""
        in_danger = is_person_in_danger(request)
        topic = topic_of(request, is_person_in_danger=in_danger)
        withhold_if_needed(topic, request)
        if in_danger:
            return safety_draft(request, self.model_name)
        return local_draft(request, topic, self.model_name)


def _only_orders(language: MessageLanguage) -> AssessmentSuggestion:
    return validate_assessment(
        {
            "intent": Intent.SPAM_OTHER.value,
            "urgency": Urgency.LOW.value,
            "complexity": Complexity.SIMPLE.value,
            "estimated_minutes": 1,
            "confidence": _ONLY_ORDERS_CONFIDENCE,
            "rationale": "Only orders aimed at the system; nothing is asked of the firm.",
            "language": language.value,
        }
    )


def _minutes(
    judgement: Judgement, request: AssessmentRequest, subject: Subject, language: MessageLanguage
) -> int:
    """A quarter into the band; three quarters with attachments, a long story or a translation."""
    band = minutes_band(judgement.intent, judgement.complexity)
    least, most = band if band is not None else (0, 0)
    is_upper = (
        request.attachments > 0
        or len(subject.evidence.facts.reading.words) > _LONG_MESSAGE_WORDS
        or language in _TRANSLATED
    )
    return round(least + (most - least) * (_UPPER_HALF if is_upper else _LOWER_HALF))
