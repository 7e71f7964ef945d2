"""Broadcasts over GraphQL: drafted, looked at, approved as a whole, stopped; heard live."""

from typing import Any

import pytest

from api.graphql.ids import global_id
from domain.scopes import Role
from domain.sender_standing import SenderNumberDailyLimitChanged
from domain.template_components import TemplateComponents
from infrastructure.unique_ids import new_id
from tests.api.firm import Consultation, Firm
from tests.api.socket import open_socket
from tests.api.stack import Stack

BROADCAST = """
fragment B on Broadcast {
  id state title version labels listed excludedLabels consentPurpose requested
  contentState cancelReason
  content { text } approvedBy { name } senderNumber { id }
  plan { digest recipients excluded { reason contacts }
    forecast { country category messages cost price { currency } }
    samples { content { text } contentState } }
  progress { state reason messages }
}
"""


class Desk:
    """A lawyer, and a firm with one contact."""

    def __init__(self, stack: Stack, firm: Firm) -> None:
        self.stack, self.firm = stack, firm
        self.story: Consultation = firm.consultation()

    def run(self, name: str, *, role: Role = Role.LAWYER, **given: object) -> Any:
        given.setdefault("idempotencyKey", str(new_id()))
        kind = f"{name[0].upper()}{name[1:]}Input"
        mutation = (
            f"mutation($input: {kind}!) {{ {name}(input: $input) {{ isPending "
            f"userErrors {{ code field }} broadcast {{ ...B }} }} }} {BROADCAST}"
        )
        payload = self.stack.data(self.firm.tokens[role], mutation, {"input": given})[name]
        if payload["isPending"]:  # a busy machine: lists show the command a moment later
            self.stack.wait_until_seen(self.firm.tenant_id)
            payload = self.stack.data(self.firm.tokens[role], mutation, {"input": given})[name]
        return payload

    def draft(self, **given: object) -> Any:
        sender = global_id("SenderNumber", self.firm.sender_number_id)
        words: dict[str, Any] = {
            "labels": ["klien-aktif"],
            "title": "Libur",
            "text": "Yth. {contact_name}, libur.",
        }
        return self.run("draftBroadcast", **({"senderNumberId": sender, **words} | given))

    def planned(self) -> str:
        """A broadcast that waits for its approval."""
        return str(global_id("Broadcast", self.firm.broadcast(self.story)))

    def ask(self, broadcast_id: str, *, role: Role = Role.LAWYER) -> Any:
        query = f"query($id: ID!) {{ broadcast(id: $id) {{ ...B }} }} {BROADCAST}"
        return self.stack.data(self.firm.tokens[role], query, {"id": broadcast_id})["broadcast"]


@pytest.fixture
def desk(stack: Stack, firm: Firm) -> Desk:
    return Desk(stack, firm)


def test_a_draft_shows_words_and_audience(desk: Desk) -> None:
    payload = desk.draft(excludedLabels=["mantan-klien"])
    shown = payload["broadcast"]
    assert payload["userErrors"] == []
    assert (shown["state"], shown["title"]) == ("DRAFT", "Libur")
    assert shown["content"] == {"text": "Yth. {contact_name}, libur."}
    assert (shown["labels"], shown["excludedLabels"]) == (["klien-aktif"], ["mantan-klien"])
    assert (shown["consentPurpose"], shown["plan"], shown["progress"]) == ("INTAKE", None, [])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"labels": ["Bapak Budi"]}, "labels"),
        ({"labels": []}, "labels"),
        ({"title": " "}, "title"),
        ({"text": "Halo {phone}"}, "text"),
        ({"senderNumberId": global_id("SenderNumber", new_id())}, "senderNumberId"),
    ],
)
def test_a_wrong_draft_is_refused_by_its_field(
    desk: Desk, given: dict[str, Any], field: str
) -> None:
    payload = desk.draft(**given)
    assert payload["userErrors"] == [{"code": "INVALID_INPUT", "field": ["input", field]}]


PARTS = TemplateComponents(body="Yth. {{1}}, sidang pada {{2}}.", examples=("Ratna", "Jumat"))


def by_template(desk: Desk, **given: object) -> dict[str, Any]:
    """A draft of a template with the contact's name and a value that the list brings along."""
    template_id = desk.firm.template("pengingat", PARTS)
    parameters = [{"name": "1", "text": "{contact_name}"}, {"name": "2", "text": "{hari}"}]
    entry = {
        "contactId": global_id("Contact", desk.story.contact_id),
        "variables": [{"name": "hari", "text": "Jumat"}],
    }
    template = {"templateId": global_id("Template", template_id), "values": {}}
    template["values"] = {"parameters": parameters}
    drafted: dict[str, Any] = {
        "text": None,
        "labels": [],
        "template": template,
        "recipients": [entry],
    }
    return drafted | given


