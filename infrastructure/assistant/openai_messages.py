"""What an OpenAI-compatible endpoint is told, and how its answer is read."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from domain.ports.assistant import (
    RATIONALE_CHARACTERS_MAX,
    AssessmentRequest,
    AssistantAnswerRejected,
    Complexity,
    DraftRequest,
    IntakeTopic,
    Intent,
    MaskedTurn,
    MessageLanguage,
    TurnDirection,
    Urgency,
    minutes_band,
)
from infrastructure.assistant.local.drafts import ReplyLanguage
from infrastructure.assistant.local.times import local_day

ChatMessages = list[dict[str, str]]

_DATA: Final = Path(__file__).parent / "data"
_TURNS_MAX: Final = 20
_REASONS_MAX: Final = 5
_REASON_CHARACTERS_MAX: Final = 160

_RULES: Final = (_DATA / "assessment_rules.txt").read_text(encoding="utf-8").rstrip()

_DRAFT_RULES: Final = (_DATA / "draft_rules.txt").read_text(encoding="utf-8").rstrip()

_TOPIC_WORDS: Final[Mapping[IntakeTopic, str]] = {
    IntakeTopic.CONSENT: "whether the contact agrees that what is written here is processed",
    IntakeTopic.DEADLINE_OR_DATE: "whether an important date or deadline is running",
    IntakeTopic.FULL_NAME: "the contact's full name",
    IntakeTopic.OPPOSING_PARTY: "who else is involved",
    IntakeTopic.LOCATION_OR_COURT: "where it happened and which authority or court is involved",
    IntakeTopic.KEY_FACTS: "what happened and when",
    IntakeTopic.DOCUMENTS: "which documents exist",
    IntakeTopic.DESIRED_OUTCOME: "which outcome is hoped for",
    IntakeTopic.CONTACT_TIME: "at what time of day the contact can be reached",
}


def _object_schema(name: str, properties: Mapping[str, object]) -> dict[str, object]:
    return {
        "type": "json_schema",
        "json_schema": {
            "name": name,
            "strict": True,
            "schema": {
                "type": "object",
                "properties": dict(properties),
                "required": list(properties),
                "additionalProperties": False,
            },
        },
    }


ASSESSMENT_FORMAT: Final = _object_schema(
    "assessment",
    {
        "intent": {"type": "string", "enum": [intent.value for intent in Intent]},
        "urgency": {"type": "string", "enum": [urgency.value for urgency in Urgency]},
        "complexity": {"type": "string", "enum": [level.value for level in Complexity]},
        "estimated_minutes": {"type": "integer"},
        "confidence": {"type": "number"},
        "rationale": {"type": "string"},
        "language": {"type": "string", "enum": [language.value for language in MessageLanguage]},
    },
)
DRAFT_FORMAT: Final = _object_schema(
    "draft",
    {
        "reply": {"type": "string"},
        "confidence": {"type": "number"},
        "reasons": {"type": "array", "items": {"type": "string"}},
    },
)


def assessment_messages(request: AssessmentRequest) -> ChatMessages:
    """System and user message of an assessment; only masked text is in them."""
    bands = "; ".join(
        f"{intent} {level} {band[0]}-{band[1]}"
        for intent in (
            Intent.SPAM_OTHER,
            Intent.GENERAL_INQUIRY,
            Intent.EXISTING_MATTER,
            Intent.FAMILY,
        )
        for level in Complexity
        if (band := minutes_band(intent, level)) is not None
    )
    rules = (
        f"{_RULES}\nestimated_minutes: {bands} (family stands for every practice area).\n"
        f"rationale: at most {RATIONALE_CHARACTERS_MAX} characters, the deciding facts, no "
        f"personal data.\n"
        f"Answer with one JSON object with exactly the keys of this schema: "
        f"{json.dumps(ASSESSMENT_FORMAT['json_schema'])}"
    )
    content = {
        "received_on": local_day(request.received_at, request.time_zone).strftime("%A %Y-%m-%d"),
        "firm_already_handles_a_matter": request.has_running_matter,
        "attachments": request.attachments,
        "earlier_turns": _turns(request.context),
        "message": request.text.text,
    }
    return _chat(rules, content)


def draft_messages(
    request: DraftRequest, topic: IntakeTopic, language: ReplyLanguage
) -> ChatMessages:
    """System and user message of a draft; only masked text and the firm's own words are in them."""
    rules = (
        f"{_DRAFT_RULES}\nAnswer with one JSON object with exactly the keys of this schema: "
        f"{json.dumps(DRAFT_FORMAT['json_schema'])}"
    )
    content = {
        "firm": request.firm.display_name,
        "reply_language": {"id": "Indonesian", "en": "English"}[language],
        "contact": request.sender.text if request.sender is not None else None,
        "urgency": request.assessment.urgency.value,
        "ask": _TOPIC_WORDS.get(topic),
        "earlier_turns": _turns(request.context),
        "message": request.text.text,
    }
    return _chat(rules, content)


def _turns(context: Sequence[MaskedTurn]) -> list[dict[str, str]]:
    names = {TurnDirection.INBOUND: "contact", TurnDirection.OUTBOUND: "firm"}
    return [
        {"from": names[turn.direction], "text": turn.text.text} for turn in context[-_TURNS_MAX:]
    ]


def _chat(rules: str, content: Mapping[str, object]) -> ChatMessages:
    return [
        {"role": "system", "content": rules},
        {"role": "user", "content": json.dumps(content, ensure_ascii=False)},
    ]


_FENCE: Final = re.compile(r"\s*```(?:json)?\s*\n(?P<body>.*?)\n?\s*```\s*", re.DOTALL)


def read_object(answer: str) -> dict[str, object]:
    """The one JSON object of an answer, fenced or bare.

    Raises AssistantAnswerRejected where there is anything else, a repeated key or a NaN.
    """
    fenced = _FENCE.fullmatch(answer)
    try:
        value = json.loads(
            fenced["body"] if fenced else answer,
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise AssistantAnswerRejected("not_json", "The answer is not one JSON object.")
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def read_draft(fields: Mapping[str, object]) -> tuple[str, float, tuple[str, ...]]:
    """Reply, confidence and reasons of an answer.

    Raises AssistantAnswerRejected outside the schema.
    """
    if set(fields) != {"reply", "confidence", "reasons"}:
        raise AssistantAnswerRejected("keys_differ", "The draft lacks a key or has others.")
    reply, confidence, reasons = fields["reply"], fields["confidence"], fields["reasons"]
    if not isinstance(reply, str):
        raise AssistantAnswerRejected("reply_not_text", "The reply is not text.")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float):
        raise AssistantAnswerRejected("confidence_not_a_number", "The confidence is not a number.")
    if not 0 <= confidence <= 1:
        raise AssistantAnswerRejected(
            "confidence_out_of_range", "The confidence is not within 0 to 1."
        )
    if not isinstance(reasons, list) or not all(isinstance(reason, str) for reason in reasons):
        raise AssistantAnswerRejected("reasons_not_texts", "The reasons are not a list of texts.")
    if len(reasons) > _REASONS_MAX or any(len(r) > _REASON_CHARACTERS_MAX for r in reasons):
        raise AssistantAnswerRejected("reasons_too_long", "There are too many or too long reasons.")
    return reply, float(confidence), tuple(reasons)
