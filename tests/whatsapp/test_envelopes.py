"""The envelope of a notification: batches, empty parts, unreadable parts, odd encodings."""

import json
import time
from typing import Any

import pytest

from domain.message_content import PlaceholderContent, TextContent
from infrastructure.whatsapp import normaliser
from infrastructure.whatsapp.changes import Change
from infrastructure.whatsapp.decoding import NotJson, decode, is_json
from infrastructure.whatsapp.fields import update_of
from infrastructure.whatsapp.normaliser import normalise
from infrastructure.whatsapp.updates import (
    InboundMessage,
    MessageStatus,
    Notice,
    UnreadablePart,
    Update,
)
from tests.whatsapp.sample_files import (
    NAMES,
    body_of,
    first_message,
    members_of,
    sample,
    value_of,
)

EMPTY_CHANGE = (
    b'{"object":"whatsapp_business_account",'
    b'"entry":[{"id":"1","changes":[{"field":"messages","value":@}]}]}'
)


def only_inbound(body: bytes) -> InboundMessage:
    (update,) = normalise(body).updates
    assert isinstance(update, InboundMessage)
    return update


def only_unreadable(body: bytes) -> UnreadablePart:
    (update,) = normalise(body).updates
    assert isinstance(update, UnreadablePart)
    return update


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", "not_a_notification"),
        (b"{}", "not_a_notification"),
        (b"null", "not_a_notification"),
        (b"5", "not_a_notification"),
        (b'"text"', "not_a_notification"),
        (b'[{"object":"whatsapp_business_account"}]', "not_a_notification"),
        (b'{"object":"page","entry":[{"id":"1"}]}', "unknown_object"),
        (b'{"object":"whatsapp_business_account"}', "empty"),
        (b'{"object":"whatsapp_business_account","entry":[]}', "empty"),
        (b'{"object":"whatsapp_business_account","entry":[null]}', "empty"),
        (b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[]}]}', "empty"),
        (b'{"object":"whatsapp_business_account","entry":{"id":"1"}}', "empty"),
        (EMPTY_CHANGE.replace(b"@", b"{}"), "empty"),
        (EMPTY_CHANGE.replace(b"@", b"null"), "empty"),
        (EMPTY_CHANGE.replace(b"@", b'{"messages":[],"contacts":[]}'), "empty"),
    ],
)
def test_a_notification_that_says_nothing_is_counted(body: bytes, reason: str) -> None:
    notification = normalise(body)
    assert notification.updates == ()
    assert notification.ignored == {reason: 1}


@pytest.mark.parametrize("body", [b"", b" ", b"{", b"hello", b'{"a":1}x', b"\xff\xfe", b"{'a':1}"])
def test_what_is_not_json_is_kept_whole(body: bytes) -> None:
    part = only_unreadable(body)
    assert part.reason == "not_json"
    assert part.raw == body
    assert not is_json(body)


def test_the_refusal_of_a_body_does_not_quote_it() -> None:
    with pytest.raises(NotJson) as caught:
        decode(b'{"name":"Ratna Wulandari"')
    assert "Ratna" not in str(caught.value)
    assert caught.value.__context__ is None


def test_every_entry_change_and_item_of_a_batch_counts() -> None:
    entries = [entry for name in NAMES for entry in sample(name)["entry"]]
    batch = body_of({"object": "whatsapp_business_account", "entry": entries})
    one_by_one = [update for name in NAMES for update in normalise(body_of(sample(name))).updates]
    assert [members_of(update) for update in normalise(batch).updates] == [
        members_of(update) for update in one_by_one
    ]


def test_messages_and_statuses_of_one_value_keep_their_order() -> None:
    notification = sample("message-text")
    value_of(notification)["statuses"] = value_of(sample("status-read"))["statuses"]
    value_of(notification)["errors"] = value_of(sample("messages-value-errors"))["errors"]
    kinds = [type(update) for update in normalise(body_of(notification)).updates]
    assert kinds == [InboundMessage, MessageStatus, Notice]


def test_several_senders_of_one_value_are_not_mixed_up() -> None:
    notification = sample("message-text")
    other = sample("message-text-username-without-phone")
    value_of(notification)["contacts"] += value_of(other)["contacts"]
    value_of(notification)["messages"] += value_of(other)["messages"]
    names = [
        update.sender.profile_name
        for update in normalise(body_of(notification)).updates
        if isinstance(update, InboundMessage)
    ]
    assert names == ["Ratna Wulandari", "Dimas P."]


def test_an_unknown_message_type_becomes_a_placeholder_that_can_be_read_again() -> None:
    notification = sample("message-text")
    message = first_message(notification)
    message["type"] = "hologram"
    message["hologram"] = {"frames": [1, 2, 3]}
    update = only_inbound(body_of(notification))
    assert isinstance(update.content, PlaceholderContent)
    assert members_of(update.content) == {
        "type": "placeholder",
        "message_type": "hologram",
        "reason": "unknown_type",
    }
    assert not update.is_understood
    assert update.raw is not None
    assert first_message(json.loads(update.raw)) == message
    assert members_of(only_inbound(update.raw)) == members_of(update)


