"""A transaction of one firm: begun in one round trip, kept or undone as a whole."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection
from psycopg.pq import TransactionStatus

from domain.errors import StoreUnavailable
from infrastructure.postgres.connections import HubPool, firm_transaction, open_pool, tenant_session
from tests.database import HubDatabase

AnyConnection = Connection[tuple[Any, ...]]

_NOTE = "CREATE TEMPORARY TABLE IF NOT EXISTS note (firm text)"
_WRITE = "INSERT INTO note VALUES (current_setting('app.tenant'))"


@pytest.fixture
def connection(database: HubDatabase) -> Iterator[AnyConnection]:
    with psycopg.connect(database.admin_url) as opened:
        opened.execute(_NOTE)
        opened.commit()
        yield opened


def notes(connection: AnyConnection) -> list[object]:
    found = [row[0] for row in connection.execute("SELECT firm FROM note").fetchall()]
    connection.commit()
    return found


def test_what_a_firm_wrote_is_kept_and_the_firm_is_forgotten_afterwards(
    connection: AnyConnection,
) -> None:
    firm = uuid4()
    with firm_transaction(connection, firm):
        connection.execute(_WRITE)
    assert notes(connection) == [str(firm)]
    left = connection.execute("SELECT current_setting('app.tenant', true)").fetchone()
    assert left in {(None,), ("",)}


def write_and_fail(connection: AnyConnection) -> None:
    with firm_transaction(connection, uuid4()):
        connection.execute(_WRITE)
        raise ZeroDivisionError


def test_a_failure_undoes_all_of_it_and_leaves_the_connection_as_it_was(
    connection: AnyConnection,
) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_fail(connection)
    assert connection.info.transaction_status is TransactionStatus.IDLE
    assert not connection.autocommit
    assert notes(connection) == []


def write_and_divide(connection: AnyConnection) -> None:
    with firm_transaction(connection, uuid4()):
        connection.execute(_WRITE)
        connection.execute("SELECT 1 / 0")


def test_a_failed_statement_undoes_all_of_it(connection: AnyConnection) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        write_and_divide(connection)
    assert notes(connection) == []


def test_a_part_can_be_undone_by_itself(connection: AnyConnection) -> None:
    with firm_transaction(connection, uuid4()):
        with connection.transaction(force_rollback=True):
            connection.execute(_WRITE)
        connection.execute(_WRITE)
    assert len(notes(connection)) == 1


def firm_seen(pool: HubPool, firm: UUID) -> object:
    with tenant_session(pool, firm) as connection:
        row = connection.execute("SELECT current_setting('app.tenant')").fetchone()
    assert row is not None
    return row[0]


def test_firms_that_follow_each_other_on_a_connection_see_only_themselves(
    database: HubDatabase,
) -> None:
    with open_pool(database.serve_url, name="tests", max_size=1) as pool:
        firms = [uuid4() for _ in range(20)]
        assert [firm_seen(pool, firm) for firm in firms] == [str(firm) for firm in firms]


def lose(pool: HubPool, database: HubDatabase) -> None:
    """The server ends the connection in the middle of a transaction."""
    with tenant_session(pool, uuid4()) as connection:
        with psycopg.connect(database.admin_url, autocommit=True) as admin:
            lost = (connection.info.backend_pid,)
            admin.execute("SELECT pg_terminate_backend(%s, 10000)", lost)
        connection.execute("SELECT 1")


def test_a_connection_that_is_lost_is_told_and_not_given_out_again(database: HubDatabase) -> None:
    with open_pool(database.serve_url, name="tests", max_size=1) as pool:
        with pytest.raises(StoreUnavailable):
            lose(pool, database)
        firm = uuid4()
        assert firm_seen(pool, firm) == str(firm)
