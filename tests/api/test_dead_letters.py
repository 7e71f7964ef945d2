"""An owner sees what was given up, sends it again or sets it aside."""

from typing import Any

from api.graphql.ids import global_id
from domain.assessment import AssessmentFailed, AssessmentPurpose
from domain.identity import AssessmentId, outbound_id_after
from domain.outbound_message import OutboundRefused
from domain.scopes import Role
from infrastructure.unique_ids import new_id
from tests.api.test_mutations import APPROVE, Desk, desk
from tests.api.test_waiting_messages import requested

__all__ = ["desk"]

LETTERS = """
query($kind: DeadLetterKind) { deadLetters(kind: $kind) { nodes {
  id kind state cause message nextStep attempts conversationNode messageNode } } }
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


def test_unknown_letters_and_work_are_refused_one_by_one(desk: Desk) -> None:
    refused(desk)
    work_given_up(desk)
    owner = desk.firm.tokens[Role.OWNER]
    ids = [letter["id"] for letter in letters(desk)]
    unknown = global_id("DeadLetter", new_id())
    payload = desk.run(RETRY, token=owner, deadLetterIds=[*ids, unknown])
    assert len(payload["deadLetters"]) == 1
    assert {error["code"] for error in payload["userErrors"]} == {"REFUSED", "NOT_FOUND"}
