"""A delivery status that Meta reported: a stream of its own with one event."""

from datetime import datetime
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import OutboundMessageId, SenderNumberId, StreamId, TenantId
from domain.scopes import Scope


class StatusDetails(msgspec.Struct, frozen=True, kw_only=True, tag="status_details"):
    """The personal part of a status: Meta's id of the message and the words of its errors."""

    wamid: str
    error_details: tuple[str, ...] = ()


class MessageStatusReceived(PersonalEvent, frozen=True, kw_only=True):
    """Meta reported a status: sent, delivered, read, played, failed, or a word not known yet.

    `wamid_digest` is the keyed digest by which the message is found when `outbound_message_id`
    (from the echoed callback data) is missing. `free_entry_ends_at` is until when messages to a
    contact that came by an advertisement are free, as far as Meta says so. The content is about
    nobody in particular to us, so the firm itself is the data subject.
    """

    TOPIC: ClassVar[str] = "message.status_received.v1"
    CONTRACT: ClassVar[str | None] = "OutboundStatusUpdate"
    CONTENT: ClassVar[type] = StatusDetails
    SUBJECT: ClassVar[str] = "tenant_id"

    tenant_id: TenantId
    sender_number_id: SenderNumberId
    wamid_digest: str
    status: str
    outbound_message_id: OutboundMessageId | None = None
    attempt: int | None = None
    participant_digest: str | None = None
    pricing_type: str | None = None
    pricing_category: str | None = None
    error_codes: tuple[int, ...] = ()
    free_entry_ends_at: datetime | None = None
    content: StatusDetails | Sealed | Erased | UnsetType = UNSET


class MessageStatus(Aggregate):
    """The status; its one event says everything."""

    NOUN = "status"
    EVENTS = (MessageStatusReceived,)

    received: MessageStatusReceived | None = None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        if isinstance(event, MessageStatusReceived):
            self.received = event


class ReceiveStatus(Command, frozen=True, kw_only=True):
    """Record a status that Meta delivered. A redelivery meets the unique key of its stream.

    `status_id` is derived from (wamid, status, participant).
    """

    SCOPE = Scope.MESSAGES_INGEST
    AGGREGATE = MessageStatus
    STREAM = "status_id"
    FIRST_ONLY = True

    status_id: StreamId
    status: MessageStatusReceived

    def execute(self, status: MessageStatus, _context: CommandContext) -> None:
        """Record the one event of the stream."""
        status.record(self.status)
