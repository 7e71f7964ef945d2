"""Mutilates the samples at random and lets the normaliser answer, for as long as wanted.

    .venv/bin/python -m tests.whatsapp.fuzz --seconds 300 [--seed N]

It stops at the first fault and prints the seed of the case, which repeats it.
"""

import argparse
import copy
import json
import random
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

from infrastructure.whatsapp.normaliser import normalise
from tests.whatsapp.sample_files import NAMES, sample

Place = tuple[str | int, ...]

SPELLED_OUT: Final = {
    "@DEEP@": b"[" * 3000 + b"]" * 3000,
    "@TOO-BIG@": b"1e400",
    "@NOT-A-NUMBER@": b"NaN",
    "@MANY-DIGITS@": b"7" * 3000,
    "@LONE-SURROGATE@": b'"a\\ud800b"',
}
"""What no JSON writer writes, put in place in the finished body."""

JUNK: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 2**53 + 1, 2**63, 10**30, 1.5, -0.0, 1e308,
    "", "x", "\0", "a\nb", "\u202eevil", "1794968130000", "-5", "9" * 3000, "x" * 20_000,
    [], {}, [[]], [None], {"id": {}}, {"type": "text"}, [1, "a", {}, []], *SPELLED_OUT,
)  # fmt: skip


def mutilated(seed: int) -> bytes:
    """The body of a sample after one to four mutilations; the seed decides everything."""
    lot = random.Random(seed)  # noqa: S311 - has to be repeatable, not secret
    notification = sample(lot.choice(NAMES))
    for _ in range(lot.randint(1, 4)):
        _mutilate(lot, notification)
    body = json.dumps(notification, separators=(",", ":")).encode()
    for mark, spelled in SPELLED_OUT.items():
        body = body.replace(json.dumps(mark).encode(), spelled)
    if lot.random() < 0.05:
        place = lot.randrange(max(1, len(body)))
        body = lot.choice((body[:place], body[:place] + b"\xff\xfe" + body[place:], body * 2))
    return body


def _mutilate(lot: random.Random, notification: Any) -> None:
    places = list(_places(notification))
    if not places:
        return
    *path, name = lot.choice(places)
    parent = notification
    for step in path:
        parent = parent[step]
    junk = copy.deepcopy(lot.choice(JUNK))
    match lot.randrange(8):
        case 0:
            del parent[name]
        case 1 if isinstance(parent[name], list):
            parent[name] = parent[name] * lot.randint(2, 4)
        case 2:
            parent[name] = {"nested": parent[name], "x": 1}
        case 3:
            parent[name] = [parent[name], junk, parent[name]]
        case 4 if isinstance(parent, dict):
            parent[lot.choice(("unheard_of", "\0", "statuses", "messages"))] = parent.pop(name)
        case 5 if isinstance(parent[name], list):
            lot.shuffle(parent[name])
        case 6 if isinstance(parent[name], str) and parent[name].isdecimal():
            parent[name] = lot.choice((int(parent[name]), parent[name] + "000", f"-{parent[name]}"))
        case _:
            parent[name] = junk


def _places(value: Any, place: Place = ()) -> Iterator[Place]:
    members: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        members = iter(value.items())
    elif isinstance(value, list):
        members = iter(enumerate(value))
    for name, member in members:
        yield (*place, name)
        yield from _places(member, (*place, name))


def check(body: bytes) -> None:
    """Raise AssertionError, or whatever the normaliser raises, if the answer is not sound."""
    from tests.whatsapp.test_mutations import assert_raw_parts_mean_the_same_again, assert_sound

    notification = normalise(body)
    assert notification.updates or notification.ignored, "nothing was said about the body"
    assert_sound(notification)
    assert_raw_parts_mean_the_same_again(notification)


def main() -> int:
    """Run until the time is over or a case fails."""
    parser = argparse.ArgumentParser(description="Fuzz the normaliser.")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--cases", type=int, default=0, help="stop after so many; 0: never")
    parser.add_argument("--seed", type=int, default=int(time.time()) * 1_000_000)
    given = parser.parse_args()
    started, case = time.monotonic(), 0
    while time.monotonic() - started < given.seconds and (not given.cases or case < given.cases):
        try:
            check(mutilated(given.seed + case))
        except Exception:
            sys.stderr.write(f"seed {given.seed + case} fails:\n")
            raise
        case += 1
    elapsed = time.monotonic() - started
    sys.stdout.write(f"{case:,} cases in {elapsed:.0f} s from seed {given.seed}: no fault\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
