"""Whoever wants no more messages gets none, however late the wish came."""

from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

REPLY = "Kami sarankan bertemu di kantor pada hari Senin."


async def test_after_an_opt_out_no_reply_can_be_approved_until_the_contact_comes_back(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.completes_the_intake()
    inbox = await lawyer.assessed("Ratna Wulandari")
    await ratna.says("BERHENTI")
    await ratna.sees("Permintaan Anda sudah kami catat.")
    stage.rests()
    for answer in (
        await lawyer.approve(inbox["pendingDraft"], REPLY),
        await lawyer.reply(inbox["id"], REPLY),
    ):
        (refusal,) = answer["userErrors"]
        assert refusal["code"] == "CONTACT_OPTED_OUT"
        assert "MULAI" in refusal["nextStep"]
    await ratna.says("mulai")
    stage.rests()
    assert (await lawyer.approve(inbox["pendingDraft"], REPLY))["userErrors"] == []
    await ratna.sees(REPLY)


async def test_a_reply_that_was_approved_before_the_opt_out_is_stopped_at_the_last_moment(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.consents()
    inbox = await lawyer.conversation_with("Ratna Wulandari")
    # The number is too fast for Meta, three times: the message waits 2, 4 and 8 seconds.
    await simulator.fault("error", code=130429, person=ratna.key, times=3)
    assert (await lawyer.reply(inbox["id"], REPLY))["userErrors"] == []
    waiting = await lawyer.delivery(inbox["id"], REPLY, "REQUESTED")
    assert waiting["acceptedAt"] is None
    await ratna.says("STOP")
    refused = await lawyer.delivery(inbox["id"], REPLY, "REFUSED")
    assert refused["failure"] == "contact_opted_out"
    await simulator.clear_faults()
    await ratna.sees("Permintaan Anda sudah kami catat.")
    stage.rests()
    sends = [send for send in await simulator.sends() if send.person == ratna.key]
    accepted = [send.text for send in sends if send.outcome == "accepted"]
    assert accepted[-1] == "Permintaan Anda sudah kami catat."
    assert REPLY not in accepted
