"""What a run of digits identifies: a person, a phone, an account, a card.

Money and dates do not.
"""

import re
from pathlib import Path
from typing import Final

import phonenumbers
from stdnum import luhn
from stdnum.id import nik, npwp

from infrastructure.assistant.masking.digits import DigitRun, find_digit_runs
from infrastructure.assistant.masking.spans import Kind, Span
from infrastructure.assistant.word_lists import patterns

_CONTEXT_CHARACTERS: Final = 44
_DIGITS_MIN: Final = 6
_DIGITS_MIN_WITH_CONTEXT: Final = 5
_MONEY_DIGITS_MAX: Final = 13
_NIK_DIGITS: Final = 16
_NPWP_DIGITS: Final = 15
_AMEX_DIGITS: Final = 15
_PHONE_DIGITS: Final = range(9, 16)
_LANDLINE_DIGITS: Final = range(8, 13)
_SPACED_SINGLES_MIN: Final = 6
_GROUP: Final = 4
_GROUPED_DIGITS: Final = frozenset({12, 13, 14, 15, 16, 19})
_AREA_AND_NUMBER: Final = 2
_AREA_DIGITS: Final = range(3, 5)

_CONTEXTS: Final = patterns(Path(__file__).parent / "data" / "digit_contexts.txt")
_CONTEXT_PATTERNS: Final = tuple(
    (kind, re.compile(_CONTEXTS[kind])) for kind in Kind if kind in _CONTEXTS
)
_MONEY_BEFORE: Final = re.compile(rf"(?:{_CONTEXTS['money before']})[\s:=]*(?:\w{{1,8}}\s)?$")
_MONEY_AFTER: Final = re.compile(rf"^[,\-=.]*\s?(?:{_CONTEXTS['money after']})")
_GROUPED_MONEY: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?")
_DATE: Final = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])([-/. ])(?:0?[1-9]|1[0-2])\1(?:(?:19|20)\d{2}|\d{2})"
    r"|(?:19|20)\d{2}([-/.])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01])"
)
_YEARS: Final = re.compile(r"(?:19|20)\d{2}(?:[-/., ]+(?:19|20)\d{2})+")
_DATE_TIME: Final = re.compile(
    r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}[ ,]+\d{1,2}[.:]\d{2}(?:-\d{1,2}[.:]\d{2})?"
)


def find_identifiers(text: str) -> list[Span]:
    """Numbers that point to a person or a thing of theirs."""
    lowered = text.lower()
    found: list[Span] = []
    for run in find_digit_runs(text):
        kind = _classify(run, lowered)
        if kind is not None:
            found.append(Span(run.start, run.end, kind))
    return found


def _classify(run: DigitRun, lowered: str) -> Kind | None:
    before = lowered[max(0, run.start - _CONTEXT_CHARACTERS) : run.start]
    context = _nearest_context(before)
    if not _is_long_enough(run, context) or not _reads_as_one(run, context):
        return None
    by_shape = _by_shape(run, context)
    if by_shape is not None:
        return by_shape
    if _is_money_or_date(run, lowered, before, context):
        return None
    is_too_short = len(run.digits) < _NPWP_DIGITS
    if context is None or (is_too_short and context in {Kind.CARD, Kind.NPWP, Kind.NIK}):
        return Kind.NUMBER
    return context


def _is_long_enough(run: DigitRun, context: Kind | None) -> bool:
    is_told = context is not None and context is not Kind.CASE_NUMBER
    return len(run.digits) >= (_DIGITS_MIN_WITH_CONTEXT if is_told else _DIGITS_MIN)


def _nearest_context(before: str) -> Kind | None:
    """The kind whose word stands closest before the digits, within the same line."""
    line = before.rsplit("\n", 1)[-1]
    nearest: tuple[int, Kind] | None = None
    for kind, pattern in _CONTEXT_PATTERNS:
        for match in pattern.finditer(line):
            if nearest is None or match.end() > nearest[0]:
                nearest = (match.end(), kind)
    return nearest[1] if nearest else None


