"""Connections of a hub: always as a role that cannot bypass row-level security."""

import contextlib
import select
import time
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, ClassVar, Final, LiteralString
from uuid import UUID

import psycopg
import psycopg_pool
from psycopg import AsyncConnection, Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL
from psycopg_pool import ConnectionPool

from domain.errors import HubError, StoreUnavailable
from infrastructure.settings import Settings
from infrastructure.vault.master_key import load_master_key

STATEMENT_TIMEOUT_MS: Final = 30_000
LOCK_TIMEOUT_MS: Final = 10_000
IDLE_TIMEOUT_MS: Final = 60_000

Row = tuple[Any, ...]
HubConnection = Connection[Row]
HubAsyncConnection = AsyncConnection[Row]
HubPool = ConnectionPool[HubConnection]


class DatabaseRole(StrEnum):
    """The roles that processes connect as. None of them can bypass row-level security.

    SERVE answers requests and sees one firm per session, WORK carries out jobs and sees one firm
    per session, FOLLOW runs followers, projections and the schedule and sees every firm.
    """

    SERVE = "serve"
    FOLLOW = "follow"
    WORK = "work"


class UnsafeDatabaseRole(HubError):
    """The process is connected in a way that firms are not kept apart by the database."""

    code: ClassVar[str] = "UNSAFE_DATABASE_ROLE"
    hint: ClassVar[str] = "Run `hub migrate`, and connect as one of the roles that it makes."


def role_name(settings: Settings, role: DatabaseRole | str) -> str:
    """The name of a role in the database server."""
    return f"{settings.database_role_prefix}_{role}"


def role_url(settings: Settings, admin_url: str, role: DatabaseRole) -> str:
    """The connection string of `role` for the database that `admin_url` names."""
    name = role_name(settings, role)
    parts = conninfo_to_dict(admin_url)
    parts.update(user=name, password=load_master_key(settings).password(name))
    return make_conninfo("", **parts)


def connection_options(
    *,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
    lock_timeout_ms: int = LOCK_TIMEOUT_MS,
    idle_timeout_ms: int = IDLE_TIMEOUT_MS,
) -> str:
    """Session settings of a connection, for the `options` part of a connection string."""
    return (
        f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_timeout_ms} "
        f"-c idle_in_transaction_session_timeout={idle_timeout_ms} -c timezone=UTC"
    )


def connect(url: str, *, name: str, autocommit: bool = False, **options: int) -> HubConnection:
    """One connection of its own, with time limits. Raises StoreUnavailable.

    `name` is shown in pg_stat_activity; `options` are those of `connection_options`.
    """
    try:
        return Connection.connect(
            url,
            autocommit=autocommit,
            application_name=name,
            options=connection_options(**options),
            connect_timeout=5,
        )
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"No connection to PostgreSQL: {error}.") from error


class _FreshConnections(ConnectionPool[HubConnection]):
    """A pool that gives out only connections that the server has not ended.

    The library's own check pauses 1, 2, 4 s after each dead connection that it meets, so that a
    pool of some size is of no use for its whole waiting time after a restart of PostgreSQL. Here
    the first dead connection makes the pool replace all that it holds, without a pause.
    """

    def getconn(self, timeout: float | None = None) -> HubConnection:
        """Wait for a connection that answers, at most `timeout` seconds; PoolTimeout after that."""
        wait_s = self.timeout if timeout is None else timeout
        deadline = time.monotonic() + wait_s
        while True:
            asked_at = time.monotonic()
            connection = super().getconn(max(0.0, deadline - asked_at))
            try:
                if _has_news(connection):
                    self.check_connection(connection)
            except psycopg.Error:
                self._replace_all(connection, asked_at)
            except BaseException:
                self.putconn(connection)
                raise
            else:
                return connection

    def _replace_all(self, dead: HubConnection, asked_at: float) -> None:
        if self._replaced_at < asked_at:
            # Several threads meet dead connections at once; the first one has them replaced.
            self._replaced_at = time.monotonic()
            self.drain()
        self.putconn(dead)

    _replaced_at = 0.0


