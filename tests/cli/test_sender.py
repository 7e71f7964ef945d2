"""Connecting a number at the command line, with a simulated Meta on the other side."""

from pathlib import Path

import pytest

from infrastructure.embedded import EmbeddedServers
from infrastructure.simulator import SimulatorConfig, simulator_server
from infrastructure.simulator.configuration import (
    DEFAULT_ACCESS_TOKEN,
    DEFAULT_APP_SECRET,
    DEFAULT_DISPLAY_PHONE_NUMBER,
    DEFAULT_PHONE_NUMBER_ID,
    DEFAULT_WABA_ID,
)
from tests.cli.running import Ran, hub
from tests.database import MASTER_KEY, HubDatabase


class CommandLine:
    """A command line whose hub speaks to a simulated Meta."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self._home = home
        self._environment = environment
        self.tenant = self.run("tenant", "create", "--name", "Melati", "--no-intake").json()[
            "tenant_id"
        ]

    def run(self, *arguments: str, **environment: str) -> Ran:
        return hub(*arguments, "--json", home=self._home, **(self._environment | environment))

    def add(self, **changes: str) -> Ran:
        options = {
            "tenant": self.tenant,
            "waba": DEFAULT_WABA_ID,
            "phone-number-id": DEFAULT_PHONE_NUMBER_ID,
            "display-phone": DEFAULT_DISPLAY_PHONE_NUMBER,
            "app-secret": DEFAULT_APP_SECRET,
            "verify-token": "kata kami",
            "access-token": DEFAULT_ACCESS_TOKEN,
        } | changes
        return self.run("sender", "add", *(f"--{name}={value}" for name, value in options.items()))


@pytest.fixture
def meta_url() -> object:
    with simulator_server(SimulatorConfig()) as url:
        yield url


def test_a_number_is_connected_checked_and_examined_by_the_doctor(
    database: HubDatabase, servers: EmbeddedServers, tmp_path: Path, meta_url: str
) -> None:
    line = CommandLine(
        tmp_path,
        {
            "HUB_DATABASE_URL": database.admin_url,
            "HUB_REDIS_URL": servers.redis_url,
            "HUB_MASTER_KEY": MASTER_KEY,
            "HUB_GRAPH_API_URL": meta_url,
        },
    )
    refused = line.add(**{"access-token": "unknown"})
    assert refused.status == 1
    assert refused.json()["sender_number_id"] is None
    assert refused.json()["steps"][0]["state"] == "wrong"

    added = line.add().json()
    steps = {step["name"]: step["state"] for step in added["steps"]}
    assert steps["subscription"] == steps["account"] == "ok"
    assert added["callback_path"] == "/webhooks/whatsapp"

    moved = line.add(waba="12345", **{"access-token": DEFAULT_ACCESS_TOKEN})
    assert moved.status == 1
    verified = line.run("sender", "verify", added["sender_number_id"])
    assert verified.status == 1, "there is no callback URL at Meta"
