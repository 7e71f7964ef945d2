"""An inbound message: a stream of its own with one event, so that recording it never waits."""

from enum import StrEnum
from typing import ClassVar, Final

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import ContactId, ConversationId, MessageId, SenderNumberId
from domain.message_content import MessageContent, Referral
from domain.scopes import Scope

SYSTEM_KIND: Final = "system"
"""The kind of a message that WhatsApp itself wrote into the chat: nobody waits for an answer."""


class Arrival(StrEnum):
    """How a message came to the hub.

    `standby`: another app answers the contact at the moment, the hub only listens. `history`: the
    message is old and was imported from the phone app. `reprocessed`: it was kept raw before and is
    understood since an upgrade of the hub.
    """

    DIRECT = "direct"
    STANDBY = "standby"
    HISTORY = "history"
    REPROCESSED = "reprocessed"


MOVES_NOTHING: Final = frozenset({Arrival.HISTORY, Arrival.REPROCESSED})
"""Messages of days gone by: they are shown, and nothing follows from them."""


class MessageRelation(StrEnum):
    """What a message is to an earlier one.

    `completes`: it holds what the earlier one, a placeholder, could not show.
    """

    REPLY = "reply"
    REACTION = "reaction"
    EDIT = "edit"
    REVOKE = "revoke"
    COMPLETES = "completes"


class MessageTarget(msgspec.Struct, frozen=True, kw_only=True):
    """The earlier message that a message is about.

    `message_id` is the stream that it has if a contact or the phone app wrote it, `wamid_digest`
    the keyed digest by which it is found if the hub sent it. It need not be stored at all.
    """

    relation: MessageRelation
    message_id: MessageId
    wamid_digest: str


class InboundMessageContent(msgspec.Struct, frozen=True, kw_only=True, tag="inbound_message"):
    """Everything personal of an inbound message.

    `wamid` is Meta's id (it contains a phone number), `reply_to_wamid` the message it answers,
    `raw` the part of the webhook as it came where the kind is not understood. `referral` is the
    advertisement or post that led here, `product_id` what the contact asks about in a catalogue,
    `group_id` Meta's id of the group it was written in.
    """

    wamid: str
    body: MessageContent
    reply_to_wamid: str | None = None
    forwarded: bool = False
    profile_name: str | None = None
    raw: bytes | None = None
    frequently_forwarded: bool = False
    referral: Referral | None = None
    catalogue_id: str | None = None
    product_id: str | None = None
    group_id: str | None = None


class MessageReceived(PersonalEvent, frozen=True, kw_only=True):
    """A message of a contact was received. `occurred_at` of the record is Meta's time.

    `message_id` is derived by HMAC from (phone number id, wamid): the unique key that makes
    redelivery harmless. `kind` is Meta's message type, `envelope_order` its place in the
    notification (second key of the order). `target` is the earlier message that it is about,
    `edited_file_kind` the kind of the file that an edit announces.
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
    arrival: Arrival = Arrival.DIRECT
    target: MessageTarget | None = None
    edited_file_kind: str | None = None
    content: InboundMessageContent | Sealed | Erased | UnsetType = UNSET


class InboundMessage(Aggregate):
    """The inbound message; its one event says everything."""

    NOUN = "message"
    EVENTS = (MessageReceived,)

    received: MessageReceived | None = None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        if isinstance(event, MessageReceived):
            self.received = event

    @property
    def content(self) -> InboundMessageContent | None:
        """What the message says, or None when that was erased."""
        if self.received and isinstance(self.received.content, InboundMessageContent):
            return self.received.content
        return None


class ReceiveMessage(Command, frozen=True, kw_only=True):
    """Record a message that Meta delivered. A redelivery meets the unique key of its stream."""

    SCOPE = Scope.MESSAGES_INGEST
    AGGREGATE = InboundMessage
    FIRST_ONLY = True

    message: MessageReceived

    @property
    def stream_id(self) -> MessageId:
        """The stream of the message, derived from Meta's id of it."""
        return self.message.message_id

    def execute(self, inbound: InboundMessage, _context: CommandContext) -> None:
        """Record the one event of the stream."""
        inbound.record(self.message)
