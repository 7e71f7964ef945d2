"""A delivery status that Meta reported: a stream of its own with one event, as for inbound messages."""

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from domain.event import Erased, PersonalEvent, Sealed
from domain.identity import OutboundMessageId, SenderNumberId, TenantId


class StatusDetails(msgspec.Struct, frozen=True, kw_only=True, tag="status_details"):
    """The personal part of a status: Meta's id of the message and the words of its errors."""

    wamid: str
    error_details: tuple[str, ...] = ()


class MessageStatusReceived(PersonalEvent, frozen=True, kw_only=True):
    """Meta reported a status of a message: sent, delivered, read, played or failed, or a word not known yet.

    `wamid_digest` is the keyed digest by which the message is found when `outbound_message_id` (from the echoed callback
    data) is missing. The content is about nobody in particular to us, so the firm itself is the data subject.
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
    content: StatusDetails | Sealed | Erased | UnsetType = UNSET
