"""Checks of single values that come in with a command; each names the field that is wrong."""

import re
from datetime import datetime, timedelta
from typing import Final

from domain.errors import InvalidInput

NAME_CHARACTERS_MAX: Final = 200
REASON_CHARACTERS_MAX: Final = 500

Field = tuple[str, ...]

# Line breaks and tabs belong to a text that people write; other control characters do not, and a
# surrogate without its partner cannot be written as UTF-8.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def require_text(
    value: str, field: Field, *, characters_max: int, is_optional: bool = False
) -> None:
    """Raise InvalidInput unless `value` is a text of 1 (or 0) to `characters_max` characters."""
    name = field[-1] if field else "value"
    if not is_optional and not value.strip():
        raise InvalidInput(f"{name} must not be empty.", field=field)
    if len(value) > characters_max:
        raise InvalidInput(
            f"{name} has {len(value)} characters; at most {characters_max} are allowed.",
            field=field,
        )
    if _UNWRITABLE.search(value):
        raise InvalidInput(f"{name} holds control characters that cannot be kept.", field=field)


def require_pattern(value: str, field: Field, pattern: str, words: str) -> None:
    """Raise InvalidInput unless the whole of `value` matches; `words` say what it must be."""
    if not re.fullmatch(pattern, value):
        raise InvalidInput(f"{field[-1]} must be {words}.", field=field)


def require_time_zone(moment: datetime, field: Field) -> None:
    """Raise InvalidInput unless `moment` says its time zone."""
    if moment.utcoffset() is None:
        raise InvalidInput(f"{field[-1]} needs a time zone, for example UTC.", field=field)


SEND_LATER_DAYS_MAX: Final = 90
"""How far ahead a message may be scheduled."""


def require_send_at(send_at: datetime | None, now: datetime, field: Field = ("send_at",)) -> None:
    """Raise InvalidInput unless a message may be scheduled for `send_at` (None: at once)."""
    if send_at is None:
        return
    require_time_zone(send_at, field)
    if send_at <= now:
        raise InvalidInput("The time to send at has passed.", field=field)
    if send_at > now + timedelta(days=SEND_LATER_DAYS_MAX):
        raise InvalidInput(
            f"A message can be scheduled at most {SEND_LATER_DAYS_MAX} days ahead.",
            field=field,
        )


def require_share(value: float, field: Field) -> None:
    """Raise InvalidInput unless `value` is a number from 0 to 1."""
    if not 0 <= value <= 1:
        raise InvalidInput(f"{field[-1]} must be a number from 0 to 1.", field=field)
