"""Migrations bring any database to what the hub needs, once, and say what is in the way."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

import msgspec
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from domain.ports.journal import AppendOutcome
from infrastructure.embedded import EmbeddedServers
from infrastructure.postgres.connections import DatabaseRole, assert_safe_role, role_url
from infrastructure.postgres.event_writer import EventWriter
from infrastructure.postgres.migrate import migrate, migrations
from infrastructure.postgres.roles import MigrationFailed
from infrastructure.settings import Settings
from tests.database import HubDatabase, database_url, execute_as_admin
from tests.store.test_event_writer import request

_numbers = itertools.count(1)


@dataclass
class Plain:
    """A database of a server that somebody else runs, and roles of its own in it."""

    url: str
    settings: Settings


@pytest.fixture
def plain(servers: EmbeddedServers, hub_settings: Settings) -> Iterator[Plain]:
    """An empty database with an owner who may create roles and is no superuser."""
    name = f"outside_{next(_numbers)}"
    owner = sql.Identifier(f"{name}_admin")
    execute_as_admin(
        servers.database_url,
        sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD 'secret'").format(owner),
    )
    execute_as_admin(
        servers.database_url,
        sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), owner),
    )
    parts = conninfo_to_dict(database_url(servers.database_url, name))
    parts.update(user=f"{name}_admin", password="secret")
    yield Plain(
        make_conninfo("", **parts),
        msgspec.structs.replace(hub_settings, database_role_prefix=name),
    )
    execute_as_admin(
        servers.database_url,
        sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)),
    )


def test_a_role_that_may_create_roles_is_enough(plain: Plain) -> None:
    assert migrate(plain.url, plain.settings) == [step.name for step in migrations()]
    assert migrate(plain.url, plain.settings) == []
    for role in DatabaseRole:
        with psycopg.connect(role_url(plain.settings, plain.url, role)) as connection:
            assert_safe_role(connection)
    writer = EventWriter(role_url(plain.settings, plain.url, DatabaseRole.SERVE))
    outcome = writer.append(request(uuid4(), (uuid4(), 1))).outcome
    writer.close()
    assert outcome is AppendOutcome.STORED


def test_processes_that_migrate_together_do_it_once(plain: Plain) -> None:
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: migrate(plain.url, plain.settings), range(4)))
    assert sorted(map(len, done)) == [0, 0, 0, len(migrations())]


def test_a_role_that_may_not_create_roles_is_told_what_it_needs(
    plain: Plain, servers: EmbeddedServers
) -> None:
    owner = sql.Identifier(f"{plain.settings.database_role_prefix}_admin")
    execute_as_admin(servers.database_url, sql.SQL("ALTER ROLE {} NOCREATEROLE").format(owner))
    with pytest.raises(MigrationFailed, match="CREATEROLE") as refusal:
        migrate(plain.url, plain.settings)
    assert "ALTER ROLE" in refusal.value.next_step


def test_a_role_that_may_not_create_schemas_is_told_what_it_needs(
    database: HubDatabase, plain: Plain
) -> None:
    foreign = conninfo_to_dict(database.admin_url)["dbname"]
    with pytest.raises(MigrationFailed) as refusal:
        migrate(database_url(plain.url, str(foreign)), plain.settings)
    assert "CREATE on the database" in refusal.value.next_step


def test_roles_of_another_hub_are_left_alone(plain: Plain) -> None:
    migrate(plain.url, plain.settings)
    stranger = msgspec.structs.replace(plain.settings, master_key="A" * 43 + "=")
    with pytest.raises(MigrationFailed, match="belongs to something else") as refusal:
        migrate(plain.url, stranger)
    assert "HUB_DATABASE_ROLE_PREFIX" in refusal.value.next_step
    with psycopg.connect(role_url(plain.settings, plain.url, DatabaseRole.SERVE)):
        pass


def test_a_role_that_was_given_more_rights_is_refused(database: HubDatabase) -> None:
    execute_as_admin(database.admin_url, sql.SQL("ALTER ROLE hub_work BYPASSRLS").format())
    try:
        with pytest.raises(MigrationFailed, match="bypass row-level security"):
            migrate(database.admin_url, database.settings)
    finally:
        execute_as_admin(database.admin_url, sql.SQL("ALTER ROLE hub_work NOBYPASSRLS").format())


def test_a_migration_that_was_edited_afterwards_is_refused(database: HubDatabase) -> None:
    change = "UPDATE hub.migration SET checksum = 'other' WHERE number = 2"
    execute_as_admin(database.admin_url, sql.SQL(change).format())
    with pytest.raises(MigrationFailed, match="0002_events is not the one that was applied"):
        migrate(database.admin_url, database.settings)


def test_a_database_of_a_newer_version_is_refused(database: HubDatabase) -> None:
    newer = "INSERT INTO hub.migration VALUES (9999, 'future', 'x')"
    execute_as_admin(database.admin_url, sql.SQL(newer).format())
    with pytest.raises(MigrationFailed, match="9999"):
        migrate(database.admin_url, database.settings)


def test_a_server_that_does_not_answer_is_named(hub_settings: Settings) -> None:
    with pytest.raises(MigrationFailed, match="cannot be reached"):
        migrate("postgresql://nobody@/none?host=/nonexistent", hub_settings)


def test_the_server_gets_verifiers_of_passwords_only(
    plain: Plain, servers: EmbeddedServers
) -> None:
    migrate(plain.url, plain.settings)
    with psycopg.connect(servers.database_url) as admin:
        rows = admin.execute("SELECT rolpassword FROM pg_authid WHERE rolcanlogin").fetchall()
    assert {str(row[0])[:13] for row in rows if row[0]} == {"SCRAM-SHA-256"}
