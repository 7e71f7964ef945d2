"""One spelling for every text before anything looks for personal data in it.

Hidden characters and look-alike digits are the cheapest way past a recogniser, by accident or on
purpose, so they are resolved first. What comes out is what is masked and what unmasking gives back.
"""

import unicodedata
from typing import Final

_PLAIN: Final = {
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "—": "-",
    "−": "-",
    "‘": "'",
    "’": "'",
    "‛": "'",
    "′": "'",
    "“": '"',
    "”": '"',
    "∕": "/",
    "⁄": "/",
    "․": ".",
    "。": ".",
}
_LOOK_ALIKES: Final = {
    "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ѕ": "s",
    "А": "A", "В": "B", "Е": "E", "К": "K", "М": "M", "Н": "H", "О": "O", "Р": "P", "С": "C",
    "Т": "T", "Х": "X", "І": "I", "Ѕ": "S", "ο": "o", "Ο": "O", "α": "a", "ι": "i", "ν": "v",
}  # fmt: skip
_FILLERS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and symbols that show nothing and are therefore no part of a word."""


def _is_hidden(character: str) -> bool:
    category = unicodedata.category(character)
    return category == "Cf" or character in _FILLERS or "\ufe00" <= character <= "\ufe0f"


_BY_CATEGORY: Final = {"Cs": "\ufffd", "Cc": " ", "Zs": " ", "Zl": "\n", "Zp": "\n"}


def _plain(character: str, before: str) -> str:
    known = _PLAIN.get(character) or _LOOK_ALIKES.get(character)
    if known is not None or character in "\n\t":
        return known or character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in {"Mn", "Me"}:
        # A mark on a letter of another script carries the vowel; on an ASCII base it disguises.
        return "" if before.isascii() else character
    return _BY_CATEGORY.get(category, character)


def normalise(text: str) -> str:
    """NFKC, ASCII digits, straight quotes and dashes, no hidden characters, no lone surrogates."""
    composed = unicodedata.normalize("NFKC", text)
    if composed.isascii() and composed.isprintable():
        return composed
    characters: list[str] = []
    before = " "
    for character in composed:
        if _is_hidden(character):
            continue
        plain = _plain(character, before)
        if plain:
            characters.append(plain)
            before = plain[-1]
    return "".join(characters)


def fold(text: str) -> str:
    """A form for comparing names: case, accents, doubled letters and old spelling are levelled."""
    decomposed = unicodedata.normalize("NFKD", normalise(text)).lower()
    letters = "".join(c for c in decomposed if c.isalnum() or c == " ")
    for old, new in (("oe", "u"), ("dj", "j"), ("tj", "c"), ("y", "i"), ("v", "f"), ("ph", "f")):
        letters = letters.replace(old, new)
    folded: list[str] = []
    for character in letters:
        if not folded or folded[-1] != character:
            folded.append(character)
    return "".join(folded).strip()
