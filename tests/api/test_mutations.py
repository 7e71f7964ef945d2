from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.graphql.ids import global_id, parsed_id
from domain.draft import DraftApproved, DraftWritten
from domain.event import EventRecord
from domain.outbound_message import OutboundRequested
from domain.provenance import Actor, ActorKind
from domain.scopes import Role
from infrastructure.unique_ids import new_id
from tests.api.firm import Consultation, Firm
from tests.api.stack import Stack
from tests.api.test_queries import INBOX

ONE_DAY = timedelta(hours=25)

APPROVE = """
mutation Approve($input: ApproveDraftInput!) {
  approveDraft(input: $input) {
    clientMutationId isPending streamPosition
    draft { id state version isEdited approvedContent { text } decidedBy { name } decidedAt
      conversation { pendingDraft { id } } }
    userErrors { __typename code message nextStep field
      ... on ConflictError { expectedVersion currentVersion } }
  }
}
"""
REJECT = """
mutation Reject($input: RejectDraftInput!) {
  rejectDraft(input: $input) { draft { state rejectionNote } userErrors { code } }
}
"""
REPLY = """
mutation Reply($input: SendReplyInput!) {
  sendReply(input: $input) {
    draft { id state content { text } approvedContent { text } model }
    conversation { id }
    userErrors { code message field nextStep }
  }
}
"""


class Desk:
    """What a lawyer has in front of them: one conversation with a draft that waits."""

    def __init__(self, stack: Stack, firm: Firm, story: Consultation) -> None:
        self.stack = stack
        self.firm = firm
        self.story = story
        node = stack.data(firm.lawyer, INBOX)["conversations"]["edges"][0]["node"]
        self.conversation: str = node["id"]
        self.version: int = node["version"]
        self.draft: str = node["pendingDraft"]["id"]
        self.draft_version: int = node["pendingDraft"]["version"]

    def run(self, mutation: str, *, token: str | None = None, **given: object) -> Any:
        """Carry out a command and return its payload."""
        given.setdefault("idempotencyKey", str(new_id()))
        data = self.stack.data(token or self.firm.lawyer, mutation, {"input": given})
        (payload,) = data.values()
        return payload

    def events_of(self, stream_id: Any) -> list[EventRecord]:
        """The events of a stream, opened."""
        return self.stack.store.journal.load(self.firm.tenant_id, stream_id)


@pytest.fixture
def desk(stack: Stack, firm: Firm) -> Desk:
    return Desk(stack, firm, firm.consultation())


def test_an_approved_draft_is_seen_as_approved_in_the_answer(desk: Desk) -> None:
    payload = desk.run(APPROVE, draftId=desk.draft, clientMutationId="mine")
    assert payload["userErrors"] == []
    assert payload["clientMutationId"] == "mine"
    assert payload["isPending"] is False
    assert payload["draft"]["state"] == "APPROVED"
    assert payload["draft"]["isEdited"] is False
    words = payload["draft"]["approvedContent"]["text"]
    assert words == "Terima kasih, kami pelajari gugatannya."
    assert payload["draft"]["decidedBy"]["name"] == f"lawyer of {desk.firm.name}"
    assert payload["draft"]["conversation"]["pendingDraft"] is None


def test_an_approval_is_recorded_with_its_author_and_its_cause(desk: Desk) -> None:
    desk.run(APPROVE, draftId=desk.draft)
    suggested, approved = desk.events_of(desk.story.draft_id)
    member_id = desk.firm.members[Role.LAWYER]
    assert isinstance(approved.event, DraftApproved)
    assert approved.event.member_id == member_id
    assert approved.actor == Actor(kind=ActorKind.MEMBER, id=str(member_id))
    assert approved.causation_id == suggested.event_id
    assert approved.correlation_id == suggested.correlation_id
    assert approved.traceparent is not None
    assert suggested.traceparent is not None
    assert approved.traceparent[3:35] == suggested.traceparent[3:35]


def test_edited_words_are_what_is_approved(desk: Desk) -> None:
    payload = desk.run(APPROVE, draftId=desk.draft, editedText="Kami segera menghubungi Anda.")
    assert payload["draft"]["isEdited"] is True
    assert payload["draft"]["approvedContent"]["text"] == "Kami segera menghubungi Anda."


