"""Identifiers with letters: e-mail, links, handles, case numbers, passports, plates, births."""

import re
from typing import Final

from infrastructure.assistant.masking.context_words import CONTEXT_WORDS
from infrastructure.assistant.masking.spans import Kind, Span

_EMAIL: Final = re.compile(
    r"[A-Za-z0-9][\w.+\-]{0,63}(?:@[A-Za-z0-9][\w\-]{0,62}(?:\.[\w\-]{2,24}){0,3}"
    r"|\s?(?:\(at\)|\[at\]|\{at\})\s?[A-Za-z0-9][\w\-]{0,62}"
    r"(?:\s?(?:\.|\(dot\)|\[dot\]|\(titik\))\s?[A-Za-z]{2,24}){1,3})",
    re.IGNORECASE,
)
_SPELLED_EMAIL: Final = re.compile(
    r"\b[A-Za-z0-9][\w.+\-]{1,63} (?:at|et|add) (?:gmail|yahoo|ymail|hotmail|outlook|icloud|proton)"
    r"(?:mail)?(?: ?(?:dot|titik|\.) ?(?:com|co|id|net|org)){0,2}\b",
    re.IGNORECASE,
)
_LINK: Final = re.compile(
    r"\bhttps?://\S+|\bwww\.\S+"
    r"|\b[a-z0-9][a-z0-9\-]{1,40}(?:\.[a-z0-9\-]{1,30}){0,3}"
    r"\.(?:com|co\.id|id|net|org|me|ly|link|xyz|site|online|info|top|app|io|biz|shop|club|vip|go\.id)\b(?:/\S*)?",
    re.IGNORECASE,
)
_HANDLE: Final = re.compile(
    r"(?<![\w@.])@[A-Za-z0-9_][\w.]{1,29}"
    r"|(?:\b(?:ig|instagram|fb|twitter|tiktok|username|user name|telegram|"
    r"akun)\s?[:=]\s?)@?(?P<name>[\w.]{3,30})",
    re.IGNORECASE,
)
_SLASH_NUMBER: Final = re.compile(
    r"(?<![\w/])(?:\d{1,5}[ ](?=(?:K|PK|B|P)/))?[A-Za-z0-9][A-Za-z0-9.\-]*(?:[ ]?/[ "
    r"]?[A-Za-z0-9][A-Za-z0-9.\-]*){2,8}"
)
_COURT_TAIL: Final = re.compile(
    r"(?:(?<=/pn)|(?<=/pa)|(?<=/pt)|(?<=/ms)|(?<=/ptun)|(?<=/pta)|(?<=/pm))[ .]"
    r"(?:[A-Za-z]{2,12}\.?[A-Za-z]*)(?:[ .](?:sel|ut|bar|tim|pus|niaga|smg|bdg|sby|jkt|tgr)\b)?",
    re.IGNORECASE,
)
_POLICE_TAIL: Final = re.compile(
    r"(?i:(?<=/polda)|(?<=/polres)|(?<=/polsek)|(?<=/restro)|(?<=/polresta)|(?:/| )(?:polda|"
    r"polres|polresta|"
    r"polrestabes|polsek|restro|sektor|res|spkt|reskrim|satreskrim|bareskrim|lantas|satlantas|ditreskrimum)\b)"
    r"(?:[ /.](?:[A-Z][A-Z.]+\b|(?:metro|jaya|polri|jatim|jateng|jabar|kota|besar)\b))*"
)
_ROMAN_OR_YEAR: Final = re.compile(r"/(?:[ivx]{1,4}|(?:19|20)\d{2})(?:/|$)", re.IGNORECASE)
_PLAIN_DATE: Final = re.compile(r"\d{1,2}\s?/\s?(?:\d{1,2}|[A-Za-z]{3,9})\s?/\s?\d{2,4}")
_YEARS: Final = re.compile(r"(?:19|20)\d{2}(?:[-/](?:19|20)?\d{2})?")
_NUMBER_AFTER_WORD: Final = re.compile(
    r"\b(?:perkara|kasus|register|registrasi|reg|case|laporan polisi|lp|tilang|polis|policy|"
    r"resi|tiket|"
    r"sertifikat|sertipikat|shm|shgb|sk|kontrak|invoice|booking|akta|akte|surat|letter c|"
    r"girik|petok d)"
    r"\s?(?:no|nomor|nomer|number|num|nr)?\s?[.:#]?\s?(?P<number>(?=[\w.\-/]*\d{2})[A-Za-z0-9][\w.\-/]{3,40})",
    re.IGNORECASE,
)
_PASSPORT: Final = re.compile(r"(?<!\w)[A-Za-z]{1,2}[ -]?\d{6,8}(?!\w)")
_PASSPORT_AFTER_WORD: Final = re.compile(
    r"\b(?:paspor|passport)(?:ku|nya|s)?\W{0,3}(?:saya|my|is|no|nomor|number|num|adalah|with|:|\W){0,4}\s*"
    r"(?P<number>(?=\w*\d{4})[A-Za-z0-9]{6,12})\b",
    re.IGNORECASE,
)
_PLATE_REGIONS: Final = (
    "AA|AB|AD|AE|AG|BA|BB|BD|BE|BG|BH|BK|BL|BM|BN|BP|DA|DB|DC|DD|DE|DG|DH|DK|DL|DM|DN|DP|DR|DS|DT|"
    "DW|EA|EB|ED|KB|KH|KT|KU|PA|PB|PG|PS|PT|CC|CD|RI|[ABDEFGHKLMNPRSTWZ]"
)
_PLATE: Final = re.compile(
    rf"(?<![\w/])(?P<region>{_PLATE_REGIONS})[ .\-]?(?P<digits>\d{{1,4}})[ "
    rf".\-]?(?P<series>[A-Z]{{1,3}})(?![\w/])",
    re.IGNORECASE,
)
_PLATE_CONTEXT: Final = re.compile(
    r"plat|nopol|no\.? ?pol|nomor polisi|mobil|motor|kendaraan|truk|avanza|xenia|innova|vario|beat|"
    r"car|bike|vehicle|motorcycle|license|stnk|bpkb"
)
_NOT_A_SERIES: Final = CONTEXT_WORDS["not_a_series"]
_PLATE_DIGITS_CERTAIN: Final = 3
_CASE_DIGITS_MIN: Final = 3
_CASE_CHARACTERS_MIN: Final = 8
_CONTEXT_CHARACTERS: Final = 40

