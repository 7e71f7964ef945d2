"""A gateway and, on the other side, a server that answers what a test says."""

from collections.abc import Iterator

import pytest

from tests.whatsapp.blocking_gateway import BlockingGateway
from tests.whatsapp.requests_to_send import TOTAL_TIMEOUT_S
from tests.whatsapp.scripted_server import ScriptedServer, running_server


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as running:
        yield running


@pytest.fixture
def gateway(server: ScriptedServer) -> Iterator[BlockingGateway]:
    with BlockingGateway(
        graph_url=server.url,
        graph_version="v26.0",
        connect_timeout_s=TOTAL_TIMEOUT_S,
        total_timeout_s=TOTAL_TIMEOUT_S,
    ) as blocking:
        yield blocking
