"""One person is one contact, by whatever identity it comes."""

from uuid import UUID

import pytest

from domain.contact import (
    ContactDetails,
    ContactDetailsChanged,
    ContactErased,
    ContactIdentified,
    IdentityKind,
)
from domain.event import EventRecord
from domain.identity import ContactId, StreamId
from domain.inbound_message import MessageReceived
from domain.provenance import Actor, ActorKind
from domain.sender_number import SenderNumberNoticed
from infrastructure.clock import SystemClock
from infrastructure.unique_ids import new_event_id
from tests.event_store import FIRM, Store
from tests.ingest.gateway import Gateway, Number, change, notification, text_message

USER_ID = "ID.70418823915502846613"
OTHER_USER_ID = "ID.11118823915502846613"


def contacts(gateway: Gateway) -> list[UUID]:
    return [record.event.contact_id for record in gateway.records(MessageReceived)]  # type: ignore[attr-defined]


def details(gateway: Gateway) -> ContactDetails:
    content = gateway.records(ContactIdentified, ContactDetailsChanged)[-1].event.content  # type: ignore[attr-defined]
    assert isinstance(content, ContactDetails)
    return content


def test_a_person_is_known_by_phone_and_by_user_id(gateway: Gateway, firm: Number) -> None:
    gateway.take(notification(text_message("wamid.1", phone="628111222333")))
    gateway.take(notification(text_message("wamid.2", phone="628111222333", user_id=USER_ID)))
    gateway.take(notification(text_message("wamid.3", phone=None, user_id=USER_ID)))
    assert len(set(contacts(gateway))) == 1
    kinds = [identity.kind for identity in details(gateway).identities]
    assert kinds == [IdentityKind.PHONE, IdentityKind.BSUID]


@pytest.mark.parametrize(
    ("one", "other"),
    [("5511987654321", "551187654321"), ("5215512345678", "525512345678")],
    ids=["Brazil", "Mexico"],
)
def test_both_national_forms_of_a_number_are_one_person(
    one: str, other: str, gateway: Gateway, firm: Number
) -> None:
    gateway.take(
        notification(text_message("wamid.1", phone=one), text_message("wamid.2", phone=other))
    )
    assert len(set(contacts(gateway))) == 1


def test_a_new_profile_name_is_recorded_and_an_older_one_is_not(
    gateway: Gateway, firm: Number
) -> None:
    gateway.take(notification(text_message("wamid.1", name="Budi", timestamp=1_790_000_000)))
    gateway.take(notification(text_message("wamid.2", name="Budi S.", timestamp=1_790_000_900)))
    gateway.take(notification(text_message("wamid.3", name="Budi", timestamp=1_790_000_100)))
    assert details(gateway).profile_name == "Budi S."
    assert len(gateway.records(ContactDetailsChanged)) == 1


def test_two_contacts_are_never_merged_silently(gateway: Gateway, firm: Number) -> None:
    gateway.take(notification(text_message("wamid.1", phone="628111222333")))
    gateway.take(notification(text_message("wamid.2", phone=None, user_id=USER_ID)))
    by_phone, by_user_id = contacts(gateway)
    both = text_message("wamid.3", phone="628111222333", user_id=USER_ID)
    gateway.take(notification(both))
    again = text_message("wamid.4", phone="628111222333", user_id=USER_ID)
    gateway.take(notification(again))

    assert contacts(gateway) == [by_phone, by_user_id, by_user_id, by_user_id]
    (notice,) = gateway.records(SenderNumberNoticed)
    assert isinstance(notice.event, SenderNumberNoticed)
    assert notice.event.word == "belongs_to_several_contacts"


