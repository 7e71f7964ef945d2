"""Everything that can go wrong between the request and its answer."""

import asyncio

import httpx
import pytest

from infrastructure.simulator import SimulatorClient
from infrastructure.simulator.errors import ERROR_KINDS
from tests.simulator.configurations import ALL_STATUSES
from tests.simulator.graph_caller import NUMBER, GraphCaller, error_code, wamid_of
from tests.simulator.recording_hub import RecordingHub

SYNCHRONOUS_CODES = sorted(
    code for code in ERROR_KINDS if code not in {2200, 2635} and code < 2_000_000
)


@pytest.mark.parametrize("code", SYNCHRONOUS_CODES)
async def test_every_documented_code_can_be_provoked_for_the_next_sends(
    sim: SimulatorClient, graph: GraphCaller, ratna: str, code: int
) -> None:
    await sim.fault("error", code=code, times=2)
    first, second, third = [await graph.send_text(f"{n}") for n in range(3)]

    assert (error_code(first), error_code(second), third.status_code) == (code, code, 200)
    assert first.status_code == ERROR_KINDS[code].http_status
    assert [send.outcome for send in await sim.sends()] == ["refused", "refused", "accepted"]


async def test_transient_errors_say_so(
    sim: SimulatorClient, graph: GraphCaller, ratna: str
) -> None:
    await sim.fault("error", code=131016)

    assert (await graph.send_text("x")).json()["error"]["is_transient"] is True


async def test_a_connection_dropped_before_accepting_leaves_no_message(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await sim.fault("drop_before_accepting")
    with pytest.raises(httpx.RemoteProtocolError):
        await graph.send_text("hilang", biz_opaque_callback_data="lost.1")
    await sim.clock.advance(ALL_STATUSES)

    (record,) = await sim.sends()
    assert (record.outcome, record.answered, record.callback_data) == ("dropped", False, "lost.1")
    assert connected.statuses == []


async def test_a_connection_dropped_after_accepting_still_delivers_the_message(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await sim.fault("drop_after_accepting")
    with pytest.raises(httpx.RemoteProtocolError):
        await graph.send_text("sampai", biz_opaque_callback_data="found.1")
    await sim.clock.advance(ALL_STATUSES)

    (record,) = await sim.sends()
    assert (record.outcome, record.answered) == ("accepted", False)
    assert [s["biz_opaque_callback_data"] for s in connected.statuses] == ["found.1", "found.1"]
    assert [message.text for message in await sim.inbox(ratna)] == ["sampai"]


async def test_a_server_error_has_no_body_and_leaves_no_message(
    sim: SimulatorClient, graph: GraphCaller, ratna: str
) -> None:
    await sim.fault("server_error", http_status=502)
    response = await graph.send_text("x")

    assert (response.status_code, response.content) == (502, b"")
    (record,) = await sim.sends()
    assert (record.outcome, record.http_status) == ("server_error", 502)


async def test_latency_outlasts_a_callers_patience(
    sim: SimulatorClient, graph: GraphCaller, ratna: str
) -> None:
    await sim.fault("latency", seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        await graph.http.post(
            f"{NUMBER}/messages",
            json={"messaging_product": "whatsapp", "to": "+6281210004321", "text": {"body": "x"}},
            timeout=0.05,
        )
    accepted = await sim.wait_for_sends(1)

    assert accepted[0].text == "x"


async def test_a_slow_body_arrives_whole(
    sim: SimulatorClient, graph: GraphCaller, ratna: str
) -> None:
    await sim.fault("slow_body", seconds=0.2)
    began = asyncio.get_running_loop().time()
    response = await graph.send_text("pelan")

    assert asyncio.get_running_loop().time() - began >= 0.15
    assert wamid_of(response).startswith("wamid.")


async def test_faults_are_listed_with_what_is_left_and_can_be_cleared(
    sim: SimulatorClient, graph: GraphCaller, ratna: str
) -> None:
    await sim.fault("error", code=131056, times=3)
    await graph.send_text("x")
    rules = await sim.fault("latency", times=None, phone_number_id="another")

    assert [(rule.kind, rule.times) for rule in rules] == [("error", 2), ("latency", None)]
    await sim.clear_faults()
    assert (await graph.send_text("x")).status_code == 200


@pytest.mark.parametrize(
    ("condition", "code", "status"),
    [
        ("restricted", 368, 403),
        ("locked", 131031, 403),
        ("maintenance", 131057, 500),
        ("spam_limited", 131048, 400),
        ("name_unapproved", 131037, 400),
    ],
)
async def test_a_troubled_number_refuses_and_its_health_says_why(
    sim: SimulatorClient, graph: GraphCaller, ratna: str, condition: str, code: int, status: int
) -> None:
    await sim.set_conditions(NUMBER, **{condition: True})
    response = await graph.send_text("x")
    health = (await graph.get(NUMBER, fields="health_status")).json()["health_status"]

    assert (error_code(response), response.status_code) == (code, status)
    assert health["can_send_message"] == "BLOCKED"
    assert health["entities"][0]["errors"][0]["error_code"] == code

    await sim.set_conditions(NUMBER, **{condition: False})
    assert (await graph.send_text("x")).status_code == 200


async def test_a_restriction_is_announced_once(
    sim: SimulatorClient, connected: RecordingHub
) -> None:
    for _ in range(2):
        await sim.set_conditions(NUMBER, restricted=True)
    await sim.clock.settle()

    (change,) = [change for post in connected.posts for change in post.changes]
    assert change["field"] == "account_update"
    assert change["value"]["event"] == "ACCOUNT_RESTRICTION"


async def test_a_payment_problem_shows_as_a_failed_status(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await sim.set_conditions(NUMBER, payment_problem=True)
    await graph.send_text("x")
    await sim.clock.advance(ALL_STATUSES)

    assert connected.statuses[0]["errors"][0]["code"] == 131042
    health = (await graph.get(NUMBER, fields="health_status")).json()["health_status"]
    assert health["can_send_message"] == "LIMITED"
