"""Fixtures that every test may ask for."""

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infrastructure.embedded import EmbeddedServers, embedded_servers
from infrastructure.supervision import readiness
from tests.database import (
    database,
    hub_settings,
    shared_database,
    spare_databases,
    template_database,
)
from tests.journeys.fixtures import firm, lawyer, simulator, stage, traces

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
