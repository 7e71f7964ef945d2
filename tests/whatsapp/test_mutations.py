"""Whatever becomes of a notification, the normaliser answers, loses nothing and shows nobody.

Every sample is mutilated: members dropped, retyped, repeated, nested, made huge, several at once.
"""

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.message_content import MessageContent, preview_text
from infrastructure.whatsapp.natural_keys import natural_key
from infrastructure.whatsapp.normaliser import FAULT, normalise
from infrastructure.whatsapp.updates import (
    EchoedMessage,
    InboundMessage,
    NormalisedNotification,
    Notice,
    UnreadablePart,
    Update,
)
from tests.whatsapp.sample_files import (
    NAMES,
    PERSONAL_WORDS,
    body_of,
    first_message,
    members_of,
    sample,
    value_of,
)

Place = tuple[str | int, ...]

# Strings that stand for what json.dumps does not write, put in place in the finished body.
SPELLED_OUT = {
    "@DEEP@": b"[" * 5000 + b"]" * 5000,
    "@DEEP-OBJECT@": b'{"a":' * 700 + b"1" + b"}" * 700,
    "@TOO-BIG@": b"1e400",
    "@NOT-A-NUMBER@": b"NaN",
    "@MANY-DIGITS@": b"7" * 5000,
    "@LONE-SURROGATE@": b'"a\\ud800b"',
}

JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        2**53 + 1,
        10**30,
        1.5,
        1e308,
        "",
        "x",
        "\0",
        "a\nb",
        "\u202eevil",
        "1794968130000",
        "-5",
        "9" * 5000,
        "x" * 100_000,
        [],
        {},
        [[]],
        [None],
        {"id": {}},
        {"type": "text"},
        [1, "a", {}, []],
        *SPELLED_OUT,
    ]
).map(copy.deepcopy)


