"""Reading a masked message: words brought to one form, clauses, and nothing of who it is about.

One form means: colloquial spellings, dialects, Javanese, Sundanese and English are read as one
Indonesian word per idea (`data/gloss.txt`), and affixes are taken off. A rule or a weight
learned in one language so holds in the others.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from infrastructure.assistant.masking.vocabulary import (
    Vocabulary,
    affixes_removed,
    shared_vocabulary,
)
from infrastructure.assistant.word_lists import word_sets

DATA: Final = Path(__file__).parent / "data"
WORD_SETS: Final = word_sets(DATA / "word_sets.txt")

_WORD: Final = re.compile(
    r"\[(?P<kind>[A-Z_]+)_\d+\]|[^\W\d_]+(?:['-][^\W\d_]+)*(?:2(?![^\W_]))?|\d+(?:[.,:/]\d+)*"
)
_CLAUSE_END: Final = re.compile(r"[.!?;:,\n]+(?=\s|$)|\n")
_CONJUNCTIONS: Final = WORD_SETS["conjunctions"]
_KEPT_KINDS: Final = frozenset({"LINK", "CASE_NUMBER"})
"""Placeholders that say what the message is, not who it is about. All others are passed over."""

_REPEATED: Final = re.compile(r"(.)\1{2,}")
_ROUNDS_MAX: Final = 3
_MEMORY_WORDS_MAX: Final = 20_000
_ROOT_LETTERS_MIN: Final = 4
_PARTICLE_SECTION: Final = 1
_ENDINGS: Final = ("nya", "ku", "mu", "lah", "kah")


class Word(NamedTuple):
    """One word: where it stands, as written in lower case, its one form, and its clause."""

    start: int
    end: int
    raw: str
    root: str
    clause: int


class Reading(NamedTuple):
    """A message as the local model sees it."""

    text: str
    words: tuple[Word, ...]
    clause_count: int

    def clause_at(self, position: int) -> int:
        """The clause that a character belongs to."""
        clause = 0
        for word in self.words:
            if word.start > position:
                break
            clause = word.clause
        return clause


class Roots:
    """Brings a word to its one form."""

    def __init__(
        self, gloss: Mapping[str, str], particles: AbstractSet[str], vocabulary: Vocabulary
    ) -> None:
        self._gloss = gloss
        self._targets = {word: root for word, root in gloss.items() if root not in particles}
        self._vocabulary = vocabulary
        self._known: dict[str, str] = {}

    def root_of(self, raw: str) -> str:
        """The one form of a lower-case word."""
        root = self._known.get(raw)
        if root is None:
            root = self._find(raw)
            if len(self._known) < _MEMORY_WORDS_MAX:
                self._known[raw] = root
        return root

    def _find(self, raw: str) -> str:
        word = _REPEATED.sub(r"\1", raw)
        if word in self._gloss:
            return self._gloss[word]
        frontier = [word]
        best: str | None = word if self._vocabulary.is_stem(word) else None
        for _ in range(_ROUNDS_MAX):
            frontier = sorted(
                {short for form in frontier for short in affixes_removed(form)},
                key=lambda form: (-len(form), form),
            )
            for form in frontier:
                if len(form) >= _ROOT_LETTERS_MIN and form in self._targets:
                    return self._targets[form]
            if best is None:
                stems = (f for f in frontier if len(f) >= _ROOT_LETTERS_MIN)
                best = next((f for f in stems if self._vocabulary.is_stem(f)), None)
        return best if best is not None else _without_ending(word)


def _without_ending(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) >= len(ending) + _ROOT_LETTERS_MIN:
            return word.removesuffix(ending)
    return word


def load_gloss() -> tuple[dict[str, str], set[str]]:
    """Every spelling and its one form, and the forms that are particles: those take no affixes.

    Raises ValueError where a spelling has two forms.
    """
    gloss: dict[str, str] = {}
    particles: set[str] = set()
    section = 0
    for line in (DATA / "gloss.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            section += line.startswith("# ---")
            continue
        root, _, spellings = line.partition(": ")
        for spelling in (root, *spellings.split()):
            if gloss.setdefault(spelling, root) != root:
                raise ValueError(f"gloss.txt gives {spelling!r} two forms; keep one.")
        if section == _PARTICLE_SECTION:
            particles.add(root)
    return gloss, particles


@cache
def shared_roots() -> Roots:
    """The one set of roots of the process."""
    return Roots(*load_gloss(), shared_vocabulary())


def read(text: str) -> Reading:
    """Words and clauses of a masked text."""
    roots = shared_roots()
    ends = [match.start() for match in _CLAUSE_END.finditer(text)]
    words: list[Word] = []
    clause = 0
    for match in _WORD.finditer(text):
        while ends and ends[0] < match.start():
            ends.pop(0)
            clause += 1
        kind = match["kind"]
        if kind is not None and kind not in _KEPT_KINDS:
            continue
        raw = f"[{kind.lower()}]" if kind is not None else match[0].lower()
        # `teriak2` is how a doubled word is written.
        times = 1 + (kind is None and raw.endswith("2") and not raw.isdigit())
        raw = raw.removesuffix("2") if times > 1 else raw
        root = raw if kind is not None else roots.root_of(raw)
        if root in _CONJUNCTIONS and words:
            clause += 1
        words += [Word(match.start(), match.end(), raw, root, clause)] * times
    return Reading(text, tuple(words), clause + 1)
