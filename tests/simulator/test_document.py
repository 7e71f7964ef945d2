"""What docs/simulator.md says exists and works."""

import re
from pathlib import Path

import msgspec
import pytest

from infrastructure.simulator import Simulator, SimulatorConfig
from infrastructure.simulator.control_api import control_routes
from infrastructure.simulator.faults import ALL_FAULTS
from infrastructure.simulator.host import SimulatorHost
from tests.simulator.configurations import virtual_configuration

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "simulator.md").read_text()


@pytest.mark.parametrize("kind", sorted(ALL_FAULTS))
def test_every_fault_is_described(kind: str) -> None:
    assert f"`{kind}`" in DOCUMENT


async def test_the_configuration_of_two_firms_can_be_used() -> None:
    example = re.search(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example is not None
    simulator = Simulator(msgspec.toml.decode(example[1], type=SimulatorConfig))

    assert len(simulator.accounts.wabas) == 2
    assert len(simulator.accounts.numbers) == 2


async def test_every_control_path_is_listed() -> None:
    routes = control_routes(SimulatorHost(virtual_configuration()))
    paths = {route.path for route in routes}  # type: ignore[attr-defined]

    for path in paths - {"/simulator/{rest:path}"}:
        words = [word for word in path.split("/")[2:] if not word.startswith("{")]
        assert all(word in DOCUMENT for word in words), path