def test_the_same_command_again_changes_nothing_and_answers_the_same(desk: Desk) -> None:
    given = {"draftId": desk.draft, "editedText": "Sama.", "idempotencyKey": "once"}
    first = desk.run(APPROVE, **given)
    second = desk.run(APPROVE, **given)
    assert second["draft"] == first["draft"]
    assert second["userErrors"] == []
    assert len(desk.events_of(desk.story.draft_id)) == 2


def test_a_key_that_was_used_for_another_command_is_refused(desk: Desk) -> None:
    desk.run(APPROVE, draftId=desk.draft, editedText="Satu.", idempotencyKey="once")
    payload = desk.run(APPROVE, draftId=desk.draft, editedText="Dua.", idempotencyKey="once")
    (error,) = payload["userErrors"]
    assert error["__typename"] == "IdempotencyError"
    assert error["code"] == "IDEMPOTENCY_CONFLICT"
    assert payload["draft"] is None


def test_the_keys_of_two_members_do_not_meet(desk: Desk) -> None:
    desk.run(APPROVE, draftId=desk.draft, idempotencyKey="once")
    owner = desk.firm.tokens[Role.OWNER]
    payload = desk.run(APPROVE, token=owner, draftId=desk.draft, idempotencyKey="once")
    assert payload["userErrors"][0]["code"] == "DRAFT_ALREADY_DECIDED"


def test_a_stale_version_is_told_with_the_current_one(desk: Desk) -> None:
    stale = desk.draft_version + 5
    (error,) = desk.run(APPROVE, draftId=desk.draft, expectedVersion=stale)["userErrors"]
    assert error["__typename"] == "ConflictError"
    assert error["code"] == "CONFLICT"
    assert error["expectedVersion"] == stale
    assert error["currentVersion"] == desk.draft_version
    assert error["nextStep"]
    assert len(desk.events_of(desk.story.draft_id)) == 1


def test_the_expected_version_is_accepted_when_it_is_right(desk: Desk) -> None:
    payload = desk.run(APPROVE, draftId=desk.draft, expectedVersion=desk.draft_version)
    assert payload["userErrors"] == []


def test_a_draft_is_decided_once(desk: Desk) -> None:
    assert desk.run(REJECT, draftId=desk.draft, note="Terlalu singkat.") == {
        "draft": {"state": "REJECTED", "rejectionNote": "Terlalu singkat."},
        "userErrors": [],
    }
    (error,) = desk.run(APPROVE, draftId=desk.draft)["userErrors"]
    assert error["__typename"] == "RefusalError"
    assert error["code"] == "DRAFT_ALREADY_DECIDED"


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4097])
def test_words_that_whatsapp_would_refuse_are_refused_by_name(desk: Desk, text: str) -> None:
    (error,) = desk.run(APPROVE, draftId=desk.draft, editedText=text)["userErrors"]
    assert error["code"] == "INVALID_INPUT"
    assert error["field"] == ["input", "editedText"]
    (error,) = desk.run(REPLY, conversationId=desk.conversation, text=text)["userErrors"]
    assert error["field"] == ["input", "text"]


@pytest.mark.parametrize("key", ["", "k" * 201, "a\x00b"])
def test_an_idempotency_key_has_a_length(desk: Desk, key: str) -> None:
    (error,) = desk.run(APPROVE, draftId=desk.draft, idempotencyKey=key)["userErrors"]
    assert error["code"] == "INVALID_INPUT"
    assert error["field"] == ["input", "idempotencyKey"]


def test_an_id_of_another_kind_is_refused_by_name(desk: Desk) -> None:
    (error,) = desk.run(APPROVE, draftId=desk.conversation)["userErrors"]
    assert error["code"] == "INVALID_ID"
    assert error["field"] == ["input", "draftId"]


