"""Finding digits however they are written: spaced, dotted, with an o for a zero, or spelled out.

Each find says where it stands in the text and which digits it means; what those digits are is
decided in `identifiers`.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_DIGIT_WORDS: Final = {
    "nol": "0", "kosong": "0", "zero": "0", "oh": "0", "enol": "0",
    "satu": "1", "one": "1", "siji": "1", "hiji": "1", "setunggal": "1",
    "dua": "2", "two": "2", "loro": "2", "kalih": "2",
    "tiga": "3", "three": "3", "telu": "3", "tilu": "3",
    "empat": "4", "four": "4", "papat": "4", "opat": "4", "sekawan": "4",
    "lima": "5", "five": "5", "limo": "5", "gangsal": "5",
    "enam": "6", "six": "6", "enem": "6", "nem": "6", "genep": "6",
    "tujuh": "7", "seven": "7", "pitu": "7",
    "delapan": "8", "lapan": "8", "eight": "8", "wolu": "8", "dalapan": "8",
    "sembilan": "9", "nine": "9", "sanga": "9", "songo": "9", "salapan": "9",
}  # fmt: skip
_REPEATS: Final = {"double": 2, "dobel": 2, "triple": 3, "tripel": 3}
_WORD_ALTERNATIVES: Final = "|".join(sorted(_DIGIT_WORDS, key=len, reverse=True))
_SPELLED_ELEMENT: Final = rf"(?:{_WORD_ALTERNATIVES}|{'|'.join(_REPEATS)}|(?<!\d)\d{{1,4}}(?!\d))"
_SPELLED: Final = re.compile(
    rf"(?<![^\W_])(?:plus\s+)?{_SPELLED_ELEMENT}(?:[\s,.\-]{{0,3}}{_SPELLED_ELEMENT}){{4,40}}(?![^\W_])",
    re.IGNORECASE,
)
_SPELLED_PIECE: Final = re.compile(rf"{_WORD_ALTERNATIVES}|{'|'.join(_REPEATS)}|\d", re.IGNORECASE)
_SPELLED_WORDS_MIN: Final = 3
_SPELLED_DIGITS_MIN: Final = 6

_DISGUISES: Final = str.maketrans(
    {"o": "0", "O": "0", "l": "1", "I": "1", "i": "1", "|": "1", "S": "5", "s": "5", "B": "8",
     "Z": "2", "z": "2", "b": "6", "D": "0", "Q": "0"}
)  # fmt: skip
_CHUNK: Final = re.compile(
    r"(?<![^\W_])(?:\+|\()?[\doOlI|](?:[\doOlIiSsBbZzDQ|]|[.\-/()_](?=[\doOlI|(]))*[\d)oOlISsBZ|]"
    r"(?![^\W_])|(?<![^\W_])\d(?![^\W_])"
)
_CHUNK_GAP: Final = re.compile(r"[ \t]{1,2}|[ \t]?[\-.,/][ \t]?")
_DISGUISED_DIGITS_MIN: Final = 6
_DISGUISED_LENGTH_MIN: Final = 9


class DigitRun(NamedTuple):
    """Digits found in the text between `start` and `end`; `is_whole` if written without spaces."""

    start: int
    end: int
    digits: str
    written: str
    is_whole: bool


def find_digit_runs(text: str) -> Iterator[DigitRun]:
    """All runs, the joined ones (`0812 3456 7890`) beside the chunks that they are made of."""
    yield from _spelled_runs(text)
    chunks = list(_chunks(text))
    yield from chunks
    yield from _joined(text, chunks)


def _spelled_runs(text: str) -> Iterator[DigitRun]:
    for match in _SPELLED.finditer(text):
        digits = ""
        words = 0
        times = 1
        for piece in _SPELLED_PIECE.findall(match[0].lower()):
            if piece in _REPEATS:
                times = _REPEATS[piece]
                continue
            words += not piece.isdigit()
            digits += _DIGIT_WORDS.get(piece, piece) * times
            times = 1
        if words >= _SPELLED_WORDS_MIN and len(digits) >= _SPELLED_DIGITS_MIN:
            yield DigitRun(match.start(), match.end(), digits, match[0], is_whole=False)


def _chunks(text: str) -> Iterator[DigitRun]:
    for match in _CHUNK.finditer(text):
        written = match[0]
        real = sum(character.isdigit() for character in written)
        letters = sum(character.isalpha() or character == "|" for character in written)
        if not real:
            continue
        is_disguised = letters > 0
        if is_disguised and (
            real < _DISGUISED_DIGITS_MIN or real + letters < _DISGUISED_LENGTH_MIN
        ):
            continue
        digits = "".join(c for c in written.translate(_DISGUISES) if c.isdigit())
        yield DigitRun(match.start(), match.end(), digits, written, is_whole=True)


def _joined(text: str, chunks: list[DigitRun]) -> Iterator[DigitRun]:
    """Neighbouring chunks that read as one number."""
    group: list[DigitRun] = []
    for chunk in chunks:
        gap = text[group[-1].end : chunk.start] if group else ""
        if group and not _CHUNK_GAP.fullmatch(gap):
            yield from _as_one(text, group)
            group = []
        group.append(chunk)
    yield from _as_one(text, group)


def _as_one(text: str, group: list[DigitRun]) -> Iterator[DigitRun]:
    if len(group) > 1:
        digits = "".join(chunk.digits for chunk in group)
        start, end = group[0].start, group[-1].end
        yield DigitRun(start, end, digits, text[start:end], is_whole=False)
