"""The table of a read model: made from its row type, secured, written page by page.

A new build stands in a schema of its own that only the followers may use, under a name with its
number (`timeline__v7`), until it takes the plain name in the schema that everybody reads. Keys and
indexes keep the number, so that two builds stand beside each other.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec
from psycopg import Connection, Copy
from psycopg.sql import SQL, Composed, Identifier

from projections.columns import (
    COPY_HEADER,
    COPY_TRAILER,
    BinaryArray,
    Column,
    columns_of,
    copy_data,
)

SCHEMA: Final = "read_model"
BUILD_SCHEMA: Final = "read_model_build"

R = TypeVar("R", bound=msgspec.Struct)


class Index(NamedTuple):
    """An index. `columns` is written as in CREATE INDEX: `(tenant_id, state) WHERE state = 'due'`.

    With `early` a build has it from the start, because its pages look rows up by it.
    """

    columns: str
    unique: bool = False
    early: bool = False


class Table(Generic[R]):
    """A read model's table: a column per field of `row_type`, and its primary key.

    With `early_key` a build has the key from the start, because its pages replace rows.
    """

    def __init__(
        self,
        name: str,
        row_type: type[R],
        *,
        key: tuple[str, ...],
        indexes: Sequence[Index] = (),
        early_key: bool = True,
    ) -> None:
        self.name = name
        self.row_type = row_type
        self.key = key
        self.indexes = tuple(indexes)
        self.early_key = early_key
        self.columns: tuple[Column, ...] = columns_of(row_type)
        self._statements: dict[tuple[str, ...], bytes] = {}
        self._values = [column.name for column in self.columns if column.name not in key]

    def identifier(self, physical_name: str | None = None) -> Identifier:
        """The table's qualified name for a statement."""
        if physical_name is None or physical_name == self.name:
            return Identifier(SCHEMA, self.name)
        return Identifier(BUILD_SCHEMA, physical_name)

    def begin(self, connection: Connection[Any], physical_name: str) -> None:
        """Create the table with what a build needs from the start."""
        definitions = SQL(", ").join(SQL(_literal(column.definition)) for column in self.columns)
        connection.execute(
            SQL("CREATE TABLE {} ({})").format(self.identifier(physical_name), definitions)
        )
        if self.early_key:
            self._create_key(connection, physical_name)
        self._create_indexes(connection, physical_name, early=True)

    def complete(self, connection: Connection[Any], physical_name: str, role_prefix: str) -> None:
        """Add what is quicker to make of a full table, then limit readers to their own firm.

        Last of a build's COPY: PostgreSQL refuses it for a table with row security.
        """
        if not self.early_key:
            self._create_key(connection, physical_name)
        self._create_indexes(connection, physical_name, early=False)
        self._secure(connection, physical_name, role_prefix)
        connection.execute(SQL("ANALYZE {}").format(self.identifier(physical_name)))

    def _create_key(self, connection: Connection[Any], physical_name: str) -> None:
        connection.execute(
            SQL("ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY ({})").format(
                self.identifier(physical_name),
                Identifier(f"{physical_name}_key"),
                SQL(", ").join(map(Identifier, self.key)),
            )
        )

    def _create_indexes(
        self, connection: Connection[Any], physical_name: str, *, early: bool
    ) -> None:
        for number, index in enumerate(self.indexes, start=1):
            if index.early is early:
                connection.execute(
                    SQL("CREATE {} {} ON {} {}").format(
                        SQL("UNIQUE INDEX" if index.unique else "INDEX"),
                        Identifier(f"{physical_name}_{number}"),
                        self.identifier(physical_name),
                        SQL(_literal(index.columns)),
                    )
                )

    def _secure(self, connection: Connection[Any], physical_name: str, role_prefix: str) -> None:
        table = self.identifier(physical_name)
        owner = Identifier(f"{role_prefix}_follow")
        readers = SQL(", ").join(Identifier(f"{role_prefix}_{role}") for role in ("serve", "work"))
        for statement in (
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            "CREATE POLICY every_firm ON {table} TO {owner} USING (true) WITH CHECK (true)",
            """CREATE POLICY own_firm ON {table} FOR SELECT TO {readers}
                USING (tenant_id = hub.current_tenant())""",
            "GRANT SELECT ON {table} TO {readers}",
        ):
            connection.execute(
                SQL(_literal(statement)).format(table=table, owner=owner, readers=readers)
            )

    def copy_in(self, connection: Connection[Any], physical_name: str, rows: Sequence[R]) -> None:
        """Add rows that are certainly new, by COPY. The table must not be secured yet."""
        if rows:
            values = (msgspec.structs.astuple(row) for row in rows)
            with self.copying(connection, physical_name) as copy:
                copy.write(copy_data(self.columns, values))

    @contextlib.contextmanager
    def copying(self, connection: Connection[Any], physical_name: str) -> Iterator[Copy]:
        """Take rows as binary COPY data, written piece by piece, without header and trailer."""
        with _copying(connection, self.identifier(physical_name)) as copy:
            yield copy

    def insert_copied(self, connection: Connection[Any], physical_name: str, rows: bytes) -> None:
        """Add rows that are binary COPY data to a secured table, by way of a private one."""
        staging = Identifier(f"{self.name}_staging")
        connection.execute(
            SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} (LIKE {}) ON COMMIT DELETE ROWS").format(
                staging, self.identifier(physical_name)
            )
        )
        with _copying(connection, staging) as copy:
            copy.write(rows)
        connection.execute(
            SQL("INSERT INTO {} SELECT * FROM {}").format(self.identifier(physical_name), staging)
        )

    def insert(self, connection: Connection[Any], physical_name: str, rows: Sequence[R]) -> None:
        """Add rows that are certainly new."""
        if rows:
            connection.execute(self._once(self._insert, physical_name), self._arrays(rows))

    def upsert(self, connection: Connection[Any], physical_name: str, rows: Sequence[R]) -> None:
        """Add rows or replace those with the same key."""
        if rows:
            connection.execute(self._once(self._upsert, physical_name), self._arrays(rows))

    def load(
        self, connection: Connection[Any], physical_name: str, column: str, values: Sequence[Any]
    ) -> list[R]:
        """Return the rows whose `column` is one of `values`."""
        array = BinaryArray(self._column(column).type, values)
        with connection.cursor(binary=True) as cursor:
            cursor.execute(self._once(self._load, physical_name, column), (array,))
            return [self.row_type(*row) for row in cursor.fetchall()]

    def _once(self, make: Callable[..., Composed], *names: str) -> bytes:
        """A statement, composed once: composing costs more than a small page does."""
        known = self._statements.get((make.__name__, *names))
        if known is None:
            known = self._statements[make.__name__, *names] = make(*names).as_bytes(None)
        return known

    def _upsert(self, physical_name: str) -> Composed:
        replaced = SQL(", ").join(
            SQL("{0} = EXCLUDED.{0}").format(Identifier(name)) for name in self._values
        )
        return SQL("{} ON CONFLICT ({}) DO UPDATE SET {}").format(
            self._insert(physical_name), SQL(", ").join(map(Identifier, self.key)), replaced
        )

    def _load(self, physical_name: str, column: str) -> Composed:
        return SQL("SELECT {} FROM {} WHERE {} = ANY(%s{})").format(
            self._names(),
            self.identifier(physical_name),
            Identifier(column),
            _cast(self._column(column)),
        )

    def _column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def _names(self) -> Composed:
        return SQL(", ").join(Identifier(column.name) for column in self.columns)

    def _insert(self, physical_name: str) -> Composed:
        arrays = SQL(", ").join(SQL("%s{}").format(_cast(column)) for column in self.columns)
        return SQL("INSERT INTO {} ({}) SELECT * FROM unnest({})").format(
            self.identifier(physical_name), self._names(), arrays
        )

    def _arrays(self, rows: Sequence[R]) -> list[BinaryArray]:
        columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
        return [
            BinaryArray(column.type, values)
            for column, values in zip(self.columns, columns, strict=True)
        ]


@contextlib.contextmanager
def _copying(connection: Connection[Any], table: Identifier) -> Iterator[Copy]:
    statement = SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(table)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(COPY_HEADER)
        yield copy
        copy.write(COPY_TRAILER)


def _cast(column: Column) -> SQL:
    return SQL(_literal(f"::{column.type.name}[]"))


def _literal(text: str) -> Any:
    """Mark text that stands in this package's source as such for the driver's type check."""
    return text
