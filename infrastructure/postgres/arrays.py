"""Arrays as PostgreSQL reads them, written in one go: an append sends thousands of values.

The adapters of psycopg write an array value by value. Here the types are known beforehand, so the
binary form (one header, then each value behind its length) is joined from whole lists.
"""

import struct
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from psycopg import AsyncConnection, Connection
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Dumper
from psycopg.pq import Format

_HEADER = struct.Struct("!iiiii").pack
_LENGTH = struct.Struct("!i").pack
_NULL = _LENGTH(-1)


class BinaryArray:
    """An array parameter in binary form."""

    ELEMENT_OID: ClassVar[int]
    ARRAY_OID: ClassVar[int]

    __slots__ = ("data",)

    def __init__(self, count: int, body: bytes, *, has_null: bool = False) -> None:
        if count == 0:
            self.data = struct.pack("!iii", 0, 0, self.ELEMENT_OID)
        else:
            self.data = _HEADER(1, int(has_null), self.ELEMENT_OID, count, 1) + body


class UuidArray(BinaryArray):
    """uuid[]."""

    ELEMENT_OID = 2950
    ARRAY_OID = 2951

    def __init__(self, values: Sequence[UUID]) -> None:
        prefix = _LENGTH(16)
        super().__init__(len(values), prefix.join([b"", *[value.bytes for value in values]]))


class BigintArray(BinaryArray):
    """bigint[]."""

    ELEMENT_OID = 20
    ARRAY_OID = 1016

    def __init__(self, values: Sequence[int]) -> None:
        flat: list[int] = []
        for value in values:
            flat += (8, value)
        super().__init__(len(values), struct.pack("!" + "iq" * len(values), *flat))


class BooleanArray(BinaryArray):
    """boolean[]."""

    ELEMENT_OID = 16
    ARRAY_OID = 1000

    def __init__(self, values: Sequence[bool]) -> None:
        prefix = _LENGTH(1)
        body = prefix.join([b"", *[b"\x01" if value else b"\x00" for value in values]])
        super().__init__(len(values), body)


class ByteaArray(BinaryArray):
    """bytea[]."""

    ELEMENT_OID = 17
    ARRAY_OID = 1001

    def __init__(self, values: Sequence[bytes]) -> None:
        parts: list[bytes] = []
        for value in values:
            parts += (_LENGTH(len(value)), value)
        super().__init__(len(values), b"".join(parts))


class TextArray(BinaryArray):
    """text[], with NULL for None."""

    ELEMENT_OID = 25
    ARRAY_OID = 1009

    def __init__(self, values: Sequence[str | None]) -> None:
        parts: list[bytes] = []
        has_null = False
        for value in values:
            if value is None:
                has_null = True
                parts.append(_NULL)
            else:
                encoded = value.encode()
                parts += (_LENGTH(len(encoded)), encoded)
        super().__init__(len(values), b"".join(parts), has_null=has_null)


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: BinaryArray) -> Buffer:
        return obj.data


def register_arrays(connection: Connection[Any] | AsyncConnection[Any]) -> None:
    """Let `connection` take `BinaryArray` parameters."""
    adapters: AdaptersMap = connection.adapters
    for array_type in (UuidArray, BigintArray, BooleanArray, ByteaArray, TextArray):
        name = f"{array_type.__name__}Dumper"
        dumper = type(name, (_ArrayDumper,), {"oid": array_type.ARRAY_OID})
        adapters.register_dumper(array_type, dumper)