def test_a_reply_in_own_words_is_written_and_approved_in_one(desk: Desk) -> None:
    payload = desk.run(REPLY, conversationId=desk.conversation, text="Selamat siang.")
    assert payload["userErrors"] == []
    assert payload["draft"]["state"] == "APPROVED"
    assert payload["draft"]["approvedContent"]["text"] == "Selamat siang."
    assert payload["draft"]["model"] is None
    history = desk.stack.data(
        desk.firm.lawyer,
        "{ eventHistory(last: 3) { nodes { topic actor { kind } cause { topic } } } }",
    )["eventHistory"]["nodes"]
    assert [
        (event["topic"], event["actor"]["kind"], event["cause"]["topic"]) for event in history
    ] == [
        (DraftWritten.TOPIC, "MEMBER", "message.received.v1"),
        (DraftApproved.TOPIC, "MEMBER", "message.received.v1"),
        (OutboundRequested.TOPIC, "SYSTEM", DraftApproved.TOPIC),
    ]


def test_a_reply_that_is_sent_again_by_a_nervous_client_is_one_reply(desk: Desk) -> None:
    given = {"conversationId": desk.conversation, "text": "Sekali.", "idempotencyKey": "once"}
    first, second = desk.run(REPLY, **given), desk.run(REPLY, **given)
    assert first == second
    assert first["userErrors"] == []


BODIES: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({"text": {"text": "https://contoh.id", "previewUrl": True}}, "https://contoh.id"),
    "buttons": (
        {
            "buttons": {
                "text": "Setuju?",
                "header": "Biaya",
                "footer": "Kantor Hukum Melati",
                "buttons": [{"id": "y", "title": "Ya"}, {"id": "n", "title": "Tidak"}],
            }
        },
        "Setuju?",
    ),
    "list": (
        {
            "list": {
                "text": "Kapan?",
                "button": "Pilih",
                "sections": [{"title": "Senin", "rows": [{"id": "a", "title": "09.00"}]}],
            }
        },
        "Kapan?",
    ),
    "location": (
        {"location": {"latitude": -6.2, "longitude": 106.8, "name": "Kantor"}},
        "📍 Kantor (-6.200000, 106.800000)",
    ),
    "contacts": (
        {"contacts": [{"name": "Notaris Sari", "phones": [{"value": "+62215550100"}]}]},
        "👤 Notaris Sari: +62215550100",
    ),
}


@pytest.mark.parametrize(("body", "words"), BODIES.values(), ids=BODIES)
def test_a_reply_of_any_kind_is_shown_as_the_contact_sees_it(
    desk: Desk, body: dict[str, Any], words: str
) -> None:
    payload = desk.run(REPLY, conversationId=desk.conversation, body=body)
    assert payload["userErrors"] == []
    assert payload["draft"]["approvedContent"]["text"] == words


FAULTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, ["input", "body"]),
    "two kinds": ({"text": {"text": "a"}, "reaction": {"emoji": "👍"}}, ["input", "body"]),
    "long title": (
        {"buttons": {"text": "a", "buttons": [{"id": "a", "title": "x" * 21}]}},
        ["input", "body", "buttons", "buttons", "0", "title"],
    ),
    "no rows": ({"list": {"text": "a", "button": "b"}}, ["input", "body", "list", "rows"]),
    "off the globe": (
        {"location": {"latitude": 91, "longitude": 0}},
        ["input", "body", "location", "latitude"],
    ),
    "empty card": (
        {"contacts": [{"name": "Sari"}]},
        ["input", "body", "contacts", "0", "phones"],
    ),
    "no emoji": ({"reaction": {"emoji": "ya"}}, ["input", "body", "reaction", "emoji"]),
}


@pytest.mark.parametrize(("body", "path"), FAULTS.values(), ids=FAULTS)
def test_a_body_that_whatsapp_would_refuse_is_refused_with_the_place_of_the_fault(
    desk: Desk, body: dict[str, Any], path: list[str]
) -> None:
    (error,) = desk.run(REPLY, conversationId=desk.conversation, body=body)["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", path)


