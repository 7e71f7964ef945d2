"""What must hold after any course of misfortunes, once the hub has come to rest."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final
from uuid import UUID

from api.laboratory.evidence import Evidence, OutboundStory
from domain.delivery_state import DeliveryState
from domain.outbound_message import MessagePurpose
from infrastructure.simulator.journal import SendRecord

_PROVEN: Final = frozenset(
    {
        DeliveryState.ACCEPTED,
        DeliveryState.SENT,
        DeliveryState.DELIVERED,
        DeliveryState.READ,
        DeliveryState.PLAYED,
    }
)
_UNSENT: Final = frozenset({DeliveryState.REFUSED, DeliveryState.FAILED, DeliveryState.IN_DOUBT})

_OPEN: Final = frozenset({DeliveryState.REQUESTED, DeliveryState.ATTEMPTING})


def violations_of_sending(
    evidence: Evidence,
    sends: Sequence[SendRecord],
    *,
    replies_taken: int,
    waiting: Collection[UUID],
) -> list[str]:
    """Compare what the hub recorded with what the Graph API received; each breach in a sentence.

    `waiting` are messages whose next attempt is due later.
    """
    return [
        *_called_twice(sends),
        *_called_without_attempt(evidence, sends),
        *_forbidden(evidence),
        *_misjudged(evidence, sends, waiting),
        *_out_of_order(evidence, sends),
        *_forgotten(evidence, replies_taken),
    ]


def _message_of(send: SendRecord) -> UUID | None:
    name = (send.callback_data or "").split(".")[0]
    try:
        return UUID(name)
    except ValueError:
        return None


def _called_twice(sends: Sequence[SendRecord]) -> Iterator[str]:
    calls = Counter(send.callback_data for send in sends)
    for callback, count in calls.items():
        if count > 1:
            yield f"The attempt {callback} was called {count} times."
    accepted = Counter(_message_of(send) for send in sends if send.outcome == "accepted")
    for message, count in accepted.items():
        if count > 1:
            yield f"The message {message} reached its contact {count} times."


def _called_without_attempt(evidence: Evidence, sends: Sequence[SendRecord]) -> Iterator[str]:
    known = {
        attempt.callback_data for story in evidence.messages.values() for attempt in story.attempts
    }
    for send in sends:
        if send.callback_data not in known:
            yield f"The call {send.callback_data} has no attempt in the store."


def _forbidden(evidence: Evidence) -> Iterator[str]:
    for message_id, story in evidence.messages.items():
        requested = story.requested
        for attempt in story.attempts:
            if attempt.position < story.position:
                yield f"The message {message_id} was attempted before it was approved."
            if attempt.body_digest != requested.approval.body_digest:
                yield f"The message {message_id} was sent with words that nobody approved."
            is_confirmation = requested.purpose is MessagePurpose.OPT_OUT_CONFIRMATION
            if not is_confirmation and evidence.had_opted_out(
                requested.contact_id, attempt.position
            ):
                yield f"The message {message_id} was sent to a contact that had opted out."
        if story.attempts and not requested.approval.approved_by.is_human:
            yield f"The message {message_id} was sent without a person's approval."


def _misjudged(
    evidence: Evidence, sends: Sequence[SendRecord], waiting: Collection[UUID]
) -> Iterator[str]:
    accepted = {_message_of(send) for send in sends if send.outcome == "accepted"}
    for message_id, story in evidence.messages.items():
        if message_id in waiting and story.state is DeliveryState.REQUESTED:
            continue
        if story.state in _OPEN:
            yield f"The message {message_id} is stuck as {story.state}."
        elif message_id in accepted and story.state not in {*_PROVEN, DeliveryState.FAILED}:
            yield f"Meta has the message {message_id}, and the hub shows {story.state}."
        elif message_id not in accepted and story.state not in _UNSENT:
            yield f"Meta never got the message {message_id}, and the hub shows {story.state}."


def _out_of_order(evidence: Evidence, sends: Sequence[SendRecord]) -> Iterator[str]:
    last: dict[UUID, tuple[int, OutboundStory]] = {}
    first_calls: dict[UUID, int] = {}
    for send in sends:
        message = _message_of(send)
        if message is not None and send.outcome == "accepted":
            first_calls.setdefault(message, send.sequence)
    by_conversation: dict[UUID, list[OutboundStory]] = defaultdict(list)
    for message_id, story in evidence.messages.items():
        if message_id in first_calls:
            by_conversation[story.requested.conversation_id].append(story)
    for conversation, stories in by_conversation.items():
        for story in sorted(stories, key=lambda each: each.tenant_seq):
            called = first_calls[story.requested.outbound_message_id]
            before = last.get(conversation)
            is_comparable = (
                before is not None and before[1].requested.priority == story.requested.priority
            )
            if before is not None and is_comparable and called < before[0]:
                yield (
                    f"The message {story.requested.outbound_message_id} overtook an earlier one "
                    "of its conversation."
                )
            last[conversation] = (called, story)


def _forgotten(evidence: Evidence, replies_taken: int) -> Iterator[str]:
    replies = sum(
        story.requested.purpose is MessagePurpose.REPLY for story in evidence.messages.values()
    )
    if replies != replies_taken:
        yield f"The hub took {replies_taken} replies of the lawyer and requested {replies}."
