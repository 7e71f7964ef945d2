"""The sample notifications, one file per kind that Meta sends; everything in them is invented."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).parent / "samples"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))

# Whoever and whatever the samples name: none of it may show in a log line or an error.
PERSONAL_WORDS = (
    "6281210004321",
    "81210004321",
    "70418823915502846613",
    "31904477215608842190",
    "Ratna",
    "Dimas",
    "wamid.",
    "HBgN",
    "perjanjian",
)


@cache
def sample_bytes(name: str) -> bytes:
    """Return a sample as it stands in its file."""
    return (FOLDER / f"{name}.json").read_bytes()


def sample(name: str) -> dict[str, Any]:
    """Return a fresh copy of a sample."""
    decoded: dict[str, Any] = json.loads(sample_bytes(name))
    return decoded


def body_of(notification: Any) -> bytes:
    """Return the bytes that Meta would send: compact, ASCII, with escaped slashes."""
    return json.dumps(notification, separators=(",", ":")).replace("/", "\\/").encode()


def value_of(notification: dict[str, Any]) -> dict[str, Any]:
    """Return the value of the only change of a notification."""
    value: dict[str, Any] = notification["entry"][0]["changes"][0]["value"]
    return value


def first_message(notification: dict[str, Any]) -> dict[str, Any]:
    """Return the first message of a notification."""
    message: dict[str, Any] = value_of(notification)["messages"][0]
    return message


def members_of(struct: msgspec.Struct) -> dict[str, Any]:
    """Return what a type with a masked representation holds, so that a failure can be read."""
    members: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(struct))
    return members
