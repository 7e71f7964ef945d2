"""Kill -9 of every process while messages flow: each 200 becomes exactly one event."""

from collections import Counter

import pytest

from infrastructure.laboratory.journal import LoadJournal
from infrastructure.laboratory.kill_rounds import VICTIMS, judge, kill_rounds
from infrastructure.laboratory.webhook_load import Target
from infrastructure.simulator import SimulatorClient
from tests.journeys.stage import Stage

RATE_PER_S = 10.0
ACKNOWLEDGED_BETWEEN = 40
SEED = 7


@pytest.mark.timeout(600)
async def test_each_200_becomes_one_event_and_each_message_is_sent_at_most_once(
    fragile: Stage, meta: SimulatorClient
) -> None:
    firm = fragile.found_firm("Kantor Hukum Melati")
    number = firm.number
    target = Target(
        url=number.app.callback(fragile.base_url),
        app_secret=number.app.app_secret,
        waba_id=number.waba_id,
        phone_number_id=number.phone_number_id,
        display_phone=number.display_phone,
    )
    journal = LoadJournal(fragile.hub.home / "load.journal")
    kills, load = await kill_rounds(
        target,
        journal,
        home=str(fragile.hub.home),
        supervisor_pid=fragile.hub.process.pid,
        rounds=len(VICTIMS),
        rate_per_s=RATE_PER_S,
        seed=SEED,
        say=print,
        acknowledged_between=ACKNOWLEDGED_BETWEEN,
    )
    journal.close()
    assert set(kills) == set(VICTIMS)
    with fragile.looking() as connection, fragile.opening() as vault:
        verdict = judge(connection, vault, firm.tenant_id, target, journal, kills, load)
    assert verdict.acknowledged >= len(VICTIMS) * ACKNOWLEDGED_BETWEEN
    assert verdict.is_clean, verdict
    fragile.rests(300)
    accepted = Counter(
        send.callback_data.split(".")[0]
        for send in await meta.sends()
        if send.outcome == "accepted" and send.callback_data
    )
    assert [message for message, times in accepted.items() if times > 1] == []