def test_a_reaction_stands_on_a_message_of_the_same_conversation(desk: Desk) -> None:
    entries = desk.stack.data(
        desk.firm.lawyer,
        "query($c: ID!) { conversation(id: $c) { timeline { nodes { id __typename } } } }",
        {"c": desk.conversation},
    )["conversation"]["timeline"]["nodes"]
    received = next(each["id"] for each in entries if each["__typename"] == "InboundMessage")
    given: dict[str, Any] = {
        "conversationId": desk.conversation,
        "body": {"reaction": {"emoji": "👍"}},
    }
    (error,) = desk.run(REPLY, **given)["userErrors"]
    assert "message" in error["message"]
    other = global_id("InboundMessage", 999_999)
    (error,) = desk.run(REPLY, **given, replyToMessageId=other)["userErrors"]
    assert error["field"] == ["input", "replyToMessageId"]
    payload = desk.run(REPLY, **given, replyToMessageId=received)
    assert payload["userErrors"] == []
    approved = [
        record.event
        for record in desk.events_of(uuid_of_draft(payload["draft"]["id"]))
        if isinstance(record.event, DraftApproved)
    ]
    assert [event.reply_to_message_id for event in approved] == [desk.story.message_id]


def uuid_of_draft(draft_id: str) -> UUID:
    return UUID(parsed_id(draft_id)[1])


def test_nothing_is_approved_for_somebody_who_opted_out(desk: Desk) -> None:
    desk.firm.opt_out(desk.story)
    (error,) = desk.run(REPLY, conversationId=desk.conversation, text="Halo")["userErrors"]
    assert error["code"] == "CONTACT_OPTED_OUT"
    (error,) = desk.run(APPROVE, draftId=desk.draft)["userErrors"]
    assert error["code"] == "CONTACT_OPTED_OUT"
    assert len(desk.events_of(desk.story.draft_id)) == 1


def test_nothing_is_approved_after_the_service_window_has_closed(stack: Stack, firm: Firm) -> None:
    firm.moment -= ONE_DAY
    desk = Desk(stack, firm, firm.consultation())
    (error,) = desk.run(REPLY, conversationId=desk.conversation, text="Halo")["userErrors"]
    assert error["code"] == "SERVICE_WINDOW_CLOSED"


def test_a_repeated_reply_is_answered_even_after_the_rules_have_changed(desk: Desk) -> None:
    given = {"conversationId": desk.conversation, "text": "Halo", "idempotencyKey": "once"}
    first = desk.run(REPLY, **given)
    desk.firm.opt_out(desk.story)
    assert desk.run(REPLY, **given)["draft"] == first["draft"]


ASSIGN = """mutation($input: AssignConversationInput!) { assignConversation(input: $input) {
  conversation { version assignedTo { id name } } userErrors { code field } } }"""
CLOSE = """mutation($input: CloseConversationInput!) { closeConversation(input: $input) {
  conversation { version state } userErrors { code field
    ... on ConflictError { currentVersion } } } }"""
REOPEN = """mutation($input: ReopenConversationInput!) { reopenConversation(input: $input) {
  conversation { version state } userErrors { code } } }"""
MEMBERS = "{ members { nodes { id role } } }"


def member_id_of(desk: Desk, role: str) -> str:
    nodes = desk.stack.data(desk.firm.lawyer, MEMBERS)["members"]["nodes"]
    return str(next(node["id"] for node in nodes if node["role"] == role))


def test_a_conversation_is_given_to_a_member_and_to_nobody(desk: Desk) -> None:
    member = member_id_of(desk, "CS")
    given = {"conversationId": desk.conversation, "memberId": member}
    payload = desk.run(ASSIGN, **given)
    assert payload["conversation"]["assignedTo"]["name"] == f"cs of {desk.firm.name}"
    mine = {"filter": {"assignedToMe": True}}
    cs = desk.firm.tokens[Role.CS]
    assert len(desk.stack.data(cs, INBOX, mine)["conversations"]["edges"]) == 1
    assert desk.stack.data(desk.firm.lawyer, INBOX, mine)["conversations"]["edges"] == []
    payload = desk.run(ASSIGN, conversationId=desk.conversation)
    assert payload["conversation"]["assignedTo"] is None


