"""An owner sees what was given up, sends it again or sets it aside."""

from typing import Any

from api.graphql.cursors import position_cursor
from api.graphql.ids import global_id
from domain.assessment import AssessmentFailed, AssessmentPurpose
from domain.dead_letter import DeadLetterKind, DeadLetterOpened, dead_letter_id_of
from domain.defect import Defect
from domain.identity import AssessmentId, outbound_id_after
from domain.outbound_message import OutboundRefused
from domain.scopes import Role
from infrastructure.postgres.connections import connect
from infrastructure.unique_ids import new_id
from tests.api.socket import open_socket
from tests.api.test_mutations import APPROVE, Desk, desk
from tests.api.test_waiting_messages import requested

__all__ = ["desk"]

LETTERS = """
query($kind: DeadLetterKind, $cause: String, $digest: String, $mine: Boolean! = false) {
  deadLetters(kind: $kind, cause: $cause, digest: $digest, mine: $mine) { nodes {
    id kind state cause message nextStep attempts canRetry conversationNode messageNode
    endpointNode firstGivenUpAt givenUpAt timesGivenUp defect { digest error frames } } } }
"""
GROUPS = """
query { deadLetterGroups { kind cause digest error count message nextStep } }
"""
REVISE = """
mutation Revise($input: ReviseDeadLetterInput!) { reviseDeadLetter(input: $input) {
  draft { id state version content { text } returnedFrom { id delivery { state } } }
  userErrors { code nextStep } } }
"""
RETRY = """
mutation Retry($input: RetryDeadLettersInput!) { retryDeadLetters(input: $input) {
  deadLetters { id state } userErrors { code nextStep } } }
"""
DISCARD = """
mutation Discard($input: DiscardDeadLettersInput!) { discardDeadLetters(input: $input) {
  deadLetters { id state discardReason } userErrors { code } } }
"""


def letters(desk: Desk, **given: Any) -> list[Any]:
    owner = desk.firm.tokens[Role.OWNER]
    nodes: list[Any] = desk.stack.data(owner, LETTERS, given)["deadLetters"]["nodes"]
    return nodes


def refused(desk: Desk) -> str:
    """The desk's reply is refused at the moment of sending."""
    desk.run(APPROVE, draftId=desk.draft)
    message = requested(desk)
    event = OutboundRefused(
        outbound_message_id=outbound_id_after(desk.story.draft_id),
        conversation_id=desk.story.conversation_id,
        contact_id=desk.story.contact_id,
        reason="approval_expired",
    )
    desk.firm.append_next(event.outbound_message_id, event)
    desk.stack.wait_until_seen(desk.firm.tenant_id)
    return message


def work_given_up(desk: Desk) -> None:
    event = AssessmentFailed(
        assessment_id=AssessmentId(new_id()),
        conversation_id=desk.story.conversation_id,
        contact_id=desk.story.contact_id,
        message_id=desk.story.message_id,
        purpose=AssessmentPurpose.REVIEW,
        reason="time_limit_after_5_attempts",
    )
    desk.firm.append_next(event.assessment_id, event)
    desk.stack.wait_until_seen(desk.firm.tenant_id)


def test_what_was_given_up_is_listed_with_cause_words_and_the_way_back(desk: Desk) -> None:
    assert letters(desk) == []
    message = refused(desk)
    work_given_up(desk)
    assert len(letters(desk)) == 2
    (letter,) = letters(desk, kind="MESSAGE")
    assert letter["cause"] == "approval_expired"
    assert letter["message"] == "The approval is older than the firm lets approvals be."
    assert letter["nextStep"]
    assert letter["messageNode"] == message
    assert letter["conversationNode"] == desk.conversation


