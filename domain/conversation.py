"""A conversation: one contact with one sender number, and the member who looks after it."""

from typing import ClassVar

from domain.aggregate import Aggregate, Command, CommandContext
from domain.errors import HubError
from domain.event import Event
from domain.identity import ContactId, ConversationId, MemberId, MessageId, SenderNumberId
from domain.limits import REASON_CHARACTERS_MAX, require_text
from domain.scopes import Scope


class ConversationStarted(Event, frozen=True, kw_only=True):
    """The first message between the contact and the sender number arrived."""

    TOPIC: ClassVar[str] = "conversation.started.v1"

    conversation_id: ConversationId
    contact_id: ContactId
    sender_number_id: SenderNumberId
    first_message_id: MessageId


class ConversationAssigned(Event, frozen=True, kw_only=True):
    """A member took over, or was given, the conversation.

    `member_id` is None when nobody looks after it any more.
    """

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


class ConversationAlreadyClosed(HubError):
    """The conversation is closed."""

    code = "CONVERSATION_ALREADY_CLOSED"
    hint = "Reopen the conversation first, or wait until the contact writes again."


class ConversationAlreadyOpen(HubError):
    """The conversation is open."""

    code = "CONVERSATION_ALREADY_OPEN"
    hint = "There is nothing to reopen."


class Conversation(Aggregate):
    """The conversation as its events have made it."""

    NOUN = "conversation"
    EVENTS = (
        ConversationStarted,
        ConversationAssigned,
        ConversationClosed,
        ConversationReopened,
    )

    contact_id: ContactId | None = None
    sender_number_id: SenderNumberId | None = None
    assigned_to: MemberId | None = None
    is_closed: bool = False

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case ConversationStarted():
                self.contact_id = event.contact_id
                self.sender_number_id = event.sender_number_id
            case ConversationAssigned():
                self.assigned_to = event.member_id
            case ConversationClosed():
                self.is_closed = True
            case ConversationReopened():
                self.is_closed = False


class NoteInboundMessage(Command, frozen=True, kw_only=True):
    """Start the conversation with its first message, or open a closed one again.

    With `is_of_contact` False WhatsApp itself wrote it, and a closed conversation stays closed.
    """

    SCOPE = Scope.INTAKE_RUN
    AGGREGATE = Conversation
    STREAM = "conversation_id"

    conversation_id: ConversationId
    contact_id: ContactId
    sender_number_id: SenderNumberId
    message_id: MessageId
    is_of_contact: bool = True

    def execute(self, conversation: Conversation, _context: CommandContext) -> None:
        """Record the start or the reopening; an open conversation stays as it is."""
        if not conversation.exists:
            conversation.record(
                ConversationStarted(
                    conversation_id=self.conversation_id,
                    contact_id=self.contact_id,
                    sender_number_id=self.sender_number_id,
                    first_message_id=self.message_id,
                )
            )
        elif conversation.is_closed and self.is_of_contact:
            conversation.record(
                ConversationReopened(
                    conversation_id=self.conversation_id, message_id=self.message_id
                )
            )


class AssignConversation(Command, frozen=True, kw_only=True):
    """Give the conversation to a member, or to nobody (`member_id` None)."""

    SCOPE = Scope.CONVERSATIONS_ASSIGN
    AGGREGATE = Conversation
    STREAM = "conversation_id"

    conversation_id: ConversationId
    member_id: MemberId | None

    def execute(self, conversation: Conversation, _context: CommandContext) -> None:
        """Assign; the same member again changes nothing."""
        conversation.must_exist()
        if conversation.assigned_to != self.member_id:
            conversation.record(
                ConversationAssigned(conversation_id=self.conversation_id, member_id=self.member_id)
            )


class CloseConversation(Command, frozen=True, kw_only=True):
    """Close the conversation; nothing is sent in it until it is open again."""

    SCOPE = Scope.CONVERSATIONS_CLOSE
    AGGREGATE = Conversation
    STREAM = "conversation_id"

    conversation_id: ConversationId
    reason: str

    def execute(self, conversation: Conversation, _context: CommandContext) -> None:
        """Raise ConversationAlreadyClosed when it is closed, InvalidInput for the reason."""
        conversation.must_exist()
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        if conversation.is_closed:
            raise ConversationAlreadyClosed("The conversation is closed already.")
        conversation.record(
            ConversationClosed(conversation_id=self.conversation_id, reason=self.reason)
        )


class ReopenConversation(Command, frozen=True, kw_only=True):
    """Open a closed conversation again without waiting for the contact."""

    SCOPE = Scope.CONVERSATIONS_CLOSE
    AGGREGATE = Conversation
    STREAM = "conversation_id"

    conversation_id: ConversationId

    def execute(self, conversation: Conversation, _context: CommandContext) -> None:
        """Raise ConversationAlreadyOpen when it is open."""
        conversation.must_exist()
        if not conversation.is_closed:
            raise ConversationAlreadyOpen("The conversation is open already.")
        conversation.record(ConversationReopened(conversation_id=self.conversation_id))
