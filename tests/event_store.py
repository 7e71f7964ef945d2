"""Fixtures for what follows the event store: read models made, connections, a way to append."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import pytest
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from domain.event import EventRecord
from domain.identity import TenantId
from domain.ports.journal import AppendOutcome, AppendRequest
from infrastructure.following.event_log import log_head
from infrastructure.following.listener import Connect
from infrastructure.postgres.connections import HubConnection, HubPool, connect, open_pool
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from projections import PROJECTIONS
from projections.projection_unit import ProjectionUnit
from tests.database import HubDatabase

FIRM: Final = TenantId(UUID("0198a000-0000-7000-8000-000000000001"))
OTHER_FIRM: Final = TenantId(UUID("0198a000-0000-7000-8000-000000000002"))

Store = Callable[[Sequence[EventRecord]], None]


@pytest.fixture
def connect_follow(database: HubDatabase) -> Connect:
    """Opens connections as followers do."""

    def connect_as_follower(name: str) -> HubConnection:
        return connect(database.follow_url, name=name, autocommit=True)

    return connect_as_follower


@pytest.fixture
def follow(connect_follow: Connect) -> Iterator[Connection[Any]]:
    """A connection of the followers' role."""
    with connect_follow("tests") as connection:
        yield connection


@pytest.fixture
def follow_pool(database: HubDatabase) -> Iterator[HubPool]:
    with open_pool(database.follow_url, name="tests-keys") as pool:
        yield pool


@pytest.fixture
def follow_vault(database: HubDatabase, follow_pool: HubPool) -> PostgresVault:
    return PostgresVault(Keyring(follow_pool, load_master_key(database.settings)))


@pytest.fixture
def store(connect_follow: Connect, follow_vault: PostgresVault) -> Iterator[Store]:
    """Appends events together, sealed on the way."""
    with connect_follow("tests-store") as connection:
        journal = TransactionJournal(connection, follow_vault)

        def append(records: Sequence[EventRecord]) -> None:
            (result,) = journal.append_many([AppendRequest(records=tuple(records))])
            assert result.outcome is AppendOutcome.STORED

        yield append


def follow_once(connection: Connection[Any], names: Sequence[str] = ()) -> None:
    """Bring read models up to the head of the log, page by page, as their followers do."""
    head = log_head(connection)
    for projection in PROJECTIONS:
        if names and projection.name not in names:
            continue
        unit = ProjectionUnit(projection)
        position = _position(connection, projection.name)
        while position < head:
            page = unit.read(connection, position, unit.page_max)
            with connection.transaction():
                if page.items:
                    unit.handle(connection, page.items)
                _keep(connection, projection.name, page.position)
            position = page.position


def _position(connection: Connection[Any], name: str) -> int:
    row = connection.execute(
        "SELECT position FROM read_model.follower_position WHERE name = %s", (name,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def _keep(connection: Connection[Any], name: str, position: int) -> None:
    connection.execute(
        "UPDATE read_model.follower_position SET position = %s WHERE name = %s", (position, name)
    )


def count_rows(connection: Connection[Any], name: str) -> int:
    row = connection.execute(
        SQL("SELECT count(*) FROM {}").format(Identifier("read_model", name))
    ).fetchone()
    assert row is not None
    return int(row[0])
