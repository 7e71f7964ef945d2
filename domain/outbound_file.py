"""Events of a message whose file has to be handed to Meta before the message can be sent.

The upload is no attempt: while it is under way the message waits, and others go on.
"""

from typing import ClassVar, Final
from uuid import UUID

from domain.event import Event
from domain.identity import (
    ContactId,
    ConversationId,
    HostedFileId,
    MediaId,
    OutboundMessageId,
    SenderNumberId,
)


class OutboundFileAwaited(Event, frozen=True, kw_only=True):
    """The message could be sent now, but Meta does not have its file; it is uploaded first."""

    TOPIC: ClassVar[str] = "outbound.file_awaited.v1"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    sender_number_id: SenderNumberId
    media_id: MediaId
    hosted_file_id: HostedFileId
    preparation_id: UUID


class OutboundFilePrepared(Event, frozen=True, kw_only=True):
    """Meta has the file; the message goes on."""

    TOPIC: ClassVar[str] = "outbound.file_prepared.v1"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    preparation_id: UUID


class OutboundFileRejected(Event, frozen=True, kw_only=True):
    """The file could not be handed to Meta. `code` is Meta's, if the refusal came from there."""

    TOPIC: ClassVar[str] = "outbound.file_rejected.v1"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    preparation_id: UUID
    code: int | None
    words: str


FILE_EVENTS: Final = (OutboundFileAwaited, OutboundFilePrepared, OutboundFileRejected)
