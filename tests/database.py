"""Databases for tests: migrated once, then copied afresh for every test that asks for one."""

import base64
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infrastructure.embedded import EmbeddedServers
from infrastructure.postgres.connections import DatabaseRole, connect, role_url
from infrastructure.postgres.migrate import migrate
from infrastructure.settings import Settings
from projections import PROJECTIONS
from projections.builds import create_read_models

MASTER_KEY: Final = base64.b64encode(b"a key that only tests ever use..").decode()
TEMPLATE: Final = "hub_template"

_numbers = itertools.count(1)


@dataclass(frozen=True)
class HubDatabase:
    """A migrated database of its own, and how each role reaches it."""

    admin_url: str
    settings: Settings

    @property
    def serve_url(self) -> str:
        return role_url(self.settings, self.admin_url, DatabaseRole.SERVE)

    @property
    def follow_url(self) -> str:
        return role_url(self.settings, self.admin_url, DatabaseRole.FOLLOW)

    @property
    def work_url(self) -> str:
        return role_url(self.settings, self.admin_url, DatabaseRole.WORK)


def database_url(admin_url: str, name: str) -> str:
    """The address of another database of the same server."""
    return make_conninfo("", **(conninfo_to_dict(admin_url) | {"dbname": name}))


def execute_as_admin(admin_url: str, statement: sql.Composed) -> None:
    """Run one statement outside any transaction."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(scope="session")
def hub_settings(servers_home: Path) -> Settings:
    """Settings with a master key that only tests use."""
    return Settings(home=servers_home, master_key=MASTER_KEY)


@pytest.fixture(scope="session")
def template_database(servers: EmbeddedServers, hub_settings: Settings) -> str:
    """The name of a migrated database that others are copied from."""
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE))
    execute_as_admin(servers.database_url, create)
    url = database_url(servers.database_url, TEMPLATE)
    migrate(url, hub_settings)
    follow_url = role_url(hub_settings, url, DatabaseRole.FOLLOW)
    with connect(follow_url, name="tests-template", autocommit=True) as connection:
        create_read_models(connection, PROJECTIONS)
    return TEMPLATE


@pytest.fixture
def database(
    servers: EmbeddedServers, hub_settings: Settings, template_database: str
) -> Iterator[HubDatabase]:
    """A migrated database of this test alone."""
    name = f"hub_test_{next(_numbers)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
        sql.Identifier(name), sql.Identifier(template_database)
    )
    execute_as_admin(servers.database_url, create)
    yield HubDatabase(database_url(servers.database_url, name), hub_settings)
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    execute_as_admin(servers.database_url, drop)
