"""Who wrote: phone numbers, user ids and contact records, never mixed up."""

from typing import Any

import pytest

from infrastructure.whatsapp.identities import (
    ContactRecords,
    contact_record,
    recipient_identity,
    sender_identity,
)
from infrastructure.whatsapp.normaliser import normalise
from infrastructure.whatsapp.updates import (
    ContactIdentity,
    InboundMessage,
    SystemIdentityChange,
    Update,
)
from tests.whatsapp.sample_files import (
    body_of,
    first_message,
    members_of,
    sample,
    value_of,
)

RATNA = {
    "profile": {"name": "Ratna Wulandari"},
    "wa_id": "6281210004321",
    "user_id": "ID.1",
}
DIMAS = {"profile": {"name": "Dimas P.", "username": "@dimas.p"}, "user_id": "ID.2"}


def sender(message: dict[str, Any], *contacts: Any) -> dict[str, Any]:
    return members_of(sender_identity(message, ContactRecords(list(contacts))))


def test_a_sender_is_completed_by_the_record_of_the_same_user_id() -> None:
    assert sender({"from_user_id": "ID.1"}, DIMAS, RATNA) == {
        "phone": "6281210004321",
        "user_id": "ID.1",
        "profile_name": "Ratna Wulandari",
    }


def test_a_sender_is_completed_by_the_record_of_the_same_phone() -> None:
    found = sender({"from": "+62 812-1000-4321"}, DIMAS, RATNA)
    assert found["user_id"] == "ID.1"


def test_a_sender_without_phone_is_known_by_the_user_id() -> None:
    assert sender({"from_user_id": "ID.2"}, DIMAS, RATNA) == {
        "user_id": "ID.2",
        "username": "@dimas.p",
        "profile_name": "Dimas P.",
    }


def test_both_forms_of_a_brazilian_number_are_kept() -> None:
    record = {"profile": {"name": "Ana"}, "wa_id": "551187654321"}
    assert sender({"from": "5511987654321"}, record) == {
        "phone": "5511987654321",
        "alternative_phone": "551187654321",
        "profile_name": "Ana",
    }


@pytest.mark.parametrize(
    ("message", "contact"),
    [
        ({"from_user_id": "ID.9"}, RATNA),
        ({"from": "6281299999999"}, RATNA),
        ({"from": "6281210004321", "from_user_id": "ID.9"}, RATNA),
        ({"from": "6281299999999"}, DIMAS),
        ({"from_user_id": "ID.9"}, {"profile": {"name": "Ratna"}, "wa_id": "6281210004321"}),
    ],
)
def test_a_record_of_somebody_else_is_never_taken(
    message: dict[str, Any], contact: dict[str, Any]
) -> None:
    found = sender(message, contact)
    assert "profile_name" not in found
    assert found.get("phone") == message.get("from")
    assert found.get("user_id") == message.get("from_user_id")


def test_names_are_cut() -> None:
    record = {"wa_id": "6281210004321", "profile": {"name": "N" * 5000, "username": "u" * 5000}}
    found = sender({"from": "6281210004321"}, record)
    assert len(found["profile_name"]) == 256
    assert len(found["username"]) == 64


def test_a_record_written_again_names_the_same_person() -> None:
    identity = sender_identity({"from_user_id": "ID.2"}, ContactRecords([DIMAS]))
    assert contact_record(identity) == DIMAS


@pytest.mark.parametrize(
    "members",
    [
        {"recipient_participant_id": "6281210004321"},
        {"participant_recipient_id": "6281210004321"},
        {"recipient_participant_user_id": "ID.1"},
    ],
)
def test_the_participant_of_a_group_is_read_in_every_spelling(members: dict[str, str]) -> None:
    status = {"recipient_type": "group", "recipient_id": "group-1", **members}
    identity = recipient_identity(status, ContactRecords([RATNA, DIMAS]))
    assert identity.user_id == "ID.1"


@pytest.mark.parametrize(
    "member", ["recipient_parent_user_id", "parent_recipient_user_id", "parent_user_id"]
)
def test_the_parent_user_id_of_a_recipient_is_read_in_every_spelling(member: str) -> None:
    status = {"recipient_id": "6281210004321", member: "ID.ENT.7"}
    assert recipient_identity(status, ContactRecords([])).parent_user_id == "ID.ENT.7"


def system_update(**changes: Any) -> Update:
    notification = sample("message-system-user-changed-number")
    first_message(notification)["system"] |= changes
    (update,) = normalise(body_of(notification)).updates
    return update


def test_the_older_name_of_the_new_number_is_read() -> None:
    update = system_update(wa_id=None, new_wa_id="6281290005678")
    assert isinstance(update, SystemIdentityChange)
    assert update.after.phone == "6281290005678"


def test_a_notice_that_names_the_new_identity_as_sender_says_nothing_about_before() -> None:
    notification = sample("message-system-user-changed-number")
    first_message(notification)["from"] = "6281290005678"
    (update,) = normalise(body_of(notification)).updates
    assert isinstance(update, SystemIdentityChange)
    assert update.before.phone is None
    assert update.before.user_id == "ID.70418823915502846613"


def test_a_change_that_does_not_say_to_what_is_kept_to_be_read_again() -> None:
    update = system_update(wa_id=None, user_id=None)
    assert isinstance(update, InboundMessage)
    assert not update.is_understood


def test_a_system_notice_of_an_unknown_type_is_shown_with_its_words() -> None:
    update = system_update(type="user_grew_a_beard")
    assert isinstance(update, InboundMessage)
    assert members_of(update.content) == {
        "type": "system_notice",
        "system_type": "user_grew_a_beard",
        "body": "User Ratna Wulandari changed from 6281210004321 to 6281290005678",
    }
    assert not update.is_understood


def test_contacts_without_any_identity_help_nobody() -> None:
    notification = sample("message-text")
    value_of(notification)["contacts"] = [None, 5, {}, {"profile": None}, []]
    (update,) = normalise(body_of(notification)).updates
    assert isinstance(update, InboundMessage)
    assert members_of(update.sender) == {
        "phone": "6281210004321",
        "user_id": "ID.70418823915502846613",
    }


def test_an_identity_never_shows_whom_it_is_about() -> None:
    identity = ContactIdentity(phone="6281210004321", profile_name="Ratna Wulandari")
    shown = f"{identity!r} {identity} {[identity]} {identity.__rich_repr__()}"
    assert "62812" not in shown
    assert "Ratna" not in shown
