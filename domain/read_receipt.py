"""A read receipt: the contact sees that a member read its message, and that somebody is writing.

Only a member who looks at the conversation causes one; nothing is acknowledged that nobody saw.
"""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from domain.aggregate import Aggregate, Command, CommandContext
from domain.deciding_member import deciding_member
from domain.event import Event
from domain.identity import (
    ContactId,
    ConversationId,
    MemberId,
    MessageId,
    SenderNumberId,
    StreamId,
    derived_id,
)
from domain.limits import REASON_CHARACTERS_MAX, require_text
from domain.scopes import Scope

TYPING_SHOWN_S: Final = 25
"""How long WhatsApp shows that somebody writes (Cloud API, typing indicators)."""


class ReadReceiptRequested(Event, frozen=True, kw_only=True):
    """A member read the contact's messages up to this one, and with `typing` began to write."""

    TOPIC: ClassVar[str] = "read_receipt.requested.v1"

    receipt_id: StreamId
    conversation_id: ConversationId
    contact_id: ContactId
    sender_number_id: SenderNumberId
    message_id: MessageId
    member_id: MemberId
    typing: bool = False


class ReadReceiptShown(Event, frozen=True, kw_only=True):
    """WhatsApp took it over."""

    TOPIC: ClassVar[str] = "read_receipt.shown.v1"

    receipt_id: StreamId


class ReadReceiptFailed(Event, frozen=True, kw_only=True):
    """It was not shown; `words` say why. Nothing is lost by it."""

    TOPIC: ClassVar[str] = "read_receipt.failed.v1"

    receipt_id: StreamId
    words: str


def receipt_id_of(message_id: MessageId) -> StreamId:
    """Return the one receipt of a message."""
    return StreamId(derived_id(message_id, "read-receipt"))


def typing_id_of(conversation_id: ConversationId, now: datetime) -> StreamId:
    """Return the one sign of writing that a conversation shows at a time."""
    slot = int(now.timestamp()) // TYPING_SHOWN_S
    return StreamId(derived_id(conversation_id, "typing", str(slot)))


class ReadReceipt(Aggregate):
    """The receipt as its events have made it."""

    NOUN = "read receipt"
    EVENTS = (ReadReceiptRequested, ReadReceiptShown, ReadReceiptFailed)

    requested: ReadReceiptRequested | None = None
    is_over: bool = False

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case ReadReceiptRequested():
                self.requested = event
            case ReadReceiptShown() | ReadReceiptFailed():
                self.is_over = True


class RequestReadReceipt(Command, frozen=True, kw_only=True):
    """Show the contact that a member read, or writes. Asking again for the same changes nothing."""

    SCOPE = Scope.CONVERSATIONS_ASSIGN
    AGGREGATE = ReadReceipt
    STREAM = "receipt_id"

    receipt_id: StreamId
    conversation_id: ConversationId
    contact_id: ContactId
    sender_number_id: SenderNumberId
    message_id: MessageId
    typing: bool = False

    def execute(self, receipt: ReadReceipt, context: CommandContext) -> None:
        """Raise HumanRequired."""
        member_id = deciding_member(context.actor)
        if not receipt.exists:
            receipt.record(
                ReadReceiptRequested(
                    receipt_id=self.receipt_id,
                    conversation_id=self.conversation_id,
                    contact_id=self.contact_id,
                    sender_number_id=self.sender_number_id,
                    message_id=self.message_id,
                    member_id=member_id,
                    typing=self.typing,
                )
            )


class RecordReadReceipt(Command, frozen=True, kw_only=True):
    """Keep that WhatsApp took the receipt over."""

    SCOPE = Scope.OUTBOUND_DELIVER
    AGGREGATE = ReadReceipt
    STREAM = "receipt_id"

    receipt_id: StreamId

    def execute(self, receipt: ReadReceipt, _context: CommandContext) -> None:
        """Record it; a receipt that is over stays as it is."""
        receipt.must_exist()
        if not receipt.is_over:
            receipt.record(ReadReceiptShown(receipt_id=self.receipt_id))


class FailReadReceipt(Command, frozen=True, kw_only=True):
    """Keep that the receipt was not shown."""

    SCOPE = Scope.OUTBOUND_DELIVER
    AGGREGATE = ReadReceipt
    STREAM = "receipt_id"

    receipt_id: StreamId
    words: str

    def execute(self, receipt: ReadReceipt, _context: CommandContext) -> None:
        """Record it; a receipt that is over stays as it is."""
        receipt.must_exist()
        require_text(self.words, ("words",), characters_max=REASON_CHARACTERS_MAX)
        if not receipt.is_over:
            receipt.record(ReadReceiptFailed(receipt_id=self.receipt_id, words=self.words))
