"""Fixtures that every test may ask for."""

import socket
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infrastructure.embedded import EmbeddedServers, embedded_servers
from infrastructure.embedded.errors import log_tail
from infrastructure.lasting_memory import know_struct_types
from infrastructure.supervision import readiness
from tests.database import (
    database,
    hub_settings,
    shared_database,
    spare_databases,
    template_database,
)
from tests.distribution import HUBS, HubScheduling, longest_first
from tests.journeys.fixtures import firm, lawyer, simulator, stage, traces

if TYPE_CHECKING:
    from xdist.remote import Producer

__all__ = [
    "database",
    "firm",
    "hub_settings",
    "lawyer",
    "shared_database",
    "simulator",
    "spare_databases",
    "stage",
    "template_database",
    "traces",
]


def pytest_configure(config: pytest.Config) -> None:
    """The order of test files is ours, see `tests.distribution`."""
    config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several workers share the tests, what takes long begins first."""
    if hasattr(config, "workerinput"):
        longest_first(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> Any:
    """Files that share a hub go to one worker."""
    return HubScheduling(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, Any, Any]:
    """A test that fails on a shared hub shows what the processes of that hub said last."""
    report = yield
    if report.failed:
        for name in HUBS:
            hub = getattr(item.funcargs.get(name), "hub", None)
            if hub is not None:
                ended = hub.process.poll()
                state = "still runs" if ended is None else f"ended with {ended}"
                report.sections.append((f"the hub {state}", log_tail(hub.log, 300)))
    return report


def pytest_collection_finish() -> None:
    """Everything is imported by now, and tests with threads begin."""
    know_struct_types()


@pytest.fixture(scope="session")
def servers_home() -> Iterator[Path]:
    """The home of the servers of this test process: short enough for sockets, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hub-tests-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def servers(servers_home: Path) -> Iterator[EmbeddedServers]:
    """A real PostgreSQL and a real Redis, one pair per test process."""
    with embedded_servers(servers_home, stop_at_once=True) as running:
        yield running


@pytest.fixture
def free_port() -> int:
    """A port that nothing listens on."""
    return readiness.free_port()


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]
