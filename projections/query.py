"""A question to a read model: SQL, its parameters and the type of its answers.

The same question can be asked over a blocking connection (jobs, followers) and over an asynchronous
one (the HTTP server). Statements name the read model with its schema, so that a rebuild can swap
the table under them, and repeat the firm in a predicate although row security would do without it.
What they read must not grow with what a firm has, whatever the statistics know (decision 0027).
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Generic, LiteralString, TypeVar

import msgspec
from psycopg import AsyncConnection, Connection
from psycopg.sql import SQL, Composed, Identifier

T = TypeVar("T", bound=msgspec.Struct)


def selected(row_type: type[msgspec.Struct], *, alias: str | None = None) -> Composed:
    """Return the list of the fields of `row_type` for a SELECT, in their order."""
    names = row_type.__struct_fields__
    if alias is None:
        return SQL(", ").join(Identifier(name) for name in names)
    return SQL(", ").join(Identifier(alias, name) for name in names)


@cache
def _composed(statement: LiteralString, source: type[msgspec.Struct]) -> bytes:
    return SQL(statement).format(columns=selected(source)).as_bytes(None)


class Query(Generic[T]):
    """A question and the type of the rows that answer it."""

    __slots__ = ("parameters", "row_type", "statement")

    def __init__(
        self,
        row_type: type[T],
        statement: LiteralString,
        parameters: Mapping[str, Any],
        *,
        source: type[msgspec.Struct] | None = None,
    ) -> None:
        """`statement` may name the fields of the row as `{columns}`."""
        self.row_type = row_type
        self.statement = _composed(statement, source or row_type)
        self.parameters = parameters

    def fetch(self, connection: Connection[Any]) -> list[T]:
        """All rows, over a blocking connection."""
        with connection.cursor(binary=True) as cursor:
            cursor.execute(self.statement, self.parameters)
            return [self.row_type(*row) for row in cursor.fetchall()]

    def first(self, connection: Connection[Any]) -> T | None:
        """The first row, or None, over a blocking connection."""
        return next(iter(self.fetch(connection)), None)

    async def fetch_async(self, connection: AsyncConnection[Any]) -> list[T]:
        """All rows, over an asynchronous connection."""
        async with connection.cursor(binary=True) as cursor:
            await cursor.execute(self.statement, self.parameters)
            return [self.row_type(*row) for row in await cursor.fetchall()]