def test_a_changed_number_keeps_the_contact_and_frees_the_old_number(
    gateway: Gateway, firm: Number
) -> None:
    gateway.take(notification(text_message("wamid.1", phone="628111222333", user_id=USER_ID)))
    moved = {
        "from": "628111222333",
        "id": "wamid.2",
        "timestamp": "1790000050",
        "type": "system",
        "system": {
            "type": "user_changed_number",
            "body": "changed",
            "wa_id": "628999888777",
            "user_id": OTHER_USER_ID,
            "previous_user_id": USER_ID,
        },
    }
    gateway.take(notification(change({"messages": [moved]})))
    gateway.take(notification(text_message("wamid.3", phone="628999888777")))
    gateway.take(notification(text_message("wamid.4", phone="628111222333", name="Siti")))

    first, notice, same, somebody_else = contacts(gateway)
    assert first == notice == same != somebody_else
    phones = [one.value for one in details_of(gateway, first).identities]
    assert "+628999888777" in phones
    assert "+628111222333" not in phones


def values(gateway: Gateway, kind: IdentityKind) -> list[str]:
    return [one.value for one in details(gateway).identities if one.kind is kind]


def test_the_identity_that_was_reported_last_is_the_one_to_write_to(
    gateway: Gateway, firm: Number
) -> None:
    for wamid, phone, timestamp in (
        ("wamid.1", "628111222333", 1_790_000_000),
        ("wamid.2", "628999888777", 1_790_000_100),
        ("wamid.3", "628111222333", 1_790_000_050),
    ):
        message = text_message(wamid, phone=phone, user_id=USER_ID, timestamp=timestamp)
        gateway.take(notification(message))
    assert len(set(contacts(gateway))) == 1
    assert values(gateway, IdentityKind.PHONE) == ["+628999888777", "+628111222333"]
    back = text_message("wamid.4", phone="628111222333", user_id=USER_ID, timestamp=1_790_000_200)
    gateway.take(notification(back))
    assert values(gateway, IdentityKind.PHONE) == ["+628111222333", "+628999888777"]


@pytest.mark.parametrize("sender", ["628111222333", None], ids=["old number", "number withheld"])
def test_a_new_user_id_means_that_the_old_number_is_not_written_to_any_more(
    sender: str | None, gateway: Gateway, firm: Number
) -> None:
    gateway.take(notification(text_message("wamid.1", phone="628111222333", user_id=USER_ID)))
    moved = {
        "id": "wamid.2",
        "timestamp": "1790000050",
        "type": "system",
        "system": {
            "type": "user_changed_user_id",
            "body": "changed",
            "user_id": OTHER_USER_ID,
            "previous_user_id": USER_ID,
        },
    }
    if sender is not None:
        moved["from"] = sender
    gateway.take(notification(change({"messages": [moved]})))
    assert values(gateway, IdentityKind.PHONE) == []
    assert values(gateway, IdentityKind.BSUID) == [OTHER_USER_ID, USER_ID]
    gateway.take(notification(text_message("wamid.3", phone="628111222333", name="Siti")))
    first, _, somebody_else = contacts(gateway)
    assert first != somebody_else


def details_of(gateway: Gateway, contact_id: UUID) -> ContactDetails:
    records = gateway.records(ContactIdentified, ContactDetailsChanged)
    content = [record for record in records if record.stream_id == contact_id][-1].event.content  # type: ignore[attr-defined]
    assert isinstance(content, ContactDetails)
    return content


def test_whoever_writes_again_after_an_erasure_begins_anew(
    gateway: Gateway, firm: Number, store: Store
) -> None:
    gateway.take(notification(text_message("wamid.1")))
    (erased,) = contacts(gateway)
    event_id = new_event_id()
    store(
        [
            EventRecord(
                event_id=event_id,
                tenant_id=FIRM,
                stream_id=StreamId(erased),
                stream_version=2,
                event=ContactErased(contact_id=ContactId(erased)),
                actor=Actor(ActorKind.OPERATOR, "tests"),
                correlation_id=event_id,
                occurred_at=SystemClock().now(),
            )
        ]
    )
    gateway.take(notification(text_message("wamid.2"), text_message("wamid.3")))
    _, second, third = contacts(gateway)
    assert second == third != erased
