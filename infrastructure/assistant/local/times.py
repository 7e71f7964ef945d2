"""When: dates, weekdays, spans and tenses, resolved against the moment a message was received.

Rules of taxonomy section 2: the day counts in the tenant's time zone, and a bare weekday means
the next such day. Everything is said in days from the day of receipt: 0 is today, 1 tomorrow, -1
yesterday.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infrastructure.assistant.local.reading import DATA
from infrastructure.assistant.word_lists import patterns


class Tense(StrEnum):
    """What a mention of time says about the facts beside it."""

    NOW = "now"
    FUTURE = "future"
    PAST = "past"
    SINCE = "since"
    LIMIT = "limit"


class TimeMention(NamedTuple):
    """A mention from `start` to `end`; `days` from the day of receipt, or the length of a limit."""

    start: int
    end: int
    tense: Tense
    days: float


_NUMBERS: Final = {
    "satu": 1, "se": 1, "a": 1, "an": 1, "one": 1, "setunggal": 1, "hiji": 1, "siji": 1, "sa": 1,
    "dua": 2, "two": 2, "kalih": 2, "loro": 2, "rong": 2, "couple": 2,
    "tiga": 3, "three": 3, "tigang": 3, "telu": 3, "telung": 3, "tilu": 3, "beberapa": 3, "few": 3,
    "bbrp": 3, "several": 3,
    "empat": 4, "four": 4, "patang": 4, "opat": 4, "lima": 5, "five": 5, "limang": 5,
    "enam": 6, "six": 6, "nem": 6, "genep": 6, "tujuh": 7, "seven": 7, "pitu": 7, "pitung": 7,
    "delapan": 8, "eight": 8, "wolu": 8, "wolung": 8, "dalapan": 8,
    "sembilan": 9, "nine": 9, "sangang": 9,
    "sepuluh": 10, "ten": 10, "sapuluh": 10, "sedasa": 10, "dua belas": 12, "empat belas": 14,
    "fourteen": 14, "tiga puluh": 30, "thirty": 30, "puluhan": 30, "belasan": 14,
}  # fmt: skip
_UNIT_DAYS: Final = {
    "menit": 1 / 1440, "mnt": 1 / 1440, "minute": 1 / 1440, "minutes": 1 / 1440, "min": 1 / 1440,
    "jam": 1 / 24, "hour": 1 / 24, "hours": 1 / 24,
    "hari": 1, "hr": 1, "hri": 1, "day": 1, "days": 1,
    "dinten": 1, "dino": 1, "dina": 1, "poe": 1, "poé": 1,
    "malam": 1, "mlm": 1, "night": 1, "nights": 1,
    "minggu": 7, "mgg": 7, "mggu": 7, "week": 7, "weeks": 7, "pekan": 7,
    "bulan": 30, "bln": 30, "month": 30, "months": 30, "wulan": 30, "sasi": 30, "sasih": 30,
    "tahun": 365, "thn": 365, "th": 365, "year": 365, "years": 365, "taun": 365, "warsih": 365,
}  # fmt: skip
_WEEKDAYS: Final = {
    "senin": 0, "senen": 0, "monday": 0, "mon": 0,
    "selasa": 1, "seloso": 1, "salasa": 1, "tuesday": 1, "tue": 1, "tues": 1,
    "rabu": 2, "rebo": 2, "wednesday": 2, "wed": 2,
    "kamis": 3, "kemis": 3, "thursday": 3, "thu": 3, "thurs": 3,
    "jumat": 4, "jum'at": 4, "jemuah": 4, "jumaah": 4, "friday": 4, "fri": 4,
    "sabtu": 5, "setu": 5, "saptu": 5, "saturday": 5, "sat": 5,
    "ahad": 6, "sunday": 6, "sun": 6, "hari minggu": 6, "minggu besok": 6, "dinten minggu": 6,
}  # fmt: skip
_MONTHS: Final = {
    "januari": 1, "january": 1, "jan": 1, "februari": 2, "pebruari": 2, "february": 2, "feb": 2,
    "maret": 3, "march": 3, "mar": 3, "april": 4, "apr": 4,
    "mei": 5, "juni": 6, "june": 6, "jun": 6,
    "juli": 7, "july": 7, "jul": 7,
    "agustus": 8, "august": 8, "agt": 8, "agu": 8, "ags": 8, "aug": 8,
    "september": 9, "sept": 9, "sep": 9, "oktober": 10, "october": 10, "okt": 10, "oct": 10,
    "november": 11, "nopember": 11, "nov": 11, "nop": 11,
    "desember": 12, "december": 12, "des": 12, "dec": 12,
}  # fmt: skip


def _either(words: object) -> str:
    return "|".join(sorted((re.escape(str(word)) for word in words), key=len, reverse=True))  # type: ignore[attr-defined]


_N: Final = rf"(?P<n>\d{{1,3}}|{_either(_NUMBERS)})"
_U: Final = rf"(?P<u>{_either(_UNIT_DAYS)})"
_AMOUNT: Final = rf"{_N}\s?(?P<x>x\s?24\s?)?-?{_U}(?:an)?"
_NEXT: Final = (
    r"(?:lagi|kedepan|ke depan|mendatang|malih|deui|dari sekarang|from now|later|time|maneh|engkin)"
)
_AGO: Final = (
    r"(?:yang\s|yg\s|ingkang\s|nu\s)?"
    r"(?:lalu|lewat|kemarin|kmrn|kepungkur|kapungkur|ago|tukang|lampau)"
)
_SINCE: Final = (
    r"(?:sudah|udah|udh|sdh|selama|slm|sejak|dari|for|since|mpun|wis|sampun|tos|atos|geus|parantos|"
    r"hampir|almost|lebih dari|over|already|been)"
)

_B: Final = r"(?<![^\W_])"
_E: Final = r"(?![^\W_])"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"{_B}(?:{pattern}){_E}", re.IGNORECASE)


_TIME_WORDS: Final = patterns(DATA / "time_words.txt")
_NOW_PATTERN: Final = _compiled(_TIME_WORDS["now"])


def _fixed_patterns() -> Iterator[tuple[re.Pattern[str], Tense, float]]:
    for name, words in _TIME_WORDS.items():
        tense, _, days = name.partition(" ")
        if days:
            sign = -1 if tense == Tense.PAST else 1
            yield _compiled(words), Tense(tense), sign * float(days)


_FIXED_PATTERNS: Final = tuple(_fixed_patterns())
_AHEAD_AMOUNT: Final = _compiled(rf"{_AMOUNT}\s{_NEXT}")
_IN_AMOUNT: Final = _compiled(rf"in\s(?:the next\s)?{_AMOUNT}")
_WITHIN_AMOUNT: Final = _compiled(
    rf"(?:dalam|within|paling lambat|maksimal)\s(?:waktu\s|the next\s)?{_AMOUNT}"
)
_RECENT_AMOUNT: Final = _compiled(rf"{_AMOUNT}\s(?:ini|terakhir|belakangan)")
_AMOUNT_AGO: Final = _compiled(rf"{_AMOUNT}\s{_AGO}")
_SINCE_AMOUNT: Final = _compiled(rf"{_SINCE}\s(?:hampir\s|sekitar\s|about\s|more than\s)?{_AMOUNT}")
_PLAIN_AMOUNT: Final = _compiled(_AMOUNT)
_MOVES: Final = (
    (_AHEAD_AMOUNT, Tense.FUTURE, 1),
    (_AMOUNT_AGO, Tense.PAST, -1),
    (_RECENT_AMOUNT, Tense.SINCE, -1),
    (_WITHIN_AMOUNT, Tense.LIMIT, 1),
    (_IN_AMOUNT, Tense.FUTURE, 1),
    (_SINCE_AMOUNT, Tense.SINCE, -1),
)
_WEEKDAY: Final = _compiled(
    rf"(?P<before>next|this|last|on|by|since|sejak|dari)?\s?(?P<day>{_either(_WEEKDAYS)})(?:nya|na)?\s?"
    r"(?P<after>depan|dpn|ini|lalu|kemarin|kemaren|kmrn|ngarep|payun|pekan depan|minggu depan|"
    r"wingi|kamari|besok)?"
)
_WRITTEN_DATE: Final = _compiled(
    rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s\-]?(?P<m>{_either(_MONTHS)})(?:[\s\-,]{{1,2}}(?P<y>(?:19|20)\d{{2}}))?"
    rf"|(?P<m2>{_either(_MONTHS)})\s(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s(?P<y2>(?:19|20)\d{{2}}))?"
)
_NUMERIC_DATE: Final = _compiled(
    r"(?P<d>0?[1-9]|[12]\d|3[01])[/\-.](?P<m>0?[1-9]|1[0-2])(?:[/\-.](?P<y>(?:19|20)\d{2}|\d{2}))?"
    r"|(?P<y2>20\d{2})-(?P<m2>0[1-9]|1[0-2])-(?P<d2>[0-3]\d)"
)
_MONTH_ALONE: Final = _compiled(
    rf"(?:bulan|bln|wulan|sasih|in|di|awal|akhir)\s(?P<m>{_either(_MONTHS)})"
)
_DAY_OF_MONTH: Final = _compiled(
    r"(?:tgl|tanggal|tgl\.|kaping|the)\s?(?P<d>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|"
    r"th)?(?:\s(?P<which>bulan depan|bulan ini|"
    r"kemarin|lalu|kmrn|next month|bln depan))?(?!\s?[/\-.]\d)"
)
_LIMIT_BEFORE: Final = re.compile(
    r"(?:waktu|tempo|batas|tenggat|jangka|limit|deadline|paling lambat|maksimal|max|"
    r"selambat-lambatnya|given|give|gave|"
    r"have|has|dalam|within|kasih|diberi|dikasi)\W+(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)
_HALF_YEAR: Final = 183
_SHORT_YEAR_DIGITS: Final = 2


def local_day(moment: datetime, time_zone: str) -> date:
    """The calendar day of an aware moment in a zone. An unknown zone counts as Asia/Jakarta."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("Asia/Jakarta")
    return moment.astimezone(zone).date()


