"""The scalars of the API. Each says where its form is written down."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from api.errors import InvalidCursor, InvalidPageSize
from domain.errors import InvalidInput

PAGE_SIZE_MAX: Final = 100
PAGE_SIZE_DEFAULT: Final = 20
_CURSOR_CHARACTERS_MAX: Final = 200

Cursor = NewType("Cursor", str)
PageSize = NewType("PageSize", int)


def _parse_cursor(value: Any) -> Cursor:
    is_text = isinstance(value, str) and 0 < len(value) <= _CURSOR_CHARACTERS_MAX
    if is_text:
        try:
            base64.b64decode(_padded(value), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            is_text = False
    if not is_text:
        raise InvalidCursor("The cursor has not the form of a cursor of this API.")
    return Cursor(value)


def _padded(value: str) -> bytes:
    return value.encode("ascii") + b"=" * (-len(value) % 4)


def _parse_page_size(value: Any) -> PageSize:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= PAGE_SIZE_MAX:
        raise InvalidPageSize(f"A page has 0 to {PAGE_SIZE_MAX} items.")
    return PageSize(value)


def _serialize_moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _parse_moment(value: Any) -> datetime:
    moment: datetime | None = None
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidInput("A DateTime has the form 2026-11-20T09:30:00Z, with a time zone.")
    return moment


def _serialize_duration(value: timedelta) -> str:
    return f"PT{int(value.total_seconds())}S"


def _parse_duration(_value: Any) -> timedelta:
    raise InvalidInput("A Duration is only given out, never taken.")


SCALARS: Final[dict[object, ScalarDefinition]] = {
    Cursor: strawberry.scalar(
        name="Cursor",
        description="A place in a list or in the stream of events; opaque.",
        specified_by_url="https://relay.dev/graphql/connections.htm#sec-Cursor",
        serialize=str,
        parse_value=_parse_cursor,
    ),
    PageSize: strawberry.scalar(
        name="PageSize",
        description=f"The number of items of a page: an integer from 0 to {PAGE_SIZE_MAX}.",
        specified_by_url="https://spec.graphql.org/September2025/#sec-Int",
        serialize=int,
        parse_value=_parse_page_size,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment as RFC 3339 text in UTC, to the millisecond.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=_serialize_moment,
        parse_value=_parse_moment,
    ),
    timedelta: strawberry.scalar(
        name="Duration",
        description="A span of time as ISO 8601 text, such as PT900S.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#appendix-A",
        serialize=_serialize_duration,
        parse_value=_parse_duration,
    ),
}
