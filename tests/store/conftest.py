"""Fixtures of the event store: pools, vaults, a writer and journals on a database of its own."""

from collections.abc import Iterator

import pytest

from infrastructure.postgres.connections import HubConnection, HubPool, connect, open_pool
from infrastructure.postgres.event_writer import EventWriter
from infrastructure.postgres.journal import WriterJournal
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import MasterKey, load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from tests.database import HubDatabase


@pytest.fixture
def master_key(database: HubDatabase) -> MasterKey:
    return load_master_key(database.settings)


@pytest.fixture
def serve_pool(database: HubDatabase) -> Iterator[HubPool]:
    with open_pool(database.serve_url, name="tests-serve") as pool:
        yield pool


@pytest.fixture
def vault(serve_pool: HubPool, master_key: MasterKey) -> PostgresVault:
    return PostgresVault(Keyring(serve_pool, master_key))


@pytest.fixture
def writer(database: HubDatabase) -> Iterator[EventWriter]:
    event_writer = EventWriter(database.serve_url)
    yield event_writer
    event_writer.close()


@pytest.fixture
def journal(serve_pool: HubPool, writer: EventWriter, vault: PostgresVault) -> WriterJournal:
    return WriterJournal(serve_pool, writer, vault)


@pytest.fixture
def follower(database: HubDatabase) -> Iterator[HubConnection]:
    """A connection that sees every firm, as followers have it."""
    with connect(database.follow_url, name="tests-follow") as connection:
        yield connection


@pytest.fixture
def admin(database: HubDatabase) -> Iterator[HubConnection]:
    with connect(database.admin_url, name="tests-admin", autocommit=True) as connection:
        yield connection
