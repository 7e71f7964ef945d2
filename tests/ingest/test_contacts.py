"""One person is one contact, by whatever identity it comes."""

from uuid import UUID

import pytest

from domain.contact import (
    ContactAbsorbed,
    ContactDetails,
    ContactDetailsChanged,
    ContactErased,
    ContactIdentified,
    ContactMerged,
    IdentityKind,
    MergeReason,
)
from domain.contact_duplicate import (
    DuplicateReason,
    DuplicateSettled,
    DuplicateState,
    DuplicateSuspected,
    duplicate_id_of,
)
from domain.event import EventRecord
from domain.identity import ContactId, StreamId
from domain.inbound_message import MessageReceived
from domain.provenance import Actor, ActorKind
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


def suspicions(gateway: Gateway) -> list[DuplicateSuspected]:
    return [
        record.event
        for record in gateway.records(DuplicateSuspected)
        if isinstance(record.event, DuplicateSuspected)
    ]


def test_a_number_and_a_user_id_that_meta_names_together_become_one_contact(
    gateway: Gateway, firm: Number
) -> None:
    gateway.take(notification(text_message("wamid.1", phone="628111222333")))
    gateway.take(
        notification(text_message("wamid.2", phone=None, user_id=USER_ID, timestamp=1_790_000_010))
    )
    by_phone, by_user_id = contacts(gateway)
    both = text_message("wamid.3", phone="628111222333", user_id=USER_ID, timestamp=1_790_000_020)
    gateway.take(notification(both))
    only_user = text_message("wamid.4", phone=None, user_id=USER_ID, timestamp=1_790_000_030)
    gateway.take(notification(only_user))

    assert contacts(gateway) == [by_phone, by_user_id, by_phone, by_phone]
    (merge,) = gateway.records(ContactMerged)
    assert isinstance(merge.event, ContactMerged)
    assert merge.event.reason is MergeReason.PHONE_REVEALED
    (absorbed,) = gateway.records(ContactAbsorbed)
    assert absorbed.stream_id == by_user_id
    assert suspicions(gateway) == []


def test_a_number_that_was_not_heard_of_for_long_is_a_question_for_a_member(
    gateway: Gateway, firm: Number
) -> None:
    gateway.take(notification(text_message("wamid.1", phone="628111222333")))
    late = 1_790_000_000 + 40 * 86_400
    for wamid, phone in (("wamid.2", None), ("wamid.3", "628111222333"), ("wamid.4", None)):
        message = text_message(wamid, phone=phone, user_id=USER_ID, timestamp=late)
        gateway.take(notification(message))
    by_phone, *others = contacts(gateway)
    assert len(set(others)) == 1
    assert others[0] != by_phone
    (asked,) = suspicions(gateway)
    assert asked.reason is DuplicateReason.PHONE_REVEALED
    assert {asked.contact_id, asked.other_contact_id} == {by_phone, others[0]}
    assert gateway.records(ContactMerged) == []


def test_a_recycled_number_never_shows_its_new_owner_the_old_ones_conversation(
    gateway: Gateway, firm: Number
) -> None:
    gateway.take(notification(text_message("wamid.1", phone="628111222333", user_id=USER_ID)))
    heir = text_message(
        "wamid.2", phone="628111222333", user_id=OTHER_USER_ID, name="Siti", timestamp=1_790_000_500
    )
    gateway.take(notification(heir))
    again = text_message("wamid.3", phone="628111222333", name="Siti", timestamp=1_790_000_600)
    gateway.take(notification(again))
    former = text_message("wamid.4", phone=None, user_id=USER_ID, timestamp=1_790_000_700)
    gateway.take(notification(former))

    first, second, third, fourth = contacts(gateway)
    assert first == fourth
    assert second == third != first
    assert IdentityKind.PHONE not in {one.kind for one in details_of(gateway, first).identities}
    (asked,) = suspicions(gateway)
    assert asked.reason is DuplicateReason.PHONE_REUSED


def test_two_contacts_that_a_member_keeps_apart_are_merged_by_no_rule(
    gateway: Gateway, firm: Number, store: Store
) -> None:
    gateway.take(notification(text_message("wamid.1", phone="628111222333")))
    gateway.take(notification(text_message("wamid.2", phone=None, user_id=USER_ID)))
    one, other = (ContactId(each) for each in contacts(gateway))
    duplicate_id = duplicate_id_of(one, other)
    event_id = new_event_id()
    store(
        [
            EventRecord(
                event_id=event_id,
                tenant_id=FIRM,
                stream_id=duplicate_id,
                stream_version=1,
                event=DuplicateSettled(
                    duplicate_id=duplicate_id,
                    contact_id=one,
                    other_contact_id=other,
                    state=DuplicateState.KEPT_APART,
                ),
                actor=Actor(ActorKind.MEMBER, str(event_id)),
                correlation_id=event_id,
                occurred_at=SystemClock().now(),
            )
        ]
    )
    both = text_message("wamid.3", phone="628111222333", user_id=USER_ID, timestamp=1_790_000_020)
    gateway.take(notification(both))
    assert contacts(gateway) == [one, other, other]
    assert gateway.records(ContactMerged) == []


def test_the_notice_of_a_change_that_comes_late_joins_who_wrote_meanwhile(
    gateway: Gateway, firm: Number
) -> None:
    gateway.take(notification(text_message("wamid.1", phone="628111222333", user_id=USER_ID)))
    new = text_message(
        "wamid.2", phone="628999888777", user_id=OTHER_USER_ID, timestamp=1_790_000_100
    )
    gateway.take(notification(new))
    gateway.take(notification(change({"messages": [moved("wamid.3", 1_790_000_050)]})))
    again = text_message("wamid.4", phone="628999888777", timestamp=1_790_000_200)
    gateway.take(notification(again))
    first, second, notice, last = contacts(gateway)
    assert first != second
    assert first == notice == last
    (merge,) = gateway.records(ContactMerged)
    assert isinstance(merge.event, ContactMerged)
    assert (merge.event.reason, merge.event.absorbed_contact_id) == (
        MergeReason.NUMBER_CHANGED,
        second,
    )


def moved(wamid: str, timestamp: int) -> dict[str, object]:
    """WhatsApp's notice that a person has a new number and a new user id."""
    return {
        "from": "628111222333",
        "id": wamid,
        "timestamp": str(timestamp),
        "type": "system",
        "system": {
            "type": "user_changed_number",
            "body": "changed",
            "wa_id": "628999888777",
            "user_id": OTHER_USER_ID,
            "previous_user_id": USER_ID,
        },
    }


def test_a_changed_number_keeps_the_contact_and_frees_the_old_number(
    gateway: Gateway, firm: Number
) -> None:
    gateway.take(notification(text_message("wamid.1", phone="628111222333", user_id=USER_ID)))
    notice_of_change = {
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
    gateway.take(notification(change({"messages": [notice_of_change]})))
    later = 1_790_000_100
    gateway.take(notification(text_message("wamid.3", phone="628999888777", timestamp=later)))
    gateway.take(
        notification(text_message("wamid.4", phone="628111222333", name="Siti", timestamp=later))
    )

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
    notice_of_change = {
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
        notice_of_change["from"] = sender
    gateway.take(notification(change({"messages": [notice_of_change]})))
    assert values(gateway, IdentityKind.PHONE) == []
    assert values(gateway, IdentityKind.BSUID) == [OTHER_USER_ID, USER_ID]
    gateway.take(
        notification(
            text_message("wamid.3", phone="628111222333", name="Siti", timestamp=1_790_000_100)
        )
    )
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
