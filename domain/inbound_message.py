"""An inbound message: a stream of its own with one event, so that recording it never waits for anything."""

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from domain.event import Erased, PersonalEvent, Sealed
from domain.identity import ContactId, ConversationId, MessageId, SenderNumberId
from domain.message_content import MessageContent


class InboundMessageContent(msgspec.Struct, frozen=True, kw_only=True, tag="inbound_message"):
    """Everything personal of an inbound message.

    `wamid` is Meta's id (it contains a phone number), `reply_to_wamid` the message it answers, `raw` the part of the
    webhook as it came where the kind is not understood.
    """

    wamid: str
    body: MessageContent
    reply_to_wamid: str | None = None
    forwarded: bool = False
    profile_name: str | None = None
    raw: bytes | None = None


class MessageReceived(PersonalEvent, frozen=True, kw_only=True):
    """A message of a contact was received. `occurred_at` of the record is Meta's time.

    `message_id` is derived by HMAC from (phone number id, wamid): the unique key that makes redelivery harmless.
    `kind` is Meta's message type, `envelope_order` its place in the notification (second key of the order).
    """

    TOPIC: ClassVar[str] = "message.received.v1"
    CONTRACT: ClassVar[str | None] = "MessageReceived"
    CONTENT: ClassVar[type] = InboundMessageContent

    message_id: MessageId
    conversation_id: ConversationId
    contact_id: ContactId
    sender_number_id: SenderNumberId
    kind: str
    envelope_order: int
    understood: bool = True
    in_group: bool = False
    content: InboundMessageContent | Sealed | Erased | UnsetType = UNSET
