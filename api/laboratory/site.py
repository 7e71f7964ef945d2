"""A hub to be harmed: with a firm, a simulated WhatsApp, and a bad network in between."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from psycopg import Connection

from api.demo.stage import Firm, seed_firm
from infrastructure.failpoints import VARIABLE
from infrastructure.laboratory.faults import Site
from infrastructure.laboratory.network import Network
from infrastructure.laboratory.orders import Orders
from infrastructure.laboratory.other_system import OtherSystem, other_system
from infrastructure.laboratory.patient_screen import PatientScreen
from infrastructure.laboratory.webhook_load import Target
from infrastructure.postgres.connections import DatabaseRole, connect, role_url
from infrastructure.running_servers import running_servers
from infrastructure.settings import Settings
from infrastructure.simulator.client import SimulatorClient
from infrastructure.simulator.configuration import (
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

SETTINGS: Final = {
    "HUB_WORK_SWEEP_INTERVAL_S": "2",
    "HUB_GRAPH_CONNECT_TIMEOUT_S": "1",
    "HUB_GRAPH_TOTAL_TIMEOUT_S": "4",
}
"""Quicker than in life, so that much can go wrong in little time."""

_ADD_ENDPOINT: Final = """
mutation($input: AddWebhookEndpointInput!) { addWebhookEndpoint(input: $input) {
  userErrors { code } } }
"""


@dataclass(frozen=True, slots=True)
class CrashSite:
    """Everything that a course of misfortunes needs."""

    site: Site
    settings: Settings
    firm: Firm
    base_url: str
    target: Target
    simulator: SimulatorClient
    other_system: OtherSystem
    database_url: str

    @contextlib.contextmanager
    def looking(self) -> Iterator[Connection[Any]]:
        """A connection that sees the rows of every firm (role follow)."""
        with self.connect("laboratory") as connection:
            yield connection

    async def let_tell(self, owner: PatientScreen, event_types: Sequence[str]) -> None:
        """Let the other system be told these from now on."""
        given = {
            "url": self.other_system.url,
            "eventTypes": list(event_types),
            "idempotencyKey": "laboratory",
        }
        await owner.command(_ADD_ENDPOINT, given)

    def connect(self, purpose: str) -> Connection[Any]:
        """One more connection of this kind."""
        url = role_url(self.settings, self.database_url, DatabaseRole.FOLLOW)
        return connect(url, name=f"hub-{purpose}", autocommit=True)


@contextlib.asynccontextmanager
async def crash_site(home: Path, *, seed: int = 1) -> AsyncIterator[CrashSite]:
    """Start everything in an empty home, and end it with the block."""
    orders = Orders(home / "laboratory")
    simulator_port = free_port()
    network = Network("127.0.0.1", simulator_port)
    async with contextlib.AsyncExitStack() as stack:
        told = stack.enter_context(other_system(seed=seed))
        environment = {
            **SETTINGS,
            VARIABLE: str(orders.folder),
            "HUB_HOME": str(home),
            "HUB_INTERNAL_ORIGINS": told.origin,
        }
        settings = Settings.from_environment({**os.environ, **environment})
        graph_url = f"http://127.0.0.1:{await stack.enter_async_context(network.listening())}"
        config = SimulatorConfig(statuses=QUICK_STATUSES, public_url=graph_url)
        simulator = await stack.enter_async_context(running_simulator(config, port=simulator_port))
        servers = stack.enter_context(running_servers(settings))
        firm = seed_firm(settings, graph_url)
        hub = stack.enter_context(launched_hub(home, environment=environment))
        callback = f"{hub.base_url}/webhooks/whatsapp"
        await simulator.set_callback(callback, DEFAULT_VERIFY_TOKEN)
        yield CrashSite(
            site=Site(
                home,
                hub.process.pid,
                network,
                orders,
                servers.redis_url,
                {**os.environ, **environment},
            ),
            settings=settings,
            firm=firm,
            base_url=hub.base_url,
            target=Target(
                url=callback,
                app_secret=DEFAULT_APP_SECRET,
                waba_id=DEFAULT_WABA_ID,
                phone_number_id=DEFAULT_PHONE_NUMBER_ID,
                display_phone=DEFAULT_DISPLAY_PHONE_NUMBER,
            ),
            simulator=simulator,
            other_system=told,
            database_url=servers.database_url,
        )
