"""Sends of templates: what is filled in, what is refused, what is held."""

from typing import Any

import pytest

from infrastructure.simulator import SimulatorClient, TemplateConfig
from infrastructure.simulator.configuration import DEFAULT_PORTFOLIO_ID, WabaConfig
from tests.simulator.configurations import ALL_STATUSES
from tests.simulator.graph_caller import WABA, GraphCaller, error_code
from tests.simulator.recording_hub import RecordingHub

REMINDER = TemplateConfig(
    name="pengingat",
    language="id",
    category="UTILITY",
    components=[
        {"type": "HEADER", "format": "TEXT", "text": "Perkara {{1}}"},
        {"type": "BODY", "text": "Yth. {{1}}, sidang pada {{2}} pagi."},
        {"type": "FOOTER", "text": "Kantor Hukum Contoh"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Saya hadir"},
                {"type": "URL", "text": "Peta", "url": "https://example.org/{{1}}"},
            ],
        },
    ],
)
NAMED = TemplateConfig(
    name="sapaan",
    language="id",
    category="MARKETING",
    parameter_format="NAMED",
    components=[{"type": "BODY", "text": "Halo {{nama}}, apa kabar?"}],
)


def text(value: str, **members: str) -> dict[str, str]:
    return {"type": "text", "text": value, **members}


def reminder(**changes: Any) -> dict[str, Any]:
    components = {
        "header": {"type": "header", "parameters": [text("12/2026")]},
        "body": {"type": "body", "parameters": [text("Ratna"), text("Jumat")]},
        "reply": {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "0",
            "parameters": [{"type": "payload", "payload": "hadir:1"}],
        },
        "url": {"type": "button", "sub_type": "url", "index": "1", "parameters": [text("a")]},
        **changes,
    }
    template = {
        "name": "pengingat",
        "language": {"code": "id"},
        "components": [each for each in components.values() if each is not None],
    }
    return {"type": "template", "template": template}


class TestTemplates:
    @pytest.fixture
    async def templates(self, sim: SimulatorClient) -> None:
        config = WabaConfig(
            waba_id=WABA, portfolio_id=DEFAULT_PORTFOLIO_ID, templates=(REMINDER, NAMED)
        )
        await sim.add_waba(config)

    async def test_a_template_is_filled_in_and_reaches_outside_the_window(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, templates: None
    ) -> None:
        await sim.person("Ratna", "+6281210004321", key="ratna")
        response = await graph.send(reminder())
        await sim.clock.advance(ALL_STATUSES)

        assert response.json()["messages"][0]["message_status"] == "accepted"
        (message,) = await sim.inbox("ratna")
        assert message.text == (
            "Perkara 12/2026\nYth. Ratna, sidang pada Jumat pagi.\nKantor Hukum Contoh"
        )
        assert message.choices == {"hadir:1": "Saya hadir"}
        assert connected.statuses[0]["pricing"] == {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": "utility",
        }
        await sim.press("ratna", title="saya hadir")
        await sim.clock.settle()
        assert connected.messages[-1]["button"] == {"payload": "hadir:1", "text": "Saya hadir"}
        assert connected.messages[-1]["context"]["id"] == message.wamid

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"body": {"type": "body", "parameters": [text("Ratna")]}}, 132000),
            ({"body": None}, 132000),
            ({"header": None}, 132000),
            ({"url": None}, 132000),
            ({"body": {"type": "body", "parameters": [text("R"), {"type": "image"}]}}, 132012),
            ({"body": {"type": "body", "parameters": [text("R"), text("")]}}, 132012),
            ({"body": {"type": "body", "parameters": [text("R"), text("a\nb")]}}, 132018),
            ({"body": {"type": "body", "parameters": [text("R"), text("a     b")]}}, 132018),
            ({"body": {"type": "body", "parameters": [text("R"), text("x" * 1024)]}}, 132005),
            ({"extra": {"type": "button", "sub_type": "url", "index": "7"}}, 132018),
        ],
    )
    async def test_parameters_that_do_not_fit_are_refused(
        self,
        graph: GraphCaller,
        templates: None,
        ratna: str,
        change: dict[str, Any],
        code: int,
    ) -> None:
        response = await graph.send(reminder(**change))

        assert (error_code(response), response.status_code) == (code, 400)

    @pytest.mark.parametrize(
        ("parameters", "status"),
        [
            ([text("Ratna", parameter_name="nama")], 200),
            ([text("Ratna")], 400),
            ([text("Ratna", parameter_name="usia")], 400),
        ],
    )
    async def test_named_parameters_need_their_name(
        self,
        graph: GraphCaller,
        templates: None,
        ratna: str,
        parameters: list[dict[str, str]],
        status: int,
    ) -> None:
        template = {
            "name": "sapaan",
            "language": {"code": "id"},
            "components": [{"type": "body", "parameters": parameters}],
        }
        response = await graph.send({"type": "template", "template": template})

        assert response.status_code == status

    @pytest.mark.parametrize(
        ("status", "code", "http_status"),
        [
            ("PAUSED", 132015, 400),
            ("DISABLED", 132016, 400),
            ("REJECTED", 132001, 404),
            ("PENDING", 132001, 404),
        ],
    )
    async def test_a_template_that_is_not_approved_cannot_be_sent(
        self,
        sim: SimulatorClient,
        graph: GraphCaller,
        templates: None,
        status: str,
        code: int,
        http_status: int,
    ) -> None:
        listed = await graph.get(f"{WABA}/message_templates", name="pengingat")
        await sim.set_template(listed.json()["data"][0]["id"], status=status)
        response = await graph.send(reminder())

        assert (error_code(response), response.status_code) == (code, http_status)

    async def test_a_template_in_another_language_is_unknown(
        self, graph: GraphCaller, templates: None
    ) -> None:
        message = reminder()
        message["template"]["language"]["code"] = "en_US"

        assert error_code(await graph.send(message)) == 132001

    @pytest.mark.parametrize(
        ("outcome", "statuses"), [("release", ["sent", "delivered"]), ("drop", ["failed"])]
    )
    async def test_a_held_template_is_released_or_dropped_later(
        self,
        sim: SimulatorClient,
        connected: RecordingHub,
        graph: GraphCaller,
        templates: None,
        ratna: str,
        outcome: str,
        statuses: list[str],
    ) -> None:
        await sim.fault("hold_template", seconds=600.0, outcome=outcome)
        response = await graph.send(reminder())
        message = response.json()["messages"][0]
        assert message["message_status"] == "held_for_quality_assessment"
        await sim.clock.advance(599)
        assert connected.statuses == []

        await sim.clock.advance(10)
        assert connected.status_names() == statuses
        if outcome == "drop":
            assert connected.statuses[0]["errors"][0]["code"] == 132015