def test_a_conversation_is_not_given_to_a_member_of_another_firm(
    desk: Desk, other_firm: Firm
) -> None:
    nodes = desk.stack.data(other_firm.lawyer, MEMBERS)["members"]["nodes"]
    given = {"conversationId": desk.conversation, "memberId": nodes[0]["id"]}
    payload = desk.run(ASSIGN, **given)
    assert payload["userErrors"] == [{"code": "INVALID_INPUT", "field": ["input", "memberId"]}]


def test_a_conversation_is_closed_and_opened_again(desk: Desk) -> None:
    closed = desk.run(CLOSE, conversationId=desk.conversation, reason="Selesai.")
    assert closed["conversation"]["state"] == "CLOSED"
    again = desk.run(CLOSE, conversationId=desk.conversation, reason="Selesai.")
    assert again["userErrors"] == [{"code": "CONVERSATION_ALREADY_CLOSED", "field": []}]
    (error,) = desk.run(REPLY, conversationId=desk.conversation, text="Halo")["userErrors"]
    assert error["code"] == "CONVERSATION_CLOSED"
    reopened = desk.run(REOPEN, conversationId=desk.conversation)
    assert reopened["conversation"]["state"] == "OPEN"
    assert desk.run(REOPEN, conversationId=desk.conversation)["userErrors"] == [
        {"code": "CONVERSATION_ALREADY_OPEN"}
    ]


def test_a_conversation_that_changed_meanwhile_is_not_closed(desk: Desk) -> None:
    desk.run(ASSIGN, conversationId=desk.conversation, memberId=member_id_of(desk, "CS"))
    (error,) = desk.run(
        CLOSE, conversationId=desk.conversation, reason="x", expectedVersion=desk.version
    )["userErrors"]
    assert error == {"code": "CONFLICT", "field": [], "currentVersion": desk.version + 1}


def test_a_program_cannot_decide_what_is_sent(desk: Desk) -> None:
    answer = desk.stack.graphql(
        desk.firm.tokens[Role.INTEGRATION],
        APPROVE,
        {"input": {"draftId": desk.draft, "idempotencyKey": "k"}},
    ).json()
    assert answer["data"] == {"approveDraft": None}
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert len(desk.events_of(desk.story.draft_id)) == 1


def test_of_two_members_who_decide_at_once_one_wins(desk: Desk) -> None:
    tokens = [desk.firm.tokens[Role.LAWYER], desk.firm.tokens[Role.OWNER]] * 3

    def decide(token: str) -> list[dict[str, str]]:
        payload = desk.run(APPROVE, token=token, draftId=desk.draft, expectedVersion=1)
        errors: list[dict[str, str]] = payload["userErrors"]
        return errors

    with ThreadPoolExecutor(len(tokens)) as threads:
        answers = list(threads.map(decide, tokens))
    assert answers.count([]) == 1
    codes = {error["code"] for errors in answers for error in errors}
    assert codes == {"CONFLICT"}
    assert len(desk.events_of(desk.story.draft_id)) == 2


LABEL = """
mutation Label($input: LabelContactInput!) {
  labelContact(input: $input) {
    contact { id card { labels } } userErrors { code field }
  }
}
"""
UNLABEL = """
mutation Unlabel($input: UnlabelContactInput!) {
  unlabelContact(input: $input) { contact { card { labels } } userErrors { code } }
}
"""


def test_a_label_is_on_the_card_in_the_answer_and_can_be_taken_off(desk: Desk) -> None:
    node = desk.stack.data(desk.firm.lawyer, INBOX)["conversations"]["edges"][0]["node"]
    contact = node["contact"]["id"]
    payload = desk.run(LABEL, contactId=contact, labels=["pajak", "klien-aktif"])
    assert payload["contact"]["card"]["labels"] == ["klien-aktif", "pajak"]
    payload = desk.run(UNLABEL, contactId=contact, labels=["pajak"])
    assert payload["contact"]["card"]["labels"] == ["klien-aktif"]
    payload = desk.run(LABEL, contactId=contact, labels=["Bapak Budi"])
    assert payload["userErrors"] == [{"code": "INVALID_INPUT", "field": ["input", "labels"]}]
