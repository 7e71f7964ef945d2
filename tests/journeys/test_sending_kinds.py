"""What a lawyer can send besides words arrives as WhatsApp knows it."""

import uuid
from typing import Any

from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

_SEND = """
mutation($input: SendReplyInput!) { sendReply(input: $input) { userErrors { message field } } }
"""

KINDS: list[dict[str, Any]] = [
    {"location": {"latitude": -6.2, "longitude": 106.8, "name": "Kantor Hukum Melati"}},
    {"contacts": [{"name": "Notaris Sari", "phones": [{"value": "+62215550100"}]}]},
    {"reaction": {"emoji": "🙏"}},
    {"reaction": {"emoji": ""}},
    {
        "buttons": {
            "text": "Besok pukul 09.00?",
            "header": "Jadwal",
            "buttons": [{"id": "y", "title": "Bisa"}],
        }
    },
]


async def test_places_cards_reactions_and_buttons_reach_the_contact(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.consents()
    wamid = await ratna.says("Di mana kantor Anda?")
    stage.rests()
    inbox = await lawyer.conversation_with("Ratna Wulandari")
    question = [
        entry["id"]
        for entry in await lawyer.timeline(inbox["id"])
        if entry["__typename"] == "InboundMessage"
    ][-1]
    for body in KINDS:
        wish = {
            "conversationId": inbox["id"],
            "body": body,
            "replyToMessageId": question,
            "idempotencyKey": uuid.uuid4().hex,
        }
        answer = await lawyer.screen.ask(_SEND, {"input": wish})
        assert answer["sendReply"]["userErrors"] == []
    await ratna.sees("Besok pukul 09.00?")
    stage.rests()
    sent = [send for send in await simulator.sends() if send.person == ratna.key][-len(KINDS) :]
    assert {send.outcome for send in sent} == {"accepted"}
    place, cards, put, taken, buttons = (send.body for send in sent)
    assert place["location"]["name"] == "Kantor Hukum Melati"
    assert place["context"] == {"message_id": wamid}
    assert cards["contacts"][0]["name"]["formatted_name"] == "Notaris Sari"
    assert put["reaction"] == {"message_id": wamid, "emoji": "🙏"}
    assert taken["reaction"] == {"message_id": wamid, "emoji": ""}
    assert buttons["interactive"]["header"] == {"type": "text", "text": "Jadwal"}
    ours = [
        entry
        for entry in await lawyer.timeline(inbox["id"])
        if entry["__typename"] == "OutboundMessage"
    ][-1]
    reply = {
        "conversationId": inbox["id"],
        "text": "Sampai jumpa.",
        "replyToMessageId": ours["id"],
        "idempotencyKey": uuid.uuid4().hex,
    }
    assert (await lawyer.screen.ask(_SEND, {"input": reply}))["sendReply"]["userErrors"] == []
    await ratna.sees("Sampai jumpa.")
    last = [send for send in await simulator.sends() if send.person == ratna.key][-1]
    assert last.body["context"]["message_id"] == sent[-1].wamid
