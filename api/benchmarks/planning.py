"""`hub bench planning`: from a member's wish to the plan of a broadcast to 10,000 contacts.

In a whole hub: the read models follow what the plan stores while it is being made.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final

from psycopg import Connection

from api.benchmarks.default_hub import default_environment
from api.benchmarks.measured_firm import add_measured_firm, prepare_database
from api.laboratory.rest import is_followed
from domain.aggregate import Command
from domain.broadcast import Audience, BroadcastContent, BroadcastPlanned, BroadcastPlanRequested
from domain.broadcast_commands import DraftBroadcast, PlanBroadcast
from domain.broadcast_words import TextWords
from domain.identity import BroadcastId, PlanRequestId, SenderNumberId, TenantId
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import ROLE_SCOPES, Role
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.laboratory.crowd import crowd_members, store_crowd
from infrastructure.postgres.connections import DatabaseRole, connect, open_pool, role_url
from infrastructure.running_servers import running_servers
from infrastructure.settings import Settings
from infrastructure.supervision.launch import launched_hub
from infrastructure.unique_ids import new_id
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from infrastructure.wiring import Store, open_store

CONTACTS: Final = 10_000
ROUNDS: Final = 3
TARGET_S: Final = 1.5
MUST_S: Final = 2.0

_LABEL: Final = "semua"
_WORDS: Final = "Yth. {contact_name}, kantor {firm_name} tutup pada hari Senin."
_FOLLOWED_WITHIN_S: Final = 120.0
_PLANNED_WITHIN_S: Final = 60.0


def run(settings: Settings) -> list[Figure]:
    """Plan the same broadcast some times one after the other and take the median.

    Raises EmbeddedServerError, HubNotReadyError, MeasurementFailedError.
    """
    with running_servers(settings, stop_at_once=True) as servers:
        prepare_database(settings, servers.database_url)
        tenant_id = add_measured_firm(settings, servers.database_url).tenant_id
        url = role_url(settings, servers.database_url, DatabaseRole.FOLLOW)
        with (
            launched_hub(settings.home, environment=default_environment()),
            connect(url, name="bench-planning", autocommit=True) as connection,
            open_pool(url, name="bench-keys", max_size=2) as keys,
            open_store(
                settings, servers.database_url, DatabaseRole.SERVE, connections_max=2
            ) as store,
        ):
            vault = PostgresVault(Keyring(keys, load_master_key(settings)))
            sender = _sender(connection)
            _add_crowd(connection, vault, tenant_id, sender)
            planning = _Planning(store, connection, tenant_id, sender)
            measured = [planning.measure() for _ in range(ROUNDS)]
    return [
        Figure.at_most(
            "planning",
            median(measured),
            "s",
            baseline=f"{CONTACTS:,} recipients with words of their own, from the wish to the plan; "
            f"{min(measured):.2f} to {max(measured):.2f} s",
            target=TARGET_S,
            must=MUST_S,
        )
    ]


class _Planning:
    """A broadcast that is planned again and again."""

    def __init__(
        self, store: Store, connection: Connection[Any], tenant_id: TenantId, sender: SenderNumberId
    ) -> None:
        self._store = store
        self._connection = connection
        self._tenant_id = tenant_id
        self._broadcast_id = BroadcastId(new_id())
        self._handle(
            DraftBroadcast(
                broadcast_id=self._broadcast_id,
                tenant_id=tenant_id,
                sender_number_id=sender,
                audience=Audience(labels=(_LABEL,)),
                content=BroadcastContent(title="Libur", words=TextWords(text=_WORDS)),
            )
        )

    def measure(self) -> float:
        """Seconds from the wish for a plan until it stands, by the clock of the store."""
        _wait(lambda: is_followed(self._connection), _FOLLOWED_WITHIN_S, "followed")
        before = len(self._times())
        self._handle(
            PlanBroadcast(broadcast_id=self._broadcast_id, request_id=PlanRequestId(new_id()))
        )
        _wait(lambda: len(self._times()) > before, _PLANNED_WITHIN_S, "planned")
        return self._times()[-1]

    def _times(self) -> list[float]:
        rows = self._connection.execute(
            """
            SELECT extract(epoch FROM planned.recorded_at - wished.recorded_at)
            FROM hub.events AS planned
            JOIN hub.events AS wished ON wished.originator_id = planned.originator_id
                AND wished.originator_version = planned.originator_version - 1
            WHERE planned.originator_id = %s AND planned.topic = %s AND wished.topic = %s
            ORDER BY planned.originator_version
            """,
            (self._broadcast_id, BroadcastPlanned.TOPIC, BroadcastPlanRequested.TOPIC),
        ).fetchall()
        return [float(row[0]) for row in rows]

    def _handle(self, command: Command) -> None:
        provenance = Provenance(
            tenant_id=self._tenant_id,
            actor=Actor(kind=ActorKind.MEMBER, id=str(self._tenant_id)),
            correlation_id=self._broadcast_id,
        )
        self._store.hub.handle(command, provenance, ROLE_SCOPES[Role.LAWYER])


def _add_crowd(
    connection: Connection[Any], vault: PostgresVault, tenant_id: TenantId, sender: SenderNumberId
) -> None:
    members = crowd_members(tenant_id, sender, CONTACTS)
    wrote_at = datetime.now(UTC) - timedelta(seconds=1)
    store_crowd(connection, vault, tenant_id, sender, members, label=_LABEL, wrote_at=wrote_at)


def _sender(connection: Connection[Any]) -> SenderNumberId:
    found: list[SenderNumberId] = []

    def is_known() -> bool:
        rows = connection.execute(
            "SELECT sender_number_id FROM read_model.sender_directory"
        ).fetchall()
        found[:] = [SenderNumberId(row[0]) for row in rows]
        return bool(found)

    _wait(is_known, _FOLLOWED_WITHIN_S, "followed")
    return found[0]


def _wait(is_done: Callable[[], bool], within_s: float, what: str) -> None:
    deadline = time.monotonic() + within_s
    while not is_done():
        if time.monotonic() > deadline:
            raise MeasurementFailedError(f"Not everything was {what} within {within_s:g} s.")
        time.sleep(0.02)
