"""An outbound message: from the request that a human approved to its delivery."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate
from domain.attempt_needs import AttemptNeeds
from domain.defect import Defect
from domain.delivery_state import DeliveryState, furthest, state_of_status
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import (
    ContactId,
    ConversationId,
    EventId,
    MediaId,
    MessageId,
    OutboundMessageId,
    SenderNumberId,
)
from domain.legal_basis import LegalBasis
from domain.outbound_body import OutboundBody
from domain.outbound_file import FILE_EVENTS
from domain.outbound_timing import (
    TIMING_EVENTS,
    OutboundCancelled,
    OutboundDoubtParked,
    OutboundDuplicateDetected,
    OutboundRescheduled,
    OutboundRetried,
)
from domain.provenance import Actor


class ApprovalKind(StrEnum):
    """How a human approved the words: a draft, published automatic texts, or a whole broadcast."""

    DRAFT = "draft"
    PUBLISHED_TEXT = "published_text"
    BROADCAST = "broadcast"


class MessagePurpose(StrEnum):
    """What the message is for; decides which consent it needs and which priority it has."""

    REPLY = "reply"
    CONSENT_QUESTION = "consent_question"
    INTAKE_QUESTION = "intake_question"
    NOTICE = "notice"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"
    BROADCAST = "broadcast"


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """The proof that a human approved exactly this body.

    `reference`: draft, stream of the flow or broadcast; `event_id`: the event that approved it.
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
    """An approved body is to be sent. `priority`: 1 (first) to 10; `send_at` None: at once.

    `legal_basis` is the ground of a reply that does not rest on consent, `media_id` the kept file
    that goes along.
    """

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
    legal_basis: LegalBasis | None = None
    send_at: datetime | None = None
    media_id: MediaId | None = None
    content: OutboundContent | Sealed | Erased | UnsetType = UNSET


class OutboundAttemptStarted(Event, frozen=True, kw_only=True):
    """Admission was granted and the call to Meta is about to be made. Committed before the call.

    `writes_first`: outside the service window, so that the contact counts for the daily limit.
    """

    TOPIC: ClassVar[str] = "outbound.attempt_started.v1"

    outbound_message_id: OutboundMessageId
    attempt: int
    callback_data: str
    body_digest: str
    meta_media_id: str | None = None
    writes_first: bool = False


class OutboundRefused(Event, frozen=True, kw_only=True):
    """Admission was refused when sending (`reason` is a stable code); nothing was sent."""

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
    """Meta accepted the message. `is_held`: it goes out once Meta has judged its template."""

    TOPIC: ClassVar[str] = "outbound.sent.v1"
    CONTRACT: ClassVar[str | None] = "OutboundSent"
    CONTENT: ClassVar[type] = MetaMessageId

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    attempt: int
    wamid_digest: str
    is_held: bool = False
    content: MetaMessageId | Sealed | Erased | UnsetType = UNSET


class OutboundAttemptFailed(Event, frozen=True, kw_only=True):
    """The attempt certainly did not reach the contact and is tried again at `due_at`.

    `is_spent` is False where the refusal was about the number, not about the message: such an
    attempt does not count towards the last one. With a `defect` no call was made: the hub failed.
    """

    TOPIC: ClassVar[str] = "outbound.attempt_failed.v1"

    outbound_message_id: OutboundMessageId
    attempt: int
    code: int | None
    words: str
    due_at: datetime
    is_spent: bool = True
    defect: Defect | None = None


class OutboundFailed(Event, frozen=True, kw_only=True):
    """The message will not be sent: a terminal error, the last attempt failed, or a `defect`."""

    TOPIC: ClassVar[str] = "outbound.failed.v1"
    CONTRACT: ClassVar[str | None] = "OutboundFailed"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    attempt: int
    code: int | None
    words: str
    defect: Defect | None = None


class OutboundInDoubt(Event, frozen=True, kw_only=True):
    """The answer to the attempt was lost.

    No second send until a status settles it or a person decides.
    """

    TOPIC: ClassVar[str] = "outbound.in_doubt.v1"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    attempt: int
    cause: str
    defect: Defect | None = None


class OutboundFoundSent(Event, frozen=True, kw_only=True):
    """A person found out that the attempt in doubt did reach Meta; it is not sent again."""

    TOPIC: ClassVar[str] = "outbound.found_sent.v1"

    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    contact_id: ContactId
    attempt: int


