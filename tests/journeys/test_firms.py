"""Several firms on one hub: each sees its own, and an app signs for its own numbers only."""

import hashlib
import hmac
import json
from typing import Any

import httpx

from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.meta import OWN, OWN_NUMBER, SHARED
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

REPLY = "Terima kasih, kami pelajari dahulu."


def message_to(firm: Firm, wamid: str) -> bytes:
    """A webhook with one text to the number of a firm."""
    number = firm.number
    message = {
        "from": "6281277999001",
        "id": wamid,
        "timestamp": "1794964530",
        "type": "text",
        "text": {"body": "Pesan yang tidak pernah dikirim"},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": number.display_phone[1:],
            "phone_number_id": number.phone_number_id,
        },
        "contacts": [{"profile": {"name": "Bukan Klien"}, "wa_id": "6281277999001"}],
        "messages": [message],
    }
    entry = {"id": number.waba_id, "changes": [{"value": value, "field": "messages"}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def held(stage: Stage) -> list[tuple[Any, ...]]:
    """The reasons and apps of what is in quarantine."""
    with stage.looking() as connection:
        return connection.execute("SELECT reason, app FROM hub.quarantine ORDER BY id").fetchall()


async def test_firms_that_share_an_app_see_only_what_is_theirs(
    stage: Stage, simulator: SimulatorClient
) -> None:
    anggrek = stage.found_firm("Kantor Hukum Anggrek")
    kenanga = stage.found_firm("Kantor Hukum Kenanga")
    assert anggrek.number.app is kenanga.number.app
    at_anggrek = await Person.meet(stage, simulator, anggrek, "Ratna Wulandari")
    at_kenanga = Person(simulator, kenanga, at_anggrek.key, at_anggrek.name, at_anggrek.phone)
    await at_anggrek.says("Untuk Anggrek saja")
    await at_kenanga.says("Untuk Kenanga saja")
    async with Desk(stage, anggrek) as first, Desk(stage, kenanga) as second:
        mine = await first.conversation_with("Ratna Wulandari")
        yours = await second.conversation_with("Ratna Wulandari")
        stage.rests()
        assert mine["contact"]["id"] != yours["contact"]["id"]
        for desk, own, other in (
            (first, "Untuk Anggrek saja", yours["id"]),
            (second, "Untuk Kenanga saja", mine["id"]),
        ):
            (only,) = await desk.conversations()
            words = [
                entry["content"]["text"]
                for entry in await desk.timeline(only["id"])
                if entry["__typename"] == "InboundMessage"
            ]
            assert words == [own]
            node = await desk.screen.ask("query($id: ID!) { node(id: $id) { id } }", {"id": other})
            assert node == {"node": None}
        streams = [{event["streamId"] for event in await d.history()} for d in (first, second)]
        assert not streams[0] & streams[1]


async def test_a_firm_with_an_app_of_its_own_is_served_under_the_apps_own_address(
    stage: Stage, own_app_firm: Firm, simulator: SimulatorClient
) -> None:
    dewi = await Person.meet(stage, simulator, own_app_firm, "Dewi Anggraini")
    async with Desk(stage, own_app_firm) as lawyer:
        await dewi.consents()
        inbox = await lawyer.conversation_with("Dewi Anggraini")
        await lawyer.reply(inbox["id"], REPLY)
        await dewi.sees(REPLY)
        await lawyer.delivery(inbox["id"], REPLY, "DELIVERED")
    delivered = [
        each for each in await simulator.deliveries() if OWN_NUMBER.phone_number_id in each.body
    ]
    assert {each.url for each in delivered} == {f"{stage.base_url}/webhooks/whatsapp/melati"}
    assert {each.answer_status for each in delivered} == {200}


async def test_what_one_app_signed_for_a_number_of_another_is_held_and_never_seen(
    stage: Stage, firm: Firm, own_app_firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.says("Selamat pagi")
    await lawyer.conversation_with("Ratna Wulandari")
    stage.rests()
    events, before = await lawyer.history(), held(stage)
    body = message_to(firm, "wamid.of-another-app")
    answer = await simulator.post_bytes(body, app_id=OWN.app_id)
    assert answer.status == 200
    stage.rests()
    assert held(stage)[len(before) :] == [("signed_by_another_app", "melati")]
    assert await lawyer.history() == events
    async with Desk(stage, own_app_firm) as other:
        names = [each["contact"]["profileName"] for each in await other.conversations()]
    assert "Bukan Klien" not in names


def test_the_secret_of_one_app_opens_no_address_of_another(
    stage: Stage, firm: Firm, own_app_firm: Firm
) -> None:
    body = message_to(own_app_firm, "wamid.signed-with-the-shared-secret")
    signature = hmac.new(SHARED.app_secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": f"sha256={signature}"}
    url = OWN.callback(stage.base_url)
    answer = httpx.post(url, content=body, headers=headers, trust_env=False)
    assert answer.status_code == 401