def test_a_template_to_named_contacts_is_shown_with_its_variables(desk: Desk) -> None:
    key = str(new_id())
    first = desk.draft(**by_template(desk), idempotencyKey=key)
    assert first["userErrors"] == []
    shown = first["broadcast"]
    assert shown["content"] == {"text": "Yth. {contact_name}, sidang pada {hari}."}
    assert (shown["listed"], shown["labels"]) == (1, [])
    again = desk.draft(**by_template(desk), idempotencyKey=key)
    assert again["broadcast"]["id"] == shown["id"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": "Halo"}, ["text"]),
        ({"template": None}, ["text"]),
        ({"labels": ["klien-aktif"]}, ["labels"]),
        ({"recipients": []}, ["recipients"]),
        ({"recipients": [{"contactId": global_id("Contact", new_id())}]}, ["recipients", "0"]),
        ({"recipients": None, "labels": ["klien-aktif"]}, ["template"]),
    ],
)
def test_a_wrong_draft_of_a_template_is_refused_by_its_field(
    desk: Desk, given: dict[str, Any], field: list[str]
) -> None:
    payload = desk.draft(**by_template(desk, **given))
    assert payload["userErrors"] == [{"code": "INVALID_INPUT", "field": ["input", *field]}]


def test_a_changed_draft_is_planned_anew(desk: Desk) -> None:
    identifier = desk.draft()["broadcast"]["id"]
    assert desk.run("planBroadcast", broadcastId=identifier)["broadcast"]["state"] == "PLANNING"
    planned = desk.planned()
    changed = desk.run(
        "reviseBroadcast", broadcastId=planned, labels=["pajak"], title="Pindah", text="Kami pindah"
    )["broadcast"]
    assert (changed["state"], changed["labels"], changed["plan"]) == ("DRAFT", ["pajak"], None)


def test_a_plan_shows_counts_reasons_cost_and_samples(desk: Desk) -> None:
    plan = desk.ask(desk.planned())["plan"]
    assert plan["recipients"] == 1
    assert plan["excluded"] == [{"reason": "contact_opted_out", "contacts": 2}]
    unknown = {"country": "ID", "category": "service", "messages": 1, "cost": None, "price": None}
    assert plan["forecast"] == [unknown]
    (sample,) = plan["samples"]
    assert sample["content"]["text"] == f"Yth. {desk.story.name}, kantor tutup pada hari Senin."


def test_whoever_may_not_read_content_sees_counts_only(desk: Desk) -> None:
    shown = desk.ask(desk.planned(), role=Role.AUDITOR)
    assert (shown["title"], shown["content"], shown["contentState"]) == (None, None, "HIDDEN")
    assert shown["plan"]["samples"] == [{"content": None, "contentState": "HIDDEN"}]
    assert shown["plan"]["recipients"] == 1


def test_only_the_plan_that_was_seen_is_approved_and_only_by_those_who_may(desk: Desk) -> None:
    identifier = desk.planned()
    refused = desk.run("approveBroadcast", broadcastId=identifier, planDigest="another")
    assert [error["code"] for error in refused["userErrors"]] == ["PLAN_CHANGED"]
    digest = desk.ask(identifier)["plan"]["digest"]
    payload = desk.run("approveBroadcast", broadcastId=identifier, planDigest=digest)
    approved = payload["broadcast"]
    assert approved["state"] == "APPROVED"
    assert approved["approvedBy"]["name"] == f"lawyer of {desk.firm.name}"
    assert approved["progress"] == [{"state": "planned", "reason": None, "messages": 1}]


def test_a_broadcast_is_paused_resumed_and_cancelled(desk: Desk) -> None:
    identifier = desk.planned()
    desk.run(
        "approveBroadcast",
        broadcastId=identifier,
        planDigest=desk.ask(identifier)["plan"]["digest"],
    )
    steps = [("pauseBroadcast", "PAUSED"), ("resumeBroadcast", "APPROVED")]
    for name, state in steps:
        assert desk.run(name, broadcastId=identifier)["broadcast"]["state"] == state
    cancelled = desk.run("cancelBroadcast", broadcastId=identifier, reason="wrong date")
    assert cancelled["broadcast"]["state"] == "CANCELLED"
    assert cancelled["broadcast"]["cancelReason"] == "wrong date"
    again = desk.run("resumeBroadcast", broadcastId=identifier)
    assert [error["code"] for error in again["userErrors"]] == ["BROADCAST_NOT_READY"]


