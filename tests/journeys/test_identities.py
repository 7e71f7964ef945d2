"""People change their numbers, or hide them: the conversation stays one."""

from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

REPLY = "Baik, kami catat."


async def test_a_new_phone_number_goes_on_with_the_same_conversation(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.consents()
    before = await lawyer.conversation_with("Ratna Wulandari")
    new_phone = stage.new_phone()
    await simulator.change_phone(ratna.key, new_phone)
    stage.rests()
    await ratna.taps("Ada")
    await ratna.sees("Kapan tenggatnya?")
    after = await lawyer.conversation_with("Ratna Wulandari")
    assert (after["id"], after["contact"]["id"]) == (before["id"], before["contact"]["id"])
    assert after["contact"]["maskedPhone"][-2:] == new_phone[-2:]
    assert after["contact"]["maskedPhone"] != before["contact"]["maskedPhone"]
    await lawyer.reply(after["id"], REPLY)
    await ratna.sees(REPLY)
    (sent,) = [send for send in await simulator.sends() if send.person == ratna.key][-1:]
    assert sent.body["to"] == new_phone
    kinds = [
        entry["content"]["kind"]
        for entry in await lawyer.timeline(after["id"])
        if entry["__typename"] == "InboundMessage"
    ]
    assert "NOTICE" in kinds


async def test_somebody_else_with_the_old_number_begins_a_conversation_of_its_own(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.says("Selamat pagi")
    before = await lawyer.conversation_with("Ratna Wulandari")
    await simulator.change_phone(ratna.key, stage.new_phone())
    stage.rests()
    heir = await simulator.person("Joko Susilo", ratna.phone)
    await simulator.say(heir.key, "Selamat sore", phone_number_id=firm.number.phone_number_id)
    other = await lawyer.conversation_with("Joko Susilo")
    assert other["contact"]["id"] != before["contact"]["id"]


async def test_a_person_without_a_visible_phone_is_known_and_written_to_by_user_id(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    tono = await Person.meet(stage, simulator, firm, "Tono", username="tono.prasetyo")
    await tono.consents()
    inbox = await lawyer.conversation_with("Tono")
    assert inbox["contact"]["maskedPhone"] is None
    await lawyer.reply(inbox["id"], REPLY)
    await tono.sees(REPLY)
    sent = [send for send in await simulator.sends() if send.person == tono.key]
    assert sent
    assert all("to" not in send.body and "." in send.body["recipient"] for send in sent)
    assert {send.outcome for send in sent} == {"accepted"}
