"""Masking of what the firm already knows: names and values of the people in the conversation."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from infrastructure.assistant.masking.context_words import CONTEXT_WORDS
from infrastructure.assistant.masking.normalisation import fold, normalise
from infrastructure.assistant.masking.people import (
    Token,
    first_title_before,
    tokens_of,
)
from infrastructure.assistant.masking.spans import Kind, Span
from infrastructure.assistant.masking.vocabulary import Vocabulary

_TOKEN_LETTERS_MIN: Final = 3
_ENDINGS: Final = ("nya", "ku", "mu", "lah", "e", "ne", "na", "s")
_FUZZY_LETTERS_MIN: Final = 6
_DIGITS_MIN: Final = 5
_TITLES: Final = CONTEXT_WORDS["known_entities_titles"]


class KnownEntity(NamedTuple):
    """A value that the firm holds, to be masked wherever it appears."""

    kind: Kind
    value: str


class _KnownName(NamedTuple):
    entity: int
    tokens: tuple[str, ...]
    written: frozenset[str]


class KnownEntityFinder:
    """Finds the known values: as written, folded, run together, by each telling part of a name."""

    def __init__(self, entities: Sequence[KnownEntity], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._names: list[_KnownName] = []
        self._digits: list[tuple[int, str]] = []
        self._texts: list[tuple[int, str]] = []
        for index, entity in enumerate(entities):
            digits = "".join(character for character in entity.value if character.isdigit())
            if entity.kind in {Kind.PERSON, Kind.ORGANISATION}:
                words = tuple(token.word for token in tokens_of(normalise(entity.value)))
                tokens = tuple(folded for word in words if (folded := fold(word)))
                if tokens:
                    self._names.append(_KnownName(index, tokens, frozenset(words)))
            elif len(digits) >= _DIGITS_MIN and not re.search(r"[^\W\d_]", entity.value):
                self._digits.append((index, _national(digits)))
            elif entity.value.strip():
                self._texts.append((index, normalise(entity.value).strip().lower()))

    def find(self, text: str) -> Iterator[tuple[int, Span]]:
        """Index of the entity and where it stands; the longest find of a name comes first."""
        tokens = tokens_of(text)
        for name in self._names:
            yield from self._find_name(text, tokens, name)
        lowered = text.lower()
        for index, value in self._texts:
            for match in re.finditer(re.escape(value), lowered):
                yield index, Span(*match.span(), Kind.WORD)
        for index, digits in self._digits:
            pattern = r"(?<!\d)(?:\+?62|0)?[\s.\-()]{0,2}" + r"[\s.\-()]{0,2}".join(digits)
            for match in re.finditer(pattern + r"(?!\d)", text):
                yield index, Span(*match.span(), Kind.NUMBER)

    def _find_name(
        self, text: str, tokens: Sequence[Token], name: _KnownName
    ) -> Iterator[tuple[int, Span]]:
        whole = "".join(name.tokens)
        hits = [self._is_part(token, name) for token in tokens]
        index = 0
        while index < len(tokens):
            is_whole = len(name.tokens) > 1 and fold(tokens[index].text) == fold(whole)
            if not hits[index] and not is_whole:
                index += 1
                continue
            end = index + 1
            while end < len(tokens) and hits[end] and _is_near(text, tokens[end - 1], tokens[end]):
                end += 1
            if is_whole or self._is_certain(tokens, index, end, name):
                first = first_title_before(text, tokens, index)
                yield name.entity, Span(tokens[first].start, tokens[end - 1].end, Kind.PERSON)
            index = end

    def _is_part(self, token: Token, name: _KnownName) -> bool:
        if len(token.word) == 1:
            return token.is_capital and any(part[0] == token.word for part in name.tokens)
        if token.word in name.written:
            return True
        if self._vocabulary.is_known(token.word):
            return False
        forms = {fold(token.word)}
        forms.update(
            fold(token.word.removesuffix(ending))
            for ending in _ENDINGS
            if token.word.endswith(ending)
        )
        return any(
            form == part or _is_one_slip_apart(form, part) for form in forms for part in name.tokens
        )

    def _is_certain(self, tokens: Sequence[Token], start: int, end: int, name: _KnownName) -> bool:
        """One everyday word of a name tells nothing by itself; a capital or a title does."""
        found = tokens[start:end]
        if all(len(token.word) < _TOKEN_LETTERS_MIN for token in found):
            return len(found) > 1 or len(name.tokens) == 1
        telling = [token for token in found if not self._vocabulary.is_known(token.word)]
        if telling or len(found) > 1:
            return True
        has_title = start > 0 and tokens[start - 1].word in _TITLES
        is_capital = found[0].is_capital and not found[0].text.isupper()
        is_sentence_start = start == 0
        return has_title or (is_capital and not is_sentence_start) or len(tokens) == 1


def _is_near(text: str, before: Token, after: Token) -> bool:
    return not text[before.end : after.start].strip(" .,-'")


def _national(digits: str) -> str:
    """A phone number without country code or leading zero: then every way to write it matches."""
    for prefix in ("62", "0"):
        if digits.startswith(prefix) and len(digits) > _DIGITS_MIN + len(prefix):
            return digits.removeprefix(prefix)
    return digits


def _is_one_slip_apart(left: str, right: str) -> bool:
    """One letter added, lost, changed or swapped, in a word long enough for that to be a slip."""
    if min(len(left), len(right)) < _FUZZY_LETTERS_MIN or abs(len(left) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    rest_left, rest_right = left[start:], right[start:]
    if (
        rest_left[1:] == rest_right
        or rest_right[1:] == rest_left
        or rest_left[1:] == rest_right[1:]
    ):
        return True
    return rest_left[:2] == rest_right[:2][::-1] and rest_left[2:] == rest_right[2:]
