"""A stage of its own for the tests that harm it."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.waiting import until

if TYPE_CHECKING:
    from infrastructure.simulator import SimulatorClient
    from tests.journeys.stage import Stage


@pytest.fixture(scope="session")
def shared_fragile_stage() -> Iterator["Stage"]:
    """A hub whose processes and servers may be stopped and killed."""
    from tests.journeys.stage import running_stage

    with (
        tempfile.TemporaryDirectory(prefix="hub-frail-", ignore_cleanup_errors=True) as folder,
        running_stage(Path(folder), {"HUB_WORK_SWEEP_INTERVAL_S": "1"}) as running,
    ):
        yield running


@pytest.fixture
def fragile(shared_fragile_stage: "Stage") -> "Stage":
    """The same, unharmed: whatever the test before did to it is over."""
    from tests.anomalies.processes import is_ready

    until(lambda: is_ready(shared_fragile_stage), "the hub is ready again")
    return shared_fragile_stage


@pytest_asyncio.fixture
async def meta(fragile: "Stage") -> AsyncIterator["SimulatorClient"]:
    """Control over the simulated WhatsApp beside the fragile hub."""
    from infrastructure.simulator import SimulatorClient

    async with SimulatorClient(fragile.simulator_url) as client:
        yield client
