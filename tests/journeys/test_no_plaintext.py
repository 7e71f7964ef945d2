"""Nothing personal and no secret can be read anywhere: tables, files, Redis, logs, traces."""

import hashlib
import hmac
import json
import zlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import httpx
import pytest

from api.demo import documents
from domain.scopes import Role
from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.otlp_receiver import OtlpReceiver
from tests.journeys.person import Person
from tests.journeys.plaintext import (
    Search,
    files,
    forms_of,
    redis_values,
    redis_writes,
    tables,
)
from tests.journeys.stage import Firm, Stage
from tests.waiting import until

WORDS = "Kenarimerah digugat \u2013 \u00c5ngst soal w\u00e0risan/7141"
ANSWER = "Sebelum tanggal-kenarihijau-2207"
REPLY = "Balasan kenaribiru 3309 untuk Anda"
FAILED_REPLY = "Balasan kenariungu 5521 yang gagal"
NAME = "Zubaid\u00e9 Kanariwati"
UNKNOWN = "hologram-kenariputih-6613"
NOT_STORED = "Kenarihitam 8817 tanpa tanda tangan"
KEYED_FILES = ("keys/", "keeper/")
"""What the operator keeps secret: the master key and the servers' passwords."""

SAMPLE = "rahasia \u00e9/12"


class Told(NamedTuple):
    """A whole story full of values that must be readable nowhere, and some that may be."""

    secret: Mapping[str, str]
    open: Mapping[str, str]


async def tell(stage: Stage, simulator: SimulatorClient) -> Told:
    """Let everything happen that touches content, also what fails."""
    firm = stage.found_firm("Kantor Hukum Dahlia")
    person = await Person.meet(stage, simulator, firm, NAME)
    async with Desk(stage, firm) as lawyer, lawyer.following(documents.ACTIVITY) as stream:
        wamid = await person.says(WORDS)
        await person.taps("Setuju")
        await person.taps("Ada")
        await person.sees("Kapan tenggatnya?")
        await person.says(ANSWER)
        inbox = await lawyer.assessed(NAME)
        await lawyer.approve(inbox["pendingDraft"], REPLY)
        await person.sees(REPLY)
        await person.sends("hologram", {"scene": UNKNOWN})
        await simulator.fault("error", code=131047, person=person.key)
        await lawyer.reply(inbox["id"], FAILED_REPLY)
        await lawyer.delivery(inbox["id"], FAILED_REPLY, "FAILED")
        await simulator.change_phone(person.key, stage.new_phone())
        moved = await simulator.find_person(person.key)
        await _knock_in_vain(stage, firm, NOT_STORED)
        assert any(item.get("draft") for item in stream)
        history = await lawyer.history()
    stage.rests()
    sent = next(send for send in await simulator.sends() if send.text == REPLY)
    assert sent.wamid is not None
    app = firm.number.app
    return Told(
        secret={
            "phone": person.phone[3:],
            "new phone": moved.phone[3:],
            "user id": moved.user_id,
            "name": NAME,
            "a part of the name": NAME.split()[1],
            "words": WORDS,
            "a word of the words": "Kenarimerah",
            "answer": ANSWER,
            "reply": REPLY,
            "reply that failed": FAILED_REPLY,
            "unknown kind": UNKNOWN,
            "refused webhook": NOT_STORED,
            "wamid of the contact": wamid.removeprefix("wamid."),
            "wamid of the reply": sent.wamid.removeprefix("wamid."),
            "e-mail of a member": firm.email_of(Role.LAWYER),
            "app secret": app.app_secret,
            "verify token": app.verify_token,
            "access token": app.access_token,
            "token of a member": firm.tokens[Role.LAWYER],
        },
        open={
            "firm": firm.name,
            "firm id": str(firm.tenant_id),
            "trace": history[-1]["traceId"],
            "queue": "rq:queue:outbound",
        },
    )


