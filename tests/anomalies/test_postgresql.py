"""PostgreSQL lost for a moment or for longer: refused clearly, nothing half done, then done."""

import httpx
import psutil

from infrastructure.simulator import SimulatorClient
from tests.anomalies.patience import PatientDesk
from tests.anomalies.processes import is_ready, kill, server_of, stopped
from tests.journeys.person import Person
from tests.journeys.stage import Stage
from tests.waiting import until

REPLY = "Terima kasih, berkasnya kami pelajari."
ANSWERED_WITHIN_S = 10


async def test_a_story_goes_on_when_every_connection_to_the_store_is_cut(
    fragile: Stage, meta: SimulatorClient
) -> None:
    firm = fragile.found_firm("Kantor Hukum Melati")
    ratna = await Person.meet(fragile, meta, firm, "Ratna Wulandari")

    def cut() -> int:
        with fragile.administering() as connection:
            return connection.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE usename LIKE 'hub\\_%' AND usename <> current_user
                """
            ).rowcount

    async with PatientDesk(fragile, firm) as lawyer:
        await ratna.says("Selamat pagi")
        assert cut() > 10
        await ratna.taps("Setuju")
        await ratna.taps("Tidak ada")
        await ratna.sees("Tim kami akan membalas")
        inbox = await lawyer.assessed("Ratna Wulandari")
        cut()
        await lawyer.approve(inbox["pendingDraft"], REPLY)
        await ratna.sees(REPLY)
        fragile.rests()
        topics = await lawyer.topics()
    assert topics.count("message.received") == 3
    assert topics.count("outbound.requested") == topics.count("outbound.sent") == 4


async def test_a_killed_postmaster_comes_back_and_the_story_goes_on(
    fragile: Stage, meta: SimulatorClient
) -> None:
    firm = fragile.found_firm("Kantor Hukum Melati")
    ratna = await Person.meet(fragile, meta, firm, "Ratna Wulandari")
    await ratna.consents()
    postmaster = server_of(fragile, "postgres")
    kill(postmaster)
    await ratna.taps("Tidak ada")
    await ratna.sees("Tim kami akan membalas")
    assert server_of(fragile, "postgres").pid != postmaster.pid
    until(lambda: is_ready(fragile), "the hub is ready again")
    async with PatientDesk(fragile, firm) as lawyer:
        await lawyer.assessed("Ratna Wulandari")
        fragile.rests()
        assert (await lawyer.topics()).count("message.received") == 3


async def test_while_the_store_is_down_webhooks_get_503_and_nothing_is_half_written(
    fragile: Stage, meta: SimulatorClient
) -> None:
    firm = fragile.found_firm("Kantor Hukum Melati")
    people = [await Person.meet(fragile, meta, firm, name) for name in ("Ratna", "Budi", "Dewi")]
    early = await Person.meet(fragile, meta, firm, "Sri")
    await early.says("Selamat pagi")
    fragile.rests()
    with stopped(server_of(fragile, "keeper")):
        postmaster = server_of(fragile, "postgres")
        kill(postmaster)
        until(lambda: _is_gone(postmaster), "PostgreSQL is down")
        before = len(await meta.deliveries())
        for person in people:
            await person.says("Selamat pagi")

        async def answered() -> list[int | None] | None:
            answers = [each.answer_status for each in (await meta.deliveries())[before:]]
            return answers if len([each for each in answers if each]) >= len(people) else None

        answers = await meta.wait_for(answered, ANSWERED_WITHIN_S, "an answer to each webhook")
        assert set(answers) <= {503, None}
        ready = httpx.AsyncClient(base_url=fragile.base_url, timeout=ANSWERED_WITHIN_S)
        async with ready as client:
            answer = await client.get("/readyz")
            asked = await client.post(
                "/graphql",
                json={"query": "{ viewer { role } }"},
                headers={"authorization": f"Bearer {next(iter(firm.tokens.values()))}"},
            )
        assert answer.status_code == 503
        assert answer.json()["dependencies"]["postgresql"] == "does not answer"
        (error,) = asked.json()["errors"]
        assert error["extensions"]["code"] == "STORE_UNAVAILABLE"
        assert error["message"] == "The store does not answer now."
    until(lambda: is_ready(fragile), "the hub is ready again")
    for person in people:
        await person.sees("Apakah Anda setuju?")
    fragile.rests()
    async with PatientDesk(fragile, firm) as lawyer:
        assert (await lawyer.topics()).count("message.received") == len(people) + 1
        assert len(await lawyer.conversations()) == len(people) + 1


def _is_gone(process: psutil.Process) -> bool:
    """Whether it ended; nobody reaps it while its parent is stopped."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