def find_times(text: str, today: date) -> list[TimeMention]:
    """All mentions in order; a longer one hides those inside it."""
    found: list[TimeMention] = []
    for finder in _FINDERS:
        for mention in finder(text, today):
            if not any(m.start < mention.end and mention.start < m.end for m in found):
                found.append(mention)
    return sorted(found)


def _amount(number: str, unit: str) -> float:
    count = int(number) if number.isdigit() else _NUMBERS[number.lower()]
    return count * _UNIT_DAYS[unit.lower()]


def _moves(text: str, _today: date) -> Iterator[TimeMention]:
    for pattern, tense, sign in _MOVES:
        for match in pattern.finditer(text):
            unit = "hari" if match["x"] else match["u"]
            yield TimeMention(*match.span(), tense, sign * _amount(match["n"], unit))


def _fixed(text: str, _today: date) -> Iterator[TimeMention]:
    for pattern, tense, days in _FIXED_PATTERNS:
        for match in pattern.finditer(text):
            yield TimeMention(*match.span(), tense, days)


def _now(text: str, _today: date) -> Iterator[TimeMention]:
    for match in _NOW_PATTERN.finditer(text):
        yield TimeMention(*match.span(), Tense.NOW, 0)


def _weekdays(text: str, today: date) -> Iterator[TimeMention]:
    for match in _WEEKDAY.finditer(text):
        ahead = (_WEEKDAYS[match["day"].lower()] - today.weekday()) % 7
        before, after = (match["before"] or "").lower(), (match["after"] or "").lower()
        if before in {"last", "since", "sejak", "dari"} or after in {
            "lalu",
            "kemarin",
            "kemaren",
            "kmrn",
            "wingi",
            "kamari",
        }:
            yield TimeMention(*match.span(), Tense.PAST, ahead - 7)
        elif after == "ini" or before == "this":
            yield TimeMention(*match.span(), Tense.FUTURE, ahead)
        else:
            yield TimeMention(*match.span(), Tense.FUTURE, ahead or 7)


