"""Two contacts that are one person: the stricter word of both, in whatever order it was said."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.aggregate import Command, CommandContext
from domain.contact import ConsentPurpose, Contact, ContactIdentified, MergeReason
from domain.contact_commands import (
    GrantConsent,
    OptIn,
    OptOut,
    ResumeMarketing,
    StopMarketing,
    WithdrawConsent,
)
from domain.contact_link_commands import (
    ContactsAlreadyJoined,
    ContactsNotJoined,
    MergeContacts,
    MergeContactsByRule,
    NoteAbsorbed,
    NoteSeparated,
    SeparateContacts,
)
from domain.contact_standing import Blocked
from domain.errors import HumanRequired, InvalidInput
from domain.identity import ContactId, MessageId
from tests.domain.given import LAWYER, SYSTEM, digest
from tests.domain.memory_journal import START
from tests.domain.samples import sample_of

ONE = ContactId(UUID(int=1))
OTHER = ContactId(UUID(int=2))
BOTH = tuple(sorted(ConsentPurpose))
HUMAN = CommandContext(now=START, actor=LAWYER, digest_body=digest)
PART_OF_SYSTEM = CommandContext(now=START, actor=SYSTEM, digest_body=digest)


def contact(contact_id: ContactId) -> Contact:
    return Contact.replay(contact_id, [sample_of(ContactIdentified, contact_id=contact_id)])


def do(known: Contact, command: Command, context: CommandContext = HUMAN) -> None:
    command.execute(known, context)


def grant(contact_id: ContactId, *purposes: ConsentPurpose, number: int = 7) -> GrantConsent:
    return GrantConsent(
        contact_id=contact_id,
        purposes=purposes,
        flow_version=1,
        language="id",
        message_id=MessageId(UUID(int=number)),
        question="Apakah Anda setuju?",
        answer="Ya",
    )


def merge(one: Contact, other: Contact) -> None:
    """What the command and its policy do to both."""
    facts: dict[str, Any] = {
        "other_blocks": tuple(sorted(other.standing.blocks)),
        "other_consents": tuple(sorted(other.consents)),
    }
    do(one, MergeContacts(contact_id=ONE, absorbed_contact_id=OTHER, **facts))
    facts = {
        "other_blocks": tuple(sorted(one.standing.blocks)),
        "other_consents": tuple(sorted(one.consents)),
    }
    do(other, NoteAbsorbed(contact_id=OTHER, into_contact_id=ONE, **facts))


def part(one: Contact, other: Contact) -> None:
    do(one, SeparateContacts(contact_id=ONE, from_contact_id=OTHER))
    do(other, NoteSeparated(contact_id=OTHER, from_contact_id=ONE))


def test_an_opt_out_of_one_counts_for_both_and_a_consent_only_where_both_gave_it() -> None:
    one, other = contact(ONE), contact(OTHER)
    do(one, grant(ONE, *BOTH))
    do(other, grant(OTHER, ConsentPurpose.INTAKE))
    do(other, OptOut(contact_id=OTHER))
    merge(one, other)
    for each in (one, other):
        assert each.has_opted_out
        assert each.consents == {ConsentPurpose.INTAKE}
    assert one.absorbed == (OTHER,)
    assert other.merged_into == ONE


def test_undoing_a_merge_gives_each_back_what_it_had_and_keeps_what_was_forbidden_since() -> None:
    one, other = contact(ONE), contact(OTHER)
    do(one, grant(ONE, ConsentPurpose.INTAKE))
    do(other, OptOut(contact_id=OTHER))
    merge(one, other)
    part(one, other)
    assert not one.has_opted_out
    assert one.consents == {ConsentPurpose.INTAKE}
    assert other.has_opted_out
    assert other.merged_into is None
    merge(one, other)
    do(one, OptIn(contact_id=ONE))
    do(one, grant(ONE, ConsentPurpose.ASSISTANCE, number=8))
    do(one, StopMarketing(contact_id=ONE, decided_at=START, source="user_preferences"))
    part(one, other)
    assert one.consents == {ConsentPurpose.INTAKE}
    assert one.has_stopped_marketing


def test_what_the_person_allows_again_counts_at_once_and_ends_with_the_merge() -> None:
    one, other = contact(ONE), contact(OTHER)
    do(one, OptOut(contact_id=ONE))
    merge(one, other)
    do(one, OptIn(contact_id=ONE))
    assert not one.has_opted_out
    part(one, other)
    assert one.has_opted_out


def test_only_a_person_merges_and_separates() -> None:
    one = contact(ONE)
    command = MergeContacts(contact_id=ONE, absorbed_contact_id=OTHER)
    with pytest.raises(HumanRequired):
        do(one, command, PART_OF_SYSTEM)
    by_rule = MergeContactsByRule(
        contact_id=ONE, absorbed_contact_id=OTHER, reason=MergeReason.NUMBER_CHANGED
    )
    do(one, by_rule, PART_OF_SYSTEM)
    with pytest.raises(HumanRequired):
        do(one, SeparateContacts(contact_id=ONE, from_contact_id=OTHER), PART_OF_SYSTEM)


def test_contacts_are_joined_once_and_with_another_one() -> None:
    one, other = contact(ONE), contact(OTHER)
    with pytest.raises(InvalidInput):
        do(one, MergeContacts(contact_id=ONE, absorbed_contact_id=ONE))
    with pytest.raises(ContactsNotJoined):
        do(one, SeparateContacts(contact_id=ONE, from_contact_id=OTHER))
    merge(one, other)
    with pytest.raises(ContactsAlreadyJoined):
        do(one, MergeContacts(contact_id=ONE, absorbed_contact_id=OTHER))
    with pytest.raises(ContactsAlreadyJoined):
        do(other, MergeContacts(contact_id=OTHER, absorbed_contact_id=ContactId(UUID(int=3))))


def test_of_two_decisions_about_marketing_the_newest_counts_in_any_order() -> None:
    later = START + timedelta(minutes=1)
    for order in ((START, later), (later, START)):
        known = contact(ONE)
        for moment in order:
            kind = StopMarketing if moment == START else ResumeMarketing
            do(known, kind(contact_id=ONE, decided_at=moment, source="user_preferences"))
        assert not known.has_stopped_marketing


WORDS = st.lists(
    st.tuples(
        st.sampled_from([ONE, OTHER]),
        st.sampled_from(["grant", "withdraw", "out", "in", "stop", "resume"]),
        st.sampled_from([(ConsentPurpose.INTAKE,), (ConsentPurpose.ASSISTANCE,), BOTH]),
    ),
    max_size=8,
)


def say(known: Contact, kind: str, purposes: tuple[ConsentPurpose, ...], number: int) -> None:
    contact_id = ContactId(known.id)
    at = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(minutes=number)
    commands: dict[str, Command] = {
        "grant": grant(contact_id, *purposes, number=100 + number),
        "withdraw": WithdrawConsent(contact_id=contact_id, purposes=purposes),
        "out": OptOut(contact_id=contact_id),
        "in": OptIn(contact_id=contact_id),
        "stop": StopMarketing(contact_id=contact_id, decided_at=at, source="member"),
        "resume": ResumeMarketing(contact_id=contact_id, decided_at=at, source="member"),
    }
    do(known, commands[kind])


@settings(max_examples=150, deadline=None)
@given(before=WORDS, since=WORDS)
def test_a_merge_is_never_more_permissive_than_either_and_parting_never_than_before(
    before: list[Any], since: list[Any]
) -> None:
    one, other = contact(ONE), contact(OTHER)
    number = 0
    for who, kind, purposes in before:
        number += 1
        say(one if who == ONE else other, kind, purposes, number)
    had = {known.id: (known.consents, known.standing.blocks) for known in (one, other)}
    merge(one, other)
    assert one.consents == other.consents == had[ONE][0] & had[OTHER][0]
    assert one.standing.blocks == other.standing.blocks == had[ONE][1] | had[OTHER][1]
    forbidden: set[Blocked] = set()
    for _, kind, purposes in since:
        number += 1
        for known in (one, other):
            say(known, kind, purposes, number)
        forbidden |= {"out": {Blocked.MESSAGES}, "stop": {Blocked.MARKETING}}.get(kind, set())
        forbidden -= {"in": {Blocked.MESSAGES}, "resume": {Blocked.MARKETING}}.get(kind, set())
        assert one.consents == other.consents
        assert one.standing.blocks == other.standing.blocks
    part(one, other)
    for known in (one, other):
        consents, blocks = had[known.id]
        assert known.consents <= consents
        assert known.standing.blocks >= blocks | forbidden
