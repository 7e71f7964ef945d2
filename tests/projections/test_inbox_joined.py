"""Joined contacts are one row of the inbox and one timeline; parting them gives both back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from domain.contact import ContactAbsorbed, ContactMerged, ContactSeparated
from domain.conversation import ConversationClosed
from domain.echoed_message import MessageEchoed
from domain.identity import conversation_id_of
from domain.inbound_message import MessageReceived
from domain.outbound_message import MessagePurpose, OutboundRequested
from domain.read_receipt import ReadReceiptRequested
from infrastructure.following.listener import Connect
from projections.inbox import Inbox, InboxRow
from projections.inbox_queries import conversations_of_person, recent_conversations
from projections.rebuild import verify
from projections.timeline_queries import entries_after
from tests.event_store import FIRM, Store, follow_once
from tests.projections.happened import BEGINNING, Happened, fold, named

NUMBER = named("number")
RATNA, SARI, DEWI = named("Ratna"), named("Sari"), named("Dewi")


def talk(contact_id: UUID) -> Any:
    return conversation_id_of(contact_id, NUMBER)  # type: ignore[arg-type]


def of(contact_id: UUID) -> dict[str, Any]:
    return {
        "conversation_id": talk(contact_id),
        "contact_id": contact_id,
        "sender_number_id": NUMBER,
    }


def writes(happened: Happened, contact_id: UUID, name: str) -> None:
    event = MessageReceived(message_id=named(name), kind="text", envelope_order=0, **of(contact_id))
    happened.add(event, at=BEGINNING + timedelta(minutes=len(name)))


def joins(happened: Happened, one: UUID, absorbed: UUID) -> None:
    happened.sample(ContactMerged, contact_id=one, absorbed_contact_id=absorbed)
    happened.sample(ContactAbsorbed, contact_id=absorbed, into_contact_id=one)


def parts(happened: Happened, one: UUID, absorbed: UUID) -> None:
    happened.sample(ContactSeparated, contact_id=one, from_contact_id=absorbed)
    happened.sample(ContactSeparated, contact_id=absorbed, from_contact_id=one)


def rows(happened: Happened) -> dict[UUID, InboxRow]:
    return {row.contact_id: row for row in fold(Inbox(), happened.records)}


def links(happened: Happened) -> dict[UUID, tuple[UUID | None, int]]:
    return {each: (row.joined_into, row.joined_contacts) for each, row in rows(happened).items()}


@pytest.fixture
def two() -> Happened:
    happened = Happened()
    writes(happened, RATNA, "one")
    writes(happened, SARI, "other")
    return happened


def test_a_conversation_goes_on_in_that_of_the_other_contact_until_they_are_parted(
    two: Happened,
) -> None:
    joins(two, RATNA, SARI)
    assert links(two) == {RATNA: (None, 1), SARI: (talk(RATNA), 0)}
    parts(two, RATNA, SARI)
    assert links(two) == {RATNA: (None, 0), SARI: (None, 0)}


def test_what_is_joined_before_it_has_a_row_is_joined_as_well() -> None:
    happened = Happened()
    joins(happened, RATNA, SARI)
    writes(happened, RATNA, "one")
    writes(happened, SARI, "other")
    assert links(happened) == {RATNA: (None, 1), SARI: (talk(RATNA), 0)}


def test_parting_the_first_of_a_chain_leaves_the_others_joined(two: Happened) -> None:
    writes(two, DEWI, "third")
    joins(two, SARI, DEWI)
    joins(two, RATNA, SARI)
    parts(two, RATNA, SARI)
    assert links(two) == {RATNA: (None, 0), SARI: (None, 1), DEWI: (talk(SARI), 0)}


def replies(happened: Happened) -> None:
    happened.sample(
        OutboundRequested,
        outbound_message_id=named("reply"),
        purpose=MessagePurpose.REPLY,
        **of(RATNA),
    )


def writes_on_the_phone(happened: Happened) -> None:
    happened.sample(MessageEchoed, target=None, **of(RATNA))


def closes(happened: Happened) -> None:
    happened.sample(ConversationClosed, **of(RATNA))


@pytest.mark.parametrize("settles", [replies, writes_on_the_phone, closes])
def test_what_is_answered_to_the_person_waits_in_neither_conversation(
    two: Happened, settles: Callable[[Happened], None]
) -> None:
    joins(two, RATNA, SARI)
    assert rows(two)[SARI].needs_reply
    settles(two)
    waiting = [(row.needs_reply, row.unread_count) for row in rows(two).values()]
    assert waiting == [(False, 0), (False, 0)]


def test_what_was_read_is_read_in_both_and_still_to_be_answered(two: Happened) -> None:
    joins(two, RATNA, SARI)
    two.sample(ReadReceiptRequested, **of(RATNA))
    assert [row.unread_count for row in rows(two).values()] == [0, 0]
    assert rows(two)[SARI].needs_reply


def test_an_answer_to_one_of_two_people_settles_nothing_of_the_other(two: Happened) -> None:
    joins(two, RATNA, SARI)
    parts(two, RATNA, SARI)
    replies(two)
    assert rows(two)[SARI].needs_reply


def listed(connection: Connection[Any]) -> set[UUID]:
    found = recent_conversations(FIRM, limit=10).fetch(connection)
    return {row.contact_id for row in found}


def shown(connection: Connection[Any], contact_id: UUID) -> list[UUID]:
    """The messages of a conversation's timeline, in the order in which people read."""
    person = conversations_of_person(FIRM, talk(contact_id)).fetch(connection)
    ids = [one.conversation_id for one in person]
    return [row.entity_id for row in entries_after(FIRM, ids, limit=10).fetch(connection)]


def test_one_row_and_one_timeline_are_shown_and_two_again_after_the_undo(
    follow: Connection[Any], connect_follow: Connect, store: Store, two: Happened
) -> None:
    def goes_on() -> None:
        store(two.take())
        follow_once(follow, ["inbox", "timeline"])

    goes_on()
    assert shown(follow, RATNA) == [named("one")]
    joins(two, RATNA, SARI)
    goes_on()
    # What waits is never left out.
    assert listed(follow) == {RATNA, SARI}
    replies(two)
    goes_on()
    assert listed(follow) == {RATNA}
    together = shown(follow, RATNA)
    assert sorted(together) == sorted(map(named, ("one", "other", "reply")))
    assert together.index(named("one")) < together.index(named("other"))
    assert shown(follow, SARI) == together
    parts(two, RATNA, SARI)
    goes_on()
    assert listed(follow) == {RATNA, SARI}
    assert shown(follow, SARI) == [named("other")]
    assert verify(Inbox(), connect_follow).is_equal
