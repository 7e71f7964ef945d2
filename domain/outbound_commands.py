"""The commands on an outbound message, from its request to the end of a doubt."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from domain.aggregate import Aggregate, Command, CommandContext
from domain.defect import Defect
from domain.delivery_state import DeliveryState
from domain.errors import HumanRequired, InvalidInput
from domain.identity import (
    ContactId,
    ConversationId,
    EventId,
    MessageId,
    OutboundMessageId,
    SenderNumberId,
)
from domain.legal_basis import LegalBasis
from domain.limits import REASON_CHARACTERS_MAX, require_pattern, require_text, require_time_zone
from domain.outbound_body import (
    OutboundBody,
    check_body,
    file_of,
    require_digest,
    require_target,
)
from domain.outbound_errors import ApprovalDoesNotCover, AttemptNotUnderway, OutboundNotDue
from domain.outbound_message import (
    Approval,
    MessagePurpose,
    MetaMessageId,
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundContent,
    OutboundFailed,
    OutboundFoundSent,
    OutboundInDoubt,
    OutboundMessage,
    OutboundRefused,
    OutboundRequested,
    OutboundSent,
    OutboundStatusUpdated,
    callback_data,
)
from domain.outbound_timing import OutboundDuplicateDetected
from domain.scopes import Scope

PRIORITY_FIRST: Final = 1
PRIORITY_LAST: Final = 10


class OutboundCommand(Command, frozen=True, kw_only=True):
    """The base of the commands on an outbound message."""

    AGGREGATE: ClassVar[type[Aggregate]] = OutboundMessage
    STREAM: ClassVar[str] = "outbound_message_id"

    outbound_message_id: OutboundMessageId


class RequestOutbound(OutboundCommand, frozen=True, kw_only=True):
    """Ask for an approved body to be sent. Asking again for the same message changes nothing."""

    SCOPE = Scope.OUTBOUND_REQUEST

    conversation_id: ConversationId
    contact_id: ContactId
    sender_number_id: SenderNumberId
    purpose: MessagePurpose
    priority: int
    approval: Approval
    body: OutboundBody
    reply_to_message_id: MessageId | None = None
    reply_to_wamid: str | None = None
    legal_basis: LegalBasis | None = None
    send_at: datetime | None = None

    def execute(self, message: OutboundMessage, context: CommandContext) -> None:
        """Raise HumanRequired, ApprovalDoesNotCover or InvalidInput."""
        if message.exists:
            return
        if not self.approval.approved_by.is_human:
            raise HumanRequired("Words for a contact need the approval of a person of the firm.")
        if not PRIORITY_FIRST <= self.priority <= PRIORITY_LAST:
            raise InvalidInput(
                f"priority must be {PRIORITY_FIRST} to {PRIORITY_LAST}.", field=("priority",)
            )
        check_body(self.body)
        require_target(self.body, self.reply_to_wamid)
        if context.digest_body(self.body) != self.approval.body_digest:
            raise ApprovalDoesNotCover("The approval belongs to other words than these.")
        file = file_of(self.body)
        message.record(
            OutboundRequested(
                outbound_message_id=self.outbound_message_id,
                conversation_id=self.conversation_id,
                contact_id=self.contact_id,
                sender_number_id=self.sender_number_id,
                purpose=self.purpose,
                priority=self.priority,
                approval=self.approval,
                reply_to_message_id=self.reply_to_message_id,
                legal_basis=self.legal_basis,
                send_at=self.send_at,
                media_id=None if file is None else file.media_id,
                content=OutboundContent(body=self.body, reply_to_wamid=self.reply_to_wamid),
            )
        )


class StartAttempt(OutboundCommand, frozen=True, kw_only=True):
    """Begin an attempt to send. Committed before the call to Meta; refused unless due.

    `body_digest` is the digest of the words that the call will carry, `meta_media_id` Meta's id of
    the file that goes along, `writes_first` whether the contact counts towards the daily limit.
    """

    SCOPE = Scope.OUTBOUND_DELIVER

    body_digest: str
    meta_media_id: str | None = None
    writes_first: bool = False

    def execute(self, message: OutboundMessage, context: CommandContext) -> None:
        """Raise OutboundNotDue, ApprovalDoesNotCover or BodyDigestMismatch."""
        message.must_exist()
        if message.state is not DeliveryState.REQUESTED:
            raise OutboundNotDue(f"The message is not waiting to be sent; it is {message.state}.")
        if message.due_at is not None and context.now < message.due_at:
            raise OutboundNotDue("The next attempt is not due yet.")
        content = message.content
        if content is None or self.body_digest != message.requested.approval.body_digest:
            raise ApprovalDoesNotCover("The words to be sent are not the approved words.")
        require_digest(content.body, self.body_digest, context.digest_body)
        if (file_of(content.body) is None) != (self.meta_media_id is None):
            raise OutboundNotDue("Meta does not have the file of the message yet.")
        attempt = message.attempt + 1
        message.record(
            OutboundAttemptStarted(
                outbound_message_id=self.outbound_message_id,
                attempt=attempt,
                callback_data=callback_data(self.outbound_message_id, attempt),
                body_digest=self.body_digest,
                meta_media_id=self.meta_media_id,
                writes_first=self.writes_first,
            )
        )


class RefuseSend(OutboundCommand, frozen=True, kw_only=True):
    """Keep that admission was refused at the moment of sending; nothing is sent."""

    SCOPE = Scope.OUTBOUND_DELIVER

    reason: str

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Raise OutboundNotDue unless the message waits to be sent."""
        message.must_exist()
        require_pattern(self.reason, ("reason",), r"[a-z_]{1,64}", "a reason of the admission")
        if message.state is not DeliveryState.REQUESTED:
            raise OutboundNotDue(f"The message is not waiting to be sent; it is {message.state}.")
        message.record(
            OutboundRefused(
                outbound_message_id=self.outbound_message_id,
                conversation_id=message.requested.conversation_id,
                contact_id=message.requested.contact_id,
                reason=self.reason,
            )
        )


