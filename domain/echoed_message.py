"""A message that the firm wrote elsewhere: in the WhatsApp Business app, or by another app.

Meta echoes it, so that the conversation stays whole. It is never a message of the hub: nobody
approved it here, and nothing of it is sent.
"""

from enum import StrEnum
from typing import ClassVar

from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import ContactId, ConversationId, MessageId, SenderNumberId
from domain.inbound_message import Arrival, InboundMessageContent, MessageTarget
from domain.scopes import Scope


class EchoOrigin(StrEnum):
    """Where the message was written."""

    PHONE_APP = "phone_app"
    OTHER_APP = "other_app"


class EchoedMessageContent(InboundMessageContent, frozen=True, kw_only=True, tag="echoed_message"):
    """Everything personal of an echoed message."""


class MessageEchoed(PersonalEvent, frozen=True, kw_only=True):
    """Meta echoed a message that the firm wrote elsewhere to a contact.

    `message_id` is derived as that of a received message, so that reactions, edits and replies find
    it. `wamid_digest` is the keyed digest by which its statuses find it.
    """

    TOPIC: ClassVar[str] = "message.echoed.v1"
    CONTENT: ClassVar[type] = EchoedMessageContent

    message_id: MessageId
    conversation_id: ConversationId
    contact_id: ContactId
    sender_number_id: SenderNumberId
    kind: str
    origin: EchoOrigin
    wamid_digest: str
    envelope_order: int
    understood: bool = True
    arrival: Arrival = Arrival.DIRECT
    target: MessageTarget | None = None
    edited_file_kind: str | None = None
    content: EchoedMessageContent | Sealed | Erased | UnsetType = UNSET


class EchoedMessage(Aggregate):
    """The echoed message; its one event says everything."""

    NOUN = "echoed message"
    EVENTS = (MessageEchoed,)

    echoed: MessageEchoed | None = None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        if isinstance(event, MessageEchoed):
            self.echoed = event


class RecordEcho(Command, frozen=True, kw_only=True):
    """Record a message that Meta echoed. A redelivery meets the unique key of its stream."""

    SCOPE = Scope.MESSAGES_INGEST
    AGGREGATE = EchoedMessage
    FIRST_ONLY = True

    message: MessageEchoed

    @property
    def stream_id(self) -> MessageId:
        """The stream of the message, derived from Meta's id of it."""
        return self.message.message_id

    def execute(self, echoed: EchoedMessage, _context: CommandContext) -> None:
        """Record the one event of the stream."""
        echoed.record(self.message)
