"""Requests for tests, and the marked sets of messages."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from domain.ports.assistant import (
    AssessmentRequest,
    AssessmentSuggestion,
    Complexity,
    DraftRequest,
    FirmStyle,
    IntakeState,
    Intent,
    MaskedTurn,
    MessageLanguage,
    TurnDirection,
    Urgency,
)
from infrastructure.assistant.masking import Masker
from infrastructure.assistant.masking.normalisation import normalise

DATA: Final = Path(__file__).parent / "data"
FRIDAY: Final = datetime.fromisoformat("2026-11-20T10:00:00+07:00")
FIRM: Final = FirmStyle(
    display_name="Kantor Hukum Pelita",
    approved_safety_text="Jika Anda dalam bahaya, hubungi 112 sekarang.",
)

_MARK: Final = re.compile(r"\{([A-Z_]+):([^{}]*)\}")


class Marked(NamedTuple):
    """A message with the personal data in it: start, end and kind of each."""

    text: str
    entities: tuple[tuple[int, int, str], ...]


def marked_messages(name: str) -> Iterator[Marked]:
    """Messages of a set in which personal data stands as `{KIND:text}`."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        written = line.replace("\\n", "\n")
        text = ""
        position = 0
        entities = []
        for match in _MARK.finditer(written):
            text += written[position : match.start()]
            start = len(text)
            text += normalise(match[2])
            entities.append((start, len(text), match[1]))
            position = match.end()
        yield Marked(text + written[position:], tuple(entities))


def assessment_request(
    text: str, *, context: tuple[tuple[str, str], ...] = (), **fields: object
) -> AssessmentRequest:
    """A request about `text`; `context` holds (direction, words) of earlier turns."""
    masker = Masker()
    turns = tuple(
        MaskedTurn(direction=TurnDirection(direction), text=masker.mask(words).text)
        for direction, words in context
    )
    return AssessmentRequest(
        text=masker.mask(text).text,
        received_at=FRIDAY,
        context=turns,
        **fields,  # type: ignore[arg-type]
    )


def an_assessment(**fields: object) -> AssessmentSuggestion:
    """Labels of an ordinary family matter, with the given fields changed."""
    usual: dict[str, object] = {
        "intent": Intent.FAMILY,
        "urgency": Urgency.NORMAL,
        "complexity": Complexity.MODERATE,
        "estimated_minutes": 30,
        "confidence": 0.8,
        "rationale": "Divorce is asked for.",
        "language": MessageLanguage.INDONESIAN,
    }
    return AssessmentSuggestion(**{**usual, **fields})  # type: ignore[arg-type]


def draft_request(text: str, masker: Masker | None = None, **fields: object) -> DraftRequest:
    """A request for a reply to `text` from the contact whose name the masker knows first."""
    known = masker if masker is not None else Masker(known_names=["Ratna Dewanti"])
    usual: dict[str, object] = {
        "text": known.mask(text).text,
        "received_at": FRIDAY,
        "assessment": an_assessment(),
        "firm": FIRM,
        "intake": IntakeState(),
        "sender": known.mask("Ratna Dewanti").text,
    }
    return DraftRequest(**{**usual, **fields})  # type: ignore[arg-type]
