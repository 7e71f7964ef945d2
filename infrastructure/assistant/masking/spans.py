"""What a recogniser finds, and how overlaps are settled without leaving a character bare."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a placeholder stands for; the name is the word inside the brackets."""

    PERSON = "PERSON"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    NIK = "NIK"
    NPWP = "NPWP"
    ACCOUNT = "ACCOUNT"
    ADDRESS = "ADDRESS"
    PASSPORT = "PASSPORT"
    PLATE = "PLATE"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    CASE_NUMBER = "CASE_NUMBER"
    CARD = "CARD"
    NUMBER = "NUMBER"
    LINK = "LINK"
    HANDLE = "HANDLE"
    ORGANISATION = "ORGANISATION"
    WORD = "WORD"


class Span(NamedTuple):
    """Characters `start` to `end` (exclusive) of the normalised text are of this kind."""

    start: int
    end: int
    kind: Kind


def settle(text: str, layers: Iterable[Iterable[Span]]) -> list[Span]:
    """Non-overlapping spans in order.

    Earlier layers win; what a later span covers beyond stays masked.

    A leftover without a letter or digit (a comma between two finds) is left in clear.
    """
    owner = [-1] * len(text)
    found: list[Span] = []
    for layer in layers:
        for span in sorted(layer, key=lambda span: span.start - span.end):
            found.append(span)
            for position in range(span.start, span.end):
                if owner[position] < 0:
                    owner[position] = len(found) - 1
    settled: list[Span] = []
    start = 0
    for position in range(1, len(text) + 1):
        if position < len(text) and owner[position] == owner[start]:
            continue
        piece = text[start:position]
        if owner[start] >= 0 and any(character.isalnum() for character in piece):
            left = start + len(piece) - len(piece.lstrip())
            settled.append(Span(left, left + len(piece.strip()), found[owner[start]].kind))
        start = position
    return settled
