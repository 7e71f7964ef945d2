"""How much personal data the masker finds, measured on marked sets (goals of docs/assistant.md)."""

import re
from dataclasses import dataclass

import pytest

from infrastructure.assistant.masking import Masker
from infrastructure.assistant.masking.spans import Span
from tests.assistant.builders import marked_messages

_STRUCTURED = {
    "PHONE", "EMAIL", "NIK", "NPWP", "ACCOUNT", "CARD", "PASSPORT", "PLATE", "DATE_OF_BIRTH",
    "CASE_NUMBER", "LINK", "HANDLE",
}  # fmt: skip


class WatchedMasker(Masker):
    """A masker that remembers what it covered in the first look."""

    spans: tuple[Span, ...] = ()

    def _replaced(self, text: str, spans: object, known: object) -> str:
        if not self.spans:
            self.spans = tuple(spans)  # type: ignore[arg-type]
        return super()._replaced(text, spans, known)  # type: ignore[arg-type]


@dataclass
class Measure:
    """Counts over a set."""

    entities: int = 0
    typed: int = 0
    covered: int = 0
    structured: int = 0
    structured_covered: int = 0
    characters: int = 0
    leaked: int = 0
    clean: int = 0
    over_masked: int = 0


def measure(name: str) -> Measure:
    total = Measure()
    for message in marked_messages(name):
        masker = WatchedMasker()
        masker.mask(message.text)
        kinds: list[str | None] = [None] * len(message.text)
        for span in masker.spans:
            kinds[span.start : span.end] = [span.kind] * (span.end - span.start)
        inside = set[int]()
        for start, end, kind in message.entities:
            inside.update(range(start, end))
            letters = [i for i in range(start, end) if message.text[i].isalnum()]
            found = sum(kinds[i] is not None for i in letters)
            total.entities += 1
            total.typed += 2 * sum(kinds[i] == kind for i in letters) >= len(letters)
            total.covered += 2 * found >= len(letters)
            total.structured += kind in _STRUCTURED
            total.structured_covered += kind in _STRUCTURED and found == len(letters)
            total.characters += len(letters)
            total.leaked += len(letters) - found
        clean = [m.start() for m in re.finditer(r"[^\W_]", message.text) if m.start() not in inside]
        total.clean += len(clean)
        total.over_masked += sum(kinds[i] is not None for i in clean)
    return total


@pytest.mark.parametrize("name", ["masking_development.txt", "masking_held_out.txt"])
def test_the_masker_reaches_its_goals(name: str) -> None:
    found = measure(name)
    assert found.entities >= 60
    assert found.structured_covered == found.structured
    assert found.covered / found.entities >= 0.97
    assert found.typed / found.entities >= 0.95
    assert found.leaked / found.characters <= 0.02
    assert found.over_masked / found.clean <= 0.08
