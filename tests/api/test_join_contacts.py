"""A member decides whether two contacts are one person."""

from typing import Any

import pytest

from api.graphql.ids import global_id
from domain.contact import ContactAbsorbed, ContactMerged, ContactSeparated
from domain.contact_duplicate import DuplicateReason, DuplicateSuspected, duplicate_id_of
from domain.event import Event
from domain.identity import ContactId, conversation_id_of
from domain.scopes import Role
from tests.api.firm import Firm
from tests.api.stack import Stack
from tests.api.test_mutations import Desk, desk
from tests.domain.samples import sample_of

__all__ = ["desk"]

MERGE = """mutation($input: MergeContactsInput!) { mergeContacts(input: $input) {
  contact { id } userErrors { code message field } } }"""
SEPARATE = """mutation($input: SeparateContactsInput!) { separateContacts(input: $input) {
  contact { id } userErrors { code } } }"""
KEEP = """mutation($input: KeepContactsApartInput!) { keepContactsApart(input: $input) {
  duplicate { state settledAt } userErrors { code } } }"""
QUESTIONS = """query($state: DuplicateState) { contactDuplicates(state: $state) {
  nodes { id state reason contact { id } otherContact { id } } } }"""


class Pair:
    """Two contacts of the firm."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.one = desk.story.contact_id
        self.other = desk.firm.consultation("Selamat siang").contact_id
        desk.stack.wait_until_seen(desk.firm.tenant_id)
        self.ids = {name: global_id("Contact", getattr(self, name)) for name in ("one", "other")}

    def merge(self) -> Any:
        return self.desk.run(MERGE, contactId=self.ids["one"], absorbedContactId=self.ids["other"])

    def separate(self) -> Any:
        return self.desk.run(SEPARATE, contactId=self.ids["one"], fromContactId=self.ids["other"])

    def questions(self, state: str | None = None) -> Any:
        found = self.desk.stack.data(self.desk.firm.lawyer, QUESTIONS, {"state": state})
        return found["contactDuplicates"]["nodes"]


@pytest.fixture
def pair(desk: Desk) -> Pair:
    return Pair(desk)


def test_two_contacts_are_merged_once_and_separated_once(pair: Pair) -> None:
    (error,) = pair.separate()["userErrors"]
    assert error["code"] == "REFUSED"
    done = pair.merge()
    assert done["userErrors"] == []
    assert done["contact"]["id"] == pair.ids["one"]
    (error,) = pair.merge()["userErrors"]
    assert "joined already" in error["message"]
    assert pair.separate()["userErrors"] == []
    kinds = [type(record.event) for record in pair.desk.events_of(pair.one)]
    assert kinds[-2:] == [ContactMerged, ContactSeparated]


TIMELINE = """query($id: ID!) { conversation(id: $id) { timeline(first: 100) { nodes {
  ... on InboundMessage { id } } } } }"""


def test_two_joined_contacts_have_one_timeline_until_they_are_separated(
    pair: Pair, stack: Stack
) -> None:
    number = pair.desk.firm.sender_number_id
    of_one, of_other = (
        global_id("Conversation", conversation_id_of(ContactId(each), number))
        for each in (pair.one, pair.other)
    )

    def messages(conversation: str) -> set[str]:
        found = stack.data(pair.desk.firm.lawyer, TIMELINE, {"id": conversation})
        nodes = found["conversation"]["timeline"]["nodes"]
        return {node["id"] for node in nodes if "id" in node}

    def noted(event: Event) -> None:
        pair.desk.firm.append_next(pair.other, event)
        stack.wait_until_seen(pair.desk.firm.tenant_id)

    alone, others = messages(of_one), messages(of_other)
    assert len(alone) == len(others) == 1
    pair.merge()
    noted(
        sample_of(ContactAbsorbed, contact_id=pair.other, into_contact_id=pair.one, opted_out=False)
    )
    assert messages(of_one) == messages(of_other) == alone | others
    pair.separate()
    noted(
        sample_of(
            ContactSeparated, contact_id=pair.other, from_contact_id=pair.one, opted_out=False
        )
    )
    assert (messages(of_one), messages(of_other)) == (alone, others)


def test_a_contact_is_not_merged_with_itself_or_with_one_of_another_firm(
    pair: Pair, other_firm: Firm
) -> None:
    foreign = global_id("Contact", other_firm.consultation().contact_id)
    for absorbed in (foreign, global_id("Contact", pair.desk.story.conversation_id)):
        payload = pair.desk.run(MERGE, contactId=pair.ids["one"], absorbedContactId=absorbed)
        assert payload["userErrors"][0]["code"] == "NOT_FOUND"
    same = pair.desk.run(MERGE, contactId=pair.ids["one"], absorbedContactId=pair.ids["one"])
    assert same["userErrors"][0]["code"] == "INVALID_INPUT"


def test_a_question_waits_for_a_member_who_keeps_the_two_apart(pair: Pair, stack: Stack) -> None:
    one, other = ContactId(pair.one), ContactId(pair.other)
    duplicate_id = duplicate_id_of(one, other)
    pair.desk.firm.append_next(
        duplicate_id,
        DuplicateSuspected(
            duplicate_id=duplicate_id,
            contact_id=one,
            other_contact_id=other,
            reason=DuplicateReason.PHONE_REUSED,
        ),
    )
    stack.wait_until_seen(pair.desk.firm.tenant_id)
    (question,) = pair.questions("OPEN")
    assert question["reason"] == "PHONE_REUSED"
    assert question["contact"]["id"] == pair.ids["one"]
    assert question["otherContact"]["id"] == pair.ids["other"]

    def state() -> str:
        node = stack.data(
            pair.desk.firm.tokens[Role.CS],
            "query($id: ID!) { node(id: $id) { ... on ContactDuplicate { state } } }",
            {"id": question["id"]},
        )
        shown: str = node["node"]["state"]
        return shown

    assert state() == "OPEN"
    assert pair.desk.run(KEEP, duplicateId=question["id"])["userErrors"] == []
    stack.wait_until_seen(pair.desk.firm.tenant_id)
    assert state() == "KEPT_APART"
    (error,) = pair.desk.run(KEEP, duplicateId=question["id"])["userErrors"]
    assert error["code"] == "REFUSED"
    assert pair.questions("OPEN") == []