class OutboundStatusUpdated(Event, frozen=True, kw_only=True):
    """A status of Meta was taken into the message.

    `state` is the state after it, never lower than before; `status_event_id` is the
    `message.status_received` event; `provider_time` is Meta's time of the status.
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
    free_entry_ends_at: datetime | None = None


def callback_data(outbound_message_id: UUID, attempt: int) -> str:
    """Return what Meta echoes with each status of the attempt (`biz_opaque_callback_data`)."""
    return f"{outbound_message_id}.{attempt}"


class OutboundMessage(Aggregate):
    """The outbound message as its events have made it.

    `attempt` is the number of the last attempt (0: none yet), `spent_attempts` how many of them
    failed and count towards the last one, `defects` how often the hub itself failed on it, `due_at`
    the time before which no further one is made (None: at once). `content` is None when erased,
    `wamid` also while Meta has not taken it.
    """

    NOUN = "outbound message"
    EVENTS = (
        OutboundRequested,
        OutboundAttemptStarted,
        OutboundRefused,
        OutboundSent,
        OutboundAttemptFailed,
        OutboundFailed,
        OutboundInDoubt,
        OutboundFoundSent,
        OutboundStatusUpdated,
        *TIMING_EVENTS,
        *FILE_EVENTS,
    )

    requested: OutboundRequested
    state: DeliveryState = DeliveryState.REQUESTED
    attempt: int = 0
    spent_attempts: int = 0
    defects: int = 0
    defect: Defect | None = None
    due_at: datetime | None = None
    wamid_digest: str | None = None
    wamid: str | None = None
    is_parked: bool = False

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.statuses: dict[EventId, str] = {}
        self.doubts: dict[int, str] = {}  # attempt -> why its answer was lost
        self.duplicates: set[int] = set()
        self.needs = AttemptNeeds()

    @property
    def content(self) -> OutboundContent | None:
        """The words, or None when they were erased."""
        content = self.requested.content
        return content if isinstance(content, OutboundContent) else None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case OutboundRequested():
                self.requested = event
                self.due_at = event.send_at
            case OutboundAttemptStarted():
                self.state = DeliveryState.ATTEMPTING
                self.attempt = event.attempt
                self.needs.used_file_id = event.meta_media_id
                self.due_at = None
            case OutboundRefused():
                self.state = DeliveryState.REFUSED
            case OutboundSent():
                self.wamid_digest = event.wamid_digest
                self.wamid = getattr(event.content, "wamid", None)
                self._move_to(DeliveryState.ACCEPTED)
            case OutboundFoundSent():
                self._move_to(DeliveryState.ACCEPTED)
            case OutboundAttemptFailed():
                self.state = DeliveryState.REQUESTED
                self.due_at = event.due_at
                self.spent_attempts += event.is_spent
                self.defects += event.defect is not None
                self.needs.heed(event.code)
            case OutboundFailed():
                self.needs.heed(event.code)
                self._move_to(DeliveryState.FAILED)
            case OutboundInDoubt():
                self.doubts[event.attempt], self.defect = event.cause, event.defect
                self.is_parked = False
                self._move_to(DeliveryState.IN_DOUBT)
            case OutboundStatusUpdated():
                self.statuses[event.status_event_id] = event.status
                self.state = event.state
            case _:
                self._apply_timing(event)

    def _apply_timing(self, event: Event) -> None:
        self.needs.take(event)
        match event:
            case OutboundDoubtParked():
                self.is_parked = True
            case OutboundDuplicateDetected():
                self.duplicates.add(event.attempt)
            case OutboundRescheduled():
                self.due_at = event.due_at
            case OutboundCancelled():
                self.state = DeliveryState.CANCELLED
            case OutboundRetried():
                self.state = DeliveryState.REQUESTED
                self.spent_attempts = self.defects = 0
                self.due_at = self.wamid_digest = self.wamid = None
                self.needs.lose_file()

    def _move_to(self, state: DeliveryState) -> None:
        self.state = furthest(self.state, state)

    def state_after(self, status: str, attempt: int | None) -> DeliveryState:
        """Return the state that a status of Meta leads to; never a lower one.

        A status proves that the message left, also one that waits for another attempt or was given
        up in doubt. Neither the failure of an earlier attempt nor an unknown word says anything.
        """
        reached = state_of_status(status)
        if reached is None or self.attempt == 0:
            return self.state
        if reached is DeliveryState.FAILED and self._is_given_up(attempt):
            return self.state
        if reached is DeliveryState.SENT and self._failed_without_proof:
            return reached
        return furthest(self.state, reached)

    def _is_given_up(self, attempt: int | None) -> bool:
        """Whether nothing is expected of an attempt any more (None: of the last one)."""
        is_earlier = attempt is not None and attempt < self.attempt
        return self.state is DeliveryState.REQUESTED or is_earlier

    @property
    def _failed_without_proof(self) -> bool:
        """Whether it failed by the hub's own decision about a doubt, not by a word of Meta."""
        return (
            self.state is DeliveryState.FAILED
            and self.attempt in self.doubts
            and DeliveryState.FAILED not in self.statuses.values()
        )
