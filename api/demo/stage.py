"""The stage of the demo: a hub of its own, a simulated WhatsApp, a firm with four members."""

import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.identity import TenantId
from domain.scopes import Role
from domain.standard_intake import standard_intake
from infrastructure.firm_setup import FirmSetup, SenderSecrets
from infrastructure.postgres.connections import DatabaseRole
from infrastructure.postgres.migrate import migrate
from infrastructure.running_servers import running_servers
from infrastructure.settings import Settings
from infrastructure.simulator.adjustment import adjusted
from infrastructure.simulator.client import SimulatorClient
from infrastructure.simulator.configuration import (
    DEFAULT_ACCESS_TOKEN,
    DEFAULT_APP_SECRET,
    DEFAULT_DISPLAY_PHONE_NUMBER,
    DEFAULT_PHONE_NUMBER_ID,
    DEFAULT_VERIFY_TOKEN,
    DEFAULT_WABA_ID,
    QUICK_STATUSES,
    SimulatorConfig,
)
from infrastructure.simulator.server import running_simulator
from infrastructure.supervision.launch import launched_hub
from infrastructure.supervision.readiness import free_port
from infrastructure.wiring import open_store

FIRM_NAME: Final = "Kantor Hukum Melati"
TOKEN_DAYS: Final = 7

PEOPLE: Final = (
    (Role.LAWYER, "Sari Anggraini", "sari@melati.example"),
    (Role.CS, "Budi Santoso", "budi@melati.example"),
    (Role.AUDITOR, "Rina Kusuma", "rina@melati.example"),
    (Role.OWNER, "Dewi Lestari", "dewi@melati.example"),
)
"""The members of the firm; invented."""


@dataclass(frozen=True, slots=True)
class MetaAccount:
    """The ids of the firm's WhatsApp account and number at Meta."""

    waba_id: str = DEFAULT_WABA_ID
    phone_number_id: str = DEFAULT_PHONE_NUMBER_ID


def new_account() -> MetaAccount:
    """An account that no earlier demo in the same home has connected."""
    return MetaAccount(
        waba_id=str(secrets.randbelow(9 * 10**14) + 10**14),
        phone_number_id=str(secrets.randbelow(9 * 10**14) + 10**14),
    )


@dataclass(frozen=True, slots=True)
class Firm:
    """The seeded firm and a token for each role."""

    tenant_id: TenantId
    tokens: Mapping[Role, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that the demo plays on."""

    base_url: str
    log: Path
    firm: Firm
    simulator: SimulatorClient
    simulator_url: str

    @property
    def callback_url(self) -> str:
        """Where the simulated WhatsApp sends its webhooks."""
        return f"{self.base_url}/webhooks/whatsapp"


@contextlib.asynccontextmanager
async def set_stage(
    home: Path, *, port: int | None, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Stage]:
    """Start everything and stop it when the block ends.

    Raises HubNotReadyError, EmbeddedServerError, SimulatorNotStarted and the errors of the set-up.
    """
    variables = {**os.environ, **(environment or {}), "HUB_HOME": str(home)}
    settings = Settings.from_environment(variables)
    simulator_port = free_port()
    account = new_account()
    config = adjusted(
        SimulatorConfig(statuses=QUICK_STATUSES),
        {"waba": account.waba_id, "phone_number_id": account.phone_number_id},
    )
    async with contextlib.AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(running_simulator(config, port=simulator_port))
        graph_url = f"http://127.0.0.1:{simulator_port}"
        firm = seed_firm(settings, graph_url, account)
        hub = stack.enter_context(launched_hub(home, port=port, environment=environment))
        yield Stage(
            base_url=hub.base_url,
            log=hub.log,
            firm=firm,
            simulator=simulator,
            simulator_url=graph_url,
        )


def seed_firm(settings: Settings, graph_url: str, account: MetaAccount = MetaAccount()) -> Firm:
    """Set the firm up with its number, members and tokens, as `hub tenant create` and so on do."""
    with running_servers(settings, redis=False) as servers:
        migrate(servers.database_url, settings)
        with open_store(
            settings, servers.database_url, DatabaseRole.SERVE, connections_max=2
        ) as store:
            setup = FirmSetup(store, operator="demo")
            tenant_id = setup.create_tenant(FIRM_NAME, intake=standard_intake())
            setup.add_sender_number(
                tenant_id,
                waba_id=account.waba_id,
                phone_number_id=account.phone_number_id,
                display_phone=DEFAULT_DISPLAY_PHONE_NUMBER,
                secrets=SenderSecrets(
                    app_secret=DEFAULT_APP_SECRET,
                    verify_token=DEFAULT_VERIFY_TOKEN,
                    access_token=DEFAULT_ACCESS_TOKEN,
                ),
                graph_url=graph_url,
            )
            tokens = {}
            for role, name, email in PEOPLE:
                member_id = setup.add_member(tenant_id, name=name, email=email, role=role)
                issued = setup.issue_token(tenant_id, member_id, ttl_days=TOKEN_DAYS)
                tokens[role] = issued.token
    return Firm(tenant_id=tenant_id, tokens=tokens)