def _has_news(connection: HubConnection) -> bool:
    """Whether something came over a connection since it was used: the server says nothing to an
    idle one but that it ends, and to ask each time would be a round trip for every transaction.
    """  # noqa: D205
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


async def connect_async(url: str, *, name: str) -> HubAsyncConnection:
    """One autocommit connection for an event loop. Raises StoreUnavailable."""
    try:
        return await AsyncConnection.connect(
            url,
            autocommit=True,
            application_name=name,
            options=connection_options(),
            connect_timeout=5,
        )
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"No connection to PostgreSQL: {error}.") from error


def open_pool(
    url: str, *, name: str, min_size: int = 1, max_size: int = 8, wait_s: float = 5.0
) -> HubPool:
    """A pool of connections with time limits; close it. Waiting longer than `wait_s` for a
    connection raises StoreUnavailable in `pooled`.
    """  # noqa: D205
    return _FreshConnections(
        url,
        kwargs={"application_name": name, "options": connection_options(), "connect_timeout": 5},
        min_size=min_size,
        max_size=max_size,
        timeout=wait_s,
        name=name,
        open=True,
    )


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    """Tells the loss of the database as StoreUnavailable; other errors pass."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg_pool.PoolTimeout) as error:
        raise StoreUnavailable(f"PostgreSQL does not answer: {error}") from error


_SET_TENANT: Final = "SELECT set_config('app.tenant', %s, true)"


def enter_tenant(connection: HubConnection, tenant_id: UUID) -> None:
    """Let the transaction that `connection` is in see the rows of one firm."""
    connection.execute(_SET_TENANT, (str(tenant_id),))


@contextlib.contextmanager
def firm_transaction(
    connection: HubConnection, tenant_id: UUID, mode: LiteralString = ""
) -> Iterator[None]:
    """A transaction that sees the rows of one firm; commits when the block ends without error.

    It is begun in one round trip; the driver would need two. `mode` follows the word BEGIN.
    """
    begin = SQL("BEGIN {}; SET LOCAL app.tenant = {}").format(SQL(mode), str(tenant_id))
    connection.autocommit = True  # or the driver begins one by itself
    try:
        connection.execute(begin, prepare=False)
        try:
            yield
        except BaseException:
            with contextlib.suppress(psycopg.Error):
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    finally:
        if connection.info.transaction_status is TransactionStatus.IDLE:
            connection.autocommit = False
        else:
            connection.close()


@contextlib.contextmanager
def tenant_session(pool: HubPool, tenant_id: UUID) -> Iterator[HubConnection]:
    """A transaction that sees the rows of one firm; commits when the block ends without error.

    Raises StoreUnavailable.
    """
    with (
        store_errors(),
        pool.connection() as connection,
        firm_transaction(connection, tenant_id),
    ):
        yield connection


def assert_safe_role(connection: HubConnection) -> None:
    """Refuse to work where the database would not keep firms apart.

    Raises UnsafeDatabaseRole when the role is a superuser or may bypass row-level security, or
    when a table with a tenant_id lacks forced row-level security.
    """
    attributes = connection.execute(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if attributes is None:
        raise UnsafeDatabaseRole("The database does not know the role of this session.")
    name, is_superuser, bypasses = attributes
    if is_superuser or bypasses:
        raise UnsafeDatabaseRole(
            f"The database role {name} can read the rows of every firm "
            f"({'superuser' if is_superuser else 'BYPASSRLS'})."
        )
    open_tables = connection.execute(
        """
        SELECT format('%I.%I', namespace.nspname, class.relname)
        FROM pg_class AS class
        JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
        JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
        WHERE namespace.nspname IN ('hub', 'read_model')
        AND class.relkind IN ('r', 'p')
        AND attribute.attname = 'tenant_id' AND NOT attribute.attisdropped
        AND NOT (class.relrowsecurity AND class.relforcerowsecurity)
        ORDER BY 1
        """
    ).fetchall()
    if open_tables:
        names = ", ".join(row[0] for row in open_tables)
        raise UnsafeDatabaseRole(
            f"These tables hold rows of firms without forced row-level security: {names}."
        )
