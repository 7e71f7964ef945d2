"""A number that Meta blocked: what was approved says what it waits for; new replies are refused."""

from datetime import UTC, datetime
from typing import Any

from domain.identity import OutboundMessageId, StreamId
from domain.outbound_body import TextBody
from domain.outbound_message import OutboundContent, OutboundRequested
from domain.provenance import Actor, ActorKind
from domain.sender_standing import (
    BlockCause,
    Restriction,
    SenderNumberBlocked,
    SenderNumberRestricted,
    SenderNumberThroughputChanged,
    SenderNumberUnblocked,
)
from infrastructure.unique_ids import new_id
from tests.api.firm import Consultation, Firm
from tests.api.stack import Stack
from tests.domain.samples import sample_of

TOLD_AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
META = Actor(ActorKind.META, "whatsapp")

WAITING = """
query($id: ID!) { conversation(id: $id) { timeline(last: 20) { nodes {
  ... on OutboundMessage { delivery { state } waitsFor { message nextStep } statuses { status }
    reactions { emoji } edits { editedAt } revocation { revokedAt } } } } } }
"""
STANDING = """
{ senderNumbers { nodes {
  standing { blocks { cause since } restrictions { kind expiresAt } messagesPerSecond
    dailyRecipientsMax isUnlimited isFlagged name username }
  notices { nodes { field } } historyImport { progress } statusesOfOthers { status }
} } }
"""
INBOX = "{ conversations { nodes { id } } }"
REPLY = "mutation($input: SendReplyInput!) { sendReply(input: $input) { userErrors { code } } }"


def tell(stack: Stack, firm: Firm, *events: Any) -> None:
    """Let the number hear words of Meta."""
    number = StreamId(firm.sender_number_id)
    known = max(firm._versions[number], 1)
    firm._versions[number] = known
    stack.append([firm._record(number, event, META) for event in events])
    stack.wait_until_seen(firm.tenant_id)


def request_to_send(stack: Stack, firm: Firm, story: Consultation) -> None:
    """A member approved words for the contact of a story."""
    message_id = OutboundMessageId(new_id())
    event = sample_of(
        OutboundRequested,
        outbound_message_id=message_id,
        conversation_id=story.conversation_id,
        contact_id=story.contact_id,
        sender_number_id=firm.sender_number_id,
        content=OutboundContent(body=TextBody(text="Kami akan bantu.")),
    )
    stack.append([firm._record(message_id, event, Actor(ActorKind.SYSTEM, "policies"))])
    stack.wait_until_seen(firm.tenant_id)


def blocked(firm: Firm) -> SenderNumberBlocked:
    return SenderNumberBlocked(
        sender_number_id=firm.sender_number_id, cause=BlockCause.DISABLED, told_at=TOLD_AT
    )


def waiting(stack: Stack, firm: Firm, conversation: str) -> list[dict[str, Any]]:
    nodes = stack.data(firm.lawyer, WAITING, {"id": conversation})["conversation"]["timeline"]
    return [node for node in nodes["nodes"] if node]


def test_an_approved_message_says_what_it_waits_for(stack: Stack, firm: Firm) -> None:
    story = firm.consultation()
    (node,) = stack.data(firm.lawyer, INBOX)["conversations"]["nodes"]
    request_to_send(stack, firm, story)
    (message,) = waiting(stack, firm, node["id"])
    assert message["delivery"] == {"state": "REQUESTED"}
    assert message["waitsFor"] is None

    tell(stack, firm, blocked(firm))
    (message,) = waiting(stack, firm, node["id"])
    assert "disabled the account" in message["waitsFor"]["message"]
    assert message["waitsFor"]["nextStep"]
    given = {
        "conversationId": node["id"],
        "body": {"text": {"text": "Satu lagi."}},
        "idempotencyKey": "b",
    }
    answer = stack.data(firm.lawyer, REPLY, {"input": given})
    assert answer["sendReply"]["userErrors"] == [{"code": "SENDER_NUMBER_BLOCKED"}]


def test_the_page_of_a_number_shows_its_standing(stack: Stack, firm: Firm) -> None:
    number = firm.sender_number_id
    limited = Restriction(kind="restricted_add_phone_number_action", expires_at=TOLD_AT)
    tell(
        stack,
        firm,
        blocked(firm),
        SenderNumberRestricted(sender_number_id=number, restrictions=(limited,), told_at=TOLD_AT),
        SenderNumberThroughputChanged(
            sender_number_id=number, messages_per_second=1000, told_at=TOLD_AT
        ),
    )
    (shown,) = stack.data(firm.lawyer, STANDING)["senderNumbers"]["nodes"]
    assert shown["standing"]["blocks"] == [
        {"cause": "DISABLED", "since": "2026-11-20T09:00:00.000Z"}
    ]
    assert shown["standing"]["restrictions"] == [
        {"kind": "restricted_add_phone_number_action", "expiresAt": "2026-11-20T09:00:00.000Z"}
    ]
    assert shown["standing"]["messagesPerSecond"] == 1000
    assert shown["notices"]["nodes"] == []
    assert shown["historyImport"] is None

    tell(
        stack,
        firm,
        SenderNumberUnblocked(sender_number_id=number, cause=BlockCause.DISABLED, told_at=TOLD_AT),
    )
    (shown,) = stack.data(firm.lawyer, STANDING)["senderNumbers"]["nodes"]
    assert shown["standing"]["blocks"] == []
