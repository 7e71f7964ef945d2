"""A sender that dies in the middle of a call: nobody knows, so nothing is sent twice."""

import psutil

from infrastructure.simulator import SimulatorClient
from tests.anomalies.processes import kill
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Stage

REPLY = "Mohon datang hari Senin pukul sembilan."
CALL_S = 2.0
"""How long the simulated WhatsApp takes over the call."""


def sender_of(stage: Stage) -> psutil.Process:
    """The process that works on the outbound queue."""
    (found,) = [
        process
        for process in psutil.Process(stage.hub.process.pid).children(recursive=True)
        if process.cmdline()[-2:] == ["--queue", "outbound"]
    ]
    return found


async def test_a_call_that_outlived_its_sender_is_settled_by_the_status_and_not_repeated(
    fragile: Stage, meta: SimulatorClient
) -> None:
    firm = fragile.found_firm("Kantor Hukum Melati")
    ratna = await Person.meet(fragile, meta, firm, "Ratna Wulandari")
    await ratna.consents()
    fragile.rests()
    await meta.fault("latency", seconds=CALL_S, person=ratna.key)

    async def calls() -> list[str]:
        return [
            send.outcome
            for send in await meta.sends()
            if send.phone_number_id == firm.number.phone_number_id
            and send.body.get("text", {}).get("body") == REPLY
        ]

    async with Desk(fragile, firm) as lawyer:
        inbox = await lawyer.conversation_with("Ratna Wulandari")
        await lawyer.reply(inbox["id"], REPLY)
        await meta.wait_for(calls, 60, "the call to be under way")
        kill(sender_of(fragile))
        assert await ratna.sees(REPLY) == REPLY
        delivery = await lawyer.delivery(inbox["id"], REPLY, "DELIVERED")
        fragile.rests()
        topics = await lawyer.topics()
    assert await calls() == ["accepted"]
    assert delivery["attempts"] == 1
    assert topics.count("outbound.attempt_started") == topics.count("outbound.requested")
