"""Columns: which SQL type a field of a row has, and its binary form for COPY and for arrays.

The binary forms are PostgreSQL's send/receive formats. They are written here because a page of
events is turned into columns or COPY data in one go, which the driver's own adaptation does value
by value at several times the cost.
"""

import struct
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
"""PostgreSQL counts time in microseconds since its epoch."""
_INT64 = struct.Struct(">q")
_FLOAT64 = struct.Struct(">d")
_LENGTH = struct.Struct(">i")
_ARRAY_HEADER = struct.Struct(">iiIii")
_NULL: Final = b"\xff\xff\xff\xff"

Encoder = Callable[[Any], bytes]


def timestamp_microseconds(moment: datetime) -> int:
    """Return the microseconds since 2000-01-01 UTC, PostgreSQL's form of a point in time."""
    return (moment - EPOCH) // MICROSECOND


def moment_at(microseconds: int) -> datetime:
    """Return the point in time that PostgreSQL's form stands for."""
    return EPOCH + timedelta(microseconds=microseconds)


def _encode_moment(moment: datetime) -> bytes:
    return _INT64.pack((moment - EPOCH) // MICROSECOND)


def _encode_uuid(identifier: UUID) -> bytes:
    return identifier.bytes


def _encode_flag(flag: bool) -> bytes:
    return b"\x01" if flag else b"\x00"


def _encode_same(data: bytes) -> bytes:
    return data


class SqlType(NamedTuple):
    """A type of PostgreSQL: its name, its object id, and how a value is sent in binary."""

    name: str
    oid: int
    encode: Encoder


_SQL_TYPES: Final[dict[type, SqlType]] = {
    UUID: SqlType("uuid", 2950, _encode_uuid),
    str: SqlType("text", 25, str.encode),
    int: SqlType("bigint", 20, _INT64.pack),
    float: SqlType("double precision", 701, _FLOAT64.pack),
    bool: SqlType("boolean", 16, _encode_flag),
    datetime: SqlType("timestamptz", 1184, _encode_moment),
    bytes: SqlType("bytea", 17, _encode_same),
}


class Column(NamedTuple):
    """A column of a read model, derived from a field of its row type."""

    name: str
    type: SqlType
    nullable: bool

    @property
    def definition(self) -> str:
        """The column as it stands in CREATE TABLE."""
        return f"{self.name} {self.type.name}{'' if self.nullable else ' NOT NULL'}"


def columns_of(row_type: type) -> tuple[Column, ...]:
    """Return the columns that the fields of `row_type` stand for, in order.

    Raises TypeError for a field whose type has no column type.
    """
    hints = typing.get_type_hints(row_type)
    fields: tuple[str, ...] = row_type.__struct_fields__  # type: ignore[attr-defined]
    return tuple(_column(name, hints[name]) for name in fields)


def _column(name: str, hint: Any) -> Column:
    nullable = False
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        inner = [choice for choice in typing.get_args(hint) if choice is not type(None)]
        nullable = len(inner) < len(typing.get_args(hint))
        hint = inner[0] if len(inner) == 1 else hint
    while hasattr(hint, "__supertype__"):
        hint = hint.__supertype__
    if isinstance(hint, type) and issubclass(hint, Enum) and issubclass(hint, str):
        hint = str
    sql_type = _SQL_TYPES.get(hint)
    if sql_type is None:
        raise TypeError(
            f"The field {name} has the type {hint!r}, which no column has; use one of "
            f"{', '.join(known.__name__ for known in _SQL_TYPES)}."
        )
    return Column(name, sql_type, nullable)


class BinaryArray:
    """A column of values in PostgreSQL's binary array form, ready to be sent as a parameter."""

    __slots__ = ("data",)

    def __init__(self, sql_type: SqlType, values: Sequence[Any]) -> None:
        encode = sql_type.encode
        length = _LENGTH.pack
        parts = [_ARRAY_HEADER.pack(1, 1, sql_type.oid, len(values), 1)]
        for value in values:
            if value is None:
                parts.append(_NULL)
            else:
                data = encode(value)
                parts.append(length(len(data)))
                parts.append(data)
        self.data = b"".join(parts)


class _BinaryArrayDumper(Dumper):
    format = Format.BINARY
    oid = 0  # the cast in the statement says which array it is

    def dump(self, obj: BinaryArray) -> Buffer:
        return obj.data


psycopg.adapters.register_dumper(BinaryArray, _BinaryArrayDumper)

COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
"""What binary COPY data begins with."""

COPY_TRAILER: Final = struct.pack(">h", -1)
"""What binary COPY data ends with."""


def copy_data(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return `rows` as the body of binary COPY data, without header and trailer."""
    count = struct.pack(">h", len(columns))
    encoders = [column.type.encode for column in columns]
    length = _LENGTH.pack
    parts: list[bytes] = []
    for row in rows:
        parts.append(count)
        for encode, value in zip(encoders, row, strict=True):
            if value is None:
                parts.append(_NULL)
            else:
                data = encode(value)
                parts.append(length(len(data)))
                parts.append(data)
    return b"".join(parts)
