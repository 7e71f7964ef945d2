"""A member who replies takes over: the intake asks nothing more."""

from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

REPLY = "Selamat siang, Ibu. Perkara ini saya tangani sendiri."


async def test_a_members_own_words_end_the_questions_of_the_intake(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.consents()
    inbox = await lawyer.conversation_with("Ratna Wulandari", intakeState="RUNNING")
    assert (await lawyer.reply(inbox["id"], REPLY))["userErrors"] == []
    await ratna.sees(REPLY)
    await lawyer.conversation_with("Ratna Wulandari", intakeState="HANDED_OVER")
    await ratna.says("Ada")
    stage.rests()
    assert (await ratna.has_seen())[-1] == REPLY
    steps = [entry["topic"] for entry in await lawyer.timeline(inbox["id"])]
    assert steps.count("intake.question_asked.v1") == 2
    assert "intake.handed_over.v1" in steps


async def test_what_the_contact_writes_after_the_hand_over_is_still_assessed(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.consents("Tetangga menggugat tanah saya.")
    inbox = await lawyer.conversation_with("Ratna Wulandari")
    await lawyer.reply(inbox["id"], REPLY)
    await lawyer.conversation_with("Ratna Wulandari", intakeState="HANDED_OVER")
    await ratna.says("Sidang pertama minggu depan di Pengadilan Negeri Bandung.")
    inbox = await lawyer.assessed("Ratna Wulandari")
    assert inbox["pendingDraft"]["state"] == "SUGGESTED"
