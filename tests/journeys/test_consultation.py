"""Consultations as people live them, from the first word to a reply that was read."""

from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

REPLY = "Terima kasih, Ibu Ratna. Kami pelajari perjanjian sewanya dan segera kembali."


async def test_a_first_word_becomes_an_approved_reply_that_was_read(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.completes_the_intake("Sewa ruko saya dibatalkan sepihak oleh pemiliknya.")
    inbox = await lawyer.assessed("Ratna Wulandari")
    assert inbox["intakeState"] == "COMPLETED"
    consents = inbox["contact"]["card"]["consents"]
    assert {(each["purpose"], each["state"]) for each in consents} == {
        ("INTAKE", "GRANTED"),
        ("ASSISTANCE", "GRANTED"),
    }
    answer = await lawyer.approve(inbox["pendingDraft"], REPLY)
    assert answer["userErrors"] == []
    assert answer["draft"]["isEdited"]
    assert await ratna.sees(REPLY) == REPLY
    await simulator.read(ratna.key)
    delivery = await lawyer.delivery(inbox["id"], REPLY, "READ")
    times = [delivery[name] for name in ("acceptedAt", "sentAt", "deliveredAt", "readAt")]
    assert None not in times
    assert delivery["attempts"] == 1
    message = await lawyer.message(inbox["id"], REPLY)
    assert message["approvedBy"]["kind"] == "MEMBER"
    sent = [send.text for send in await simulator.sends() if send.person == ratna.key]
    assert sent.count(REPLY) == 1
