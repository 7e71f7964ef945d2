"""The doctor looks at Meta's side of each number, and changes nothing there."""

from typing import Any

from psycopg import Connection

from infrastructure.diagnosis.finding import State
from infrastructure.diagnosis.meta import check_meta
from infrastructure.firm_setup import FirmSetup, SenderSecrets
from infrastructure.postgres.connections import DatabaseRole
from infrastructure.simulator import SimulatorConfig, simulator_server
from infrastructure.simulator.configuration import (
    DEFAULT_ACCESS_TOKEN,
    DEFAULT_APP_SECRET,
    DEFAULT_DISPLAY_PHONE_NUMBER,
    DEFAULT_PHONE_NUMBER_ID,
    DEFAULT_WABA_ID,
)
from infrastructure.wiring import open_store
from tests.database import HubDatabase
from tests.event_store import connect_follow, follow, follow_once

__all__ = ["connect_follow", "follow"]


def test_what_is_missing_at_meta_is_told_for_each_number(
    database: HubDatabase, follow: Connection[Any]
) -> None:
    with (
        simulator_server(SimulatorConfig()) as meta,
        open_store(database.settings, database.admin_url, DatabaseRole.SERVE) as store,
    ):
        setup = FirmSetup(store, "tests")
        setup.add_sender_number(
            setup.create_tenant("Melati"),
            waba_id=DEFAULT_WABA_ID,
            phone_number_id=DEFAULT_PHONE_NUMBER_ID,
            display_phone=DEFAULT_DISPLAY_PHONE_NUMBER,
            secrets=SenderSecrets(DEFAULT_APP_SECRET, "kata kami", DEFAULT_ACCESS_TOKEN),
            graph_url=meta,
        )
        follow_once(follow, ["sender_directory"])
        findings = list(check_meta(database.settings, database.admin_url))
    told = {finding.found: finding for finding in findings}
    assert all(finding.state is not State.OK and finding.mend for finding in findings)
    assert any("no callback URL" in found for found in told)
    assert any("no message ever came in" in found for found in told)
    assert not any("subscription" in found or "token" in found for found in told)


def test_a_hub_without_numbers_has_nothing_to_tell(database: HubDatabase) -> None:
    assert list(check_meta(database.settings, database.admin_url)) == []
