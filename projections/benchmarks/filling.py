"""A measured database with the events of many consultations in it."""

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from domain.identity import TenantId
from domain.ports.journal import AppendRequest
from infrastructure.benchmarks.database import measured_database
from infrastructure.following.event_log import log_head
from infrastructure.following.listener import Connect
from infrastructure.postgres.connections import DatabaseRole, connect, open_pool, role_url
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.settings import Settings
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from projections import PROJECTIONS
from projections.benchmarks.stories import Firm
from projections.builds import create_read_models

BENCH_FIRM: Final = TenantId(UUID("0198b000-0000-7000-8000-000000000001"))
_CONSULTATIONS_PER_COMMIT: Final = 10


@dataclass(frozen=True)
class MeasuredStore:
    """A store to measure with: how followers connect, and a vault."""

    url: str
    connect: Connect
    vault: PostgresVault

    def fill(self, connection: Connection[Any], firm: Firm, events: int) -> int:
        """Add consultations until the log has at least `events` more; returns its head."""
        journal = TransactionJournal(connection, self.vault)
        wanted = log_head(connection) + events
        while log_head(connection) < wanted:
            stories = [firm.consultation() for _ in range(_CONSULTATIONS_PER_COMMIT)]
            with connection.transaction():
                journal.append_many([AppendRequest(records=tuple(story)) for story in stories])
        connection.execute("ANALYZE hub.events")
        return log_head(connection)


@contextlib.contextmanager
def measured_store(settings: Settings) -> Iterator[MeasuredStore]:
    """A fresh database with empty read models, as followers see it."""
    with measured_database(settings) as database_url:
        url = role_url(settings, database_url, DatabaseRole.FOLLOW)
        connect_follow = functools.partial(_connect, url)
        with connect_follow("bench") as connection:
            create_read_models(connection, PROJECTIONS)
        with open_pool(url, name="bench-keys") as pool:
            vault = PostgresVault(Keyring(pool, load_master_key(settings)))
            yield MeasuredStore(url, connect_follow, vault)


def _connect(url: str, name: str) -> Connection[Any]:
    return connect(url, name=name, autocommit=True)
