"""Bodies in Meta's exact bytes, and signatures over exactly these bytes."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from infrastructure.simulator import SimulatorClient
from infrastructure.simulator.configuration import DEFAULT_APP_SECRET
from infrastructure.simulator.journal import Update
from infrastructure.simulator.randomness import Randomness
from infrastructure.simulator.webhook_body import encode, envelope, signature
from tests.simulator.recording_hub import RecordingHub

SAMPLES = Path(__file__).parent.parent / "whatsapp" / "samples"


def expected_signature(body: bytes) -> str:
    return "sha256=" + hmac.new(DEFAULT_APP_SECRET.encode(), body, hashlib.sha256).hexdigest()


def test_the_body_is_compact_and_escapes_everything_that_is_not_ascii() -> None:
    body = encode({"text": "Perjanjian – ½ §12/2026 é 👍🏽", "n": [1, -6.25]})

    assert body == (
        rb'{"text":"Perjanjian \u2013 \u00bd \u00a712\/2026 \u00e9 \ud83d\udc4d\ud83c\udffd",'
        rb'"n":[1,-6.25]}'
    )


def test_a_known_body_has_the_known_signature() -> None:
    # echo -n '{"a":"\u00e9\/"}' | openssl dgst -sha256 -hmac secret
    assert encode({"a": "é/"}) == rb'{"a":"\u00e9\/"}'
    assert signature("secret", rb'{"a":"\u00e9\/"}') == (
        "sha256=" + hmac.digest(b"secret", rb'{"a":"\u00e9\/"}', "sha256").hex()
    )


async def test_the_signature_holds_over_the_bytes_that_arrive(
    sim: SimulatorClient, connected: RecordingHub, ratna: str
) -> None:
    await sim.say(ratna, "Sewa ruko “Anugrah” – Jl. Melati 12/14 👍")
    await sim.clock.settle()

    received = connected.posts[-1]
    assert received.headers["x-hub-signature-256"] == expected_signature(received.body)
    assert received.headers["content-type"] == "application/json"
    assert received.body.isascii()
    assert rb"12\/14" in received.body
    assert rb"\u201cAnugrah\u201d" in received.body
    assert received.messages[0]["text"]["body"] == "Sewa ruko “Anugrah” – Jl. Melati 12/14 👍"
    # The re-serialised form has another hash: only the bytes count.
    assert (
        expected_signature(json.dumps(received.json).encode())
        != (received.headers["x-hub-signature-256"])
    )


@pytest.mark.parametrize(
    ("fault", "expected"), [("bad_signature", False), ("missing_signature", None)]
)
async def test_a_wrong_or_missing_signature_can_be_asked_for(
    sim: SimulatorClient,
    connected: RecordingHub,
    ratna: str,
    fault: Any,
    expected: bool | None,
) -> None:
    await sim.fault(fault)
    await sim.say(ratna, "satu")
    await sim.clock.settle()
    await sim.say(ratna, "dua")
    await sim.clock.settle()

    spoiled, whole = connected.posts[-2:]
    presented = spoiled.headers.get("x-hub-signature-256")
    assert (
        (presented is None) if expected is None else presented != expected_signature(spoiled.body)
    )
    assert whole.headers["x-hub-signature-256"] == expected_signature(whole.body)


async def test_any_bytes_can_be_posted_and_the_answer_is_told(
    sim: SimulatorClient, connected: RecordingHub
) -> None:
    connected.next_answers.append(400)
    answer = await sim.post_bytes(rb'{"text":"\ud83d"', signed="right")

    assert answer.status == 400
    assert connected.posts[-1].body == rb'{"text":"\ud83d"'
    assert connected.posts[-1].headers["x-hub-signature-256"] == expected_signature(
        connected.posts[-1].body
    )


def an_update(number: int, kind: str = "messages", waba: str = "1") -> Update:
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "62215", "phone_number_id": "9"},
        "contacts": [{"profile": {"name": "Ratna"}}],
        kind: [{"id": str(number)}],
    }
    return Update(update_id=number, at=0.0, waba_id=waba, field="messages", value=value)


def test_a_batch_keeps_every_update_once_whatever_is_merged() -> None:
    updates = [
        an_update(1),
        an_update(2),
        an_update(3, "statuses"),
        an_update(4, "statuses", waba="2"),
        an_update(5),
    ]
    for seed in range(20):
        body = envelope(updates, Randomness(seed), merge_probability=0.5)
        changes = [change for entry in body["entry"] for change in entry["changes"]]
        ids = [
            item["id"]
            for change in changes
            for kind in ("messages", "statuses")
            for item in change["value"].get(kind, [])
        ]
        assert sorted(ids) == ["1", "2", "3", "4", "5"]
        assert [entry["id"] for entry in body["entry"]] == ["1", "2"]
        assert not any({"messages", "statuses"} <= set(c["value"]) for c in changes)


def shape(value: Any) -> Any:
    """Names of members in order, and types instead of values."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(member) for member in value]
    return type(value).__name__


def sample(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return parsed


async def test_what_people_send_has_the_shape_of_the_published_samples(
    sim: SimulatorClient, connected: RecordingHub, ratna: str
) -> None:
    wamid = await sim.say(ratna, "Halo")
    await sim.say(ratna, "Ya", reply_to=wamid)
    await sim.send_file(ratna, "image", b"jpeg", "image/jpeg", caption="Halaman 2")
    await sim.send_file(
        ratna, "document", b"pdf", "application/pdf", caption="Draf", filename="a.pdf"
    )
    await sim.send_file(ratna, "audio", b"ogg", "audio/ogg; codecs=opus", voice=True)
    await sim.send_file(ratna, "sticker", b"webp", "image/webp")
    await sim.react(ratna, wamid, "👍")
    await sim.react(ratna, wamid, None)
    await sim.change_phone(ratna, "+6281290005678")
    await sim.clock.settle()

    kinds = [
        "message-text",
        "message-text-reply",
        "message-image",
        "message-document",
        "message-audio-voice",
        "message-sticker",
        "message-reaction",
        "message-reaction-removed",
        "message-system-user-changed-number",
    ]
    posts = sorted(connected.posts[1:], key=lambda post: str(post.messages[0]["id"]))
    by_text = {json.dumps(shape(post.json), sort_keys=True) for post in posts}
    for kind in kinds:
        assert json.dumps(shape(sample(kind)), sort_keys=True) in by_text, kind
