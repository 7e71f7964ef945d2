"""Redis is a doorbell: emptied, stopped or killed, nothing is lost."""

from redis import Redis

from infrastructure.simulator import SimulatorClient
from tests.anomalies.processes import is_ready, kill, server_of, stopped
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Stage
from tests.journeys.waiting import eventually

REPLY = "Terima kasih, berkasnya kami pelajari."


async def test_a_consultation_completes_while_redis_is_emptied_at_every_step(
    fragile: Stage, meta: SimulatorClient
) -> None:
    firm = fragile.found_firm("Kantor Hukum Melati")
    ratna = await Person.meet(fragile, meta, firm, "Ratna Wulandari")
    with Redis.from_url(fragile.servers.redis_url) as redis:
        async with Desk(fragile, firm) as lawyer:
            await ratna.says("Sewa ruko saya dibatalkan.")
            redis.flushall()
            await ratna.taps("Setuju")
            redis.flushall()
            await ratna.taps("Tidak ada")
            redis.flushall()
            await ratna.sees("Tim kami akan membalas")
            inbox = await lawyer.assessed("Ratna Wulandari")
            redis.flushall()
            await lawyer.approve(inbox["pendingDraft"], REPLY)
            redis.flushall()
            await ratna.sees(REPLY)
            await lawyer.delivery(inbox["id"], REPLY, "DELIVERED")
    fragile.rests()
    sent = [send.text for send in await meta.sends() if send.person == ratna.key]
    assert len(sent) == len(set(sent)) == 4


async def test_without_redis_messages_are_received_and_seen_and_answers_follow_later(
    fragile: Stage, meta: SimulatorClient
) -> None:
    firm = fragile.found_firm("Kantor Hukum Melati")
    budi = await Person.meet(fragile, meta, firm, "Budi Hartono")
    async with Desk(fragile, firm) as lawyer:
        with stopped(server_of(fragile, "redis")):
            await budi.says("Selamat pagi")
            await lawyer.conversation_with("Budi Hartono")
            await meta.wait_until_delivered()
            assert await budi.has_seen() == []
            assert is_ready(fragile)
        await budi.sees("Apakah Anda setuju?")


async def test_a_killed_redis_comes_back_and_the_work_goes_on(
    fragile: Stage, meta: SimulatorClient
) -> None:
    firm = fragile.found_firm("Kantor Hukum Melati")
    budi = await Person.meet(fragile, meta, firm, "Budi Hartono")
    await budi.says("Selamat pagi")
    redis = server_of(fragile, "redis")
    kill(redis)
    await budi.taps("Setuju")
    await budi.sees("Apakah ada tenggat?")
    assert server_of(fragile, "redis").pid != redis.pid
    fragile.rests()
    assert len(await budi.has_seen()) == 2


async def test_a_screen_hears_what_happens_also_while_the_doorbell_is_deaf(
    fragile: Stage, meta: SimulatorClient
) -> None:
    firm = fragile.found_firm("Kantor Hukum Melati")
    budi = await Person.meet(fragile, meta, firm, "Budi Hartono")
    async with (
        Desk(fragile, firm) as lawyer,
        lawyer.following(
            "subscription { activity { __typename ... on Activity { topic } } }"
        ) as stream,
    ):

        async def heard() -> bool:
            return any(item.get("topic") == "message.received.v1" for item in stream)

        with stopped(server_of(fragile, "redis")):
            await budi.says("Selamat pagi")
            await eventually(heard, "the message on the live stream")
