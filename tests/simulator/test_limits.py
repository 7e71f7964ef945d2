"""Limits answer with an error code in an HTTP 400 body."""

import json

import msgspec
import pytest

from infrastructure.simulator import (
    LimitsConfig,
    PhoneNumberConfig,
    SimulatorClient,
    SimulatorConfig,
)
from infrastructure.simulator.configuration import WabaConfig
from tests.simulator.configurations import virtual_configuration
from tests.simulator.graph_caller import NUMBER, WABA, GraphCaller, error_code
from tests.simulator.test_template_sends import NAMED


def limited(**limits: object) -> SimulatorConfig:
    return virtual_configuration(limits=msgspec.structs.replace(LimitsConfig(), **limits))


class TestThroughput:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        base = limited(pair_burst=1000)
        number = PhoneNumberConfig(
            phone_number_id=NUMBER, display_phone_number="+622150880011", throughput_per_second=5
        )
        waba = WabaConfig(waba_id=WABA, phone_numbers=(number,))
        return msgspec.structs.replace(base, wabas=(waba,))

    async def test_a_number_sends_so_many_messages_in_a_second(
        self, sim: SimulatorClient, graph: GraphCaller, ratna: str
    ) -> None:
        answers = [await graph.send_text("x") for _ in range(6)]
        await sim.clock.advance(0.4)
        later = [await graph.send_text("x") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200] * 5 + [400]
        assert error_code(answers[-1]) == 130429
        assert [answer.status_code for answer in later] == [200, 200, 400]


async def test_a_pair_takes_a_burst_of_45_and_then_one_in_six_seconds(
    sim: SimulatorClient, graph: GraphCaller, ratna: str
) -> None:
    burst = [await graph.send_text("x") for _ in range(46)]
    await sim.clock.advance(5.9)
    too_soon = await graph.send_text("x")
    await sim.clock.advance(0.2)
    in_time = await graph.send_text("x")

    assert [answer.status_code for answer in burst] == [200] * 45 + [400]
    assert error_code(burst[-1]) == error_code(too_soon) == 131056
    assert in_time.status_code == 200


class TestPortfolio:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        base = limited(portfolio_users_per_day=2)
        waba = msgspec.structs.replace(base.wabas[0], templates=(NAMED,))
        return msgspec.structs.replace(base, wabas=(waba,))

    async def test_unique_people_outside_the_window_are_limited_per_day(
        self, sim: SimulatorClient, graph: GraphCaller
    ) -> None:
        template = {
            "name": "sapaan",
            "language": {"code": "id"},
            "components": [
                {
                    "type": "body",
                    "parameters": [{"type": "text", "parameter_name": "nama", "text": "R"}],
                }
            ],
        }

        async def greet(number: int) -> int:
            answer = await graph.send(
                {"type": "template", "template": template, "to": f"+628120000110{number}"}
            )
            return 200 if answer.status_code == 200 else error_code(answer)

        for number in range(3):
            await sim.person(f"P{number}", f"+628120000110{number}")
        assert [await greet(0), await greet(1), await greet(0), await greet(2)] == [
            200,
            200,
            200,
            131048,
        ]
        await sim.clock.advance(24 * 3600)
        assert await greet(2) == 200


class TestManagementCalls:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        return limited(management_calls_per_hour=4)

    async def test_management_calls_are_limited_per_hour_and_tell_their_use(
        self, sim: SimulatorClient, graph: GraphCaller
    ) -> None:
        answers = [await graph.get(f"{WABA}/phone_numbers") for _ in range(5)]

        usage = json.loads(answers[1].headers["x-business-use-case-usage"])
        assert usage[WABA][0]["call_count"] == 50
        assert usage[WABA][0]["type"] == "whatsapp"
        assert (answers[4].status_code, error_code(answers[4])) == (400, 80007)
        await sim.clock.advance(3600)
        assert (await graph.get(f"{WABA}/phone_numbers")).status_code == 200


class TestWithoutLimits:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        return limited(enforced=False)

    async def test_limits_can_be_switched_off(
        self, sim: SimulatorClient, graph: GraphCaller, ratna: str
    ) -> None:
        answers = [await graph.send_text("x") for _ in range(100)]

        assert {answer.status_code for answer in answers} == {200}
