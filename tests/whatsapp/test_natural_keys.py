"""The key of an update does not depend on how Meta groups or repeats deliveries."""

import copy

import pytest

from infrastructure.whatsapp.decoding import content_hash
from infrastructure.whatsapp.natural_keys import (
    NaturalKey,
    message_key,
    natural_key,
    status_key,
)
from infrastructure.whatsapp.normaliser import normalise
from tests.whatsapp.sample_files import (
    NAMES,
    body_of,
    first_message,
    sample,
    value_of,
)


def keys_of(*bodies: bytes) -> list[NaturalKey]:
    return [natural_key(update) for body in bodies for update in normalise(body).updates]


def test_every_sample_update_has_a_key_of_its_own() -> None:
    keys = keys_of(*(body_of(sample(name)) for name in NAMES))
    assert len(set(keys)) == len(keys) == 121


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_keys_are_the_same_in_every_grouping_and_order(size: int) -> None:
    entries = [entry for name in NAMES for entry in sample(name)["entry"]]
    entries.sort(key=content_hash)  # an order that has nothing to do with theirs
    batches = [
        body_of(
            {"object": "whatsapp_business_account", "entry": entries[start : start + size]},
        )
        for start in range(0, len(entries), size)
    ]
    expected = keys_of(*(body_of(sample(name)) for name in NAMES))
    assert sorted(keys_of(*batches)) == sorted(expected)


def test_a_neighbour_in_the_same_array_does_not_change_a_key() -> None:
    alone = sample("smb-app-state-sync")
    grouped = copy.deepcopy(alone)
    value_of(alone)["state_sync"].pop()
    value_of(grouped)["contacts"] = [{"wa_id": "6281100007788"}]
    assert keys_of(body_of(alone))[0] == keys_of(body_of(grouped))[0]


def test_the_keys_of_a_message_and_a_status_follow_their_natural_identity() -> None:
    message = first_message(sample("message-text"))
    assert keys_of(body_of(sample("message-text"))) == [
        NaturalKey("message", f"640021557718839\n{message['id']}")
    ]
    status = value_of(sample("status-delivered-group"))["statuses"][0]
    assert keys_of(body_of(sample("status-delivered-group"))) == [
        NaturalKey("status", f"{status['id']}\ndelivered\n6281210004321")
    ]


def test_the_same_notice_at_another_time_is_another_fact() -> None:
    first, second = sample("template-status-paused"), sample("template-status-paused")
    second["entry"][0]["time"] += 60
    assert keys_of(body_of(first)) != keys_of(body_of(second))


def test_the_same_notice_of_another_number_is_another_fact() -> None:
    first, second = sample("messages-value-errors"), sample("messages-value-errors")
    value_of(second)["metadata"]["phone_number_id"] = "640021557718840"
    assert keys_of(body_of(first)) != keys_of(body_of(second))


def test_the_order_of_members_is_no_difference() -> None:
    notification = sample("template-status-paused")
    change = notification["entry"][0]["changes"][0]
    change["value"] = dict(reversed(change["value"].items()))
    assert keys_of(body_of(notification)) == keys_of(body_of(sample("template-status-paused")))


def test_parts_of_a_key_cannot_run_into_each_other() -> None:
    notification = sample("message-text")
    first_message(notification)["id"] = "wamid.a\nb"
    (key,) = keys_of(body_of(notification))
    assert key.text == message_key("640021557718839", "wamid.a\ufffdb")
    assert status_key("w", "sent", None) != status_key("w", "sent\n", None)


def test_a_key_does_not_show_whom_it_is_about() -> None:
    for key in keys_of(*(body_of(sample(name)) for name in NAMES)):
        assert "wamid" not in repr(key)
        assert "62812" not in f"{key!r}"
