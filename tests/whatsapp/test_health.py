"""What Meta says of a number's health, and what an open circuit makes of it."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from domain.circuit import CircuitKind
from domain.ports.whatsapp import AccessToken
from infrastructure.http_pool import HttpClientPool
from infrastructure.whatsapp.health import HealthQuestion, SenderHealth, Sickness
from tests.whatsapp import scripted_server as scripted
from tests.whatsapp.scripted_server import ScriptedServer, running_server

QUESTION = HealthQuestion("106540352242922", AccessToken("EAAG-made-up"))
WELL = {"health_status": {"can_send_message": "AVAILABLE", "entities": []}}
LIMITED = {"health_status": {"can_send_message": "LIMITED", "entities": []}}
BLOCKED = {
    "health_status": {
        "can_send_message": "BLOCKED",
        "entities": [
            {"entity_type": "WABA", "can_send_message": "AVAILABLE"},
            {
                "entity_type": "PHONE_NUMBER",
                "can_send_message": "BLOCKED",
                "errors": [{"error_code": 131042, "error_description": "…"}],
            },
        ],
    }
}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as running:
        yield running


@pytest.fixture
def health(server: ScriptedServer) -> Iterator[SenderHealth]:
    with closing(HttpClientPool()) as clients:
        yield SenderHealth(clients, graph_url=server.url, graph_version="v26.0", timeout_s=2.0)


def found(health: SenderHealth, server: ScriptedServer, behaviour: Any) -> Sickness | None:
    server.script.append(behaviour)
    return health.sickness(QUESTION)


def test_it_asks_for_the_health_of_the_number_with_its_token(
    health: SenderHealth, server: ScriptedServer
) -> None:
    assert found(health, server, scripted.answer(200, WELL)) is None
    (received,) = server.requests
    assert received.line == "GET /v26.0/106540352242922?fields=health_status HTTP/1.1"
    assert received.headers["authorization"] == "Bearer EAAG-made-up"


@pytest.mark.parametrize(
    "behaviour",
    [
        scripted.answer(200, LIMITED),
        scripted.answer(200, {"id": "106540352242922"}),
        scripted.answer(404, b"not found"),
        scripted.refused(100),
    ],
    ids=str,
)
def test_a_number_against_which_nothing_speaks_is_well(
    health: SenderHealth, server: ScriptedServer, behaviour: Any
) -> None:
    assert found(health, server, behaviour) is None


@pytest.mark.parametrize(
    ("behaviour", "circuit", "cause"),
    [
        (scripted.answer(200, BLOCKED), CircuitKind.NUMBER, "131042"),
        (
            scripted.answer(200, {"health_status": {"can_send_message": "BLOCKED"}}),
            CircuitKind.NUMBER,
            "blocked",
        ),
        (scripted.refused(190, 401), CircuitKind.TOKEN, "190"),
        (scripted.answer(503, b""), CircuitKind.NUMBER, "no_answer"),
        (scripted.reset(), CircuitKind.NUMBER, "no_answer"),
        (scripted.silent(), CircuitKind.NUMBER, "no_answer"),
    ],
    ids=str,
)
def test_what_speaks_against_a_number_is_told_with_what_to_do(
    health: SenderHealth,
    server: ScriptedServer,
    behaviour: Any,
    circuit: CircuitKind,
    cause: str,
) -> None:
    sickness = found(health, server, behaviour)
    assert sickness is not None
    assert (sickness.circuit, sickness.cause) == (circuit, cause)
    assert sickness.words.endswith(".")
    assert sickness.next_step.endswith(".")


def test_an_address_that_is_none_is_no_health_and_raises_nothing(health: SenderHealth) -> None:
    assert health.sickness(QUESTION._replace(graph_url="not an address")) is not None
