"""Databases for tests: migrated once, then copied afresh for every test that asks for one."""

import base64
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
SPARES: Final = 2

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


class SpareDatabases:
    """Copies of the template, made in the background while tests run on earlier ones."""

    def __init__(self, admin_url: str, template: str) -> None:
        self._admin_url = admin_url
        self._template = sql.Identifier(template)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="spare-databases")
        self._spares = [self._worker.submit(self._make) for _ in range(SPARES)]

    def take(self) -> str:
        """The name of a fresh database."""
        self._spares.append(self._worker.submit(self._make))
        try:
            return self._spares.pop(0).result()
        except psycopg.Error:
            # A test that ends the server by force also ends what goes on in the background.
            return self._make()

    def give_back(self, name: str) -> None:
        """Drop a database some time."""
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        self._worker.submit(execute_as_admin, self._admin_url, drop)

    def close(self) -> None:
        """Finish what goes on; the server and all its databases are thrown away afterwards."""
        self._worker.shutdown(cancel_futures=True)

    def _make(self) -> str:
        name = f"hub_test_{next(_numbers)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), self._template
        )
        execute_as_admin(self._admin_url, create)
        return name


@pytest.fixture(scope="session")
def spare_databases(servers: EmbeddedServers, template_database: str) -> Iterator[SpareDatabases]:
    """Databases that are ready when a test asks for one."""
    spares = SpareDatabases(servers.database_url, template_database)
    yield spares
    spares.close()


@pytest.fixture(scope="session")
def shared_database(
    servers: EmbeddedServers, hub_settings: Settings, spare_databases: SpareDatabases
) -> HubDatabase:
    """One database for all tests that keep to firms of their own and look at nothing else."""
    return HubDatabase(database_url(servers.database_url, spare_databases.take()), hub_settings)


@pytest.fixture
def database(
    servers: EmbeddedServers, hub_settings: Settings, spare_databases: SpareDatabases
) -> Iterator[HubDatabase]:
    """A migrated database of this test alone."""
    name = spare_databases.take()
    yield HubDatabase(database_url(servers.database_url, name), hub_settings)
    spare_databases.give_back(name)
