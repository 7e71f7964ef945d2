"""Names of people, found by what stands around them: title, relation, introduction, capital."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from infrastructure.assistant.masking.context_words import CONTEXT_WORDS
from infrastructure.assistant.masking.spans import Kind, Span
from infrastructure.assistant.masking.vocabulary import Vocabulary

_TITLES: Final = CONTEXT_WORDS["titles"]
_MASKED_TITLES: Final = _TITLES - CONTEXT_WORDS["titles_that_stay"]
"""Titles that are masked with the name; words of kinship and office stay, they carry the story."""

_WRITTEN_TITLES: Final = CONTEXT_WORDS["written_titles"]
_RELATIONS: Final = CONTEXT_WORDS["relations"]
_OWNERS: Final = CONTEXT_WORDS["owners"]
_INTRODUCTIONS: Final = (
    ("nama", "saya"), ("nama", "lengkap", "saya"), ("nama", "aku"), ("nama", "gue"), ("nama", "gw"),
    ("nama", "sy"), ("nama", "lengkap"), ("namaku",), ("namanya",), ("nama", "dia"), ("bernama",),
    ("atas", "nama"), ("a", "n"), ("an",), ("perkenalkan", "saya"), ("perkenalkan", "nama", "saya"),
    ("kenalkan", "saya"), ("panggil", "saya"), ("panggil", "aja"), ("dipanggil",),
    ("my", "name", "is"),
    ("my", "name", "s"), ("name", "is"), ("named",), ("i", "am"), ("i", "m"),
    ("this", "is"), ("call", "me"),
    ("jenengku",), ("jeneng", "kula"), ("nami", "kula"), ("nami", "kulo"), ("asma", "kula"),
    ("nami", "abdi"), ("wasta", "abdi"), ("wasta", "kula"), ("ngaran", "kuring"),
    ("ngaran", "abdi"), ("nami", "simkuring"), ("dengan", "siapa"),
    ("nama",), ("name",), ("jenenge",), ("ngaranna",), ("jenengane",), ("ttd",), ("tertanda",),
)  # fmt: skip
_SIGNATURES: Final = CONTEXT_WORDS["signatures"]
_SPEAKERS: Final = CONTEXT_WORDS["speakers"]
_FILLERS: Final = frozenset({"adalah", "ialah", "is", "yaitu", "yakni", "itu", "ini"})
_CONNECTORS: Final = frozenset(
    {"bin", "binti", "bt", "van", "de", "der", "al", "el", "von", "da", "putra"}
)
_OFFICES: Final = CONTEXT_WORDS["offices"]
_NAME_TOKENS_MAX: Final = 5
_NAME_GAP: Final = re.compile(r"[ \t]|\.[ \t]?|[ \t]?'[ \t]?|-")
_INTRODUCTION_GAP: Final = re.compile(r"[\s.:=,\-'\"]{1,4}")
_TOKEN: Final = re.compile(r"[^\W\d_]+")
_SHOUTING_SHARE: Final = 0.6
_TITLE_CASE_SHARE: Final = 0.55
_FEW_TOKENS_MAX: Final = 8


class Token(NamedTuple):
    """One run of letters."""

    start: int
    end: int
    text: str
    word: str

    @property
    def is_capital(self) -> bool:
        """Whether it starts with a capital letter."""
        return self.text[0].isupper()


def tokens_of(text: str) -> list[Token]:
    """Runs of letters; digits and signs separate them."""
    return [Token(m.start(), m.end(), m[0], m[0].lower()) for m in _TOKEN.finditer(text)]


def first_title_before(text: str, tokens: Sequence[Token], start: int) -> int:
    """Index of the first of the titles that stand directly before a name, else of the name."""
    while start > 0 and tokens[start - 1].word in _MASKED_TITLES:
        if not _NAME_GAP.fullmatch(text[tokens[start - 1].end : tokens[start].start]):
            break
        start -= 1
    return start


class PeopleFinder:
    """Finds names in one text."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._tokens: Sequence[Token] = tokens_of(text)
        capitals = sum(token.is_capital for token in self._tokens)
        shouted = sum(token.text.isupper() and len(token.text) > 1 for token in self._tokens)
        count = max(1, len(self._tokens))
        self._capitals_tell = (
            shouted / count < _SHOUTING_SHARE
            and (capitals / count < _TITLE_CASE_SHARE or count <= _FEW_TOKENS_MAX)
        )  # fmt: skip

    def find(self) -> list[Span]:
        """Spans of names."""
        found: list[Span] = []
        for index, token in enumerate(self._tokens):
            for start in self._starts_of_names(index, token):
                end = self._end_of_name(start)
                first = first_title_before(self._text, self._tokens, start)
                found.append(
                    Span(self._tokens[first].start, self._tokens[end - 1].end, Kind.PERSON)
                )
        found.extend(self._signature())
        return found

    def _starts_of_names(self, index: int, token: Token) -> Iterator[int]:
        following = index + 1
        if token.word in _TITLES and self._gap_is(index, _NAME_GAP) and self._is_titled(following):
            yield following
        if token.word in _RELATIONS:
            if self._word(following) in _OWNERS:
                following += 1
            if following > index + 1 or token.word.endswith(("ku", "nya")):
                yield from self._after_relation(following)
        yield from self._after_introduction(index)
        if token.word in _SPEAKERS and self._is_followed_by_full_name(following):
            yield following
        if self._vocabulary.is_name(token.word) or self._is_odd_capital(index, token):
            yield index

    def _is_followed_by_full_name(self, index: int) -> bool:
        """`saya bunga lestari`: one everyday word is a statement, two that are names are a name."""
        pair = self._tokens[index : index + 2]
        return len(pair) > 1 and all(
            self._gap_is(index - 1 + offset, _NAME_GAP)
            and (self._vocabulary.may_be_name(token.word) or self._looks_like_name(token))
            for offset, token in enumerate(pair)
        )

    def _after_relation(self, index: int) -> Iterator[int]:
        gap_is_near = 0 < index <= len(self._tokens) and self._gap_is(index - 1, _INTRODUCTION_GAP)
        if not gap_is_near or index >= len(self._tokens):
            return
        token = self._tokens[index]
        is_name = self._looks_like_name(token) and token.is_capital
        if token.word not in _OFFICES and (is_name or self._vocabulary.may_be_name(token.word)):
            yield index

    def _after_introduction(self, index: int) -> Iterator[int]:
        for words in _INTRODUCTIONS:
            if tuple(token.word for token in self._tokens[index : index + len(words)]) != words:
                continue
            start = index + len(words)
            if start >= len(self._tokens) or not self._gap_is(start - 1, _INTRODUCTION_GAP):
                return
            while self._word(start) in _FILLERS | _TITLES:
                start += 1
            if start < len(self._tokens) and self._is_introduced(self._tokens[start]):
                yield start
            return

    def _is_introduced(self, token: Token) -> bool:
        if token.word in _OFFICES:
            return False
        if self._looks_like_name(token) or self._vocabulary.may_be_name(token.word):
            return True
        return (
            token.is_capital and self._capitals_tell and not self._vocabulary.is_known(token.word)
        )

    def _is_titled(self, index: int) -> bool:
        if index >= len(self._tokens):
            return False
        token = self._tokens[index]
        if token.word in _OFFICES or token.word in _TITLES:
            return False
        is_written_out = self._tokens[index - 1].word in _WRITTEN_TITLES and self._capitals_tell
        if token.is_capital and (is_written_out or token.word in _CONNECTORS):
            return True
        return self._looks_like_name(token) or self._vocabulary.may_be_name(token.word)

    def _looks_like_name(self, token: Token) -> bool:
        if len(token.word) == 1:
            return False
        return self._vocabulary.is_name(token.word) or not self._vocabulary.is_known(token.word)

    def _is_odd_capital(self, index: int, token: Token) -> bool:
        """A capital inside a sentence on a word that is also a name."""
        if not (self._capitals_tell and token.is_capital) or token.text.isupper():
            return False
        if not self._vocabulary.may_be_name(token.word) or token.word in _OFFICES:
            return False
        before = self._text[: token.start].rstrip(" \t\"'(")
        is_start = not before or before[-1] in ".!?:\n"
        return not is_start or self._name_follows(index)

    def _name_follows(self, index: int) -> bool:
        following = index + 1
        if following >= len(self._tokens) or not self._gap_is(index, _NAME_GAP):
            return False
        token = self._tokens[following]
        return token.is_capital and (
            self._looks_like_name(token) or self._vocabulary.may_be_name(token.word)
        )

    def _end_of_name(self, start: int) -> int:
        end = start + 1
        while end < len(self._tokens) and end - start < _NAME_TOKENS_MAX:
            if not self._gap_is(end - 1, _NAME_GAP) or not self._continues(end):
                break
            end += 1
        if self._tokens[end - 1].word in _CONNECTORS and end - start > 1:
            end -= not self._vocabulary.may_be_name(self._tokens[end - 1].word)
        return end

    def _continues(self, index: int) -> bool:
        token = self._tokens[index]
        if token.word in _CONNECTORS:
            return True
        if token.word in _OFFICES:
            return False
        if self._looks_like_name(token):
            return True
        if self._vocabulary.may_be_name(token.word):
            return token.is_capital or not self._capitals_tell or self._ends_line(index)
        is_initial = len(token.text) == 1 and token.is_capital
        is_name_capital = token.is_capital and not token.text.isupper()
        return self._capitals_tell and (is_initial or is_name_capital)

    def _ends_line(self, index: int) -> bool:
        after = self._text[self._tokens[index].end :].lstrip(" ")
        return not after or after[0] in "\n.,;!?"

    def _signature(self) -> Iterator[Span]:
        """A closing line: `Salam, Bunga Lestari`."""
        tail = self._tokens[-_NAME_TOKENS_MAX:]
        for offset, token in enumerate(tail[:-1]):
            if token.word not in _SIGNATURES:
                continue
            name = tail[offset + 1 :]
            between = self._text[token.end : name[0].start]
            after = self._text[name[-1].end :].strip(" .\n")
            is_closed = not after and ("\n" in between or "," in between)
            if is_closed and all(self._could_sign(part) for part in name):
                yield Span(name[0].start, name[-1].end, Kind.PERSON)

    def _could_sign(self, token: Token) -> bool:
        if token.word in _TITLES or token.word in _OFFICES:
            return False
        return token.is_capital or self._looks_like_name(token)

    def _word(self, index: int) -> str:
        return self._tokens[index].word if index < len(self._tokens) else ""

    def _gap_is(self, index: int, pattern: re.Pattern[str]) -> bool:
        if index + 1 >= len(self._tokens):
            return False
        gap = self._text[self._tokens[index].end : self._tokens[index + 1].start]
        return bool(pattern.fullmatch(gap))
