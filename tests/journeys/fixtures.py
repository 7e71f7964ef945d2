"""The stage that tests from outside share, and what each test has on it.

What it takes is imported when a test asks for it: other tests start quickly.
"""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from infrastructure.simulator import SimulatorClient
    from tests.journeys.desk import Desk
    from tests.journeys.otlp_receiver import OtlpReceiver
    from tests.journeys.stage import Firm, Stage


@pytest.fixture(scope="session")
def traces() -> Iterator["OtlpReceiver"]:
    """Where the hub of the shared stage sends its traces."""
    from tests.journeys.otlp_receiver import otlp_receiver

    with otlp_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def stage(traces: "OtlpReceiver") -> Iterator["Stage"]:
    """One hub and one simulated WhatsApp for all tests that do not harm them."""
    from tests.journeys.stage import running_stage

    environment = {
        "HUB_LOG_LEVEL": "debug",
        "HUB_OTLP_ENDPOINT": traces.url,
        "HUB_WORK_SWEEP_INTERVAL_S": "1",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    with (
        tempfile.TemporaryDirectory(prefix="hub-stage-", ignore_cleanup_errors=True) as folder,
        running_stage(Path(folder), environment) as running,
    ):
        yield running


@pytest.fixture
def firm(stage: "Stage") -> "Firm":
    """A firm of this test alone, with a number of its own."""
    return stage.found_firm("Kantor Hukum Melati")


@pytest_asyncio.fixture
async def simulator(stage: "Stage") -> AsyncIterator["SimulatorClient"]:
    """Control over the simulated WhatsApp; faults are gone with the test."""
    from infrastructure.simulator import SimulatorClient

    async with SimulatorClient(stage.simulator_url) as client:
        yield client
        await client.clear_faults()


@pytest_asyncio.fixture
async def lawyer(stage: "Stage", firm: "Firm") -> AsyncIterator["Desk"]:
    """A lawyer of the firm at work."""
    from tests.journeys.desk import Desk

    async with Desk(stage, firm) as desk:
        yield desk
