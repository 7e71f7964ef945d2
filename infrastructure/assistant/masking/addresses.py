"""Addresses: from the word for a street, block or building to the town or post code at the end."""

import re
from typing import Final

from infrastructure.assistant.masking.context_words import CONTEXT_WORDS
from infrastructure.assistant.masking.spans import Kind, Span
from infrastructure.assistant.masking.vocabulary import Vocabulary

_STREETS: Final = (
    r"jl|jln|jalan|gg|gang|komplek|kompleks|komp|perum|perumahan|perumnas|cluster|klaster|residence|blok|blk|"
    r"apartemen|apartement|apt|rusun|tower|ruko|dusun|dsn|kampung|kp|kmp|dukuh|jorong|banjar|lorong|lrg|"
    r"graha|griya|villa|vila|puri|kost|kos"
)
_WEAK_STARTS: Final = CONTEXT_WORDS["weak_starts"]
"""Words that are also used in plain sentences (`tidak ada jalan keluar`)."""
_NUMBER_PART: Final = (
    r"(?:no|nomor|nomer|nmr|blok|blk|rt|rw|rt/rw|lt|lantai|unit|kav|kavling|km|tower|gg|gang)"
    r"[.\s:]{0,2}[A-Za-z]{0,2}[\-./ "
    r"]?\d{1,4}(?:\s?[A-Za-z](?![^\W_]))?(?:[\-./]\d{1,4}[A-Za-z]?){0,3}"
    r"|rt[.\s/]{0,2}\d{1,3}\s?[/,.]?\s?(?:rw)?[.\s]{0,2}\d{1,3}"
    r"|blok[.\s]{0,2}[A-Za-z]{1,2}\d{0,3}(?:[/\-. ]?(?:no\.?\s?)?\d{1,3})?|(?<=[ "
    r",])[A-Za-z]{1,2}\d{1,3}[/\-]\d{1,3}"
    r"|(?<=[ ,])\d{1,4}[A-Za-z]?(?=[\s,.]|$)"
)
_REGION_PART: Final = (
    r"(?:kel|kelurahan|ds|desa|kec|kecamatan|kab|kabupaten|kota|prov|provinsi|dusun|dsn|kp|kampung|rt|rw|jl|jln)"
    r"\.?\s?[^\W\d_]+(?:\s(?-i:[A-Z])[^\W\d_]+){0,2}"
)
_POSTCODE: Final = r"(?:kode\s?pos\s?)?(?<!\d)\d{5}(?!\d)"
_START: Final = re.compile(rf"(?<![^\W_])(?:{_STREETS})(?=[\s.]|\d)\.?\s?", re.IGNORECASE)
_NUMBER: Final = re.compile(_NUMBER_PART, re.IGNORECASE)
_REGION: Final = re.compile(_REGION_PART, re.IGNORECASE)
_POST: Final = re.compile(_POSTCODE, re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\-][^\W\d_]+)?")
_DIRECTED: Final = re.compile(
    r"[^\W\d_]+(?:\s(?:selatan|utara|barat|timur|pusat|tengah|kota|raya|kulon|kidul|lor|wetan)\b)?",
    re.IGNORECASE,
)
_JOINT: Final = re.compile(r"[\s,.;:\-/()]{0,4}")
_REGION_ALONE: Final = re.compile(
    r"(?<![^\W_])(?:rt[.\s]{0,2}\d{1,3}\s?[/,]?\s?(?:rw)?[.\s]{0,2}\d{1,3}|(?:kel|kec|desa|kelurahan|kecamatan|"
    r"dusun|kampung|kab|kabupaten)\.?\s(?=(?-i:[A-Z]))[^\W\d_]+(?:\s(?-i:[A-Z])[^\W\d_]+)?)",
    re.IGNORECASE,
)
_ENGLISH: Final = re.compile(
    r"\b\d{1,5}[A-Za-z]?,?\s(?:(?-i:[A-Z])[\w']+\s){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|"
    r"blvd|terrace|crescent|place|close|court|way)\b\.?(?:,?\s(?:(?-i:[A-Z])[\w']+|(?-i:[A-Z]{2,3})|\d{4,6})){0,4}"
    r"|\b(?:unit|apt|apartment|flat|block|blk|suite|room)\s#?\d[\w\-/]*(?:,?\s(?:(?-i:[A-Z])[\w']+|\d{4,6}|#[\w\-]+)){0,5}",
    re.IGNORECASE,
)
_STOPS: Final = CONTEXT_WORDS["stops"]
_NAME_WORDS_MAX: Final = 4
_PARTS_MAX: Final = 12


