"""Whether two tables of a read model hold the same rows, in canonical form."""

from typing import Any, Final

import msgspec
from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from projections.table import Table

DIFFERENCES_MAX: Final = 5

_CHECKSUM: Final = """
    SELECT count(*), coalesce(sum(hashtextextended(counted::text, 0)::numeric), 0)::text
    FROM {} AS counted
"""


class Difference(msgspec.Struct, frozen=True):
    """A row that differs: its key, and the names of the columns. No values: they may be sealed.

    `columns` is empty for a row that only one of the tables has; `missing_in` says which lacks it.
    """

    key: str
    columns: tuple[str, ...] = ()
    missing_in: str | None = None


class Comparison(msgspec.Struct, frozen=True):
    """What comparing the live rows with those made anew came to."""

    is_equal: bool
    live_rows: int
    rebuilt_rows: int
    differences: tuple[Difference, ...] = ()


def compare_tables(connection: Connection[Any], table: Table[Any], rebuilt: str) -> Comparison:
    """Compare the live table with the build named `rebuilt`, as the current snapshot shows them."""
    live_rows, live_sum = _checksum(connection, table.identifier())
    rebuilt_rows, rebuilt_sum = _checksum(connection, table.identifier(rebuilt))
    if (live_rows, live_sum) == (rebuilt_rows, rebuilt_sum):
        return Comparison(is_equal=True, live_rows=live_rows, rebuilt_rows=rebuilt_rows)
    return Comparison(
        is_equal=False,
        live_rows=live_rows,
        rebuilt_rows=rebuilt_rows,
        differences=tuple(_differences(connection, table, rebuilt)),
    )


def _checksum(connection: Connection[Any], name: Identifier) -> tuple[int, str]:
    row = connection.execute(SQL(_CHECKSUM).format(name)).fetchone()
    if row is None:
        raise RuntimeError("Counting rows returned nothing.")
    return int(row[0]), str(row[1])


def _differences(connection: Connection[Any], table: Table[Any], rebuilt: str) -> list[Difference]:
    statement = SQL(
        """
        SELECT {key}, live IS NULL, rebuilt IS NULL, {changed}
        FROM {live_table} AS live FULL JOIN {rebuilt_table} AS rebuilt USING ({names})
        WHERE live::text IS DISTINCT FROM rebuilt::text
        ORDER BY {names} LIMIT {limit}
        """
    ).format(
        key=_joined(SQL("{}::text"), table.key, SQL(" || ' ' || ")),
        names=_joined(SQL("{}"), table.key, SQL(", ")),
        changed=_joined(
            SQL("live.{0} IS DISTINCT FROM rebuilt.{0}"),
            [column.name for column in table.columns if column.name not in table.key],
            SQL(", "),
        ),
        live_table=table.identifier(),
        rebuilt_table=table.identifier(rebuilt),
        limit=DIFFERENCES_MAX,
    )
    names = [column.name for column in table.columns if column.name not in table.key]
    return [
        _difference(str(row[0]), not_live=row[1], not_rebuilt=row[2], changed=row[3:], names=names)
        for row in connection.execute(statement).fetchall()
    ]


def _difference(
    key: str,
    *,
    not_live: bool,
    not_rebuilt: bool,
    changed: tuple[bool, ...],
    names: list[str],
) -> Difference:
    if not_live or not_rebuilt:
        return Difference(key=key, missing_in="the live table" if not_live else "the rebuild")
    columns = tuple(name for name, differs in zip(names, changed, strict=True) if differs)
    return Difference(key=key, columns=columns)


def _joined(form: SQL, names: list[str] | tuple[str, ...], separator: SQL) -> Composed:
    return separator.join(form.format(Identifier(name)) for name in names)
