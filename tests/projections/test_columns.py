"""Columns: what a row's fields are in PostgreSQL, and their binary forms."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID, uuid4

import msgspec
import pytest
from psycopg import Connection

from projections import PROJECTIONS
from projections.columns import BinaryArray, columns_of, moment_at, timestamp_microseconds
from projections.table import Table

Name = NewType("Name", str)


class Colour(StrEnum):
    RED = "red"


class Everything(msgspec.Struct):
    id: UUID
    text: Name
    number: int
    share: float
    flag: bool
    at: datetime
    data: bytes
    colour: Colour
    maybe: int | None = None


ROWS = [
    Everything(
        id=uuid4(),
        text=Name("Pengadilan\tNegeri \u2014 \U0001f600"),
        number=-(2**62),
        share=0.1,
        flag=True,
        at=datetime(2026, 11, 21, 9, 30, 0, 123_456, tzinfo=UTC),
        data=b"\x00\xff",
        colour=Colour.RED,
    ),
    Everything(
        id=uuid4(),
        text=Name(""),
        number=2**62,
        share=-1e300,
        flag=False,
        at=datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        data=b"",
        colour=Colour.RED,
        maybe=7,
    ),
]


@pytest.mark.parametrize("way", ["copy_in", "insert", "upsert"])
def test_every_value_comes_back_as_it_went_in(way: str, follow: Connection[Any]) -> None:
    table = Table("everything", Everything, key=("id",))
    table.begin(follow, "everything__v1")
    getattr(table, way)(follow, "everything__v1", ROWS)
    found = table.load(follow, "everything__v1", "id", [row.id for row in ROWS])
    assert sorted(found, key=lambda row: row.number) == ROWS


def test_an_upsert_replaces_the_row_with_the_same_key(follow: Connection[Any]) -> None:
    table = Table("everything", Everything, key=("id",))
    table.begin(follow, "everything__v1")
    table.insert(follow, "everything__v1", ROWS)
    changed = msgspec.structs.replace(ROWS[0], number=1)
    table.upsert(follow, "everything__v1", [changed])
    assert table.load(follow, "everything__v1", "id", [changed.id]) == [changed]


def test_a_field_without_a_column_type_is_refused_by_name() -> None:
    class Unknown(msgspec.Struct):
        things: list[str]

    with pytest.raises(TypeError, match="things"):
        columns_of(Unknown)


def test_a_moment_survives_postgresql_s_form() -> None:
    for row in ROWS:
        assert moment_at(timestamp_microseconds(row.at)) == row.at


def test_an_array_of_nothing_is_an_array(follow: Connection[Any]) -> None:
    (column, *_) = columns_of(Everything)
    row = follow.execute("SELECT cardinality(%s::uuid[])", (BinaryArray(column.type, []),))
    assert row.fetchone() == (0,)


def test_every_read_model_has_a_firm_in_every_row() -> None:
    for projection in PROJECTIONS:
        columns = {column.name: column for column in projection.table.columns}
        assert not columns["tenant_id"].nullable, projection.name
