"""What the send endpoint refuses, with which code and HTTP status."""

from typing import Any

import pytest

from infrastructure.simulator import SimulatorClient
from infrastructure.simulator.errors import ERROR_KINDS
from tests.simulator.configurations import ALL_STATUSES
from tests.simulator.graph_caller import NUMBER, GraphCaller, error_code
from tests.simulator.recording_hub import RecordingHub


def button(title: str = "Setuju", identifier: str = "ya") -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": identifier, "title": title}}


def buttons(*each: dict[str, Any], **members: Any) -> dict[str, Any]:
    interactive = {
        "type": "button",
        "body": {"text": "Setuju?"},
        "action": {"buttons": list(each)},
        **members,
    }
    return {"type": "interactive", "interactive": interactive}


def row(number: int, **members: Any) -> dict[str, Any]:
    return {"id": f"r{number}", "title": f"Baris {number}", **members}


def a_list(*sections: dict[str, Any], **action: Any) -> dict[str, Any]:
    interactive = {
        "type": "list",
        "body": {"text": "Pilih"},
        "action": {"button": "Buka", "sections": list(sections), **action},
    }
    return {"type": "interactive", "interactive": interactive}


VALID: list[dict[str, Any]] = [
    {"type": "text", "text": {"body": "x" * 4096, "preview_url": False}},
    {"text": {"body": "tanpa type"}},
    {"type": "image", "image": {"link": "https://example.org/a.jpg", "caption": "x" * 1024}},
    {"type": "document", "document": {"link": "https://example.org/a.pdf", "filename": "a.pdf"}},
    {"type": "location", "location": {"latitude": -6.2, "longitude": "106.8", "name": "Kantor"}},
    {"type": "location", "location": {"latitude": 0, "longitude": 0}},
    {"type": "contacts", "contacts": [{"name": {"formatted_name": "Kantor"}, "phones": []}]},
    {"type": "reaction", "reaction": {"message_id": "wamid.HBgN", "emoji": "👍"}},
    {"type": "reaction", "reaction": {"message_id": "wamid.HBgN", "emoji": ""}},
    buttons(button("a", "1"), button("b", "2"), button("x" * 20, "y" * 256)),
    buttons(button(), header={"type": "text", "text": "x" * 60}, footer={"text": "x" * 60}),
    buttons(button(), header={"type": "image", "image": {"id": "1"}}),
    a_list({"rows": [row(n, description="x" * 72) for n in range(10)]}),
    a_list({"title": "A", "rows": [row(1)]}, {"title": "B", "rows": [row(2)]}),
    {
        "type": "interactive",
        "interactive": {
            "type": "cta_url",
            "body": {"text": "Lihat"},
            "action": {
                "name": "cta_url",
                "parameters": {"display_text": "Buka", "url": "https://example.org"},
            },
        },
    },
    {
        "type": "interactive",
        "interactive": {
            "type": "location_request_message",
            "body": {"text": "Di mana?"},
            "action": {"name": "send_location"},
        },
    },
    {"type": "text", "text": {"body": "balas"}, "context": {"message_id": "wamid.HBgN"}},
    {"type": "text", "text": {"body": "x"}, "biz_opaque_callback_data": "x" * 512},
]