def test_a_refused_message_comes_back_to_the_member_who_approved_it(desk: Desk) -> None:
    message = refused(desk)
    work_given_up(desk)
    lawyer, owner = desk.firm.tokens[Role.LAWYER], desk.firm.tokens[Role.OWNER]
    (mine,) = desk.stack.data(lawyer, LETTERS, {"mine": True})["deadLetters"]["nodes"]
    assert (mine["messageNode"], mine["cause"]) == (message, "approval_expired")
    assert desk.stack.data(owner, LETTERS, {"mine": True})["deadLetters"]["nodes"] == []


def test_a_message_is_sent_again_and_leaves_the_list(desk: Desk) -> None:
    refused(desk)
    owner = desk.firm.tokens[Role.OWNER]
    (letter,) = letters(desk)
    payload = desk.run(RETRY, token=owner, deadLetterIds=[letter["id"]])
    assert payload["userErrors"] == []
    assert payload["deadLetters"] == [{"id": letter["id"], "state": "MENDED"}]
    assert letters(desk) == []


def test_several_are_discarded_with_a_reason_at_once(desk: Desk) -> None:
    refused(desk)
    work_given_up(desk)
    owner = desk.firm.tokens[Role.OWNER]
    ids = [letter["id"] for letter in letters(desk)]
    payload = desk.run(DISCARD, token=owner, deadLetterIds=ids, reason="telephoned")
    assert payload["userErrors"] == []
    assert {each["discardReason"] for each in payload["deadLetters"]} == {"telephoned"}
    assert letters(desk) == []


def test_unknown_letters_are_refused_one_by_one_and_work_is_due_again(desk: Desk) -> None:
    refused(desk)
    work_given_up(desk)
    owner = desk.firm.tokens[Role.OWNER]
    ids = [letter["id"] for letter in letters(desk)]
    unknown = global_id("DeadLetter", new_id())
    payload = desk.run(RETRY, token=owner, deadLetterIds=[*ids, unknown])
    assert [each["state"] for each in payload["deadLetters"]] == ["MENDED", "MENDED"]
    assert {error["code"] for error in payload["userErrors"]} == {"NOT_FOUND"}


def failed_by_defect(desk: Desk, number: int) -> None:
    """Reading some message failed in the hub's own code, always in the same place."""
    item = new_id()
    opened = DeadLetterOpened(
        dead_letter_id=dead_letter_id_of(item),
        item_id=item,
        kind=DeadLetterKind.ASSESSMENT,
        cause="defect",
        attempts=3,
        conversation_id=desk.story.conversation_id,
        message_id=desk.story.message_id,
        defect=Defect(digest="0123456789ab", error="KeyError", frames=(f"jobs/x.py:{number} y",)),
    )
    desk.firm.append_next(opened.dead_letter_id, opened)


def test_equal_faults_are_grouped_and_found_by_their_digest(desk: Desk) -> None:
    refused(desk)
    for number in range(3):
        failed_by_defect(desk, number)
    desk.stack.wait_until_seen(desk.firm.tenant_id)
    first, second = desk.stack.data(desk.firm.tokens[Role.OWNER], GROUPS)["deadLetterGroups"]
    assert (first["digest"], first["count"], first["error"]) == ("0123456789ab", 3, "KeyError")
    assert (second["cause"], second["count"]) == ("approval_expired", 1)
    found = letters(desk, digest="0123456789ab")
    assert len(found) == 3
    assert found[0]["defect"]["frames"] == ["jobs/x.py:2 y"]
    assert found[0]["canRetry"] is True
    assert found[0]["nextStep"]
    assert len(letters(desk, cause="approval_expired")) == 1


