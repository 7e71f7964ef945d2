"""The last look at what an assistant wrote: nothing of taxonomy section 6, and no personal data.

Both adapters pass their answers through here, so a promise or a price never reaches the draft
queue, whatever model wrote it.
"""

import re
from pathlib import Path
from typing import Final

from domain.ports.assistant import AssessmentRejected, AssistantAnswerRejected
from infrastructure.assistant.masking.documents import find_documents
from infrastructure.assistant.masking.identifiers import find_identifiers
from infrastructure.assistant.masking.normalisation import normalise
from infrastructure.assistant.masking.placeholders import PLACEHOLDER
from infrastructure.assistant.word_lists import patterns

DRAFT_CHARACTERS_MAX: Final = 1_500
"""Longest draft: a reply on a phone screen, with room for the firm's safety text."""

_DATA: Final = Path(__file__).parent / "data"
_PATTERNS: Final = tuple(
    (reason, re.compile(text, re.IGNORECASE))
    for reason, text in patterns(_DATA / "forbidden.txt").items()
)


def forbidden_in(text: str) -> str | None:
    """Why the text may not be suggested (a stable word), or None."""
    return next((reason for reason, pattern in _PATTERNS if pattern.search(text)), None)


def check_draft(masked_text: str) -> str:
    """The draft as it is. Raises AssistantAnswerRejected where it says what section 6 forbids."""
    if not masked_text.strip():
        raise AssistantAnswerRejected("draft_empty", "The assistant wrote an empty draft.")
    if len(masked_text) > DRAFT_CHARACTERS_MAX:
        message = f"The draft has more than {DRAFT_CHARACTERS_MAX} characters."
        raise AssistantAnswerRejected("draft_too_long", message)
    reason = forbidden_in(normalise(masked_text))
    if reason is not None:
        message = "The draft says something that only a person of the firm may say."
        raise AssistantAnswerRejected(f"draft_holds_{reason}", message)
    if _holds_identifier(masked_text):
        message = "The draft holds a number, address or link in clear."
        raise AssistantAnswerRejected("personal_data_in_answer", message)
    return masked_text


def check_rationale(rationale: str) -> str:
    """The rationale with placeholders read out as plain nouns.

    Raises AssessmentRejected where it holds an identifier or advice.
    """
    if _holds_identifier(rationale):
        raise AssessmentRejected("rationale_holds_identifier", "The rationale names an identifier.")
    return PLACEHOLDER.sub(_as_noun, rationale)


def _as_noun(match: re.Match[str]) -> str:
    kind = match[0].strip("[]").rsplit("_", 1)[0]
    return kind.lower().replace("_", " ")


def _holds_identifier(text: str) -> bool:
    bare = normalise(PLACEHOLDER.sub(" ; ", text))
    return bool(find_identifiers(bare)) or any(find_documents(bare))