def find_addresses(text: str, vocabulary: Vocabulary) -> list[Span]:
    """Spans from street to town. A street word in a plain sentence is left alone."""
    found: list[Span] = []
    position = 0
    while (match := _START.search(text, position)) is not None:
        end = _end_of_address(text, match, vocabulary)
        if end is None:
            position = match.end()
            continue
        found.append(Span(match.start(), end, Kind.ADDRESS))
        position = max(end, match.end())
    found.extend(
        Span(*m.span(), Kind.ADDRESS)
        for m in _ENGLISH.finditer(text)
        if m[0][0].isdigit() or any(c.isdigit() for c in m[0])
    )
    found.extend(Span(*m.span(), Kind.ADDRESS) for m in _REGION_ALONE.finditer(text))
    return found


def _end_of_address(text: str, start: re.Match[str], vocabulary: Vocabulary) -> int | None:
    name_end, is_telling = _street_name(text, start, vocabulary)
    is_weak = start[0].strip(" .").lower() in _WEAK_STARTS
    if is_weak and name_end == start.end() and text[name_end : name_end + 1].isdigit():
        return None
    end, has_parts = _parts(text, name_end, vocabulary)
    if name_end == start.end() and not has_parts:
        return None
    if is_weak and not (is_telling or has_parts):
        return None
    return end


def _street_name(text: str, start: re.Match[str], vocabulary: Vocabulary) -> tuple[int, bool]:
    """End of the words of the name, and whether they tell that a name stands here."""
    end = start.end()
    is_telling = False
    for count in range(_NAME_WORDS_MAX):
        joint = re.match(r"[ .]{0,2}", text[end : end + 2])
        word = _WORD.match(text, end + (joint.end() if joint and count else 0))
        if word is None or word[0] in _STOPS or _NUMBER.match(text, word.start()):
            break
        lowered = word[0].lower()
        is_name = word[0][0].isupper() or not vocabulary.is_known(lowered)
        is_name = is_name or vocabulary.may_be_name(lowered) or lowered in vocabulary.places
        if not is_name and (count or start[0].strip(" .").lower() in _WEAK_STARTS):
            break
        is_telling = is_telling or is_name
        end = word.end()
    return end, is_telling


def _parts(text: str, end: int, vocabulary: Vocabulary) -> tuple[int, bool]:
    """House numbers, districts, towns and post codes that follow; whether there was a number."""
    has_number = False
    is_after_number = False
    for _ in range(_PARTS_MAX):
        joint = _JOINT.match(text, end)
        place = joint.end() if joint else end
        has_comma = "," in text[end:place]
        number = _NUMBER.match(text, place)
        part = number or _REGION.match(text, place) or _POST.match(text, place)
        if part is None:
            part = _town(text, place, vocabulary, is_apart=has_comma or is_after_number)
        if part is None or "\n\n" in text[end:place]:
            break
        is_after_number = number is not None
        has_number = has_number or is_after_number
        end = part.end()
    return end, has_number


def _town(text: str, place: int, vocabulary: Vocabulary, *, is_apart: bool) -> re.Match[str] | None:
    word = _WORD.match(text, place)
    if word is None or word[0].lower() in _STOPS:
        return None
    lowered = word[0].lower()
    if lowered in vocabulary.places:
        return _DIRECTED.match(text, place)
    is_foreign = not vocabulary.is_known(lowered) or vocabulary.may_be_name(lowered)
    is_capital = word[0][0].isupper() and not word[0].isupper()
    is_town = (is_apart and is_capital) or (is_foreign and (is_apart or is_capital))
    return word if is_town else None
