"""Readers of single JSON values. Each takes anything and answers what it looks for, or nothing.

Identifiers and words of Meta go into columns and keys, which cannot hold a NUL character and are
joined by line breaks: there every control character becomes U+FFFD. Texts of people keep them.
"""

import base64
import binascii
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

IDENTIFIER_CHARACTERS_MAX: Final = 1024
WORD_CHARACTERS_MAX: Final = 64
NUMBER_CHARACTERS_MAX: Final = 40

_DIGITS_OF_A_SECOND: Final = 10
_EPOCH_UNITS: Final = (
    (100_000_000_000_000_000, 1_000_000_000),  # nanoseconds
    (100_000_000_000_000, 1_000_000),  # microseconds
    (100_000_000_000, 1_000),  # milliseconds
)
_FIRST_SECOND: Final = datetime(2009, 1, 1, tzinfo=UTC).timestamp()  # WhatsApp began in 2009
_LAST_SECOND: Final = datetime(2100, 1, 1, tzinfo=UTC).timestamp()

_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NUMBER: Final = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_PHONE_DECORATION: Final = str.maketrans("", "", "+ -().\u00a0")
# E.164 allows at most 15 digits; the shortest numbers that WhatsApp knows have 5.
_PHONE_DIGITS: Final = re.compile(r"[0-9]{5,15}")
_SHA256_HEX: Final = re.compile(r"[0-9a-fA-F]{64}")
_SHA256_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{43}=?")


def as_object(value: Any) -> dict[str, Any]:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_items(value: Any) -> list[Any]:
    """Return the items of an array; a single object stands for an array of one."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def text(value: Any) -> str | None:
    """Return a text as it came; a number as its digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def filled_text(value: Any) -> str | None:
    """Return a text that is not empty."""
    return text(value) or None


def texts(values: Any) -> tuple[str, ...]:
    """Return the non-empty texts of an array."""
    return tuple(found for item in as_list(values) if (found := filled_text(item)))


def as_list(value: Any) -> list[Any]:
    """Return an array, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def identifier(value: Any) -> str | None:
    """Return an identifier: a text or an integer, 1 to 1024 characters, no control characters."""
    if not isinstance(value, str):
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        value = str(value)
    if not 0 < len(value) <= IDENTIFIER_CHARACTERS_MAX:
        return None
    return value if value.isprintable() else _CONTROL_CHARACTER.sub("\ufffd", value)


def word(value: Any) -> str | None:
    """Return an enumeration word of Meta in lower case, cut at 64 characters."""
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isidentifier() and len(value) <= WORD_CHARACTERS_MAX:
        # Nearly every word of Meta: nothing to cut, to replace or to take off.
        return value.lower()
    found = identifier(value)
    return found[:WORD_CHARACTERS_MAX].strip().lower() or None if found else None


def flag(value: Any) -> bool:
    """Return True for true and its written forms, False for everything else."""
    if isinstance(value, str):
        return value.strip().lower() in {"true", "1"}
    return value is True or (isinstance(value, int) and value == 1)


def integer(value: Any) -> int | None:
    """Return an integer, also from its digits."""
    number = decimal(value)
    return int(number) if number is not None and number == number.to_integral_value() else None


def decimal(value: Any) -> Decimal | None:
    """Return a number exactly as it is written, at most 40 digits on each side of the point."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    written = format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value).strip()
    return Decimal(written) if _NUMBER.fullmatch(written) else None


def degrees(value: Any, limit: float) -> float | None:
    """Return an angle between -limit and limit."""
    number = decimal(value)
    return float(number) if number is not None and abs(number) <= limit else None


def phone_digits(value: Any) -> str | None:
    """Return the 5 to 15 digits of a phone number that is written in full, with or without `+`."""
    if not isinstance(value, str):
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            return None
        value = str(value)
    if len(value) > NUMBER_CHARACTERS_MAX:
        return None
    digits = value if value.isdigit() else value.translate(_PHONE_DECORATION)
    return digits if _PHONE_DIGITS.fullmatch(digits) else None


def moment(value: Any) -> datetime | None:
    """Return the UTC time of a Unix timestamp, or None if it cannot be one of WhatsApp.

    Takes seconds, milli-, micro- and nanoseconds, as a number or as digits; the size tells the
    unit. Zero, negative numbers and years before 2009 or after 2099 are not believed. A moment in
    the near future is returned as it is: only the receiver knows when the notification arrived.
    """
    if isinstance(value, str) and len(value) == _DIGITS_OF_A_SECOND and value.isdecimal():
        seconds = float(value)
    else:
        number = decimal(value)
        if number is None:
            return None
        divisor = next((unit for least, unit in _EPOCH_UNITS if number >= least), 1)
        seconds = float(number / divisor)
    if not _FIRST_SECOND <= seconds < _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def sha256_hex(value: Any) -> str | None:
    """Return a SHA-256 as lower-case hexadecimal digits; Meta writes it in base64 or in hex."""
    if not isinstance(value, str):
        return None
    if _SHA256_HEX.fullmatch(value):
        return value.lower()
    if not _SHA256_BASE64.fullmatch(value):
        return None
    try:
        return base64.b64decode(value.rstrip("=") + "=", altchars=b"-_").hex()
    except binascii.Error:
        return None
