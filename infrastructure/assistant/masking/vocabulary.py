"""Words that carry no identity: everything else is masked when unknown words are denied.

The lists beside this file were written for this product. Stems stand there once; the affixes of
Indonesian, its colloquial form, Javanese, Sundanese and English are taken off by rule.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

_DATA: Final = Path(__file__).parent / "data"
_LEXICONS: Final = Path(__file__).parent.parent / "local" / "data"
_STEM_LETTERS_MIN: Final = 3
_KNOWN_CACHE_ENTRIES_MAX: Final = 20_000

_PREFIXES: Final = (
    ("", ("",)),
    ("meny", ("s",)), ("peny", ("s",)), ("ny", ("s", "c", "")),
    ("menge", ("",)), ("penge", ("",)), ("nge", ("",)),
    ("meng", ("", "k")), ("peng", ("", "k")), ("ng", ("", "k")),
    ("mem", ("", "p")), ("pem", ("", "p")), ("men", ("", "t")), ("pen", ("", "t")),
    ("me", ("",)), ("pe", ("",)), ("ber", ("",)), ("be", ("",)), ("per", ("",)), ("ter", ("",)),
    ("te", ("",)), ("di", ("",)), ("ke", ("",)), ("ka", ("",)), ("se", ("",)), ("sa", ("",)),
    ("ku", ("",)), ("kau", ("",)), ("m", ("", "p", "b")), ("n", ("", "t")), ("pa", ("",)),
    ("dipun", ("",)), ("tak", ("",)), ("non", ("",)), ("un", ("",)), ("re", ("",)),
    ("mis", ("",)), ("dis", ("",)), ("anti", ("",)), ("pra", ("",)), ("antar", ("",)),
)  # fmt: skip
_SUFFIXES: Final = (
    "", "nya", "ny", "kan", "an", "i", "in", "ku", "mu", "lah", "kah", "pun", "wan", "isasi",
    "e", "ne", "ke", "ake", "ne", "na", "keun", "eun", "en",
    "s", "es", "ed", "d", "ing", "er", "ers", "or", "ors", "ly", "ness", "ment", "ments", "able",
    "al", "ion", "ions", "ful", "less", "ity",
)  # fmt: skip
_SUFFIXES_LONGEST_FIRST: Final = tuple(sorted(set(_SUFFIXES), key=len, reverse=True))
_AFFIX_ROUNDS_MAX: Final = 3
_LONG_REPEAT: Final = re.compile(r"(.)\1{2,}")


def words_of(*names: str) -> frozenset[str]:
    """The words of the named lists, hyphenated ones also in their parts."""
    found: set[str] = set()
    for name in names:
        for line in (_DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                found.update(line.split())
                found.update(part for word in line.split() for part in re.split(r"[-']", word))
    found.discard("")
    return frozenset(found)


class Vocabulary:
    """The known words and the known names. Immutable but for a bounded memory of answers."""

    def __init__(self, extra_words: frozenset[str] = frozenset()) -> None:
        words = words_of(
            "words_indonesian",
            "words_chat",
            "words_legal",
            "words_english",
            "words_javanese",
            "words_sundanese",
            "words_brands",
        )
        self.places = words_of("words_places")
        ordinary = words | self.places
        names = words_of("names_common")
        self._names = names - ordinary
        self._ambiguous = (words_of("names_ambiguous") | (names & ordinary)) - self._names
        self._stems = ordinary | self._ambiguous
        self._known_words = self._stems | (extra_words - self._names)
        self._answers: dict[str, bool] = {}

    def is_name(self, word: str) -> bool:
        """A name and nothing else, in any spelling of the last letters (`rudiii`, `rudinya`)."""
        return any(form in self._names for form in (word, *_without_ending(word)))

    def may_be_name(self, word: str) -> bool:
        """An everyday word that people are also called by."""
        return word in self._ambiguous

    def is_stem(self, word: str) -> bool:
        """Whether the word stands in a list as it is."""
        return word in self._stems

    def is_known(self, word: str) -> bool:
        """Whether the lower-case word says nothing about who somebody is."""
        answer = self._answers.get(word)
        if answer is None:
            answer = self._decide(word)
            if len(self._answers) < _KNOWN_CACHE_ENTRIES_MAX:
                self._answers[word] = answer
        return answer

    def _decide(self, word: str) -> bool:
        if len(word) == 1:
            return True
        if word in self._names:
            return False
        return any(self._is_formed(form) for form in _spellings(word))

    def _is_formed(self, word: str) -> bool:
        if word in self._known_words:
            return True
        frontier = {word}
        for round_ in range(_AFFIX_ROUNDS_MAX):
            frontier = {shorter for form in frontier for shorter in affixes_removed(form)}
            # Three letters are left of many a name once two affixes are off: `rendra`, re-n-dra.
            least = _STEM_LETTERS_MIN + (round_ > 0)
            if any(len(form) >= least and form in self._known_words for form in frontier):
                return True
        return False


def _spellings(word: str) -> Iterator[str]:
    yield word
    if _LONG_REPEAT.search(word):
        yield _LONG_REPEAT.sub(r"\1", word)
        yield _LONG_REPEAT.sub(r"\1\1", word)


def _without_ending(word: str) -> Iterator[str]:
    collapsed = _LONG_REPEAT.sub(r"\1", word)
    yield collapsed
    for ending in ("nya", "ku", "mu"):
        if collapsed.endswith(ending):
            yield collapsed.removesuffix(ending)


def affixes_removed(word: str) -> Iterator[str]:
    """Every form of the word with one affix less, English spelling changes included."""
    for suffix in _SUFFIXES_LONGEST_FIRST:
        if suffix and word.endswith(suffix):
            stem = word.removesuffix(suffix)
            yield from _long_enough(stem)
            if suffix in {"es", "ed", "er"} and stem.endswith("i"):
                yield from _long_enough(stem[:-1] + "y")
            if suffix in {"ed", "ing", "er", "or", "able", "ion"}:
                yield from _long_enough(stem + "e")
                if stem[-2:-1] == stem[-1:]:
                    yield from _long_enough(stem[:-1])
    for prefix, starts in _PREFIXES:
        if prefix and word.startswith(prefix):
            for start in starts:
                yield from _long_enough(start + word.removeprefix(prefix))


def _long_enough(stem: str) -> Iterator[str]:
    if len(stem) >= _STEM_LETTERS_MIN:
        yield stem


def _words_that_decide() -> frozenset[str]:
    """Words of the local adapter's lexicons: what decides a label is never masked as unknown."""
    found: set[str] = set()
    for name in ("gloss", "lexicon", "signals"):
        for line in (_LEXICONS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            if not line.startswith(("#", "[")):
                found.update(re.findall(r"[^\W\d_]+", line.partition(": ")[2]))
    return frozenset(found)


@cache
def shared_vocabulary() -> Vocabulary:
    """The one vocabulary of the process."""
    return Vocabulary(_words_that_decide())
