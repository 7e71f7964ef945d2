"""The judgement sees each breach of a promise: a judge that acquits everybody proves nothing."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from api.laboratory.evidence import Attempt, Evidence, OutboundStory
from api.laboratory.judgement import violations_of_sending
from domain.delivery_state import DeliveryState
from domain.identity import (
    ContactId,
    ConversationId,
    EventId,
    OutboundMessageId,
    SenderNumberId,
)
from domain.outbound_message import Approval, ApprovalKind, MessagePurpose, OutboundRequested
from domain.provenance import Actor, ActorKind
from infrastructure.simulator.journal import SendRecord

LAWYER = Actor(kind=ActorKind.MEMBER, id=str(uuid4()))
MACHINE = Actor(kind=ActorKind.SYSTEM, id="policies")
CONVERSATION = ConversationId(uuid4())
CONTACT = ContactId(uuid4())


def message(
    number: int, state: DeliveryState = DeliveryState.DELIVERED, *, approved_by: Actor = LAWYER
) -> OutboundStory:
    """A reply that was requested at this place of the log, and attempted once."""
    identifier = OutboundMessageId(UUID(int=number))
    requested = OutboundRequested(
        outbound_message_id=identifier,
        conversation_id=CONVERSATION,
        contact_id=CONTACT,
        sender_number_id=SenderNumberId(uuid4()),
        purpose=MessagePurpose.REPLY,
        priority=3,
        approval=Approval(
            kind=ApprovalKind.DRAFT,
            reference=UUID(int=number + 1000),
            event_id=EventId(UUID(int=number + 2000)),
            approved_by=approved_by,
            approved_at=datetime(2026, 11, 21, 9, tzinfo=UTC),
            body_digest="words",
        ),
    )
    return OutboundStory(
        requested=requested,
        position=number * 10,
        tenant_seq=number,
        recorded_at=None,
        state=state,
        attempts=[Attempt(f"{identifier}.1", "words", number * 10 + 5)],
    )


def call(story: OutboundStory, sequence: int = 1, outcome: str = "accepted") -> SendRecord:
    return SendRecord(
        sequence=sequence,
        at=0.0,
        phone_number_id="1",
        body={},
        callback_data=story.attempts[0].callback_data,
        outcome=outcome,  # type: ignore[arg-type]
    )


def breaches(
    *stories: OutboundStory, calls: list[SendRecord], evidence: Evidence | None = None
) -> list[str]:
    found = evidence or Evidence()
    found.messages = {story.requested.outbound_message_id: story for story in stories}
    return violations_of_sending(found, calls, replies_taken=len(stories), waiting=())


def test_a_message_that_was_called_once_and_is_shown_so_is_in_order() -> None:
    story = message(1)
    assert breaches(story, calls=[call(story)]) == []


def test_an_attempt_that_was_called_twice_is_seen() -> None:
    story = message(1)
    found = breaches(story, calls=[call(story, 1), call(story, 2)])
    assert any("was called 2 times" in breach for breach in found)
    assert any("reached its contact 2 times" in breach for breach in found)


def test_a_call_without_an_attempt_is_seen() -> None:
    story, stranger = message(1), message(2)
    (found,) = breaches(story, calls=[call(story, 1), call(stranger, 2)])
    assert "has no attempt in the store" in found


def test_a_message_to_somebody_who_opted_out_before_is_seen() -> None:
    story = message(1)
    before, after = Evidence(), Evidence()
    before.opted_out[CONTACT] = [(12, True)]
    after.opted_out[CONTACT] = [(16, True)]
    (found,) = breaches(story, calls=[call(story)], evidence=before)
    assert "had opted out" in found
    assert breaches(story, calls=[call(story)], evidence=after) == []


def test_words_that_nobody_approved_are_seen() -> None:
    other_words, no_person = message(1), message(1, approved_by=MACHINE)
    other_words.attempts[0].body_digest = "others"
    assert "nobody approved" in breaches(other_words, calls=[call(other_words)])[0]
    assert "without a person" in breaches(no_person, calls=[call(no_person)])[0]


@pytest.mark.parametrize("state", [DeliveryState.REQUESTED, DeliveryState.ATTEMPTING])
def test_a_message_that_is_stuck_is_seen(state: DeliveryState) -> None:
    story = message(1, state)
    (found,) = breaches(story, calls=[])
    assert "is stuck" in found


def test_a_message_that_is_shown_otherwise_than_it_went_is_seen() -> None:
    unsent, sent = message(1, DeliveryState.SENT), message(2, DeliveryState.IN_DOUBT)
    assert "Meta never got" in breaches(unsent, calls=[])[0]
    assert "Meta has the message" in breaches(sent, calls=[call(sent)])[0]


def test_a_message_that_overtook_another_of_its_conversation_is_seen() -> None:
    first, second = message(1), message(2)
    (found,) = breaches(first, second, calls=[call(second, 1), call(first, 2)])
    assert "overtook" in found


def test_a_reply_that_the_hub_took_and_forgot_is_seen() -> None:
    found = violations_of_sending(Evidence(), [], replies_taken=1, waiting=())
    assert found == ["The hub took 1 replies of the lawyer and requested 0."]