async def _knock_in_vain(stage: Stage, firm: Firm, words: str) -> None:
    """Requests that are refused: what they carried must not end in a log either."""
    app = firm.number.app
    url = app.callback(stage.base_url)
    broken = f'{{"object": "{words}'.encode()
    signature = hmac.new(app.app_secret.encode(), broken, hashlib.sha256).hexdigest()
    wrong = {"hub.mode": "subscribe", "hub.verify_token": words, "hub.challenge": "1"}
    bearer = {"authorization": f"Bearer {firm.tokens[Role.LAWYER]}"}
    query = {"query": f'{{ conversation(id: "{words}") {{ id }} }}'}
    async with httpx.AsyncClient(trust_env=False) as client:
        answers = [
            await client.post(url, content=json.dumps({"object": words}).encode()),
            await client.post(
                url, content=broken, headers={"x-hub-signature-256": f"sha256={signature}"}
            ),
            await client.get(url, params=wrong),
            await client.get(f"{url}/{words}"),
            await client.post(f"{stage.base_url}/graphql", json=query, headers=bearer),
            await client.post(
                f"{stage.base_url}/graphql",
                json={"query": f"{{ {words} "},
                headers={**bearer, "traceparent": words.encode().hex()},
            ),
        ]
    assert [answer.status_code for answer in answers[:4]] == [401, 400, 403, 404]


def found(search: Search, places: Iterable[tuple[str, bytes]]) -> set[str]:
    """Everything that was found anywhere."""
    return set().union(*(search.look(place, data) for place, data in places))


async def test_what_people_say_and_what_opens_doors_is_readable_nowhere(
    stage: Stage, simulator: SimulatorClient, traces: OtlpReceiver
) -> None:
    told = await tell(stage, simulator)
    secret, known = Search(told.secret), Search(told.open)
    async with httpx.AsyncClient(trust_env=False) as client:
        metrics = (await client.get(f"{stage.base_url}/metrics")).content
    until(lambda: any(b"policies" in body for body in traces.bodies()), "the traces have come")
    log = stage.hub.log.read_bytes()
    spans = b"\n".join(traces.bodies())

    assert found(secret, tables(stage)) == set()
    assert found(secret, redis_values(stage)) == set()
    assert found(secret, redis_writes(stage)) == set()
    assert secret.look("the log", log) == set()
    assert secret.look("the traces", spans) == set()
    assert secret.look("the metrics", metrics) == set()
    plain = frozenset({"plain"})
    for name, data in files(stage):
        if not name.startswith(KEYED_FILES):
            assert secret.look(name, data, kinds=plain) == set()

    # The same search finds what may be read, so it has looked at the right places.
    assert found(known, tables(stage)) >= {
        "firm (hex) in hub.events",
        "trace (hex) in hub.events",
        "firm id (plain) in read_model.inbox",
    }
    assert any("packed" in one for one in found(known, redis_writes(stage)))
    assert "queue (plain) in the log" in known.look("the log", log)
    assert b'"level": "debug"' in log
    assert b"hub_webhook_ack_seconds" in metrics
    assert b"policies" in spans


@pytest.mark.parametrize("kind", forms_of(SAMPLE))
def test_the_search_finds_a_value_in_each_of_its_forms(kind: str) -> None:
    search = Search({"sample": SAMPLE})
    for form in forms_of(SAMPLE)[kind]:
        assert f"sample ({kind}) in here" in search.look("here", b"before" + form + b"after")
    assert search.look("here", b"before and after") == set()


@pytest.mark.parametrize("shift", range(3))
def test_the_search_finds_a_value_inside_a_longer_base64_text(shift: int) -> None:
    import base64

    text = base64.b64encode(b"x" * shift + SAMPLE.encode() + b"yz")
    assert Search({"sample": SAMPLE}).look("here", text) == {"sample (base64) in here"}


def test_the_search_finds_what_was_planted_in_a_table_a_packed_job_and_a_file(
    stage: Stage,
) -> None:
    from redis import Redis

    search = Search({"planted": "kontrol-90017"})
    planted = stage.hub.home / "planted.txt"
    planted.write_text("kontrol-90017")
    with stage.administering() as connection, Redis.from_url(stage.servers.redis_url) as redis:
        connection.execute("CREATE TABLE public.planted (value bytea)")
        try:
            connection.execute("INSERT INTO public.planted VALUES ('kontrol-90017')")
            redis.set("tests:planted", zlib.compress(b"kontrol-90017"))
            assert found(search, tables(stage)) == {"planted (hex) in public.planted"}
            assert any("packed" in one for one in found(search, redis_writes(stage)))
            assert "planted (plain) in planted.txt" in found(search, files(stage))
        finally:
            connection.execute("DROP TABLE public.planted")
            redis.delete("tests:planted")
            planted.unlink()
