"""What the set-up commands share: the store, the operator's name, ids given as text."""

import contextlib
import getpass
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from api.cli.output import load_settings
from api.cli.run import CommandFailedError
from domain.identity import TenantId
from infrastructure.firm_setup import FirmSetup
from infrastructure.firms import firm_of
from infrastructure.postgres.connections import DatabaseRole, HubConnection, connect, role_url
from infrastructure.running_servers import running_servers
from infrastructure.settings import Settings
from infrastructure.wiring import Store, open_store


@dataclass(frozen=True, slots=True)
class Operator:
    """The person at the command line, with a store to set firms up in."""

    settings: Settings
    setup: FirmSetup
    store: Store
    name: str
    all_firms: HubConnection

    def firm_of(self, stream_id: UUID, noun: str) -> TenantId:
        """The firm that a thing belongs to. Raises NotFound."""
        return firm_of(self.all_firms, stream_id, noun=noun)


@contextlib.contextmanager
def operator() -> Iterator[Operator]:
    """Open the store for set-up commands; embedded servers are started if need be."""
    from infrastructure.postgres.migrate import migrate

    settings = load_settings()
    with running_servers(settings, redis=False) as servers:
        migrate(servers.database_url, settings)
        follow_url = role_url(settings, servers.database_url, DatabaseRole.FOLLOW)
        with (
            open_store(
                settings, servers.database_url, DatabaseRole.SERVE, connections_max=2
            ) as store,
            connect(follow_url, name="hub-operator", autocommit=True) as all_firms,
        ):
            yield Operator(
                settings=settings,
                setup=FirmSetup(store, operator=_operator_name()),
                store=store,
                name=_operator_name(),
                all_firms=all_firms,
            )


def _operator_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"


def parse_id(text: str, noun: str) -> UUID:
    """The id that `text` stands for. Raises CommandFailedError."""
    try:
        return UUID(text)
    except ValueError:
        raise CommandFailedError(
            f"{text!r} is not the id of a {noun}. An id looks like "
            "01936f2e-7a3c-7c52-8f10-2b6d5f0c9a11."
        ) from None