def _reads_as_one(run: DigitRun, context: Kind | None) -> bool:
    """Whether spaced chunks are one number, not a list of small ones or a date beside a price."""
    written = run.written.strip()
    if run.is_whole or re.search(r"[^\W\d_]{2}", written):
        return True
    if _DATE.fullmatch(written) or _YEARS.fullmatch(written) or _DATE_TIME.fullmatch(written):
        return False
    sizes = [len(part) for part in re.findall(r"\d+", written)]
    if max(sizes) == 1:
        return len(sizes) >= _SPACED_SINGLES_MIN
    if _is_spaced_phone(run, sizes) or _is_in_fours(sizes):
        return True
    return context is not None and context is not Kind.CASE_NUMBER and "," not in written


def _is_spaced_phone(run: DigitRun, sizes: list[int]) -> bool:
    count = len(run.digits)
    if run.written.startswith("+") or run.digits.startswith(("08", "62", "02")):
        return count in _PHONE_DIGITS and len(sizes) <= count // 2
    is_area_and_number = len(sizes) == _AREA_AND_NUMBER and sizes[0] in _AREA_DIGITS
    return run.digits.startswith("0") and is_area_and_number and count in _LANDLINE_DIGITS


def _is_in_fours(sizes: list[int]) -> bool:
    """`3171 0117 0590 0001`: how identity numbers and cards are read out."""
    return set(sizes[:-1]) == {_GROUP} and sizes[-1] <= _GROUP and sum(sizes) in _GROUPED_DIGITS


def _by_shape(run: DigitRun, context: Kind | None) -> Kind | None:
    """Kinds that the digits themselves prove."""
    digits = run.digits
    count = len(digits)
    if count == _NIK_DIGITS:
        return _sixteen(digits, context)
    if count == _NPWP_DIGITS and (
        context is Kind.NPWP or (context is not Kind.ACCOUNT and npwp.is_valid(digits))
    ):
        return Kind.NPWP
    if _is_card(digits) and (context is Kind.CARD or count == _AMEX_DIGITS):
        return Kind.CARD
    if context is Kind.ACCOUNT and not run.written.startswith("+"):
        return None
    return _phone(run, context)


def _sixteen(digits: str, context: Kind | None) -> Kind:
    if context in {Kind.NIK, Kind.NPWP, Kind.CARD, Kind.ACCOUNT}:
        return context
    if nik.is_valid(digits):
        return Kind.NIK
    return Kind.CARD if _is_card(digits) else Kind.NIK


def _is_card(digits: str) -> bool:
    return digits[0] in "3456" and luhn.is_valid(digits)


def _phone(run: DigitRun, context: Kind | None) -> Kind | None:
    digits = run.digits
    count = len(digits)
    if run.written.lstrip("(").startswith("+"):
        return Kind.PHONE if count in range(8, 16) else None
    if digits.startswith(("08", "628")) and count in _PHONE_DIGITS:
        return Kind.PHONE
    if digits.startswith("0") and count in _LANDLINE_DIGITS:
        number = phonenumbers.parse(digits, "ID")
        return Kind.PHONE if phonenumbers.is_possible_number(number) else None
    if (
        context is Kind.PHONE
        and count in range(5, 16)
        and not _GROUPED_MONEY.fullmatch(run.written)
    ):
        return Kind.PHONE
    if digits.startswith("8") and count in range(10, 13) and "." not in run.written:
        return Kind.PHONE
    return None


def _is_money_or_date(run: DigitRun, lowered: str, before: str, context: Kind | None) -> bool:
    written = run.written.strip()
    if _DATE.fullmatch(written) or _YEARS.fullmatch(written):
        return True
    if run.digits.startswith("0") or len(run.digits) > _MONEY_DIGITS_MAX:
        return False
    if _MONEY_AFTER.match(lowered[run.end : run.end + 16]):
        return True
    if context is Kind.ACCOUNT and not _GROUPED_MONEY.fullmatch(written):
        return bool(re.search(r"(?:rp|idr|\$|sebesar|senilai)[.\s]*$", before))
    return bool(_GROUPED_MONEY.fullmatch(written) or _MONEY_BEFORE.search(before))
