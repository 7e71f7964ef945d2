"""The 24 hours after the contact's last message, counted by WhatsApp's clock."""

import time
from typing import Any

from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

REPLY = "Kami baru sempat membalas hari ini."
_HOUR = 3600


def written(text: str, hours_ago: float) -> dict[str, Any]:
    """A webhook with a text that was written some hours ago and comes only now."""
    message = {
        "from": "{{wa_id}}",
        "from_user_id": "{{user_id}}",
        "id": "{{wamid}}",
        "timestamp": str(int(time.time() - hours_ago * _HOUR)),
        "type": "text",
        "text": {"body": text},
    }
    contact = {
        "profile": {"name": "{{name}}"},
        "wa_id": "{{wa_id}}",
        "user_id": "{{user_id}}",
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": "{{display_phone_number}}",
            "phone_number_id": "{{phone_number_id}}",
        },
        "contacts": [contact],
        "messages": [message],
    }
    change = {"value": value, "field": "messages"}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "{{waba_id}}", "changes": [change]}],
    }


async def test_after_24_hours_free_words_wait_until_the_contact_writes_again(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    dewi = await Person.meet(stage, simulator, firm, "Dewi Anggraini")
    for text, hours_ago in (("Selamat pagi", 26.0), ("Setuju", 25.0)):
        await simulator.inject(
            written(text, hours_ago),
            person=dewi.key,
            phone_number_id=firm.number.phone_number_id,
        )
        stage.rests()
    inbox = await lawyer.conversation_with("Dewi Anggraini")
    asked = [
        entry["delivery"]
        for entry in await lawyer.timeline(inbox["id"])
        if entry["__typename"] == "OutboundMessage"
    ]
    assert {each["failure"] for each in asked} == {"service_window_closed"}
    (refusal,) = (await lawyer.reply(inbox["id"], REPLY))["userErrors"]
    assert refusal["code"] == "SERVICE_WINDOW_CLOSED"
    assert await dewi.has_seen() == []
    await dewi.says("Apakah pesan saya sampai?")
    stage.rests()
    assert (await lawyer.reply(inbox["id"], REPLY))["userErrors"] == []
    await dewi.sees(REPLY)
