"""What becomes of a message after it was accepted."""

from infrastructure.simulator import SimulatorClient
from infrastructure.whatsapp.errors import rule_for
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

REPLY = "Mohon kirimkan salinan perjanjiannya."


async def test_a_message_that_whatsapp_could_not_deliver_is_shown_with_its_reason(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.consents()
    inbox = await lawyer.conversation_with("Ratna Wulandari")
    await simulator.fault("fail_after_sent", code=131026, person=ratna.key)
    await lawyer.reply(inbox["id"], REPLY)
    failed = await lawyer.delivery(inbox["id"], REPLY, "FAILED")
    assert failed["failure"] == "131026"
    assert failed["failureMessage"] == rule_for(131026).words
    assert failed["failureNextStep"] == rule_for(131026).next_step
    assert failed["attempts"] == 1
    assert None not in (failed["acceptedAt"], failed["sentAt"], failed["failedAt"])
    assert failed["deliveredAt"] is None
    stage.rests()
    sent = [send.text for send in await simulator.sends() if send.person == ratna.key]
    assert sent.count(REPLY) == 1
