"""What a message is about, given its conversation: itself, or the story that it continues."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from domain.ports.assistant import MaskedText, MaskedTurn, TurnDirection
from infrastructure.assistant.local.instructions import holds_words, without_instructions
from infrastructure.assistant.local.judging import Evidence, examine, practice_areas

_TURNS_MAX: Final = 12
_ANSWER_WORDS_MAX: Final = 8
_CLOSING: Final = re.compile(
    r"(?:ok(?:e|ay)?|siap|baik|terima ?kasih|makasih|thanks?|thank you|noted|ya|iya|sip|amin|"
    r"nuwun|hatur|suwun|sama-?sama|"
    r"\W|pak|bu|kak|mas|mbak|min|bapak|ibu|infonya|banyak|sudah|you|very|much|so|matur|atas|bantuannya|\[\w+\])+",
    re.IGNORECASE,
)


class Subject(NamedTuple):
    """The text to be labelled, examined; `is_empty` if only orders to the system stood there."""

    evidence: Evidence
    is_empty: bool


def subject_of(text: MaskedText, context: Sequence[MaskedTurn], today: date) -> Subject:
    """The message; message and story together where it is an answer or names no area itself."""
    own, had_orders = without_instructions(text.text)
    if not holds_words(own):
        return Subject(examine(own, today), is_empty=had_orders)
    evidence = examine(own, today)
    story = _story(context)
    if not story or _CLOSING.fullmatch(own):
        return Subject(evidence, is_empty=False)
    is_short = len(evidence.facts.reading.words) <= _ANSWER_WORDS_MAX
    is_answer = _was_asked(context) and is_short
    if practice_areas(evidence.hits) and not is_answer:
        return Subject(evidence, is_empty=False)
    if evidence.hits and not is_short and not _was_asked(context):
        return Subject(evidence, is_empty=False)
    return Subject(examine(f"{story}\n{own}", today), is_empty=False)


def _story(context: Sequence[MaskedTurn]) -> str:
    told = [
        without_instructions(turn.text.text)[0]
        for turn in context[-_TURNS_MAX:]
        if turn.direction is TurnDirection.INBOUND
    ]
    return "\n".join(part for part in told if holds_words(part))


def _was_asked(context: Sequence[MaskedTurn]) -> bool:
    """Whether the firm's last words were a question that the message answers."""
    last = context[-1] if context else None
    return last is not None and last.direction is TurnDirection.OUTBOUND and "?" in last.text.text