class RecordSent(OutboundCommand, frozen=True, kw_only=True):
    """Keep that Meta accepted the attempt. A status may have come before; its state stays."""

    SCOPE = Scope.OUTBOUND_DELIVER

    attempt: int
    wamid: str
    wamid_digest: str
    is_held: bool = False

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Raise AttemptNotUnderway unless the attempt, or a status of it, waits for this answer."""
        message.must_exist()
        if message.wamid_digest == self.wamid_digest:
            return
        settled = message.state in {DeliveryState.REQUESTED, DeliveryState.REFUSED}
        if self.attempt != message.attempt or message.wamid_digest is not None or settled:
            raise AttemptNotUnderway(
                f"Attempt {self.attempt} of the message waits for no answer; it is {message.state}."
            )
        message.record(
            OutboundSent(
                outbound_message_id=self.outbound_message_id,
                conversation_id=message.requested.conversation_id,
                contact_id=message.requested.contact_id,
                attempt=self.attempt,
                wamid_digest=self.wamid_digest,
                is_held=self.is_held,
                content=MetaMessageId(wamid=self.wamid),
            )
        )


class RecordAttemptFailure(OutboundCommand, frozen=True, kw_only=True):
    """Keep that the attempt certainly reached nobody; another one is made at `due_at`.

    With `is_spent` False the attempt does not count towards the last one.
    """

    SCOPE = Scope.OUTBOUND_DELIVER

    attempt: int
    code: int | None
    words: str
    due_at: datetime
    is_spent: bool = True

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Raise AttemptNotUnderway; where a status has settled the attempt, nothing changes."""
        require_time_zone(self.due_at, ("due_at",))
        if _awaits_outcome(message, self.attempt, self.words):
            message.record(
                OutboundAttemptFailed(
                    outbound_message_id=self.outbound_message_id,
                    attempt=self.attempt,
                    code=self.code,
                    words=self.words,
                    due_at=self.due_at,
                    is_spent=self.is_spent,
                )
            )


class RecordFailure(OutboundCommand, frozen=True, kw_only=True):
    """Keep that the message will not be sent: a terminal error, or the last attempt failed."""

    SCOPE = Scope.OUTBOUND_DELIVER

    attempt: int
    code: int | None
    words: str

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Raise AttemptNotUnderway; where a status has settled the attempt, nothing changes."""
        if _awaits_outcome(message, self.attempt, self.words):
            _fail(message, self.attempt, self.code, self.words)


class RecordInDoubt(OutboundCommand, frozen=True, kw_only=True):
    """Keep that the answer to the attempt was lost. No second send until the doubt is settled."""

    SCOPE = Scope.OUTBOUND_DELIVER

    attempt: int
    cause: str
    defect: Defect | None = None

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Raise AttemptNotUnderway; where the attempt is settled or in doubt, nothing changes."""
        if _awaits_outcome(message, self.attempt, self.cause):
            message.record(
                OutboundInDoubt(
                    outbound_message_id=self.outbound_message_id,
                    conversation_id=message.requested.conversation_id,
                    contact_id=message.requested.contact_id,
                    attempt=self.attempt,
                    cause=self.cause,
                    defect=self.defect,
                )
            )


