"""What people can do: tap, pick, send anything; and what a test may inject."""

import json
from pathlib import Path
from typing import Any

import pytest

from infrastructure.simulator import SimulatorClient, SimulatorRefused
from tests.simulator.configurations import ALL_STATUSES, START
from tests.simulator.graph_caller import NUMBER, WABA, GraphCaller, wamid_of
from tests.simulator.recording_hub import RecordingHub
from tests.simulator.test_send_rules import a_list, button, buttons, row

SAMPLES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_bytes())
    for path in sorted((Path(__file__).parent.parent / "whatsapp" / "samples").glob("*.json"))
}


async def test_a_button_is_tapped_by_title_or_id_once_it_has_arrived(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    wamid = wamid_of(
        await graph.send(buttons(button("Setuju", "consent:yes"), button("Tidak", "consent:no")))
    )
    with pytest.raises(SimulatorRefused, match="no message with a button"):
        await sim.press(ratna, title="Setuju")
    await sim.clock.advance(ALL_STATUSES)
    await sim.press(ratna, title="setuju")
    await sim.press(ratna, choice_id="consent:no")
    await sim.clock.settle()

    yes, no = sorted(connected.messages[1:], key=lambda m: str(m["interactive"]), reverse=True)
    assert yes["context"] == {"from": "622150880011", "id": wamid}
    assert yes["interactive"] == {
        "type": "button_reply",
        "button_reply": {"id": "consent:yes", "title": "Setuju"},
    }
    assert no["interactive"]["button_reply"]["id"] == "consent:no"


async def test_a_row_is_picked_with_its_description(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await graph.send(a_list({"rows": [row(1), row(2, description="Tatap muka")]}))
    await sim.clock.advance(ALL_STATUSES)
    await sim.press(ratna, title="Baris 2")
    await sim.clock.settle()

    assert connected.messages[-1]["interactive"] == {
        "type": "list_reply",
        "list_reply": {"id": "r2", "title": "Baris 2", "description": "Tatap muka"},
    }


async def test_places_cards_and_reactions_are_sent_as_they_are(
    sim: SimulatorClient, connected: RecordingHub, ratna: str
) -> None:
    wamid = await sim.say(ratna, "Halo")
    await sim.clock.settle()
    actions = [
        sim.send_location(ratna, -6.2, 106.8, "Kantor"),
        sim.react(ratna, wamid, "👍"),
        sim.react(ratna, wamid, None),
        sim.send_content(ratna, "contacts", [{"name": {"formatted_name": "Pak Budi"}}]),
        sim.send_content(ratna, "unsupported", {"type": "poll"}),
    ]
    for action in actions:
        await action
        await sim.clock.settle()

    place, reaction, removal, card, unsupported = connected.messages[-5:]
    assert place["location"] == {"latitude": -6.2, "longitude": 106.8, "name": "Kantor"}
    assert reaction["reaction"] == {"message_id": wamid, "emoji": "👍"}
    assert removal["reaction"] == {"message_id": wamid}
    assert card["contacts"][0]["name"]["formatted_name"] == "Pak Budi"
    assert unsupported["unsupported"] == {"type": "poll"}


async def test_somebody_without_whatsapp_cannot_write(sim: SimulatorClient) -> None:
    await sim.person("Dimas", "+6281290001111", key="dimas", has_whatsapp=False)

    with pytest.raises(SimulatorRefused, match="no WhatsApp"):
        await sim.say("dimas", "Halo")


async def test_any_body_can_be_injected_with_placeholders(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    message = {
        "from": "{{wa_id}}",
        "from_user_id": "{{user_id}}",
        "id": "{{wamid}}",
        "timestamp": "{{timestamp}}",
        "type": "order",
        "order": {"text": "untuk {{name}}", "first": "{{wamid}}", "second": "{{wamid:2}}"},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": "{{display_phone_number}}",
            "phone_number_id": "{{phone_number_id}}",
        },
        "messages": [message],
    }
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "{{waba_id}}", "changes": [{"value": value, "field": "messages"}]}],
    }
    (update_id,) = await sim.inject(body, person=ratna)
    await sim.clock.settle()

    received = connected.posts[-1]
    arrived = received.messages[0]
    assert received.json["entry"][0]["id"] == WABA
    assert received.changes[0]["value"]["metadata"]["phone_number_id"] == NUMBER
    assert arrived["from"] == "6281210004321"
    assert arrived["timestamp"] == str(int(START))
    assert arrived["order"]["text"] == "untuk Ratna Wulandari"
    assert arrived["order"]["first"] == arrived["id"] != arrived["order"]["second"]
    assert (await sim.webhooks()).updates[-1].update_id == update_id


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
async def test_every_published_sample_can_be_injected_unchanged(
    sim: SimulatorClient, connected: RecordingHub, sample: dict[str, Any]
) -> None:
    await sim.inject(sample)
    await sim.clock.settle()

    assert [change for post in connected.posts for change in post.changes] == [
        {"value": change["value"], "field": change["field"]}
        for entry in sample["entry"]
        for change in entry["changes"]
    ]


async def test_what_is_injected_for_an_unknown_account_reaches_the_app(
    sim: SimulatorClient, connected: RecordingHub
) -> None:
    body = {"entry": [{"id": "404", "changes": [{"value": {"x": 1}, "field": "account_update"}]}]}
    await sim.inject(body)
    await sim.clock.settle()

    assert connected.posts[-1].json["entry"][0]["id"] == "404"
    with pytest.raises(SimulatorRefused, match="entry"):
        await sim.inject({"object": "whatsapp_business_account"})


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("people/nobody/say", {"text": "x"}, "Nobody is called 'nobody'"),
        ("people", {"name": "x"}, "phone"),
        ("people", {"name": "x", "phone": "+62812", "colour": 1}, "colour"),
        ("faults", {"kind": "explode"}, "explode"),
        ("clock/advance", {"seconds": -1}, "backwards"),
        ("callback", {"url": "http://x", "verify_token": "x", "app_id": "404"}, "Unknown app"),
        ("scenarios", {"name": "nix"}, "sewa_ruko"),
        ("scenarios", {}, "either a name or a text"),
        ("no/such/thing", {}, "has no POST"),
    ],
)
async def test_the_control_interface_refuses_with_a_sentence(
    sim: SimulatorClient, path: str, body: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SimulatorRefused, match=sentence):
        await sim.post(path, body, dict)