_MONTHS: Final = (
    "januari|februari|pebruari|maret|april|mei|juni|juli|agustus|september|oktober|november|nopember|desember|"
    "january|february|march|may|june|july|august|october|december|jan|feb|mar|apr|jun|jul|agt|agu|ags|aug|sept|"
    "sep|okt|oct|nov|nop|des|dec"
)
_BIRTH_WORDS: Final = (
    r"(?:tempat,? ?(?:dan )?(?:tanggal|tgl) lahir|tempat ?/? ?(?:tgl|tanggal) lahir|"
    r"t\.?t\.?l\.?|tgl\.? ?lahir|"
    r"tanggal lahir|kelahiran|dilahirkan|lahir|born|date of birth|d\.?o\.?b\.?|birth ?date|"
    r"birthday|"
    r"ultah|ulang tahun|lair|miyos|babar)"
)
_ANY_DATE: Final = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?[\s\-/.]{{1,3}}(?:{_MONTHS}|\d{{1,2}})[\s\-/.,]{{1,3}}\d{{2,4}}"
    rf"|\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|(?:{_MONTHS})\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{2,4}}"
    rf"|\d{{1,2}}[\s\-](?:{_MONTHS})|\d{{6}}|\d{{8}}|(?:19|20)\d{{2}})"
)
_BIRTH_DATE: Final = re.compile(
    rf"\b{_BIRTH_WORDS}(?:nya|ku)?\b[^\n\d]{{0,36}}?(?P<date>{_ANY_DATE})(?!\d)", re.IGNORECASE
)


def find_documents(text: str) -> list[list[Span]]:
    """Layers of finds, the surest first."""
    return [
        [*_all(_EMAIL, text, Kind.EMAIL), *_all(_SPELLED_EMAIL, text, Kind.EMAIL)],
        _all(_LINK, text, Kind.LINK),
        _handles(text),
        [*_case_numbers(text)],
        [Span(*m.span("date"), Kind.DATE_OF_BIRTH) for m in _BIRTH_DATE.finditer(text)],
        _passports(text),
        _plates(text),
    ]


def _all(pattern: re.Pattern[str], text: str, kind: Kind) -> list[Span]:
    return [Span(*match.span(), kind) for match in pattern.finditer(text)]


def _handles(text: str) -> list[Span]:
    found = []
    for match in _HANDLE.finditer(text):
        named = match.span("name")
        found.append(Span(*(named if named != (-1, -1) else match.span()), Kind.HANDLE))
    return found


def _case_numbers(text: str) -> list[Span]:
    found = []
    for match in _SLASH_NUMBER.finditer(text):
        written = match[0].rstrip(".-")
        if not _is_case_number(written):
            continue
        end = match.start() + len(written)
        for tail in (_COURT_TAIL, _POLICE_TAIL):
            more = tail.match(text, end)
            end = more.end() if more else end
        found.append(Span(match.start(), end, Kind.CASE_NUMBER))
    found.extend(
        Span(*match.span("number"), Kind.CASE_NUMBER)
        for match in _NUMBER_AFTER_WORD.finditer(text)
        if not _PLAIN_DATE.fullmatch(match["number"]) and not _YEARS.fullmatch(match["number"])
    )
    return found


def _is_case_number(written: str) -> bool:
    has_letter = any(character.isalpha() for character in written)
    has_digit = any(character.isdigit() for character in written)
    if not has_letter or not has_digit or _PLAIN_DATE.fullmatch(written):
        return False
    if _ROMAN_OR_YEAR.search(written):
        return True
    digits = sum(character.isdigit() for character in written)
    return digits >= _CASE_DIGITS_MIN and len(written) >= _CASE_CHARACTERS_MIN


def _passports(text: str) -> list[Span]:
    found = [Span(*m.span("number"), Kind.PASSPORT) for m in _PASSPORT_AFTER_WORD.finditer(text)]
    found.extend(_all(_PASSPORT, text, Kind.PASSPORT))
    return found


def _plates(text: str) -> list[Span]:
    found = []
    for match in _PLATE.finditer(text):
        if match["series"].lower() in _NOT_A_SERIES:
            continue
        before = text[max(0, match.start() - _CONTEXT_CHARACTERS) : match.start()].lower()
        is_capital = match["region"].isupper() and match["series"].isupper()
        is_long = len(match["digits"]) >= _PLATE_DIGITS_CERTAIN
        has_context = bool(_PLATE_CONTEXT.search(before))
        if (is_capital and is_long) or has_context or (is_long and len(match["series"]) > 1):
            found.append(Span(*match.span(), Kind.PLATE))
    return found
