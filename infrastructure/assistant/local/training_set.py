"""The labelled messages that the local model learns from."""

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from domain.ports.assistant import Complexity, Intent, MessageLanguage, Urgency
from infrastructure.assistant.local.reading import DATA

TRAINING_FILE: Final = DATA / "training.txt"
RECEIVED_AT: Final = datetime.fromisoformat("2026-11-20T10:00:00+07:00")
"""When every message of the set was received: a Friday in Jakarta."""

_URGENCIES: Final = {urgency.value[0]: urgency for urgency in Urgency}
_COMPLEXITIES: Final = {"s": Complexity.SIMPLE, "m": Complexity.MODERATE, "c": Complexity.COMPLEX}


class LabelledMessage(NamedTuple):
    """A masked message with the labels a person gave it."""

    text: str
    intent: Intent
    urgency: Urgency
    complexity: Complexity
    language: MessageLanguage


def load_labelled(path: Path = TRAINING_FILE) -> list[LabelledMessage]:
    """The messages of a file in the order of the file.

    Raises ValueError where a line is malformed.
    """
    messages = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        labels, _, text = line.partition(" | ")
        intent, urgency, complexity, language = labels.split()
        messages.append(
            LabelledMessage(
                text,
                Intent(intent),
                _URGENCIES[urgency],
                _COMPLEXITIES[complexity],
                MessageLanguage(language),
            )
        )
    return messages
