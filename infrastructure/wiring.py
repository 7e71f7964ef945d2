"""Composition of what every process needs: the store of one hub, opened as one role."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from domain.hub import LawyersHub
from infrastructure.clock import SystemClock
from infrastructure.postgres.connections import (
    DatabaseRole,
    HubPool,
    assert_safe_role,
    open_pool,
    role_url,
)
from infrastructure.postgres.event_writer import EventWriter
from infrastructure.postgres.journal import WriterJournal
from infrastructure.settings import Settings
from infrastructure.unique_ids import new_event_id
from infrastructure.vault.erasure_ear import hearing_erasures
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from infrastructure.vault.secret_store import SecretStore


@dataclass(frozen=True, slots=True)
class Store:
    """The store of a hub as one role sees it. `url` connects as that role."""

    settings: Settings
    role: DatabaseRole
    url: str
    pool: HubPool
    keyring: Keyring
    vault: PostgresVault
    secrets: SecretStore
    writer: EventWriter
    journal: WriterJournal
    hub: LawyersHub
    clock: SystemClock


CONNECTIONS_MAX: Final = 9
"""One more than threads ask for at a time: a key may have to be read while streams are."""


@contextlib.contextmanager
def open_store(
    settings: Settings,
    database_url: str,
    role: DatabaseRole,
    *,
    connections_max: int = CONNECTIONS_MAX,
) -> Iterator[Store]:
    """Open the store as `role` and close it when the block ends.

    Raises StoreUnavailable, and UnsafeDatabaseRole where the database would not keep firms apart.
    """
    url = role_url(settings, database_url, role)
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(open_pool(url, name=f"hub-{role}", max_size=connections_max))
        with pool.connection() as connection:
            assert_safe_role(connection)
        master_key = load_master_key(settings)
        keyring = Keyring(pool, master_key)
        stack.enter_context(hearing_erasures(url, keyring))
        vault = PostgresVault(keyring)
        writer = stack.enter_context(
            contextlib.closing(EventWriter(url, queue_max=settings.writer_queue_max))
        )
        journal = WriterJournal(pool, writer, vault)
        clock = SystemClock()
        yield Store(
            settings=settings,
            role=role,
            url=url,
            pool=pool,
            keyring=keyring,
            vault=vault,
            secrets=SecretStore(pool, keyring, master_key.derive("fingerprints")),
            writer=writer,
            journal=journal,
            hub=LawyersHub(journal, clock, new_event_id, vault),
            clock=clock,
        )
