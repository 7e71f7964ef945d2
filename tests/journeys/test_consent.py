"""Consent: what happens without it, and that it can still be given later."""

from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

REPLY = "Selamat siang, kantor kami buka sampai pukul lima."


async def test_without_consent_nobody_asks_the_assistant_and_a_person_is_called(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    budi = await Person.meet(stage, simulator, firm, "Budi Hartono")
    await budi.says("Selamat pagi")
    await budi.taps("Tidak")
    await budi.sees("kami tidak akan bertanya lagi")
    await budi.says("Saya hanya ingin tahu jam buka kantor.")
    stage.rests()
    inbox = await lawyer.conversation_with("Budi Hartono", intakeState="REFUSED", needsReply=True)
    assert inbox["assessment"] is None
    assert inbox["pendingDraft"] is None
    assert {each["state"] for each in inbox["contact"]["card"]["consents"]} == {"REFUSED"}
    topics = await lawyer.topics()
    assert not [name for name in topics if name.startswith(("assessment.", "draft."))]
    assert [text for text in await budi.has_seen() if text.endswith("?")] == [
        "Selamat datang di Kantor Hukum Melati, Budi Hartono. Apakah Anda setuju?"
    ]


async def test_a_reply_needs_consent_and_goes_out_once_it_was_given_after_all(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    budi = await Person.meet(stage, simulator, firm, "Budi Hartono")
    await budi.says("Selamat pagi")
    await budi.taps("Tidak")
    inbox = await lawyer.conversation_with("Budi Hartono", intakeState="REFUSED")
    (refusal,) = (await lawyer.reply(inbox["id"], REPLY))["userErrors"]
    assert refusal["code"] == "CONSENT_MISSING"
    assert refusal["message"].startswith("The contact has not agreed")
    assert "consent question" in refusal["nextStep"]
    await budi.says("setuju")
    stage.rests()
    inbox = await lawyer.conversation_with("Budi Hartono")
    assert {each["state"] for each in inbox["contact"]["card"]["consents"]} == {"GRANTED"}
    again = REPLY + " Ada yang bisa kami bantu?"
    assert (await lawyer.reply(inbox["id"], again))["userErrors"] == []
    await budi.sees(again)
    stage.rests()
    assert REPLY not in await budi.has_seen()


async def test_a_consent_taken_back_stops_assistant_and_replies(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.consents("Tetangga menggugat tanah saya.")
    await ratna.says("CABUT PERSETUJUAN")
    stage.rests()
    inbox = await lawyer.conversation_with("Ratna Wulandari", intakeState="HANDED_OVER")
    assert {each["state"] for each in inbox["contact"]["card"]["consents"]} == {"WITHDRAWN"}
    before = await lawyer.topics()
    await ratna.says("Masih ada satu hal lagi.")
    stage.rests()
    new = (await lawyer.topics())[len(before) :]
    assert not [name for name in new if name.startswith(("assessment.", "draft.", "intake."))]
    (refusal,) = (await lawyer.reply(inbox["id"], REPLY))["userErrors"]
    assert refusal["code"] == "CONSENT_MISSING"
    (asked,) = (await lawyer.reply(inbox["id"], REPLY, basis="REQUEST_OF_CONTACT"))["userErrors"]
    assert asked["code"] == "CONSENT_MISSING"
    urgent = "Segera keluar dari rumah dan hubungi 112."
    assert (await lawyer.reply(inbox["id"], urgent, basis="VITAL_INTEREST"))["userErrors"] == []
    await ratna.sees(urgent)
