"""What the commands about followers share: the store as followers see it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import Connection

from api.cli.output import load_settings
from infrastructure.clock import SystemClock
from infrastructure.following import positions
from infrastructure.following.event_log import log_head
from infrastructure.following.report import Head
from infrastructure.postgres.connections import (
    DatabaseRole,
    HubConnection,
    Row,
    connect,
    open_pool,
    role_url,
)
from infrastructure.running_servers import running_servers
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from jobs.followers.ingest import Ingest, inbox_head
from projections import PROJECTIONS
from projections.builds import create_read_models
from projections.projection import Projection

UNIT_HEADS: dict[str, Head] = {
    "ingest": inbox_head,
    "policies": log_head,
    "webhooks": log_head,
    **{projection.name: log_head for projection in PROJECTIONS},
}
"""Every unit of following, in the order in which facts flow, and where its source ends."""


@dataclass(frozen=True, slots=True)
class FollowersView:
    """The store as followers see it, over one connection and the means for more."""

    url: str
    connection: HubConnection
    ingest: Ingest

    def connect(self, purpose: str) -> Connection[Row]:
        """One more connection."""
        return _connect(self.url, purpose)


@contextlib.contextmanager
def followers_view() -> Iterator[FollowersView]:
    """Open the store; embedded servers are started if need be, missing read models are made."""
    from infrastructure.postgres.migrate import migrate

    settings = load_settings()
    with running_servers(settings, redis=False) as servers:
        migrate(servers.database_url, settings)
        url = role_url(settings, servers.database_url, DatabaseRole.FOLLOW)
        master_key = load_master_key(settings)
        with (
            _connect(url, "operator") as connection,
            open_pool(url, name="hub-operator-keys", max_size=2) as pool,
        ):
            create_read_models(connection, PROJECTIONS)
            positions.register(connection, list(UNIT_HEADS))
            vault = PostgresVault(Keyring(pool, master_key))
            ingest = Ingest(SystemClock(), vault, InboxCipher(master_key), master_key)
            yield FollowersView(url=url, connection=connection, ingest=ingest)


def _connect(url: str, purpose: str) -> HubConnection:
    return connect(url, name=f"hub-{purpose}", autocommit=True)


def projections_named(names: list[str]) -> list[Projection]:
    """The read models with these names. Raises typer.BadParameter."""
    import typer

    known = {projection.name: projection for projection in PROJECTIONS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise typer.BadParameter(
            f"There is no read model {', '.join(unknown)}. Choose from {', '.join(known)}."
        )
    return [known[name] for name in names]
