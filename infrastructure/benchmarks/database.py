"""A database of its own for a measurement, gone afterwards."""

import contextlib
import secrets
from collections.abc import Iterator

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infrastructure.postgres.migrate import migrate
from infrastructure.running_servers import running_servers
from infrastructure.settings import Settings


@contextlib.contextmanager
def measured_database(settings: Settings) -> Iterator[str]:
    """The administrator's address of a fresh, migrated database on the server of this hub.

    Raises EmbeddedServerError, MigrationFailed.
    """
    with running_servers(settings, redis=False, stop_at_once=True) as servers:
        name = sql.Identifier(database := f"hub_bench_{secrets.token_hex(4)}")
        url = make_conninfo("", **(conninfo_to_dict(servers.database_url) | {"dbname": database}))
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
            try:
                migrate(url, settings)
                yield url
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
