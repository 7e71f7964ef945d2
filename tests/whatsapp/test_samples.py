"""Every sample notification becomes the update that its kind calls for."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from domain.message_content import EditContent, MediaContent, MessageContent, MessageContext
from infrastructure.whatsapp.normaliser import normalise
from infrastructure.whatsapp.updates import (
    InboundMessage,
    MessageStatus,
    Notice,
    SystemIdentityChange,
    Update,
)
from tests.whatsapp.expected_messages import MESSAGES
from tests.whatsapp.expected_updates import (
    CONTEXTS,
    DIMAS,
    GROUP,
    IDENTITY_CHANGES,
    NOTICES,
    RATNA,
    SENDERS_OTHER_THAN_RATNA,
    STATUSES,
)
from tests.whatsapp.sample_files import (
    NAMES,
    body_of,
    first_message,
    members_of,
    sample,
    sample_bytes,
    value_of,
)
from tests.whatsapp.test_elsewhere import ELSEWHERE

NUMBER = "640021557718839"
ACCOUNT = "218804511903377"


def updates_of(name: str) -> tuple[Update, ...]:
    return normalise(sample_bytes(name)).updates


def only_update(name: str) -> Update:
    updates = updates_of(name)
    assert len(updates) == 1
    return updates[0]


def without_file_address(content: MessageContent) -> MessageContent:
    if isinstance(content, EditContent):
        return msgspec.structs.replace(content, content=without_file_address(content.content))
    if isinstance(content, MediaContent):
        assert content.url is not None
        assert content.url.startswith("https://lookaside.fbsbx.com/")
        return msgspec.structs.replace(content, url=None)
    return content


def test_every_sample_has_one_expectation() -> None:
    expected = [*MESSAGES, *IDENTITY_CHANGES, *STATUSES, *NOTICES, *ELSEWHERE]
    assert sorted(expected) == sorted(NAMES)
    assert len(NAMES) == 118


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_sample_is_ignored(name: str) -> None:
    assert normalise(sample_bytes(name)).ignored == {}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_has_the_content_of_its_kind(name: str) -> None:
    update = only_update(name)
    assert isinstance(update, InboundMessage)
    kind, content = MESSAGES[name]
    assert update.kind == kind
    assert members_of(without_file_address(update.content)) == members_of(content)
    assert update.is_understood
    assert update.raw is None


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_keeps_where_it_came_from(name: str) -> None:
    update = only_update(name)
    assert isinstance(update, InboundMessage)
    message = first_message(sample(name))
    assert update.wamid == message["id"]
    assert update.phone_number_id == NUMBER
    assert update.waba_id == ACCOUNT
    assert update.provider_time == datetime.fromtimestamp(int(message["timestamp"]), UTC)
    assert update.group_id == (GROUP if name == "message-group-text" else None)
    assert members_of(update.sender) == members_of(SENDERS_OTHER_THAN_RATNA.get(name, RATNA))


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_keeps_its_context(name: str) -> None:
    update = only_update(name)
    assert isinstance(update, InboundMessage)
    assert members_of(update.context) == members_of(CONTEXTS.get(name, MessageContext()))


@pytest.mark.parametrize("name", IDENTITY_CHANGES)
def test_a_change_of_identity_names_both_sides(name: str) -> None:
    update = only_update(name)
    assert isinstance(update, SystemIdentityChange)
    expected = IDENTITY_CHANGES[name]
    assert update.change is expected.kind
    assert members_of(update.before) == members_of(expected.before)
    assert members_of(update.after) == members_of(expected.after)
    assert update.wamid == first_message(sample(name))["id"]
    assert update.phone_number_id == NUMBER
    assert update.body == first_message(sample(name))["system"]["body"]


def test_a_change_of_the_identity_key_says_whether_it_was_acknowledged() -> None:
    update = only_update("message-system-customer-identity-changed")
    assert isinstance(update, SystemIdentityChange)
    assert update.acknowledged is False


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_has_its_word_price_and_error(name: str) -> None:
    update = only_update(name)
    assert isinstance(update, MessageStatus)
    expected = STATUSES[name]
    assert update.status == expected.status
    price = update.pricing
    assert (price and (price.type, price.category, price.billable)) == expected.price
    assert [error.code for error in update.errors] == ([expected.code] if expected.code else [])
    assert all(error.title and error.details for error in update.errors)


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_keeps_which_message_it_is_about(name: str) -> None:
    update = only_update(name)
    assert isinstance(update, MessageStatus)
    status = value_of(sample(name))["statuses"][0]
    assert update.wamid == status["id"]
    assert update.phone_number_id == NUMBER
    assert update.waba_id == ACCOUNT
    assert update.provider_time == datetime.fromtimestamp(int(status["timestamp"]), UTC)
    assert update.callback_data == status.get("biz_opaque_callback_data")
    expected = DIMAS if name == "status-delivered-username-without-phone" else RATNA
    assert (update.recipient.phone or update.recipient.user_id) == (
        expected.phone or expected.user_id
    )


def test_a_status_of_a_group_tells_the_participants_apart() -> None:
    update = only_update("status-delivered-group")
    assert isinstance(update, MessageStatus)
    assert update.group_id == GROUP
    assert update.participant == "6281210004321"
    assert update.recipient.user_id == "ID.70418823915502846613"


def test_a_status_keeps_the_free_entry_point_and_its_end() -> None:
    update = only_update("status-sent-free-entry-point")
    assert isinstance(update, MessageStatus)
    assert update.conversation is not None
    assert update.conversation.origin == "referral_conversion"
    assert update.conversation.expires_at == datetime.fromtimestamp(1795227330, UTC)


def test_a_status_keeps_the_hash_of_the_identity_key() -> None:
    update = only_update("status-delivered-identity-key-hash")
    assert isinstance(update, MessageStatus)
    assert update.recipient.identity_key_hash == "Kq7Zp2Rt9Lw="


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_has_its_field_part_and_event(name: str) -> None:
    updates = updates_of(name)
    assert all(isinstance(update, Notice) and update.is_recognised for update in updates)
    found = tuple(
        (update.field, update.part, update.event)
        for update in updates
        if isinstance(update, Notice)
    )
    assert found == NOTICES[name]


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_keeps_everything_that_meta_said(name: str) -> None:
    value = value_of(sample(name))
    for index, update in enumerate(updates_of(name)):
        assert isinstance(update, Notice)
        kept = json.loads(update.value)
        if update.part is None:
            assert kept == value
        else:
            whole = value["standby"] if update.field == "standby" else value
            assert kept[update.part] == [whole[update.part][index]]


def test_a_notice_belongs_to_the_account_that_it_is_about() -> None:
    accounts: dict[str, Any] = {}
    for name in NOTICES:
        for update in updates_of(name):
            assert isinstance(update, Notice)
            accounts[name] = update.waba_id
    assert accounts.pop("partner-solutions") is None
    assert set(accounts.values()) == {ACCOUNT}


def test_a_notice_has_the_time_of_its_item_or_else_of_its_entry() -> None:
    stop = only_update("user-preferences-stop")
    paused = only_update("template-status-paused")
    added, removed = updates_of("smb-app-state-sync")
    for update in (stop, paused, added):
        assert isinstance(update, Notice)
        assert update.provider_time == datetime.fromtimestamp(1794968130, UTC)
    assert isinstance(removed, Notice)
    assert removed.provider_time == datetime.fromtimestamp(1794968131, UTC)


@pytest.mark.parametrize("name", NAMES)
def test_the_bytes_that_meta_sends_mean_the_same_as_the_file(name: str) -> None:
    sent = normalise(body_of(sample(name)))
    stored = normalise(sample_bytes(name))
    assert [members_of(update) for update in sent.updates] == [
        members_of(update) for update in stored.updates
    ]