INVALID: list[tuple[str, dict[str, Any], int]] = [
    ("another product", {"messaging_product": "sms", "text": {"body": "x"}}, 100),
    ("no recipient", {"to": None, "text": {"body": "x"}}, 131008),
    ("a recipient that is no phone", {"to": "Ratna", "text": {"body": "x"}}, 131009),
    ("a recipient of the wrong type", {"to": 62812, "text": {"body": "x"}}, 131009),
    (
        "a recipient id that is none",
        {"to": None, "recipient": "ratna", "text": {"body": "x"}},
        131009,
    ),
    ("a recipient id of nobody", {"to": None, "recipient": "ID.1", "text": {"body": "x"}}, 131009),
    ("the sender as recipient", {"to": "+622150880011", "text": {"body": "x"}}, 131021),
    ("a group", {"recipient_type": "group", "text": {"body": "x"}}, 131215),
    ("an unknown recipient type", {"recipient_type": "pair", "text": {"body": "x"}}, 100),
    ("an unknown type", {"type": "poll", "poll": {}}, 131051),
    ("a type that is no text", {"type": ["text"]}, 131051),
    ("long callback data", {"text": {"body": "x"}, "biz_opaque_callback_data": "x" * 513}, 131009),
    ("a text without body", {"type": "text", "text": {}}, 131008),
    ("an empty text", {"type": "text", "text": {"body": ""}}, 131008),
    ("no text at all", {"type": "text"}, 131008),
    ("a long text", {"type": "text", "text": {"body": "x" * 4097}}, 131009),
    ("a text that is none", {"type": "text", "text": {"body": 5}}, 131009),
    ("a bad context", {"text": {"body": "x"}, "context": {"message_id": "1"}}, 131009),
    ("media without id and link", {"type": "image", "image": {"caption": "x"}}, 131008),
    ("media with both", {"type": "image", "image": {"id": "1", "link": "https://a.b"}}, 131008),
    ("an unknown media id", {"type": "image", "image": {"id": "1"}}, 131009),
    ("a link that is none", {"type": "video", "video": {"link": "ftp://a.b/c"}}, 131009),
    (
        "a long caption",
        {"type": "image", "image": {"link": "https://a.b/c", "caption": "x" * 1025}},
        131009,
    ),
    ("half a location", {"type": "location", "location": {"latitude": 1}}, 131008),
    (
        "a place off the globe",
        {"type": "location", "location": {"latitude": 91, "longitude": 0}},
        131009,
    ),
    ("a contact without name", {"type": "contacts", "contacts": [{"phones": []}]}, 131008),
    ("a reaction to nothing", {"type": "reaction", "reaction": {"emoji": "👍"}}, 131008),
    (
        "a reaction without emoji",
        {"type": "reaction", "reaction": {"message_id": "wamid.A"}},
        131008,
    ),
    (
        "a reaction in reply",
        {
            "type": "reaction",
            "reaction": {"message_id": "wamid.A", "emoji": "👍"},
            "context": {"message_id": "wamid.A"},
        },
        131009,
    ),
    ("an unknown interactive type", {"type": "interactive", "interactive": {"type": "x"}}, 131009),
    ("four buttons", buttons(*(button(str(n), str(n)) for n in range(4))), 131009),
    ("a long title", buttons(button("x" * 21)), 131009),
    ("a long button id", buttons(button("x", "y" * 257)), 131009),
    ("two equal ids", buttons(button("a", "1"), button("b", "1")), 131009),
    ("two equal titles", buttons(button("a", "1"), button("a", "2")), 131009),
    ("a long body", buttons(button(), body={"text": "x" * 1025}), 131009),
    ("no body", buttons(button(), body=None), 131008),
    ("a long header", buttons(button(), header={"type": "text", "text": "x" * 61}), 131009),
    ("a long footer", buttons(button(), footer={"text": "x" * 61}), 131009),
    ("eleven rows", a_list({"rows": [row(n) for n in range(11)]}), 131009),
    (
        "eleven rows in two sections",
        a_list(
            {"title": "A", "rows": [row(n) for n in range(6)]},
            {"title": "B", "rows": [row(n) for n in range(6, 11)]},
        ),
        131009,
    ),
    ("sections without title", a_list({"rows": [row(1)]}, {"rows": [row(2)]}), 131008),
    ("two equal rows", a_list({"rows": [row(1), row(1)]}), 131009),
    ("a long row title", a_list({"rows": [row(1, title="x" * 25)]}), 131009),
    ("a long row id", a_list({"rows": [row(1, id="x" * 201)]}), 131009),
    ("a long row description", a_list({"rows": [row(1, description="x" * 73)]}), 131009),
    ("a long list button", a_list({"rows": [row(1)]}, button="x" * 21), 131009),
]


@pytest.mark.parametrize("message", VALID)
async def test_what_whatsapp_takes_is_accepted(
    graph: GraphCaller, ratna: str, message: dict[str, Any]
) -> None:
    response = await graph.send(message)

    assert response.status_code == 200, response.text
    assert response.json()["contacts"] == [{"input": "+6281210004321", "wa_id": "6281210004321"}]


@pytest.mark.parametrize(
    ("message", "code"), [case[1:] for case in INVALID], ids=[case[0] for case in INVALID]
)
async def test_what_whatsapp_refuses_is_refused_with_its_code(
    sim: SimulatorClient, graph: GraphCaller, ratna: str, message: dict[str, Any], code: int
) -> None:
    response = await graph.send(message)

    assert error_code(response) == code
    assert response.status_code == ERROR_KINDS[code].http_status
    error = response.json()["error"]
    assert error["type"] == "OAuthException"
    assert error["error_data"]["messaging_product"] == "whatsapp"
    assert error["message"].startswith(f"(#{code}) ")
    assert len(error["fbtrace_id"]) == 23
    assert error["fbtrace_id"].startswith("A")
    (record,) = await sim.sends()
    assert (record.outcome, record.error_code, record.wamid) == ("refused", code, None)


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b"\xff\xfe", b'{"a":"\\ud800"}'])
async def test_a_body_that_is_no_json_object_is_refused(
    sim: SimulatorClient, graph: GraphCaller, content: bytes
) -> None:
    response = await graph.http.post(f"{NUMBER}/messages", content=content)

    assert (response.status_code, error_code(response)) == (400, 100)


async def test_a_number_without_plus_gets_the_country_code_of_the_business(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await graph.send_text("satu", to="6281210004321")
    await graph.send_text("dua", to="81210004321")
    await graph.send_text("tiga", to="+62 812-1000-4321")
    await sim.clock.advance(ALL_STATUSES)

    assert [send.person for send in await sim.sends()] == [None, ratna, ratna]
    assert {message.text for message in await sim.inbox(ratna)} == {"dua", "tiga"}


async def test_to_wins_over_recipient(sim: SimulatorClient, graph: GraphCaller, ratna: str) -> None:
    response = await graph.send_text("Halo", recipient="ID.1")

    assert response.json()["contacts"][0]["wa_id"] == "6281210004321"


async def test_a_business_scoped_id_reaches_the_person_and_hides_the_phone(
    sim: SimulatorClient, graph: GraphCaller, ratna: str
) -> None:
    user_id = (await sim.find_person(ratna)).user_id
    response = await graph.send_text("Halo", to=None, recipient=user_id)
    await sim.clock.advance(ALL_STATUSES)

    assert response.json()["contacts"] == [{"input": user_id, "user_id": user_id}]
    assert [message.text for message in await sim.inbox(ratna)] == ["Halo"]
