"""A simulator with a standing clock, a receiver for its webhooks, and a caller of its API."""

from collections.abc import AsyncIterator, Iterator

import pytest

from infrastructure.simulator import SimulatorClient, SimulatorConfig, simulator_server
from tests.simulator.configurations import virtual_configuration
from tests.simulator.graph_caller import GraphCaller
from tests.simulator.recording_hub import VERIFY_TOKEN, HubServer, RecordingHub, running_hub


@pytest.fixture(scope="session")
def hub_server() -> Iterator[HubServer]:
    with running_hub() as server:
        yield server


@pytest.fixture(scope="session")
def simulator_url() -> Iterator[str]:
    with simulator_server(virtual_configuration()) as url:
        yield url


@pytest.fixture
def hub(hub_server: HubServer) -> Iterator[RecordingHub]:
    hub_server.hub = RecordingHub(url=hub_server.url)
    yield hub_server.hub
    if hub_server.hub.hold is not None:
        hub_server.hub.hold.set()


@pytest.fixture
def configuration() -> SimulatorConfig:
    return virtual_configuration()


@pytest.fixture
async def sim(simulator_url: str, configuration: SimulatorConfig) -> AsyncIterator[SimulatorClient]:
    async with SimulatorClient(simulator_url) as simulator:
        await simulator.reset(configuration, keep_callbacks=False)
        yield simulator
        assert (await simulator.health()).failures == []


@pytest.fixture
async def connected(sim: SimulatorClient, hub: RecordingHub) -> RecordingHub:
    """The receiver, known to the simulator, without the traffic of the handshake."""
    assert (await sim.set_callback(hub.callback, VERIFY_TOKEN)).verified
    return hub


@pytest.fixture
async def graph(sim: SimulatorClient) -> AsyncIterator[GraphCaller]:
    async with GraphCaller(sim.graph_url) as caller:
        yield caller


@pytest.fixture
async def ratna(sim: SimulatorClient) -> str:
    """A person who has just written, so that her service window is open."""
    await sim.person("Ratna Wulandari", "+6281210004321", key="ratna")
    await sim.say("ratna", "Selamat pagi")
    await sim.clock.settle()
    return "ratna"
