"""A whole hub beside a simulated WhatsApp, with firms on it, for tests that look from outside."""

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
from psycopg import Connection

from api.laboratory.rest import heads, is_followed, unfinished
from domain.identity import SenderNumberId, TenantId
from domain.intake import IntakeFlow
from domain.scopes import Role
from infrastructure.embedded import EmbeddedServers, embedded_servers
from infrastructure.firm_setup import FirmSetup
from infrastructure.postgres.connections import DatabaseRole, connect, open_pool, role_url
from infrastructure.postgres.migrate import migrate
from infrastructure.settings import Settings
from infrastructure.simulator import simulator_server
from infrastructure.supervision.launch import LaunchedHub, launched_hub
from infrastructure.supervision.readiness import free_port
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from infrastructure.wiring import Store, open_store
from tests.journeys.meta import SHARED_NUMBERS, Number, meta, shared_number
from tests.journeys.short_intake import short_intake
from tests.waiting import until

ROLES: Final = (Role.OWNER, Role.LAWYER, Role.CS, Role.AUDITOR)
_LAST_STATUSES: Final = frozenset({"delivered", "read", "failed"})


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm on the hub: its number and a token for each role."""

    tenant_id: TenantId
    sender_number_id: SenderNumberId
    name: str
    number: Number
    tokens: Mapping[Role, str]

    def email_of(self, role: Role) -> str:
        """The address of a member."""
        return f"{role.value}@{self.tenant_id.hex[-12:]}.example"


class Stage:
    """The hub, the simulated WhatsApp, and ways to look behind the scenes."""

    def __init__(
        self, hub: LaunchedHub, store: Store, servers: EmbeddedServers, simulator_url: str
    ) -> None:
        self.hub = hub
        self.base_url = hub.base_url
        self.store = store
        self.servers = servers
        self.simulator_url = simulator_url
        self.setup = FirmSetup(store, operator="tests")
        self._follow_url = role_url(store.settings, servers.database_url, DatabaseRole.FOLLOW)
        self._places = itertools.count(1)
        self._phones = itertools.count(4001)
        self._seen_to_the_end = 0
        self._asking = httpx.Client(base_url=simulator_url, timeout=60, trust_env=False)

    def close(self) -> None:
        """Look no more."""
        self._asking.close()

    def new_phone(self) -> str:
        """A phone number that nobody else has."""
        return f"+6281277{next(self._phones):06d}"

    def new_number(self) -> Number:
        """A sender number that no firm has."""
        place = next(self._places)
        assert place < SHARED_NUMBERS, "Raise SHARED_NUMBERS: each firm needs a number of its own."
        return shared_number(place)

    def found_firm(
        self, name: str, *, number: Number | None = None, intake: IntakeFlow | None = None
    ) -> Firm:
        """Set a firm up as an operator does, and wait until the hub knows it everywhere."""
        number = number or self.new_number()
        tenant_id = self.setup.create_tenant(name, intake=intake or short_intake())
        sender_number_id = self.setup.add_sender_number(
            tenant_id,
            waba_id=number.waba_id,
            phone_number_id=number.phone_number_id,
            display_phone=number.display_phone,
            secrets=number.app.secrets,
            app=number.app.name,
            graph_url=self.simulator_url,
        )
        tokens: dict[Role, str] = {}
        firm = Firm(tenant_id, sender_number_id, name, number, tokens)
        for role in ROLES:
            member_id = self.setup.add_member(
                tenant_id, name=f"{role.value} of {name}", email=firm.email_of(role), role=role
            )
            tokens[role] = self.setup.issue_token(tenant_id, member_id, ttl_days=1).token
        until(self._is_followed, "the hub knows the new firm")
        return firm

    @contextlib.contextmanager
    def looking(self) -> Iterator[Connection[Any]]:
        """A connection that sees the rows of every firm."""
        with connect(self._follow_url, name="tests", autocommit=True) as connection:
            yield connection

    @contextlib.contextmanager
    def administering(self) -> Iterator[Connection[Any]]:
        """A connection that sees everything there is in the database."""
        with psycopg.connect(self.servers.database_url, autocommit=True) as connection:
            yield connection

    @contextlib.contextmanager
    def opening(self) -> Iterator[PostgresVault]:
        """A vault that opens the content of every firm."""
        with open_pool(self._follow_url, name="tests-keys", max_size=2) as pool:
            yield PostgresVault(Keyring(pool, load_master_key(self.store.settings)))

    def rests(self, timeout_s: float = 60.0) -> None:
        """Wait until nothing is left to deliver, to take in, to work on, to send, to show.

        A failure says what still went on.
        """
        unrest: list[str] = []

        def is_at_rest() -> bool:
            unrest[:] = self._unrest()
            return not unrest

        try:
            until(is_at_rest, "everything is done", timeout_s)
        except AssertionError as error:
            reasons = "; ".join(unrest) or "nothing any more"
            raise AssertionError(f"{error}: {reasons}") from None

    def _unrest(self) -> list[str]:
        """What each link of the chain has still to do, or what came in during the look."""
        with self.looking() as connection:
            before = heads(connection)
            unrest = [*self._meta_unrest(), *unfinished(connection)]
            if heads(connection) != before:
                unrest.append("events come in")
            return unrest

    def _is_followed(self) -> bool:
        with self.looking() as connection:
            return is_followed(connection)

    def _meta_unrest(self) -> list[str]:
        """Accepted messages without their last status, and webhooks without their 200."""
        sends = self._ask_meta("sends", after=self._seen_to_the_end)["sends"]
        for send in sends:
            statuses = {each["status"] for each in send["statuses"]}
            if send["outcome"] == "accepted" and not statuses & _LAST_STATUSES:
                return [f"message {send['sequence']} at Meta has only the statuses {statuses}"]
            self._seen_to_the_end = send["sequence"]
        outstanding = self._ask_meta("webhooks/outstanding")["count"]
        return [f"{outstanding} webhooks were not answered with 200 yet"] if outstanding else []

    def _ask_meta(self, path: str, **query: int) -> Any:
        return self._asking.get(f"/simulator/{path}", params=query).json()


@contextlib.contextmanager
def running_stage(home: Path, environment: Mapping[str, str] | None = None) -> Iterator[Stage]:
    """A stage with a hub of its own, until the block ends."""
    variables = {**(environment or {}), "HUB_HOME": str(home)}
    settings = Settings.from_environment(variables)
    port = free_port()
    with contextlib.ExitStack() as stack:
        servers = stack.enter_context(embedded_servers(home, stop_at_once=True))
        migrate(servers.database_url, settings)
        hub = stack.enter_context(launched_hub(home, port=port, environment=variables))
        simulator_url = stack.enter_context(simulator_server(meta(hub.base_url)))
        store = stack.enter_context(
            open_store(settings, servers.database_url, DatabaseRole.SERVE, connections_max=2)
        )
        stage = stack.enter_context(contextlib.closing(Stage(hub, store, servers, simulator_url)))
        yield stage
