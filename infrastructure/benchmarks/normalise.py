"""`hub bench normalise`: notifications of 1000 updates into our words, against a bare JSON reader.

The baseline reads the same bytes with `json.loads` and looks the same members up in plain
dictionaries: what a program would do that trusts everything and keeps nothing.
"""

import hashlib
import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final

from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.settings import Settings
from infrastructure.whatsapp.normaliser import normalise

UPDATES: Final = 1000
"""The most that Meta puts into one notification (Cloud API reference, section 1.3)."""

ROUNDS: Final = 15

_TEXT_CHARACTERS: Final = 7_000
"""Makes a notification of `UPDATES` about 3 MB, the most that Meta sends."""

_NUMBER: Final = {"display_phone_number": "622155500100", "phone_number_id": "100000000000001"}


def run(_settings: Settings) -> list[Figure]:
    """Measure both in turns on the same bytes and compare the medians."""
    large, small = notification(_TEXT_CHARACTERS), notification(60)
    _require_all(large)
    return [
        _figure("normalise", large, target=0.4, must=0.25),
        _figure("normalise short texts", small, target=0.15, must=0.05),
    ]


def notification(text_characters: int) -> bytes:
    """A notification of `UPDATES` updates: texts, files, replies, reactions and statuses."""
    changes = [_change(place, text_characters) for place in range(UPDATES // 10)]
    entry = {"id": "200000000000002", "changes": changes}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def _figure(name: str, body: bytes, *, target: float, must: float) -> Figure:
    ours, bare = [], []
    for _ in range(ROUNDS):
        bare.append(_seconds(_read_bare, body))
        ours.append(_seconds(normalise, body))
    our_rate, bare_rate = UPDATES / median(ours), UPDATES / median(bare)
    return Figure.at_least(
        name,
        our_rate / bare_rate,
        "x",
        baseline=f"json.loads and looking members up: {bare_rate:,.0f} updates/s; ours: "
        f"{our_rate:,.0f}/s, {len(body) / 1e6:.1f} MB in {median(ours) * 1000:.0f} ms",
        target=target,
        must=must,
    )


def _require_all(body: bytes) -> None:
    found = len(normalise(body).updates)
    if found != UPDATES or _read_bare(body) != UPDATES:
        raise MeasurementFailedError(f"{found} of {UPDATES} updates were understood.")


def _seconds(read: Callable[[bytes], Any], body: bytes) -> float:
    started = time.perf_counter()
    read(body)
    return time.perf_counter() - started


def _read_bare(body: bytes) -> int:
    """Read every update as a trusting program does; returns how many there were."""
    found = 0
    for entry in json.loads(body)["entry"]:
        for change in entry["changes"]:
            value = change["value"]
            number = value["metadata"]["phone_number_id"]
            names = {each["wa_id"]: each["profile"]["name"] for each in value["contacts"]}
            for message in value.get("messages", ()):
                kind = message["type"]
                told = (message["id"], int(message["timestamp"]), names[message["from"]])
                content = message[kind]
                found += bool(number and content and told[0])
            for status in value.get("statuses", ()):
                told = (status["id"], status["status"], int(status["timestamp"]))
                found += bool(number and told[0] and status["recipient_id"])
    return found


def _change(place: int, text_characters: int) -> dict[str, Any]:
    phone = f"62812{place:08d}"
    value = {
        "messaging_product": "whatsapp",
        "metadata": _NUMBER,
        "contacts": [{"profile": {"name": f"Klien {place}"}, "wa_id": phone}],
        "messages": [_message(place, kind, phone, text_characters) for kind in range(5)],
        "statuses": [_status(place, kind, phone, text_characters) for kind in range(5)],
    }
    return {"field": "messages", "value": value}


def _message(place: int, kind: int, phone: str, text_characters: int) -> dict[str, Any]:
    text = ("Selamat pagi, saya ingin bertanya tentang sertifikat tanah keluarga. " * 110)[
        :text_characters
    ]
    contents: list[dict[str, Any]] = [
        {"type": "text", "text": {"body": text}},
        {"type": "text", "text": {"body": text}, "context": {"id": f"wamid.OUT{place}"}},
        {
            "type": "image",
            "image": {
                "id": str(place),
                "mime_type": "image/jpeg",
                "sha256": hashlib.sha256(str(place).encode()).hexdigest(),
                "caption": text,
            },
        },
        {"type": "reaction", "reaction": {"message_id": f"wamid.OUT{place}", "emoji": "👍"}},
        {
            "type": "interactive",
            "interactive": {
                "type": "button_reply",
                "button_reply": {"id": "setuju", "title": "Setuju"},
            },
        },
    ]
    common = {"from": phone, "id": f"wamid.IN{place}.{kind}", "timestamp": "1790000000"}
    return {**common, **contents[kind]}


def _status(place: int, kind: int, phone: str, text_characters: int) -> dict[str, Any]:
    words = ("sent", "delivered", "read", "played", "failed")
    status: dict[str, Any] = {
        "id": f"wamid.OUT{place}.{kind}",
        "status": words[kind],
        "timestamp": "1790000100",
        "recipient_id": phone,
    }
    if kind < 2:  # noqa: PLR2004 - the price comes with the first two
        status["pricing"] = {
            "billable": True,
            "pricing_model": "PMP",
            "category": "utility",
            "type": "regular",
        }
    if words[kind] == "failed":
        details = ("More than 24 hours have passed. " * 240)[:text_characters]
        status["errors"] = [
            {"code": 131047, "title": "Re-engagement message", "error_data": {"details": details}}
        ]
    return status
