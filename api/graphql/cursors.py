"""Cursors: places in lists, and positions in the stream of events of a firm.

A position is the firm's own dense sequence number, so that it stays right when the firm moves to
another store. It carries the firm's id: a position of another firm is refused, not misread.
"""

import base64
import binascii
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from api.errors import InvalidCursor
from api.graphql.scalars import Cursor

_POSITION: Final = b"\x01p"
_PLACE: Final = b"\x01k"
_POSITION_BYTES: Final = 2 + 16 + 8
_POSITION_MAX: Final = 1 << 62
_encoder: Final = msgspec.msgpack.Encoder()

P = TypeVar("P", bound=tuple[Any, ...])


def position_cursor(tenant_id: UUID, seq: int) -> Cursor:
    """Return the cursor of a position in the stream of events of a firm."""
    return _encoded(_POSITION + tenant_id.bytes + seq.to_bytes(8, "big"))


def position_of(cursor: Cursor, tenant_id: UUID) -> int:
    """Return the position that a cursor stands for. Raises InvalidCursor."""
    data = _decoded(cursor)
    if len(data) != _POSITION_BYTES or not data.startswith(_POSITION + tenant_id.bytes):
        raise _invalid()
    seq = int.from_bytes(data[18:], "big")
    if seq >= _POSITION_MAX:
        raise _invalid()
    return seq


def place_cursor(list_name: str, place: tuple[int | datetime | UUID | str, ...]) -> Cursor:
    """Return the cursor of a row of a list; `place` is what the list is ordered by."""
    return _encoded(_PLACE + _encoder.encode((list_name, *place)))


def place_of(cursor: Cursor, list_name: str, place_type: type[P]) -> P:
    """Return the place that a cursor of this list stands for. Raises InvalidCursor."""
    data = _decoded(cursor)
    if not data.startswith(_PLACE):
        raise _invalid()
    try:
        values = msgspec.msgpack.decode(data[2:], type=list[Any])
        if not values or values[0] != list_name:
            raise _invalid()
        place: P = msgspec.convert(values[1:], place_type, strict=False)
    except (msgspec.MsgspecError, ValueError, OverflowError) as error:
        raise _invalid() from error
    if not all(_is_storable(value) for value in place):
        raise _invalid()
    return place


def _is_storable(value: Any) -> bool:
    """Whether PostgreSQL can take the value at all; a forged cursor may hold anything."""
    match value:
        case int():
            return abs(value) < _POSITION_MAX
        case datetime():
            return value.tzinfo is not None
        case str():
            return "\0" not in value
        case _:
            return True


def _encoded(data: bytes) -> Cursor:
    return Cursor(base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii"))


def _decoded(cursor: Cursor) -> bytes:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error


def _invalid() -> InvalidCursor:
    return InvalidCursor("The cursor is not one of this list, or not one of your firm.")
