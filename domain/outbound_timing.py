"""Events of an outbound message between its request and its end that no call of Meta caused."""

from datetime import datetime
from typing import ClassVar, Final

from domain.defect import Defect
from domain.event import Event
from domain.identity import ContactId, ConversationId, EventId, OutboundMessageId

BY_MEMBER: Final = "by_member"
"""The reason of another time that a member chose."""


class OutboundRescheduled(Event, frozen=True, kw_only=True):
    """The message is sent at another time. `reason`: `BY_MEMBER`, or one of the admission."""

    TOPIC: ClassVar[str] = "outbound.rescheduled.v1"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    due_at: datetime
    reason: str


class OutboundCancelled(Event, frozen=True, kw_only=True):
    """A member took the message back before it was sent."""

    TOPIC: ClassVar[str] = "outbound.cancelled.v1"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId


class OutboundDoubtParked(Event, frozen=True, kw_only=True):
    """No status settled the doubt in time; a person decides whether the message arrived.

    `cause` is why the answer was lost, with the `defect` of the hub where it was one.
    """

    TOPIC: ClassVar[str] = "outbound.doubt_parked.v1"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    attempt: int
    cause: str | None = None
    defect: Defect | None = None


class OutboundDuplicateDetected(Event, frozen=True, kw_only=True):
    """A status proves that an attempt arrived after which the message was sent again.

    The contact has it twice. `cause` is why the answer to attempt `attempt` was lost.
    """

    TOPIC: ClassVar[str] = "outbound.duplicate_detected.v1"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    attempt: int
    later_attempt: int
    cause: str
    status_event_id: EventId


class OutboundRetried(Event, frozen=True, kw_only=True):
    """A person lets the same approved words be sent again that were given up."""

    TOPIC: ClassVar[str] = "outbound.retried.v1"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId


TIMING_EVENTS: Final = (
    OutboundRescheduled,
    OutboundCancelled,
    OutboundDoubtParked,
    OutboundDuplicateDetected,
    OutboundRetried,
)