def places_of(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the place of every member and item below `value`."""
    members: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        members = iter(value.items())
    elif isinstance(value, list):
        members = iter(enumerate(value))
    for name, member in members:
        yield (*place, name)
        yield from places_of(member, (*place, name))


def parent_of(value: Any, place: Place) -> Any:
    for name in place[:-1]:
        value = value[name]
    return value


def mutilated(draw: st.DrawFn, notification: Any) -> Any:
    """Return the notification after one mutilation at one place."""
    place = draw(st.sampled_from(list(places_of(notification)) or [()]))
    if not place:
        return draw(JUNK)
    parent, name = parent_of(notification, place), place[-1]
    match draw(st.sampled_from(["drop", "retype", "repeat", "nest", "list", "rename", "graft"])):
        case "drop":
            del parent[name]
        case "retype":
            parent[name] = draw(JUNK)
        case "repeat" if isinstance(parent[name], list):
            parent[name] = parent[name] * draw(st.integers(2, 5))
        case "repeat" | "nest":
            parent[name] = {"nested": parent[name], name if isinstance(name, str) else "x": 1}
        case "list":
            parent[name] = [parent[name], draw(JUNK), parent[name]]
        case "rename" if isinstance(parent, dict):
            parent[draw(st.sampled_from(["unheard_of", "\0", "statuses", "x" * 5000]))] = (
                parent.pop(name)
            )
        case _:
            other = sample(draw(st.sampled_from(NAMES)))
            parent[name] = copy.deepcopy(
                parent_of(other, (*draw(st.sampled_from(list(places_of(other)))), "end"))
            )
    return notification


def spelled_out(notification: Any) -> bytes:
    body = json.dumps(notification).encode()
    for name, spelling in SPELLED_OUT.items():
        body = body.replace(json.dumps(name).encode(), spelling)
    return body


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    notification: Any = sample(draw(st.sampled_from(NAMES)))
    for _ in range(draw(st.integers(1, 4))):
        notification = mutilated(draw, notification)
    return spelled_out(notification)


@st.composite
def broken_messages(draw: st.DrawFn) -> Any:
    whole = sample(draw(st.sampled_from([name for name in NAMES if name.startswith("message-")])))
    broken: Any = {"message": first_message(whole)}
    for _ in range(draw(st.integers(1, 3))):
        broken = mutilated(draw, broken)
        if not isinstance(broken, dict):
            broken = {"message": broken}
    return broken.get("message")


def assert_sound(notification: NormalisedNotification) -> None:
    """Assert what holds for every result: readable, keyed, storable, masked."""
    for update in notification.updates:
        if isinstance(update, UnreadablePart):
            assert update.reason != FAULT, update.place
        key = natural_key(update)
        key.text.encode()
        assert "\0" not in key.text
        assert key == natural_key(copy.copy(update))
        json.loads(msgspec.json.encode(update))
        assert_masked(update)
        if isinstance(update, InboundMessage):
            assert_content_survives(update.content)
            assert update.sender.is_known
            assert update.wamid
            assert update.phone_number_id


def assert_content_survives(content: MessageContent) -> None:
    stored = msgspec.json.encode(content)
    assert members_of(msgspec.json.decode(stored, type=MessageContent)) == members_of(content)
    preview = preview_text(content)
    assert len(preview) <= 120
    assert "\n" not in preview


def assert_masked(update: Update) -> None:
    shown = f"{update!r} {update}"
    assert not any(word in shown for word in PERSONAL_WORDS)


def assert_raw_parts_mean_the_same_again(notification: NormalisedNotification) -> None:
    for update in notification.updates:
        if not isinstance(update, InboundMessage | EchoedMessage | UnreadablePart):
            continue
        if update.raw is not None:
            again = normalise(update.raw)
            assert [natural_key(other) for other in again.updates] == [natural_key(update)]


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=bodies())
def test_a_mutilated_notification_is_answered_soundly(body: bytes) -> None:
    notification = normalise(body)
    assert_sound(notification)
    assert notification.updates or notification.ignored
    again = normalise(body)
    assert [members_of(update) for update in again.updates] == [
        members_of(update) for update in notification.updates
    ]
    assert_raw_parts_mean_the_same_again(notification)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=bodies(), whole=st.sampled_from(NAMES))
def test_a_mutilated_entry_never_harms_its_neighbour(body: bytes, whole: str) -> None:
    neighbour = sample(whole)
    with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
        broken = json.loads(body)["entry"]
        if isinstance(broken, list):
            neighbour["entry"] = [*broken, *neighbour["entry"]]
    expected = normalise(body_of(sample(whole))).updates
    found = normalise(body_of(neighbour)).updates
    assert [members_of(update) for update in found[-len(expected) :]] == [
        members_of(update) for update in expected
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(broken=broken_messages())
def test_a_mutilated_message_never_harms_its_neighbour(broken: Any) -> None:
    notification = sample("message-text")
    value_of(notification)["messages"].insert(0, broken)
    found = normalise(spelled_out(notification)).updates
    (expected,) = normalise(body_of(sample("message-text"))).updates
    assert members_of(found[-1]) == members_of(expected)


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=200))
def test_arbitrary_bytes_are_answered(body: bytes) -> None:
    notification = normalise(body)
    assert notification.updates or notification.ignored


@settings(max_examples=300, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda children: st.lists(children) | st.dictionaries(st.text(), children),
        max_leaves=20,
    ),
    field=st.sampled_from(["messages", "calls", "standby", "account_update", "unheard_of"]),
)
def test_any_value_of_any_field_is_answered(value: Any, field: str) -> None:
    entry = {"id": "1", "changes": [{"field": field, "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    notification = normalise(body)
    assert_sound(notification)
    assert notification.updates or notification.ignored


@pytest.mark.parametrize("depth", [10, 64, 65, 200, 900, 980, 2000, 100_000])
def test_nesting_never_exhausts_anything(depth: int) -> None:
    notification = sample("message-text")
    messages = value_of(notification)["messages"]
    messages.append({"id": "wamid.deep", "from": "6281200000001", "type": "riddle", "x": "@D@"})
    nested = b"[" * depth + b"]" * depth
    body = json.dumps(notification).encode().replace(b'"@D@"', nested)
    plain, deep = normalise(body).updates
    assert isinstance(plain, InboundMessage)
    assert isinstance(deep, InboundMessage)
    assert deep.raw is not None
    kept = json.loads(deep.raw)
    text = json.dumps(kept).replace(" ", "")
    assert text.count("[") >= depth


def test_a_notice_is_kept_whatever_its_nesting() -> None:
    body = (
        b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":'
        b'[{"field":"security","value":{"event":"X","deep":' + b"[" * 3000 + b"]" * 3000 + b"}}]}]}"
    )
    (notice,) = normalise(body).updates
    assert isinstance(notice, Notice)
    assert notice.event == "x"