def test_a_known_type_without_its_body_becomes_a_placeholder() -> None:
    notification = sample("message-text")
    first_message(notification)["text"] = None
    update = only_inbound(body_of(notification))
    assert isinstance(update.content, PlaceholderContent)
    assert update.content.reason == "unreadable_body"


def test_an_unknown_field_becomes_a_notice() -> None:
    notification = sample("security-pin-reset-request")
    notification["entry"][0]["changes"][0]["field"] = "moon_phase_update"
    (update,) = normalise(body_of(notification)).updates
    assert isinstance(update, Notice)
    assert update.field == "moon_phase_update"
    assert not update.is_recognised
    assert json.loads(update.value) == value_of(notification)


def test_an_unknown_array_beside_messages_becomes_notices() -> None:
    notification = sample("message-text")
    value_of(notification)["auras"] = [{"colour": "green"}, {"colour": "blue"}]
    message, green, blue = normalise(body_of(notification)).updates
    assert isinstance(message, InboundMessage)
    assert isinstance(green, Notice)
    assert isinstance(blue, Notice)
    assert (green.part, green.is_recognised) == ("auras", False)
    assert json.loads(blue.value)["auras"] == [{"colour": "blue"}]


def without(*path: str) -> bytes:
    """Return the plain text message without one member."""
    notification = sample("message-text")
    parent: Any = {
        "change": notification["entry"][0]["changes"][0],
        "value": value_of(notification),
        "message": first_message(notification),
    }
    for name in path[:-1]:
        parent = parent[name]
    del parent[path[-1]]
    return body_of(notification)


@pytest.mark.parametrize(
    ("body", "reason", "place"),
    [
        (without("message", "id"), "message_without_id", ".value.messages[0]"),
        (without("value", "metadata"), "number_missing", ".value.messages[0]"),
        (without("change", "field"), "field_missing", ""),
    ],
)
def test_a_part_without_what_identifies_it_is_kept_with_its_place(
    body: bytes, reason: str, place: str
) -> None:
    part = only_unreadable(body)
    assert part.reason == reason
    assert part.place == f"entry[0].changes[0]{place}"
    assert part.waba_id == "218804511903377"
    assert members_of(only_unreadable(part.raw)) == members_of(part)


def test_a_message_of_nobody_is_kept() -> None:
    notification = sample("message-text")
    del value_of(notification)["contacts"]
    del first_message(notification)["from"]
    del first_message(notification)["from_user_id"]
    assert only_unreadable(body_of(notification)).reason == "sender_missing"


def test_a_message_without_its_own_sender_takes_the_only_contact() -> None:
    notification = sample("message-text")
    del first_message(notification)["from"]
    del first_message(notification)["from_user_id"]
    assert only_inbound(body_of(notification)).sender.phone == "6281210004321"


def test_entries_are_read_even_without_a_readable_object() -> None:
    notification = sample("message-text")
    del notification["object"]
    assert isinstance(only_inbound(body_of(notification)).content, TextContent)


@pytest.mark.parametrize(
    ("spelling", "kept"),
    [
        (b'"a\\u0000b"', "a\0b"),
        (b'"a\\ud83d\\ude00b"', "a\U0001f600b"),
        (b'"a\\ud800b"', "a\ufffdb"),
        (b'"a\\udc00\\ud800b"', "a\ufffd\ufffdb"),
        (b'"a\xffb"', "a\ufffdb"),
        (b"12345678901234567890123", "12345678901234567890123"),
    ],
)
def test_text_is_kept_by_the_documented_rules(spelling: bytes, kept: str) -> None:
    notification = sample("message-text")
    first_message(notification)["text"]["body"] = "@"
    content = only_inbound(body_of(notification).replace(b'"@"', spelling)).content
    assert isinstance(content, TextContent)
    assert content.body == kept


def test_one_lone_surrogate_does_not_change_its_neighbours() -> None:
    first, second = sample("message-text"), sample("message-image")
    first["entry"] += second["entry"]
    body = body_of(first).replace(b"Foto halaman", b"Foto \\ud800 halaman")
    plain = normalise(body).updates[0]
    assert members_of(plain) == members_of(only_inbound(body_of(sample("message-text"))))


def test_identifiers_are_exact_beyond_the_range_of_a_float() -> None:
    notification = sample("message-text")
    value_of(notification)["metadata"]["phone_number_id"] = 2**53 + 1
    notification["entry"][0]["id"] = 10**20 + 1
    update = only_inbound(body_of(notification))
    assert update.phone_number_id == str(2**53 + 1)
    assert update.waba_id == str(10**20 + 1)