def _dates(text: str, today: date) -> Iterator[TimeMention]:
    for pattern in (_WRITTEN_DATE, _NUMERIC_DATE):
        for match in pattern.finditer(text):
            month = match["m"] or match["m2"]
            number = int(month) if month.isdigit() else _MONTHS[month.lower()]
            year = match["y"] or match["y2"]
            day = _day(int(match["d"] or match["d2"]), number, year, today)
            if day is not None:
                yield _at(match, day, today)
    for match in _MONTH_ALONE.finditer(text):
        day = _day(15, _MONTHS[match["m"].lower()], None, today)
        if day is not None:
            yield _at(match, day, today)
    for match in _DAY_OF_MONTH.finditer(text):
        day = _day_of_month(int(match["d"]), (match["which"] or "").lower(), today)
        if day is not None:
            yield _at(match, day, today)


def _at(match: re.Match[str], day: date, today: date) -> TimeMention:
    days = (day - today).days
    return TimeMention(*match.span(), Tense.FUTURE if days >= 0 else Tense.PAST, days)


def _day(day: int, month: int, year: str | None, today: date) -> date | None:
    """A date; without a year the one that is nearest, half a year back at most."""
    century = today.year // 100 * 100
    try:
        if year is not None:
            return date(int(year) + (century if len(year) == _SHORT_YEAR_DIGITS else 0), month, day)
        found = date(today.year, month, day)
        if (today - found).days > _HALF_YEAR:
            return found.replace(year=today.year + 1)
    except ValueError:
        return None
    return found


def _day_of_month(day: int, which: str, today: date) -> date | None:
    first = today.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    if which in {"kemarin", "lalu", "kmrn"}:
        month = first if day <= today.day else (first - timedelta(days=1)).replace(day=1)
    elif "depan" in which or "next" in which or day < today.day:
        month = following
    else:
        month = first
    try:
        return month.replace(day=day)
    except ValueError:
        return None


def _limits(text: str, _today: date) -> Iterator[TimeMention]:
    """`14 hari` after a word for a limit: how long it is, from a start that is often unknown."""
    for match in _PLAIN_AMOUNT.finditer(text):
        days = _amount(match["n"], "hari" if match["x"] else match["u"])
        if match["x"] or _LIMIT_BEFORE.search(text[: match.start()]):
            yield TimeMention(*match.span(), Tense.LIMIT, days)
        else:
            yield TimeMention(*match.span(), Tense.SINCE, -days)


_FINDERS: Final[tuple[Callable[[str, date], Iterator[TimeMention]], ...]] = (
    _moves,
    _dates,
    _weekdays,
    _fixed,
    _limits,
    _now,
)
