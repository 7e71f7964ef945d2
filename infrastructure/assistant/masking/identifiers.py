"""What a run of digits identifies: a person, a phone, an account, a card. Money and dates do not."""

import re
from collections.abc import Iterator
from typing import Final

import phonenumbers
from stdnum import luhn
from stdnum.id import nik, npwp

from infrastructure.assistant.masking.digits import DigitRun, find_digit_runs
from infrastructure.assistant.masking.spans import Kind, Span

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

_CONTEXTS: Final = (
    (Kind.NIK, r"\bnik\b|n\.i\.k|\bktp|no\.? ?kk\b|kartu keluarga|nomor induk|identity (?:card|number)"),
    (Kind.NPWP, r"npwp|taxpayer|tax (?:id|number)|wajib pajak"),
    (Kind.CARD, r"kartu kredit|kartu debit|credit card|debit card|\bcc\b|visa card|mastercard|card number|no(?:mor)? kartu|master card"),
    (Kind.PASSPORT, r"paspor|passport|\bpaspr?o?t\b"),
    (Kind.ACCOUNT, r"\bno\.? ?rek|norek|\brek\b|rekening|\baccount\b|\bacc(?:t)?\b|a/c|\biban\b|virtual account|\bva\b|\bbca\b|\bbri\b|\bbni\b|\bbsi\b|\bbtn\b|\bcimb\b|\bmandiri\b|\bpermata\b|\bdanamon\b|\bjago\b|\bseabank\b|\bjenius\b|\bovo\b|\bgopay\b|\bdana\b|\btf ke\b|transfer ke"),
    (Kind.PHONE, r"\bhp\b|\bwa\b|whatsapp|telp|telepon|telpon|\btlp|nelpon|ponsel|handphone|phone|\bcall\b|mobile|hubungi|kontak|contact|\bno\.? ?hp|nomernya|nomornya|\bcp\b|\btelegram\b"),
    (Kind.CASE_NUMBER, r"perkara|kasus|register|case n|laporan|polis\b|policy|resi\b|tilang|sertifikat|sertipikat|shm|shgb|\bajb\b|kontrak n|invoice|tiket|booking|pesanan|order"),
)  # fmt: skip
_CONTEXT_PATTERNS: Final = tuple((kind, re.compile(words)) for kind, words in _CONTEXTS)

_MONEY_BEFORE: Final = re.compile(
    r"(?:\brp\.?|rupiah|\bidr|\busd|\bsgd|\beur|\brm|\$|€|£|¥|senilai|sebesar|seharga|sejumlah|nominal|"
    r"gaji|upah|harga|uang|duit|utang|hutang|pinjam|pinjaman|bayar|dibayar|dp|cicilan|angsuran|denda|"
    r"biaya|total|modal|rugi|kerugian|transfer|tf|setor|salary|paid|owes?|debt|price|cost|amount|worth)"
    r"[\s:=]*(?:\w{1,8}\s)?$"
)
_MONEY_AFTER: Final = re.compile(
    r"^[,\-=.]*\s?(?:rupiah|rb|ribu|jt|juta|miliar|milyar|triliun|perak|usd|dollars?|idr|euro|sgd|rp|k\b|per "
    r"bulan|sebulan|/ ?bulan|per month|%|persen|orang|lot|unit|m2|meter|hektar|km)"
)
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
    count = len(run.digits)
    if count < (_DIGITS_MIN_WITH_CONTEXT if context else _DIGITS_MIN):
        return None
    if context is Kind.CASE_NUMBER and count < _DIGITS_MIN:
        return None
    if not run.is_whole and not _reads_as_one(run, context):
        return None
    by_shape = _by_shape(run, context)
    if by_shape is not None:
        return by_shape
    if _is_money_or_date(run, lowered, before, context):
        return None
    if context in {Kind.CARD, Kind.NPWP, Kind.NIK} and count < _NPWP_DIGITS:
        context = None
    return context or Kind.NUMBER


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
    if any(character.isalpha() for character in written) and " " in written:
        spelled = sum(len(word) > 1 for word in re.findall(r"[^\W\d_]+", written))
        if spelled:
            return True
    if _DATE.fullmatch(written) or _YEARS.fullmatch(written) or _DATE_TIME.fullmatch(written):
        return False
    sizes = [len(part) for part in re.findall(r"\d+", written)]
    if max(sizes) == 1:
        return len(sizes) >= _SPACED_SINGLES_MIN
    if written.startswith("+") or run.digits.startswith(("08", "628", "62", "02")):
        return len(run.digits) in _PHONE_DIGITS and len(sizes) <= len(run.digits) // 2
    if run.digits.startswith("0") and len(sizes) == 2 and sizes[0] in {3, 4}:  # noqa: PLR2004
        return len(run.digits) in _LANDLINE_DIGITS
    is_even = len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0] and sizes[0] in {2, 3, 4}
    if is_even and len(run.digits) in {12, 13, 14, 15, 16, 19} and sizes[0] == 4:  # noqa: PLR2004
        return True
    return context is not None and context is not Kind.CASE_NUMBER and "," not in written


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
