"""Admission: whether an approved message may be sent now. Decided at the moment of sending."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from domain.broadcast import Broadcast, BroadcastState
from domain.contact import ConsentPurpose, Contact
from domain.conversation import Conversation
from domain.hosted_file import HostedFile
from domain.legal_basis import may_be_replied_to
from domain.outbound_message import ApprovalKind, MessagePurpose, OutboundMessage
from domain.sender_number import SenderNumber
from domain.sender_standing import RestrictionKind
from domain.sending_rules import Postponed, approval_ends_at, quiet_until
from domain.template import Template, TemplateStatus
from domain.template_body import TemplateBody
from domain.template_components import TemplateCategory
from domain.template_filling import reads_as_approved
from domain.tenant import Tenant

SERVICE_WINDOW: Final = timedelta(hours=24)
"""How long after the contact's last message free-form words may be sent (Cloud API, section 7)."""

CLOCK_SKEW_MAX: Final = timedelta(minutes=5)
"""How far Meta's clock may be ahead of ours. A message from further in the future opens nothing."""


class RefusalReason(StrEnum):
    """Why a message may not be sent now; stable codes."""

    APPROVAL_MISMATCH = "approval_mismatch"
    APPROVAL_NOT_HUMAN = "approval_not_human"
    RECIPIENT_MISMATCH = "recipient_mismatch"
    BROADCAST_CANCELLED = "broadcast_cancelled"
    BROADCAST_PAUSED = "broadcast_paused"
    CONTACT_ERASED = "contact_erased"
    CONTACT_OPTED_OUT = "contact_opted_out"
    MARKETING_STOPPED = "marketing_stopped"
    CONSENT_MISSING = "consent_missing"
    CONVERSATION_CLOSED = "conversation_closed"
    TEMPLATE_MISSING = "template_missing"
    TEMPLATE_PAUSED = "template_paused"
    TEMPLATE_DISABLED = "template_disabled"
    TEMPLATE_NOT_APPROVED = "template_not_approved"
    TEMPLATE_CHANGED = "template_changed"
    SERVICE_WINDOW_CLOSED = "service_window_closed"
    APPROVAL_EXPIRED = "approval_expired"
    TENANT_SUSPENDED = "tenant_suspended"
    SENDER_NUMBER_PAUSED = "sender_number_paused"
    SENDER_NUMBER_BLOCKED = "sender_number_blocked"
    SENDER_NUMBER_RESTRICTED = "sender_number_restricted"


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What a reason means in words, and what a person can do about it.

    With `is_temporary` the message keeps waiting: the obstacle lies with the firm and is removed by
    it, and admission decides anew then. Everything else refuses the message for good. With
    `holds_lane` False only this message waits, and the others of its number go on.
    """

    words: str
    next_step: str
    is_temporary: bool = False
    holds_lane: bool = True


REFUSALS: Final[Mapping[RefusalReason, Refusal]] = {
    RefusalReason.APPROVAL_MISMATCH: Refusal(
        words="The words are not exactly those that a member approved.",
        next_step="Write the reply anew and approve it.",
    ),
    RefusalReason.APPROVAL_NOT_HUMAN: Refusal(
        words="No person of the firm approved the words.",
        next_step="Let a member approve a reply.",
    ),
    RefusalReason.RECIPIENT_MISMATCH: Refusal(
        words="The message is not addressed to the contact of its conversation.",
        next_step="Write the reply in the contact's own conversation.",
    ),
    RefusalReason.BROADCAST_CANCELLED: Refusal(
        words="The broadcast was cancelled before its turn came.",
        next_step="Nothing; plan a new broadcast if the words are still to be sent.",
    ),
    RefusalReason.BROADCAST_PAUSED: Refusal(
        words="The broadcast is paused.",
        next_step="Resume or cancel the broadcast.",
        is_temporary=True,
        holds_lane=False,
    ),
    RefusalReason.CONTACT_ERASED: Refusal(
        words="The contact was erased.",
        next_step="Nothing can be sent to this contact any more.",
    ),
    RefusalReason.CONTACT_OPTED_OUT: Refusal(
        words="The contact asked for no more messages.",
        next_step="Wait until the contact asks to be written to again (for example MULAI).",
    ),
    RefusalReason.MARKETING_STOPPED: Refusal(
        words="The contact wants no marketing.",
        next_step="Write about the contact's own matter instead, not about the firm's services.",
    ),
    RefusalReason.CONSENT_MISSING: Refusal(
        words="The contact has not agreed to the processing of its data.",
        next_step="Wait for the answer to the consent question, reach the person another way, or "
        "reply on another legal basis if there is one.",
    ),
    RefusalReason.CONVERSATION_CLOSED: Refusal(
        words="The conversation is closed.",
        next_step="Reopen the conversation and send the reply again.",
    ),
    RefusalReason.TEMPLATE_MISSING: Refusal(
        words="The account of the sender number has no such template.",
        next_step="Read the templates from Meta again, or choose another template.",
    ),
    RefusalReason.TEMPLATE_PAUSED: Refusal(
        words="Meta paused the template because of its quality.",
        next_step="Choose another template, or send it again when Meta has lifted the pause.",
    ),
    RefusalReason.TEMPLATE_DISABLED: Refusal(
        words="Meta disabled the template for good.",
        next_step="Choose another template, or submit a new one.",
    ),
    RefusalReason.TEMPLATE_NOT_APPROVED: Refusal(
        words="The template is not approved by Meta at present.",
        next_step="Wait for Meta's review, or choose another template.",
    ),
    RefusalReason.TEMPLATE_CHANGED: Refusal(
        words="The template was changed after the message was approved; it would read differently.",
        next_step="Look at the template as it is now and approve the message anew.",
    ),
    RefusalReason.SERVICE_WINDOW_CLOSED: Refusal(
        words="More than 24 hours have passed since the contact's last message.",
        next_step="Wait until the contact writes again, or use an approved template.",
    ),
    RefusalReason.APPROVAL_EXPIRED: Refusal(
        words="The approval is older than the firm lets approvals be.",
        next_step="Read the words again and approve them anew.",
    ),
    RefusalReason.TENANT_SUSPENDED: Refusal(
        words="The firm is suspended.",
        next_step="Ask the operator to resume the firm.",
        is_temporary=True,
    ),
    RefusalReason.SENDER_NUMBER_PAUSED: Refusal(
        words="The sender number is paused.",
        next_step="Resume the sender number.",
        is_temporary=True,
    ),
    RefusalReason.SENDER_NUMBER_BLOCKED: Refusal(
        words="Meta disabled the account of the sender number, or it was disconnected.",
        next_step="Read the notices of the number, settle the matter with Meta; the message waits.",
        is_temporary=True,
    ),
    RefusalReason.SENDER_NUMBER_RESTRICTED: Refusal(
        words="Meta restricts what the sender number may send at present.",
        next_step="Wait until the restriction ends, or ask Meta for a review; then send it again.",
    ),
}
"""Each reason in words."""


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """The message may be sent now."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The message may not be sent now."""

    reason: RefusalReason

    @property
    def refusal(self) -> Refusal:
        """The reason in words."""
        return REFUSALS[self.reason]

    @property
    def is_temporary(self) -> bool:
        """Whether the message keeps waiting instead of being refused for good."""
        return self.refusal.is_temporary


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that admission looks at, as it stands now; None for what is not known or is not.

    `body_digest` is the keyed digest of the words that the call will carry, `last_inbound_at`
    Meta's time of the last message of the contact in this conversation, `broadcast` the one that
    the message belongs to, `template` what the body names, `hosted_file` its file as Meta keeps it.
    """

    message: OutboundMessage
    contact: Contact
    conversation: Conversation
    tenant: Tenant
    sender_number: SenderNumber
    body_digest: str
    last_inbound_at: datetime | None
    now: datetime
    broadcast: Broadcast | None = None
    template: Template | None = None
    hosted_file: HostedFile | None = None
    joined: tuple[Contact, ...] = ()

    @property
    def person(self) -> tuple[Contact, ...]:
        """The contact, and those that are the same person: each of them may forbid messages."""
        return (self.contact, *self.joined)

    @property
    def template_body(self) -> TemplateBody | None:
        """The body, where it is a template; only such a body may go out at any time."""
        content = self.message.content
        body = content.body if content is not None else None
        return body if isinstance(body, TemplateBody) else None


NEEDS_CONSENT: Final = frozenset({MessagePurpose.REPLY, MessagePurpose.INTAKE_QUESTION})
"""The purposes that need the consent of the contact; the others ask for it or acknowledge."""


def is_service_window_open(last_inbound_at: datetime | None, now: datetime) -> bool:
    """Whether the 24 hours after the contact's last message still run.

    A message from the future never opens the window beyond the allowed difference of the clocks.
    """
    if last_inbound_at is None or last_inbound_at > now + CLOCK_SKEW_MAX:
        return False
    return now < last_inbound_at + SERVICE_WINDOW


def _approval_mismatch(sending: Sending) -> bool:
    approval = sending.message.requested.approval
    if approval.kind is ApprovalKind.BROADCAST:
        broadcast = sending.broadcast
        known = broadcast.approval if broadcast and broadcast.id == approval.reference else None
        if known is None or known.event_id != approval.event_id:
            return True
    return sending.body_digest != approval.body_digest


def _approval_not_human(sending: Sending) -> bool:
    return not sending.message.requested.approval.approved_by.is_human


def _recipient_mismatch(sending: Sending) -> bool:
    requested = sending.message.requested
    return (
        sending.conversation.id != requested.conversation_id
        or sending.conversation.contact_id != requested.contact_id
        or sending.conversation.sender_number_id != requested.sender_number_id
        or sending.contact.id != requested.contact_id
        or sending.sender_number.id != requested.sender_number_id
    )


def _broadcast_is(state: BroadcastState) -> Callable[[Sending], bool]:
    return lambda sending: sending.broadcast is not None and sending.broadcast.state is state


def _contact_opted_out(sending: Sending) -> bool:
    is_confirmation = sending.message.requested.purpose is MessagePurpose.OPT_OUT_CONFIRMATION
    has_opted_out = any(contact.has_opted_out for contact in sending.person)
    return has_opted_out and not is_confirmation


def _consent_missing(sending: Sending) -> bool:
    requested = sending.message.requested
    if requested.purpose is MessagePurpose.REPLY:
        return not may_be_replied_to(sending.contact, requested.legal_basis)
    broadcast = sending.broadcast
    if broadcast is not None and broadcast.audience is not None:
        return not sending.contact.has_consented(broadcast.audience.consent_purpose)
    needs_consent = requested.purpose in NEEDS_CONSENT
    return needs_consent and not sending.contact.has_consented(ConsentPurpose.INTAKE)


def _marketing_stopped(sending: Sending) -> bool:
    is_marketing = (
        sending.template_body is not None
        and sending.template is not None
        and sending.template.category is TemplateCategory.MARKETING
    )
    has_stopped = any(contact.has_stopped_marketing for contact in sending.person)
    return is_marketing and has_stopped


def _conversation_closed(sending: Sending) -> bool:
    is_reply = sending.message.requested.purpose is MessagePurpose.REPLY
    return is_reply and sending.conversation.is_closed


TEMPLATE_REASONS: Final = (
    RefusalReason.TEMPLATE_MISSING,
    RefusalReason.TEMPLATE_PAUSED,
    RefusalReason.TEMPLATE_DISABLED,
    RefusalReason.TEMPLATE_NOT_APPROVED,
    RefusalReason.TEMPLATE_CHANGED,
)
"""The reasons that lie with the template of a message."""


_STANDING: Final = {
    TemplateStatus.DELETED: RefusalReason.TEMPLATE_MISSING,
    TemplateStatus.PAUSED: RefusalReason.TEMPLATE_PAUSED,
    TemplateStatus.DISABLED: RefusalReason.TEMPLATE_DISABLED,
}


def template_standing(template: Template | None, waba_id: str) -> RefusalReason | None:
    """Why a template may not be sent by the account `waba_id` now, whatever is filled in."""
    if template is None or not template.exists or template.waba_id != waba_id:
        return RefusalReason.TEMPLATE_MISSING
    if template.is_usable:
        return None
    return _STANDING.get(template.status, RefusalReason.TEMPLATE_NOT_APPROVED)


def template_obstacle(
    body: TemplateBody, template: Template | None, waba_id: str
) -> RefusalReason | None:
    """Why a filled-in template may not be sent by the account `waba_id`, as the template stands."""
    if template is None or template.id != body.template_id:
        return RefusalReason.TEMPLATE_MISSING
    changed = None if reads_as_approved(template, body) else RefusalReason.TEMPLATE_CHANGED
    return template_standing(template, waba_id) or changed


def _template_is_why(reason: RefusalReason) -> Callable[[Sending], bool]:
    def is_obstacle(sending: Sending) -> bool:
        body = sending.template_body
        if body is None:
            return False
        return template_obstacle(body, sending.template, sending.sender_number.waba_id) is reason

    return is_obstacle


def _service_window_closed(sending: Sending) -> bool:
    if sending.template_body is not None:
        return False
    return not is_service_window_open(sending.last_inbound_at, sending.now)


def _sender_restricted(sending: Sending) -> bool:
    """Whether Meta restricts this kind of message: first words of the firm, or replies."""
    answers = is_service_window_open(sending.last_inbound_at, sending.now)
    kind = RestrictionKind.CUSTOMER_INITIATED if answers else RestrictionKind.BUSINESS_INITIATED
    return sending.sender_number.standing.restricts(kind, sending.now)


def _approval_expired(sending: Sending) -> bool:
    ends_at = approval_ends_at(sending.tenant.sending_rules, sending.message.requested)
    return ends_at is not None and sending.now >= ends_at


CHECKS: Final[tuple[tuple[RefusalReason, Callable[[Sending], bool]], ...]] = (
    (RefusalReason.APPROVAL_MISMATCH, _approval_mismatch),
    (RefusalReason.APPROVAL_NOT_HUMAN, _approval_not_human),
    (RefusalReason.RECIPIENT_MISMATCH, _recipient_mismatch),
    (RefusalReason.BROADCAST_CANCELLED, _broadcast_is(BroadcastState.CANCELLED)),
    (RefusalReason.CONTACT_ERASED, lambda sending: sending.contact.is_erased),
    (RefusalReason.CONTACT_OPTED_OUT, _contact_opted_out),
    (RefusalReason.MARKETING_STOPPED, _marketing_stopped),
    (RefusalReason.CONSENT_MISSING, _consent_missing),
    (RefusalReason.CONVERSATION_CLOSED, _conversation_closed),
    *((reason, _template_is_why(reason)) for reason in TEMPLATE_REASONS),
    (RefusalReason.SERVICE_WINDOW_CLOSED, _service_window_closed),
    (RefusalReason.SENDER_NUMBER_RESTRICTED, _sender_restricted),
    (RefusalReason.BROADCAST_PAUSED, _broadcast_is(BroadcastState.PAUSED)),
    (RefusalReason.APPROVAL_EXPIRED, _approval_expired),
    (RefusalReason.TENANT_SUSPENDED, lambda sending: sending.tenant.is_suspended),
    (RefusalReason.SENDER_NUMBER_PAUSED, lambda sending: sending.sender_number.is_paused),
    (
        RefusalReason.SENDER_NUMBER_BLOCKED,
        lambda sending: sending.sender_number.standing.block is not None,
    ),
)
"""What is looked at, in this order; the first obstacle is the reason. What refuses for good comes
before what only makes the message wait."""


def admit(sending: Sending) -> Admitted | Refused | Postponed:
    """Decide whether the message may be sent now."""
    for reason, is_obstacle in CHECKS:
        if is_obstacle(sending):
            return Refused(reason=reason)
    tenant = sending.tenant
    until = quiet_until(
        tenant.sending_rules,
        sending.message.requested.purpose,
        sending.now,
        tenant.time_zone,
    )
    return Admitted() if until is None else Postponed(until=until)
