"""A conversation: one contact with one sender number of the firm, and the member who looks after it."""

from typing import ClassVar

from domain.event import Event
from domain.identity import ContactId, ConversationId, MemberId, MessageId, SenderNumberId


class ConversationStarted(Event, frozen=True, kw_only=True):
    """The first message between the contact and the sender number arrived."""

    TOPIC: ClassVar[str] = "conversation.started.v1"

    conversation_id: ConversationId
    contact_id: ContactId
    sender_number_id: SenderNumberId
    first_message_id: MessageId


class ConversationAssigned(Event, frozen=True, kw_only=True):
    """A member took over, or was given, the conversation. `member_id` is None when nobody looks after it any more."""

    TOPIC: ClassVar[str] = "conversation.assigned.v1"

    conversation_id: ConversationId
    member_id: MemberId | None


class ConversationClosed(Event, frozen=True, kw_only=True):
    """The conversation was closed by a member; nothing is sent until it is open again."""

    TOPIC: ClassVar[str] = "conversation.closed.v1"

    conversation_id: ConversationId
    reason: str


class ConversationReopened(Event, frozen=True, kw_only=True):
    """A new message of the contact, or a member, opened the conversation again."""

    TOPIC: ClassVar[str] = "conversation.reopened.v1"

    conversation_id: ConversationId
    message_id: MessageId | None = None