def _awaits_outcome(message: OutboundMessage, attempt: int, words: str) -> bool:
    """Whether the attempt is underway; False when a status or a doubt has come in between."""
    message.must_exist()
    require_text(words, ("words",), characters_max=REASON_CHARACTERS_MAX)
    if attempt != message.attempt or message.state is DeliveryState.REQUESTED:
        raise AttemptNotUnderway(
            f"Attempt {attempt} of the message is not underway; it is {message.state}."
        )
    return message.state is DeliveryState.ATTEMPTING


def _fail(message: OutboundMessage, attempt: int, code: int | None, words: str) -> None:
    message.record(
        OutboundFailed(
            outbound_message_id=message.requested.outbound_message_id,
            conversation_id=message.requested.conversation_id,
            contact_id=message.requested.contact_id,
            attempt=attempt,
            code=code,
            words=words,
        )
    )


class TakeStatus(OutboundCommand, frozen=True, kw_only=True):
    """Take a status of Meta into the message. Each one is kept; the state only moves forward."""

    SCOPE = Scope.OUTBOUND_SETTLE

    status: str
    attempt: int | None
    provider_time: datetime
    status_event_id: EventId
    error_codes: tuple[int, ...] = ()
    pricing_type: str | None = None
    pricing_category: str | None = None
    free_entry_ends_at: datetime | None = None

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Record the status; the same status event again changes nothing."""
        message.must_exist()
        if self.status_event_id in message.statuses:
            return
        message.record(
            OutboundStatusUpdated(
                outbound_message_id=self.outbound_message_id,
                conversation_id=message.requested.conversation_id,
                contact_id=message.requested.contact_id,
                status=self.status,
                state=message.state_after(self.status, self.attempt),
                provider_time=self.provider_time,
                status_event_id=self.status_event_id,
                error_codes=self.error_codes,
                pricing_type=self.pricing_type,
                pricing_category=self.pricing_category,
                free_entry_ends_at=self.free_entry_ends_at,
            )
        )
        cause = message.doubts.get(self.attempt or 0)
        is_proof = self.status in {"sent", "delivered", "read", "played"}
        is_resent = self.attempt is not None and self.attempt < message.attempt
        if cause is not None and is_proof and is_resent and self.attempt not in message.duplicates:
            self._tell_duplicate(message, self.attempt or 0, cause)

    def _tell_duplicate(self, message: OutboundMessage, attempt: int, cause: str) -> None:
        message.record(
            OutboundDuplicateDetected(
                outbound_message_id=self.outbound_message_id,
                conversation_id=message.requested.conversation_id,
                contact_id=message.requested.contact_id,
                attempt=attempt,
                later_attempt=message.attempt,
                cause=cause,
                status_event_id=self.status_event_id,
            )
        )


class DoubtDecision(StrEnum):
    """What a person decides about an attempt in doubt."""

    WAS_SENT = "was_sent"
    SEND_AGAIN = "send_again"
    GIVE_UP = "give_up"


class SettleDoubt(OutboundCommand, frozen=True, kw_only=True):
    """Decide about an attempt whose answer was lost and that no status has settled."""

    SCOPE = Scope.DOUBTS_SETTLE

    decision: DoubtDecision

    def execute(self, message: OutboundMessage, context: CommandContext) -> None:
        """Raise HumanRequired for a part of the system, AttemptNotUnderway without a doubt."""
        message.must_exist()
        if not context.actor.is_human:
            raise HumanRequired("Only a person settles whether a message reached the contact.")
        if message.state is not DeliveryState.IN_DOUBT:
            raise AttemptNotUnderway(f"The message is not in doubt; it is {message.state}.")
        match self.decision:
            case DoubtDecision.WAS_SENT:
                message.record(
                    OutboundFoundSent(
                        outbound_message_id=self.outbound_message_id,
                        conversation_id=message.requested.conversation_id,
                        contact_id=message.requested.contact_id,
                        attempt=message.attempt,
                    )
                )
            case DoubtDecision.SEND_AGAIN:
                message.record(
                    OutboundAttemptFailed(
                        outbound_message_id=self.outbound_message_id,
                        attempt=message.attempt,
                        code=None,
                        words="A person found that the message had not been sent.",
                        due_at=context.now,
                    )
                )
            case DoubtDecision.GIVE_UP:
                _fail(
                    message, message.attempt, None, "A person gave the message up while in doubt."
                )