def test_refused_words_go_back_as_a_draft_to_be_corrected_and_approved_anew(desk: Desk) -> None:
    message = refused(desk)
    (letter,) = letters(desk)
    given = {"deadLetterId": letter["id"], "idempotencyKey": "once"}
    payload = desk.run(REVISE, **given)
    assert payload["userErrors"] == []
    draft = payload["draft"]
    assert draft["state"] == "SUGGESTED"
    assert draft["content"]["text"] == "Terima kasih, kami pelajari gugatannya."
    assert draft["returnedFrom"]["id"] == message
    assert desk.run(REVISE, **given)["draft"]["id"] == draft["id"]
    approved = desk.run(APPROVE, draftId=draft["id"], editedText="Terima kasih, kami telepon.")
    assert approved["draft"]["isEdited"] is True
    former = desk.events_of(desk.story.draft_id)[-1].event
    assert "gugatannya" in str(former)


def test_a_message_whose_words_went_back_is_not_sent_again_beside_them(desk: Desk) -> None:
    refused(desk)
    (letter,) = letters(desk)
    assert desk.run(REVISE, deadLetterId=letter["id"])["draft"]
    owner = desk.firm.tokens[Role.OWNER]
    payload = desk.run(RETRY, token=owner, deadLetterIds=[letter["id"]])
    assert payload["deadLetters"] == []
    (error,) = payload["userErrors"]
    assert error["code"] == "TOO_LATE_TO_CHANGE"
    assert "draft" in error["nextStep"]


def test_a_message_that_was_not_given_up_is_not_taken_back(desk: Desk) -> None:
    refused(desk)
    (letter,) = letters(desk)
    owner = desk.firm.tokens[Role.OWNER]
    desk.run(RETRY, token=owner, deadLetterIds=[letter["id"]])
    (error,) = desk.run(REVISE, deadLetterId=letter["id"])["userErrors"]
    assert error["nextStep"]


def test_an_event_that_an_endpoint_could_not_be_told_stands_in_the_same_list(desk: Desk) -> None:
    endpoint = new_id()
    with connect(desk.stack.database.admin_url, name="tests", autocommit=True) as connection:
        connection.execute(
            """
            INSERT INTO hub.webhook_lane (endpoint_id, tenant_id, event_types)
            VALUES (%s, %s, '{}')
            """,
            (endpoint, desk.firm.tenant_id),
        )
        connection.execute(
            """
            INSERT INTO hub.webhook_delivery (endpoint_id, event_id, tenant_id, event_type,
                event_seq, state, attempts, ended_at, last_failure)
            VALUES (%s, %s, %s, 'OutboundSent', 1, 'dead', 8, now(), 'http_500')
            """,
            (endpoint, new_id(), desk.firm.tenant_id),
        )
    refused(desk)
    assert len(letters(desk)) == 2
    (letter,) = letters(desk, kind="WEBHOOK")
    assert letter["endpointNode"] == global_id("WebhookEndpoint", endpoint)
    assert letter["message"] == "The endpoint answered with HTTP 500."
    owner = desk.firm.tokens[Role.OWNER]
    payload = desk.run(DISCARD, token=owner, deadLetterIds=[letter["id"]], reason="old system")
    assert payload["userErrors"] == []
    assert payload["deadLetters"][0]["state"] == "DISCARDED"


def test_the_owner_hears_of_it_in_the_live_stream(desk: Desk) -> None:
    work_given_up(desk)
    failed_by_defect(desk, 1)
    desk.stack.wait_until_seen(desk.firm.tenant_id)
    query = """
    subscription($after: Cursor) { activity(after: $after) {
      __typename ... on DeadLetterActivity { kind topic deadLetter { cause defect { digest } } } } }
    """
    start = position_cursor(desk.firm.tenant_id, 0)
    with open_socket(desk.stack.socket_url, desk.firm.tokens[Role.OWNER]) as socket:
        subscription = socket.subscribe(query, {"after": start})
        item = {"__typename": ""}
        while item["__typename"] != "DeadLetterActivity":
            item = socket.next(subscription)["activity"]
    assert item == {
        "__typename": "DeadLetterActivity",
        "kind": "DEAD_LETTER",
        "topic": "dead_letter.opened.v1",
        "deadLetter": {"cause": "defect", "defect": {"digest": "0123456789ab"}},
    }
