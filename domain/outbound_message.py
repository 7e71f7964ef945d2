"""An outbound message: from the request that a human approved to its delivery."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import ContactId, ConversationId, EventId, MessageId, OutboundMessageId, SenderNumberId
from domain.outbound_body import OutboundBody
from domain.provenance import Actor


class ApprovalKind(StrEnum):
    """How a human approved the words: a draft, or a published version of the firm's automatic texts."""

    DRAFT = "draft"
    PUBLISHED_TEXT = "published_text"


class MessagePurpose(StrEnum):
    """What the message is for; decides which consent it needs and which priority it has."""

    REPLY = "reply"
    CONSENT_QUESTION = "consent_question"
    INTAKE_QUESTION = "intake_question"
    NOTICE = "notice"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """The proof that a human approved exactly this body.

    `reference` is the draft or the flow's stream, `event_id` the approving event, `approved_by` the human.
    """

    kind: ApprovalKind
    reference: UUID
    event_id: EventId
    approved_by: Actor
    approved_at: datetime
    body_digest: str


class OutboundContent(msgspec.Struct, frozen=True, kw_only=True, tag="outbound_message"):
    """The words that are sent."""

    body: OutboundBody
    reply_to_wamid: str | None = None


class OutboundRequested(PersonalEvent, frozen=True, kw_only=True):
    """An approved body is to be sent. `priority`: 1 (first) to 10."""

    TOPIC: ClassVar[str] = "outbound.requested.v1"
    CONTRACT: ClassVar[str | None] = "OutboundRequested"
    CONTENT: ClassVar[type] = OutboundContent

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    sender_number_id: SenderNumberId
    purpose: MessagePurpose
    priority: int
    approval: Approval
    reply_to_message_id: MessageId | None = None
    content: OutboundContent | Sealed | Erased | UnsetType = UNSET


class OutboundAttemptStarted(Event, frozen=True, kw_only=True):
    """Admission was granted and the call to Meta is about to be made. Committed before the call."""

    TOPIC: ClassVar[str] = "outbound.attempt_started.v1"

    outbound_message_id: OutboundMessageId
    attempt: int
    callback_data: str
    body_digest: str


class OutboundRefused(Event, frozen=True, kw_only=True):
    """Admission was refused at the moment of sending (reason is a stable code); nothing was sent."""

    TOPIC: ClassVar[str] = "outbound.refused.v1"
    CONTRACT: ClassVar[str | None] = "OutboundFailed"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    reason: str


class MetaMessageId(msgspec.Struct, frozen=True, kw_only=True, tag="meta_message_id"):
    """Meta's id of the message; it contains the phone number of the contact."""

    wamid: str


class OutboundSent(PersonalEvent, frozen=True, kw_only=True):
    """Meta accepted the message."""

    TOPIC: ClassVar[str] = "outbound.sent.v1"
    CONTRACT: ClassVar[str | None] = "OutboundSent"
    CONTENT: ClassVar[type] = MetaMessageId

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    attempt: int
    wamid_digest: str
    content: MetaMessageId | Sealed | Erased | UnsetType = UNSET


class OutboundAttemptFailed(Event, frozen=True, kw_only=True):
    """The attempt certainly did not reach the contact and is tried again at `due_at`."""

    TOPIC: ClassVar[str] = "outbound.attempt_failed.v1"

    outbound_message_id: OutboundMessageId
    attempt: int
    code: int | None
    words: str
    due_at: datetime


class OutboundFailed(Event, frozen=True, kw_only=True):
    """The message will not be sent: a terminal error, or the last attempt failed."""

    TOPIC: ClassVar[str] = "outbound.failed.v1"
    CONTRACT: ClassVar[str | None] = "OutboundFailed"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    attempt: int
    code: int | None
    words: str


class OutboundInDoubt(Event, frozen=True, kw_only=True):
    """The answer to the attempt was lost. No second send until a status settles it or a person decides."""

    TOPIC: ClassVar[str] = "outbound.in_doubt.v1"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    attempt: int
    cause: str


class DeliveryState(StrEnum):
    """The states of delivery in their order; a message only moves forward."""

    REQUESTED = "requested"
    ATTEMPTING = "attempting"
    IN_DOUBT = "in_doubt"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    REFUSED = "refused"
    FAILED = "failed"


class OutboundStatusUpdated(Event, frozen=True, kw_only=True):
    """A status of Meta was taken into the message. `state` is the state after it (never lower than before).

    `status_event_id` is the `message.status_received` event; `provider_time` is Meta's time of the status.
    """

    TOPIC: ClassVar[str] = "outbound.status_updated.v1"
    CONTRACT: ClassVar[str | None] = "OutboundStatusUpdate"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    status: str
    state: DeliveryState
    provider_time: datetime
    status_event_id: EventId
    error_codes: tuple[int, ...] = ()
    pricing_type: str | None = None
    pricing_category: str | None = None
