"""Fixtures of the vault: pools and vaults of two processes; every test has firms of its own."""

from collections.abc import Iterator

import pytest

from infrastructure.postgres.connections import HubConnection, HubPool, connect, open_pool
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import MasterKey, load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from tests.database import HubDatabase


class Minutes:
    """A clock for caches that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def pass_by(self, minutes: float) -> None:
        self.seconds += minutes * 60


@pytest.fixture
def database(shared_database: HubDatabase) -> HubDatabase:
    return shared_database


@pytest.fixture
def master_key(database: HubDatabase) -> MasterKey:
    return load_master_key(database.settings)


@pytest.fixture
def serve_pool(database: HubDatabase) -> Iterator[HubPool]:
    with open_pool(database.serve_url, name="tests-serve") as pool:
        yield pool


@pytest.fixture
def minutes() -> Minutes:
    return Minutes()


@pytest.fixture
def keyring(serve_pool: HubPool, master_key: MasterKey, minutes: Minutes) -> Keyring:
    return Keyring(serve_pool, master_key, now=minutes)


@pytest.fixture
def vault(keyring: Keyring) -> PostgresVault:
    return PostgresVault(keyring)


@pytest.fixture
def other_process(serve_pool: HubPool, master_key: MasterKey, minutes: Minutes) -> PostgresVault:
    """The vault of another process: the same keys, a memory of its own."""
    return PostgresVault(Keyring(serve_pool, master_key, now=minutes))


@pytest.fixture
def admin(database: HubDatabase) -> Iterator[HubConnection]:
    with connect(database.admin_url, name="tests-admin", autocommit=True) as connection:
        yield connection
