"""Ideas with their phrases, and finding them in a reading."""

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from infrastructure.assistant.local.reading import DATA, Reading, Word, read

GAP_WORDS_MAX: Final = 3
_NEGATION_REACH_WORDS: Final = 3
_NEGATIONS: Final = frozenset({"tidak", "bukan", "belum", "tanpa", "jangan", "never", "without"})
_GAP: Final = "~"
_AS_WRITTEN: Final = "="
"""Before a word of a phrase: the word as it is written, for example a passive, not its one form."""


class Idea(NamedTuple):
    """One idea of a lexicon: its group (an area or a kind of fact) and its name."""

    group: str
    name: str


class Hit(NamedTuple):
    """An idea found in the words from `first` to `last` (inclusive), in this clause."""

    idea: Idea
    first: int
    last: int
    clause: int
    is_negated: bool


class _Phrase(NamedTuple):
    words: tuple[str, ...]
    idea: Idea


class Lexicon:
    """All ideas of one file, found in one pass."""

    def __init__(self, file_name: str) -> None:
        self.ideas: list[Idea] = []
        self._by_first: dict[str, list[_Phrase]] = {}
        group = ""
        for line in (DATA / file_name).read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                group = line.strip("[]")
            elif line and not line.startswith("#"):
                name, _, phrases = line.partition(": ")
                idea = Idea(group, name)
                self.ideas.append(idea)
                for phrase in phrases.split(" | "):
                    self._add(phrase, idea)

    def _add(self, phrase: str, idea: Idea) -> None:
        words: list[str] = []
        for part in phrase.split():
            if part == _GAP or part.startswith(_AS_WRITTEN):
                words.append(part)
            else:
                words += [word.root for word in read(part).words] or [part]
        known = self._by_first.setdefault(words[0], [])
        entry = _Phrase(tuple(words), idea)
        if entry not in known:
            known.append(entry)

    def find(self, reading: Reading) -> list[Hit]:
        """Every idea, once per place; the longest phrase of an idea at a place counts."""
        longest: dict[tuple[Idea, int], int] = {}
        for first, word in enumerate(reading.words):
            for phrase in (
                *self._by_first.get(word.root, ()),
                *self._by_first.get(_AS_WRITTEN + word.raw, ()),
            ):
                last = _match(reading.words, first, phrase.words)
                if last is not None:
                    key = (phrase.idea, first)
                    longest[key] = max(last, longest.get(key, last))
        return [
            Hit(idea, first, last, reading.words[first].clause, _is_negated(reading.words, first))
            for (idea, first), last in longest.items()
        ]


def _match(words: Sequence[Word], first: int, phrase: tuple[str, ...]) -> int | None:
    """Index of the last word of a phrase that starts at `first`; gaps are as short as possible."""
    position = first
    reach = 0
    for part in phrase[1:]:
        if part == _GAP:
            reach = GAP_WORDS_MAX
            continue
        window = range(position + 1, min(position + 2 + reach, len(words)))
        found = next((index for index in window if _is(words[index], part)), None)
        if found is None:
            return None
        position = found
        reach = 0
    return position


def _is(word: Word, part: str) -> bool:
    return part in (word.root, _AS_WRITTEN + word.raw)


def _is_negated(words: Sequence[Word], first: int) -> bool:
    return any(
        words[index].root in _NEGATIONS
        for index in range(max(0, first - _NEGATION_REACH_WORDS), first)
        if words[index].clause == words[first].clause
    )


@cache
def area_lexicon() -> Lexicon:
    """Ideas that point to an intent."""
    return Lexicon("lexicon.txt")


@cache
def signal_lexicon() -> Lexicon:
    """Facts that decide urgency and complexity."""
    return Lexicon("signals.txt")