def test_big_numbers_of_a_notice_stay_exact() -> None:
    notification = sample("template-status-paused")
    value_of(notification)["message_template_id"] = 2**63 + 1
    (update,) = normalise(body_of(notification)).updates
    assert isinstance(update, Notice)
    assert json.loads(update.value)["message_template_id"] == 2**63 + 1


def test_a_byte_order_mark_is_no_obstacle() -> None:
    body = b"\xef\xbb\xbf" + body_of(sample("message-text"))
    assert isinstance(only_inbound(body).content, TextContent)


def test_a_thousand_updates_of_three_megabytes_are_normalised_quickly() -> None:
    notification = sample("message-text")
    message = first_message(notification)
    value_of(notification)["messages"] = [
        {**message, "id": f"{message['id']}{number}", "text": {"body": "Rp 5.000.000 " * 230}}
        for number in range(1000)
    ]
    body = body_of(notification)
    assert len(body) > 3_000_000
    started = time.process_time()
    updates = normalise(body).updates
    assert time.process_time() - started < 0.1
    assert len(updates) == 1000


def test_placeholders_do_not_multiply_the_size_of_a_notification() -> None:
    notification = sample("message-text")
    value = value_of(notification)
    contact, message = value["contacts"][0], value["messages"][0]
    numbers = [str(6281200000000 + number) for number in range(1000)]
    value["contacts"] = [{**contact, "wa_id": number, "user_id": number} for number in numbers]
    value["messages"] = [
        {**message, "id": f"wamid.{number}", "from": number, "from_user_id": number, "type": "x"}
        for number in numbers
    ]
    body = body_of(notification)
    kept = sum(
        len(update.raw or b"")
        for update in normalise(body).updates
        if isinstance(update, InboundMessage)
    )
    assert kept < 4 * len(body)


def test_a_fault_in_one_part_does_not_touch_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    notification = sample("message-text")
    message = first_message(notification)
    value_of(notification)["messages"] = [message, {**message, "id": "wamid.bad"}, message]

    def update_of_good_parts(change: Change, part: str | None, index: int, item: Any) -> Update:
        if item["id"] == "wamid.bad":
            raise ArithmeticError("6281210004321")
        return update_of(change, part, index, item)

    monkeypatch.setattr(normaliser, "update_of", update_of_good_parts)
    first, broken, last = normalise(body_of(notification)).updates
    assert members_of(first) == members_of(last)
    assert isinstance(broken, UnreadablePart)
    assert broken.reason == "fault"
    assert first_message(json.loads(broken.raw))["id"] == "wamid.bad"


def test_an_edit_into_something_unknown_can_be_read_again() -> None:
    notification = sample("message-edit-text")
    first_message(notification)["edit"]["message"]["type"] = "hologram"
    update = only_inbound(body_of(notification))
    assert not update.is_understood
    assert update.raw is not None
    assert first_message(json.loads(update.raw)) == first_message(notification)


def test_both_spellings_of_a_price_category_are_one() -> None:
    for spelling in ("authentication-international", "authentication_international"):
        notification = sample("status-sent")
        value_of(notification)["statuses"][0]["pricing"]["category"] = spelling
        (update,) = normalise(body_of(notification)).updates
        assert isinstance(update, MessageStatus)
        assert update.pricing is not None
        assert update.pricing.category == "authentication_international"


def test_a_notice_keeps_the_contact_that_it_is_about() -> None:
    for name in ("user-preferences-resume", "user-preferences-stop"):
        notification = sample(name)
        value_of(notification)["contacts"].append({"wa_id": "6281100007788"})
        (update,) = normalise(body_of(notification)).updates
        assert isinstance(update, Notice)
        contacts = json.loads(update.value)["contacts"]
        assert [contact["wa_id"] for contact in contacts] == ["6281210004321"]


def test_a_notification_with_more_parts_than_any_real_one_is_kept_as_one() -> None:
    body = EMPTY_CHANGE.replace(b"@", b'{"messages":[' + b"{}," * 60_000 + b"{}]}")
    part = only_unreadable(body)
    assert part.reason == "too_many_updates"
    assert part.raw == body


HOSTILE: dict[str, bytes] = {
    "strings that never end": b'"' + b'\\"' * 1_000_000,
    "quotes": b'"' * 2_000_000,
    "brackets": b"[" * 2_000_000,
    "digits": EMPTY_CHANGE.replace(b"@", b'{"messages":[{"id":' + b"1" * 2_000_000 + b"}]}"),
    "fractions": EMPTY_CHANGE.replace(b"@", b'{"messages":[1.' + b"1" * 2_000_000 + b"]}"),
    "half characters": EMPTY_CHANGE.replace(b"@", b'["' + b"\\ud800" * 300_000 + b'"]'),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_costs_no_more_than_its_size(body: bytes) -> None:
    started = time.process_time()
    assert normalise(body).updates
    assert time.process_time() - started < 2
