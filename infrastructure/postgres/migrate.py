"""Brings a database to the state that this version of the hub needs; never changes what was done.

The files in `migrations/` are applied in the order of their numbers, each once, each in one
transaction, and remembered with a checksum: a file that was applied is never edited.
"""

import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Final

import msgspec
import psycopg
from psycopg import Connection, sql

from infrastructure.postgres.roles import MigrationFailed, make_roles, role_tokens
from infrastructure.settings import Settings
from infrastructure.vault.master_key import load_master_key

SERVER_VERSION_MIN: Final = 150_000

Tokens = Mapping[str, sql.Composable]
"""What stands for the @names@ in a migration."""

_TOKEN: Final = re.compile(r"@([a-z_]+)@")
_FILE: Final = re.compile(r"(\d{4})_[a-z_]+\.sql")
_LOCK: Final = "SELECT pg_advisory_lock(hashtextextended('hub migrate', 0))"
_UNLOCK: Final = "SELECT pg_advisory_unlock(hashtextextended('hub migrate', 0))"


class Migration(msgspec.Struct, frozen=True):
    """One step: its number, its name and its text with names still to be filled in."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations() -> list[Migration]:
    """All steps in order."""
    folder = resources.files("infrastructure.postgres") / "migrations"
    found = [
        Migration(int(match.group(1)), file.name.removesuffix(".sql"), file.read_text("utf-8"))
        for file in folder.iterdir()
        if (match := _FILE.fullmatch(file.name))
    ]
    return sorted(found, key=lambda migration: migration.number)


def render(text: str, tokens: Tokens) -> sql.Composed:
    """The statements of a migration with every @name@ filled in."""
    parts: list[sql.Composable] = []
    position = 0
    for match in _TOKEN.finditer(text):
        parts.append(sql.SQL(text[position : match.start()]))
        parts.append(tokens[match.group(1)])
        position = match.end()
    parts.append(sql.SQL(text[position:]))
    return sql.Composed(parts)


def event_table_tokens(schema: str = "hub", events: str = "events") -> Tokens:
    """The names in the file of the event table; the hub's own table has short names."""
    own = (schema, events) == ("hub", "events")
    return {
        "schema": sql.Identifier(schema),
        "events": sql.Identifier(events),
        "events_sequence": sql.Identifier(f"{events}_notification_id_seq"),
        "receipts": sql.Identifier("command_receipt" if own else f"{events}_receipt"),
        "append_events": sql.Identifier("append_events" if own else f"append_{events}"),
        "append_lock": sql.Literal(f"append {schema}.{events}"),
        "events_channel": sql.Literal(events),
    }


def migrate(admin_url: str, settings: Settings) -> list[str]:
    """Make roles, schemas and tables; returns the names of the steps that were applied now.

    May run at any time, from several processes at once, and again. `admin_url` names a superuser
    or a role with CREATEROLE that may create schemas in the database. Raises MigrationFailed.
    """
    key = load_master_key(settings)
    try:
        with _locked(admin_url) as connection:
            _check_server(connection)
            with connection.transaction():
                make_roles(connection, settings, key)
            return _apply_missing(connection, settings)
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationFailed(
            f"The role in HUB_DATABASE_URL lacks a right: {error}",
            hint="It needs CREATEROLE and CREATE on the database "
            "(GRANT CREATE ON DATABASE … TO …).",
        ) from error
    except psycopg.OperationalError as error:
        raise MigrationFailed(f"The database cannot be reached: {error}") from error


@contextlib.contextmanager
def _locked(admin_url: str) -> Iterator[Connection]:
    with Connection.connect(
        admin_url, autocommit=True, connect_timeout=10, application_name="hub migrate"
    ) as connection:
        connection.execute(_LOCK)
        try:
            yield connection
        finally:
            if not connection.closed:
                connection.execute(_UNLOCK)


def _check_server(connection: Connection) -> None:
    if connection.info.server_version < SERVER_VERSION_MIN:
        raise MigrationFailed(
            f"PostgreSQL is version {connection.info.parameter_status('server_version')}; "
            "the hub needs 15 or newer."
        )


def _apply_missing(connection: Connection, settings: Settings) -> list[str]:
    tokens: Tokens = {**role_tokens(settings.database_role_prefix), **event_table_tokens()}
    owner = tokens["owner"]
    with connection.transaction():
        connection.execute(
            sql.SQL("CREATE SCHEMA IF NOT EXISTS hub AUTHORIZATION {}").format(owner)
        )
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(owner))
        connection.execute(
            """
            CREATE TABLE IF NOT EXISTS hub.migration (
                number integer PRIMARY KEY,
                name text NOT NULL,
                checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
        rows = connection.execute("SELECT number, checksum FROM hub.migration").fetchall()
    applied: dict[int, str] = dict(rows)
    _check_known(applied)
    done = []
    for migration in migrations():
        if migration.number not in applied:
            _apply(connection, migration, tokens)
            done.append(migration.name)
    return done


def _check_known(applied: dict[int, str]) -> None:
    known = {migration.number: migration for migration in migrations()}
    for number, checksum in applied.items():
        migration = known.get(number)
        if migration is None:
            raise MigrationFailed(
                f"The database has migration {number:04}, which this version does not know.",
                hint="The database was used by a newer version of the hub: run that version.",
            )
        if migration.checksum != checksum:
            raise MigrationFailed(
                f"The migration {migration.name} is not the one that was applied to the database.",
                hint="Restore the file as it was and put the change into a new migration.",
            )


def _apply(connection: Connection, migration: Migration, tokens: Tokens) -> None:
    try:
        with connection.transaction():
            connection.execute(render(migration.text, tokens))
            connection.execute(
                sql.SQL("SET LOCAL ROLE {}").format(tokens["owner"]),
            )
            connection.execute(
                "INSERT INTO hub.migration (number, name, checksum) VALUES (%s, %s, %s)",
                (migration.number, migration.name, migration.checksum),
            )
    except psycopg.errors.InsufficientPrivilege:
        raise
    except psycopg.Error as error:
        raise MigrationFailed(f"The migration {migration.name} failed: {error}") from error
