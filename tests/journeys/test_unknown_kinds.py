"""Messages of kinds that nobody knows yet: shown as such, kept as they came."""

import json
from uuid import UUID

from domain.inbound_message import InboundMessageContent, MessageReceived
from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

HOLOGRAM = {"scene": "ruang sidang", "frames": 3, "note": "tiga \u2013 dimensi"}


async def test_an_unknown_kind_is_a_placeholder_on_the_screen_and_whole_in_the_store(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    budi = await Person.meet(stage, simulator, firm, "Budi Hartono")
    wamid = await budi.sends("hologram", HOLOGRAM)
    inbox = await lawyer.conversation_with("Budi Hartono")
    (entry,) = [
        entry
        for entry in await lawyer.timeline(inbox["id"])
        if entry["__typename"] == "InboundMessage"
    ]
    assert entry["isUnderstood"] is False
    assert entry["content"]["kind"] == "NOT_UNDERSTOOD"
    assert entry["content"]["text"]
    (received,) = await lawyer.history(topic="message.received.v1")
    (record,) = stage.store.journal.load(firm.tenant_id, UUID(received["streamId"]))
    event = record.event
    assert isinstance(event, MessageReceived)
    assert isinstance(event.content, InboundMessageContent)
    assert event.kind == "hologram"
    assert event.content.raw is not None
    value = json.loads(event.content.raw)["entry"][0]["changes"][0]["value"]
    (kept,) = value["messages"]
    assert (kept["id"], kept["hologram"]) == (wamid, HOLOGRAM)


async def test_a_message_of_an_unknown_kind_is_no_answer_but_does_not_stop_the_intake(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    budi = await Person.meet(stage, simulator, firm, "Budi Hartono")
    await budi.consents()
    await budi.sends("hologram", HOLOGRAM)
    stage.rests()
    await budi.taps("Ada")
    await budi.sees("Kapan tenggatnya?")
    await lawyer.conversation_with("Budi Hartono", intakeState="RUNNING")