def test_broadcasts_are_listed_newest_first_and_by_state(desk: Desk) -> None:
    first, second = desk.draft()["broadcast"]["id"], desk.planned()
    query = """query($state: BroadcastState, $after: Cursor) {
        broadcasts(first: 1, state: $state, after: $after) {
          nodes { id } pageInfo { endCursor hasNextPage } } }"""

    def page(**variables: Any) -> Any:
        return desk.stack.data(desk.firm.lawyer, query, variables)["broadcasts"]

    newest = page()
    assert newest["nodes"] == [{"id": second}]
    assert page(after=newest["pageInfo"]["endCursor"])["nodes"] == [{"id": first}]
    assert page(state="DRAFT")["nodes"] == [{"id": first}]


def test_recipients_are_listed_with_their_words_and_contacts(desk: Desk) -> None:
    identifier = desk.planned()
    query = """query($id: ID!, $state: String) { broadcastRecipients(id: $id, state: $state) {
        nodes { state reason contact { profileName } content { text } message { id } } } }"""
    data = desk.stack.data(desk.firm.lawyer, query, {"id": identifier})
    (node,) = data["broadcastRecipients"]["nodes"]
    assert (node["state"], node["reason"], node["message"]) == ("planned", None, None)
    assert node["contact"]["profileName"] == desk.story.name
    assert node["content"]["text"].startswith(f"Yth. {desk.story.name}")
    none = desk.stack.data(desk.firm.lawyer, query, {"id": identifier, "state": "excluded"})
    assert none["broadcastRecipients"]["nodes"] == []


def test_a_broadcast_asked_for_as_a_node_shows_its_progress(desk: Desk) -> None:
    identifier = desk.planned()
    query = "query($id: ID!) { node(id: $id) { ... on Broadcast { progress { messages } } } }"
    shown = desk.stack.data(desk.firm.lawyer, query, {"id": identifier})["node"]
    assert shown == {"progress": [{"messages": 1}]}


def test_a_broadcast_of_another_firm_is_unknown(desk: Desk, other_firm: Firm) -> None:
    identifier = desk.planned()
    for query in (
        "query($id: ID!) { broadcast(id: $id) { id } }",
        "query($id: ID!) { broadcastRecipients(id: $id) { nodes { state } } }",
    ):
        error = desk.stack.error(other_firm.lawyer, query, {"id": identifier})
        assert error["extensions"]["code"] == "NOT_FOUND"


def test_subscribers_hear_what_becomes_of_a_broadcast(desk: Desk) -> None:
    identifier = desk.planned()
    query = """subscription { activity { __typename ... on BroadcastActivity {
        kind topic broadcast { id state progress { messages } } } } }"""
    with open_socket(desk.stack.socket_url, desk.firm.lawyer) as socket:
        subscription = socket.subscribe(query, {})
        assert socket.next(subscription)["activity"]["__typename"] == "Position"
        desk.run("cancelBroadcast", broadcastId=identifier, reason="wrong date")
        heard = socket.next(subscription)["activity"]
    assert heard == {
        "__typename": "BroadcastActivity",
        "kind": "BROADCAST",
        "topic": "broadcast.cancelled.v1",
        "broadcast": {"id": identifier, "state": "CANCELLED", "progress": [{"messages": 1}]},
    }


ROOM = """
query($id: ID!) { broadcast(id: $id) { plan { recipients writesFirst fitsToday }
  senderNumber { dailyLimit { peopleMax reached room waiting } } } }
"""


def may_write_first_to(desk: Desk, people: int) -> None:
    """Meta tells the daily limit of the number's account."""
    number = desk.firm.sender_number_id
    word = SenderNumberDailyLimitChanged(
        sender_number_id=number, recipients_max=people, told_at=desk.stack.store.clock.now()
    )
    desk.firm.append_next(number, word)
    desk.stack.wait_until_seen(desk.firm.tenant_id)


@pytest.mark.parametrize(("writes_first", "fits"), [(1, 0), (0, 1), (None, 0)])
def test_a_preview_says_how_many_the_daily_limit_has_room_for(
    desk: Desk, writes_first: int | None, fits: int
) -> None:
    known = desk.firm.broadcast(desk.story, writes_first=writes_first)
    given = {"id": global_id("Broadcast", known)}
    shown = desk.stack.data(desk.firm.lawyer, ROOM, given)["broadcast"]
    assert shown["plan"]["fitsToday"] is None
    may_write_first_to(desk, 0)
    shown = desk.stack.data(desk.firm.lawyer, ROOM, given)["broadcast"]
    assert shown["plan"] == {"recipients": 1, "writesFirst": writes_first, "fitsToday": fits}
    limit = shown["senderNumber"]["dailyLimit"]
    assert limit == {"peopleMax": 0, "reached": 0, "room": 0, "waiting": 0}
