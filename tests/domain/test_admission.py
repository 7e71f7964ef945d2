"""Admission: one reason at a time, decided at the moment of sending."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.admission import (
    CHECKS,
    REFUSALS,
    Admitted,
    RefusalReason,
    Refused,
    Sending,
    admit,
    is_service_window_open,
)
from domain.broadcast import (
    Broadcast,
    BroadcastApproved,
    BroadcastCancelled,
    BroadcastDrafted,
    BroadcastPaused,
)
from domain.contact import (
    ConsentGranted,
    ConsentPurpose,
    ConsentRefused,
    ConsentWithdrawn,
    Contact,
    ContactErased,
    ContactIdentified,
    MarketingStopped,
    OptedOut,
)
from domain.conversation import Conversation, ConversationClosed, ConversationStarted
from domain.event import EventRecord
from domain.identity import ContactId, ConversationId, EventId, SenderNumberId
from domain.legal_basis import LegalBasis
from domain.outbound_message import (
    Approval,
    ApprovalKind,
    MessagePurpose,
    OutboundContent,
    OutboundMessage,
    OutboundRequested,
)
from domain.provenance import ActorKind
from domain.sender_number import SenderNumber, SenderNumberAdded, SenderNumberPaused
from domain.sender_standing import (
    Restriction,
    RestrictionKind,
    SenderNumberBlocked,
    SenderNumberRestricted,
)
from domain.sending_rules import APPROVAL_LIFE_HOURS
from domain.template import Template, TemplateStatus
from domain.template_components import TemplateCategory
from domain.tenant import Tenant, TenantCreated, TenantSuspended
from tests.domain.given import ASSISTANT, LAWYER, SYSTEM, digest, text
from tests.domain.memory_journal import START
from tests.domain.samples import sample_of
from tests.domain.templates import COMPONENTS, filled_in, template

CONTACT = ContactId(UUID(int=1))
SENDER = SenderNumberId(UUID(int=2))
CONVERSATION = ConversationId(UUID(int=3))
WORDS = text("Kami hubungi besok.")
CONSENT = sample_of(
    ConsentGranted, contact_id=CONTACT, purposes=(ConsentPurpose.INTAKE, ConsentPurpose.ASSISTANCE)
)
WITHDRAWN = ConsentWithdrawn(contact_id=CONTACT, purposes=(ConsentPurpose.INTAKE,))
STARTED = sample_of(
    ConversationStarted,
    conversation_id=CONVERSATION,
    contact_id=CONTACT,
    sender_number_id=SENDER,
)
IDENTIFIED = sample_of(ContactIdentified, contact_id=CONTACT)
REASONS = RefusalReason
LATE = START + timedelta(hours=APPROVAL_LIFE_HOURS)


def message(purpose: MessagePurpose = MessagePurpose.REPLY, **changes: Any) -> OutboundMessage:
    approval = sample_of(Approval, approved_by=LAWYER, body_digest=digest(WORDS))
    facts: dict[str, Any] = {
        "conversation_id": CONVERSATION,
        "contact_id": CONTACT,
        "sender_number_id": SENDER,
        "approval": approval,
        "purpose": purpose,
        "content": OutboundContent(body=WORDS),
        "legal_basis": None,
    }
    requested = sample_of(OutboundRequested, **(facts | changes))
    return OutboundMessage.replay(requested.outbound_message_id, [requested])


def sending(**changes: Any) -> Sending:
    facts: dict[str, Any] = {
        "message": message(),
        "contact": Contact.replay(CONTACT, [IDENTIFIED, CONSENT]),
        "conversation": Conversation.replay(CONVERSATION, [STARTED]),
        "tenant": Tenant.replay(UUID(int=9), [sample_of(TenantCreated)]),
        "sender_number": SenderNumber.replay(SENDER, [sample_of(SenderNumberAdded)]),
        "body_digest": digest(WORDS),
        "last_inbound_at": START - timedelta(hours=1),
        "now": START,
    }
    return Sending(**(facts | changes))


def contact(*past: Any) -> Contact:
    return Contact.replay(CONTACT, [IDENTIFIED, *past])


def approved_by(actor: Any) -> OutboundMessage:
    approval = sample_of(Approval, approved_by=actor, body_digest=digest(WORDS))
    return message(approval=approval)


CLOSED = ConversationClosed(conversation_id=CONVERSATION, reason="done")
OTHER = Conversation.replay(
    CONVERSATION, [msgspec.structs.replace(STARTED, contact_id=ContactId(UUID(int=8)))]
)
FROM_ANOTHER_NUMBER = Conversation.replay(
    CONVERSATION, [msgspec.structs.replace(STARTED, sender_number_id=SenderNumberId(UUID(int=8)))]
)
SUSPENDED = Tenant.replay(UUID(int=9), [sample_of(TenantCreated), sample_of(TenantSuspended)])
PAUSED = SenderNumber.replay(SENDER, [sample_of(SenderNumberAdded), sample_of(SenderNumberPaused)])
BLOCKED = SenderNumber.replay(
    SENDER, [sample_of(SenderNumberAdded), sample_of(SenderNumberBlocked)]
)


def restricted(kind: RestrictionKind, ends: timedelta | None = timedelta(days=7)) -> SenderNumber:
    expires_at = None if ends is None else START + ends
    word = sample_of(
        SenderNumberRestricted,
        restrictions=(Restriction(kind=kind.value, expires_at=expires_at),),
    )
    return SenderNumber.replay(SENDER, [sample_of(SenderNumberAdded), word])


REPLIES_RESTRICTED = restricted(RestrictionKind.CUSTOMER_INITIATED)
FIRST_WORDS_RESTRICTED = restricted(RestrictionKind.BUSINESS_INITIATED)
OPTED_OUT = sample_of(OptedOut)
FILLED_IN = filled_in()


def with_template(now: Template | None, **changes: Any) -> dict[str, Any]:
    """A message with a filled-in template, and the template as it stands by now."""
    approval = sample_of(Approval, approved_by=LAWYER, body_digest=digest(FILLED_IN))
    sent = message(approval=approval, content=OutboundContent(body=FILLED_IN))
    return {
        "message": sent,
        "body_digest": digest(FILLED_IN),
        "template": now,
        "last_inbound_at": None,
        **changes,
    }


OTHER_WORDS = msgspec.structs.replace(COMPONENTS, body="{{1}}, lunas {{2}} segera.")
NOT_APPROVED = (
    TemplateStatus.PENDING,
    TemplateStatus.REJECTED,
    TemplateStatus.PENDING_DELETION,
    TemplateStatus.LOCKED,
    TemplateStatus.UNKNOWN,
)
BROADCAST_ID = UUID(int=5)
APPROVING = sample_of(EventRecord, event=sample_of(BroadcastApproved), actor=LAWYER)


def broadcast(*after: Any) -> Broadcast:
    drafted = sample_of(BroadcastDrafted)
    found = Broadcast.replay(BROADCAST_ID, [drafted, APPROVING.event, *after])
    found.note_envelope(APPROVING)
    return found


def of_broadcast(event_id: EventId = APPROVING.event_id) -> OutboundMessage:
    approval = sample_of(
        Approval,
        kind=ApprovalKind.BROADCAST,
        reference=BROADCAST_ID,
        event_id=event_id,
        approved_by=LAWYER,
        body_digest=digest(WORDS),
    )
    return message(MessagePurpose.BROADCAST, approval=approval)


REFUSED: list[tuple[dict[str, Any], RefusalReason]] = [
    ({"message": of_broadcast()}, REASONS.APPROVAL_MISMATCH),
    (
        {"message": of_broadcast(EventId(UUID(int=77))), "broadcast": broadcast()},
        REASONS.APPROVAL_MISMATCH,
    ),
    (
        {"message": of_broadcast(), "broadcast": broadcast(), "contact": contact()},
        REASONS.CONSENT_MISSING,
    ),
    (
        {"message": of_broadcast(), "broadcast": broadcast(sample_of(BroadcastCancelled))},
        REASONS.BROADCAST_CANCELLED,
    ),
    (
        {"message": of_broadcast(), "broadcast": broadcast(sample_of(BroadcastPaused))},
        REASONS.BROADCAST_PAUSED,
    ),
    ({"body_digest": digest(text("Other words"))}, REASONS.APPROVAL_MISMATCH),
    ({"message": approved_by(ASSISTANT)}, REASONS.APPROVAL_NOT_HUMAN),
    ({"message": approved_by(SYSTEM)}, REASONS.APPROVAL_NOT_HUMAN),
    ({"conversation": OTHER}, REASONS.RECIPIENT_MISMATCH),
    ({"conversation": Conversation(CONVERSATION)}, REASONS.RECIPIENT_MISMATCH),
    ({"conversation": Conversation.replay(UUID(int=8), [STARTED])}, REASONS.RECIPIENT_MISMATCH),
    ({"conversation": FROM_ANOTHER_NUMBER}, REASONS.RECIPIENT_MISMATCH),
    ({"contact": Contact(UUID(int=8))}, REASONS.RECIPIENT_MISMATCH),
    ({"sender_number": SenderNumber(UUID(int=8))}, REASONS.RECIPIENT_MISMATCH),
    ({"contact": contact(CONSENT, sample_of(ContactErased))}, REASONS.CONTACT_ERASED),
    ({"contact": contact(CONSENT, OPTED_OUT)}, REASONS.CONTACT_OPTED_OUT),
    ({"contact": contact()}, REASONS.CONSENT_MISSING),
    (
        with_template(
            template(category=TemplateCategory.MARKETING),
            contact=contact(CONSENT, sample_of(MarketingStopped)),
        ),
        REASONS.MARKETING_STOPPED,
    ),
    (
        {
            "contact": contact(WITHDRAWN),
            "message": message(legal_basis=LegalBasis.REQUEST_OF_CONTACT),
        },
        REASONS.CONSENT_MISSING,
    ),
    ({"contact": contact(CONSENT, WITHDRAWN)}, REASONS.CONSENT_MISSING),
    (
        {"conversation": Conversation.replay(CONVERSATION, [STARTED, CLOSED])},
        REASONS.CONVERSATION_CLOSED,
    ),
    (with_template(None), REASONS.TEMPLATE_MISSING),
    (with_template(template(TemplateStatus.DELETED)), REASONS.TEMPLATE_MISSING),
    (with_template(template(waba_id="2")), REASONS.TEMPLATE_MISSING),
    (with_template(template(name="lain")), REASONS.TEMPLATE_MISSING),
    (with_template(template(TemplateStatus.PAUSED)), REASONS.TEMPLATE_PAUSED),
    (with_template(template(TemplateStatus.DISABLED)), REASONS.TEMPLATE_DISABLED),
    *((with_template(template(status)), REASONS.TEMPLATE_NOT_APPROVED) for status in NOT_APPROVED),
    (with_template(template(components=OTHER_WORDS)), REASONS.TEMPLATE_CHANGED),
    (with_template(template(components=None)), REASONS.TEMPLATE_CHANGED),
    (with_template(template(), contact=contact(CONSENT, OPTED_OUT)), REASONS.CONTACT_OPTED_OUT),
    ({"last_inbound_at": None}, REASONS.SERVICE_WINDOW_CLOSED),
    ({"last_inbound_at": START - timedelta(hours=24)}, REASONS.SERVICE_WINDOW_CLOSED),
    ({"last_inbound_at": START + timedelta(minutes=6)}, REASONS.SERVICE_WINDOW_CLOSED),
    ({"now": LATE, "last_inbound_at": LATE}, REASONS.APPROVAL_EXPIRED),
    ({"tenant": SUSPENDED}, REASONS.TENANT_SUSPENDED),
    ({"sender_number": PAUSED}, REASONS.SENDER_NUMBER_PAUSED),
    ({"sender_number": BLOCKED}, REASONS.SENDER_NUMBER_BLOCKED),
    ({"sender_number": REPLIES_RESTRICTED}, REASONS.SENDER_NUMBER_RESTRICTED),
    (
        with_template(template(), sender_number=FIRST_WORDS_RESTRICTED),
        REASONS.SENDER_NUMBER_RESTRICTED,
    ),
]


def test_a_reply_passes_while_only_first_words_are_restricted() -> None:
    assert admit(sending(sender_number=FIRST_WORDS_RESTRICTED)) == Admitted()


def test_a_restriction_ends_by_itself() -> None:
    over = restricted(RestrictionKind.CUSTOMER_INITIATED, timedelta(seconds=-1))
    assert admit(sending(sender_number=over)) == Admitted()


def test_an_approved_reply_to_a_contact_who_agreed_passes() -> None:
    assert admit(sending()) == Admitted()


@pytest.mark.parametrize("status", [TemplateStatus.APPROVED, TemplateStatus.FLAGGED])
def test_a_template_that_meta_sends_passes_outside_the_service_window(
    status: TemplateStatus,
) -> None:
    assert admit(sending(**with_template(template(status)))) == Admitted()


@pytest.mark.parametrize(("changes", "reason"), REFUSED)
def test_each_obstacle_is_a_reason_of_its_own(
    changes: dict[str, Any], reason: RefusalReason
) -> None:
    assert admit(sending(**changes)) == Refused(reason=reason)


def test_every_reason_has_words_a_next_step_a_check_and_a_test() -> None:
    reasons = set(RefusalReason)
    assert set(REFUSALS) == reasons
    assert {reason for reason, _ in CHECKS} == reasons
    assert {reason for _, reason in REFUSED} == reasons
    for refusal in REFUSALS.values():
        assert refusal.words.endswith(".")
        assert refusal.next_step.endswith(".")


def test_an_obstacle_of_the_firm_makes_the_message_wait_and_any_other_refuses_it() -> None:
    waiting = {reason for reason in RefusalReason if Refused(reason=reason).is_temporary}
    assert waiting == {
        REASONS.BROADCAST_PAUSED,
        REASONS.TENANT_SUSPENDED,
        REASONS.SENDER_NUMBER_PAUSED,
        REASONS.SENDER_NUMBER_BLOCKED,
    }


def test_a_message_of_an_approved_broadcast_passes_and_a_paused_one_holds_no_other() -> None:
    assert admit(sending(message=of_broadcast(), broadcast=broadcast())) == Admitted()
    assert not REFUSALS[REASONS.BROADCAST_PAUSED].holds_lane
    assert REFUSALS[REASONS.TENANT_SUSPENDED].holds_lane


def test_what_refuses_for_good_is_found_before_what_makes_wait() -> None:
    both = sending(contact=contact(), sender_number=PAUSED)
    assert admit(both) == Refused(reason=REASONS.CONSENT_MISSING)


@pytest.mark.parametrize(
    ("purpose", "is_admitted"),
    [
        (MessagePurpose.REPLY, False),
        (MessagePurpose.INTAKE_QUESTION, False),
        (MessagePurpose.CONSENT_QUESTION, True),
        (MessagePurpose.NOTICE, True),
        (MessagePurpose.OPT_OUT_CONFIRMATION, True),
    ],
)
def test_only_what_asks_for_consent_or_acknowledges_goes_without_it(
    purpose: MessagePurpose, is_admitted: bool
) -> None:
    decided = admit(sending(message=message(purpose), contact=contact()))
    assert (decided == Admitted()) is is_admitted


@pytest.mark.parametrize("purpose", MessagePurpose)
def test_after_an_opt_out_only_its_confirmation_passes(purpose: MessagePurpose) -> None:
    decided = admit(sending(message=message(purpose), contact=contact(CONSENT, OPTED_OUT)))
    is_confirmation = purpose is MessagePurpose.OPT_OUT_CONFIRMATION
    assert (decided == Admitted()) is is_confirmation


def test_a_closed_conversation_still_acknowledges_an_opt_out() -> None:
    closed = Conversation.replay(CONVERSATION, [STARTED, CLOSED])
    confirmation = message(MessagePurpose.OPT_OUT_CONFIRMATION)
    assert admit(sending(message=confirmation, conversation=closed)) == Admitted()


def test_the_window_is_open_for_24_hours_and_not_a_moment_longer() -> None:
    day = timedelta(hours=24)
    moment = timedelta(microseconds=1)
    assert is_service_window_open(START, START)
    assert is_service_window_open(START, START + day - moment)
    assert not is_service_window_open(START, START + day)


def test_a_clock_of_meta_that_is_a_little_ahead_closes_nothing() -> None:
    assert is_service_window_open(START + timedelta(minutes=5), START)
    assert not is_service_window_open(START + timedelta(minutes=5, seconds=1), START)


def test_only_members_and_operators_are_people_who_approve() -> None:
    human = {kind for kind in ActorKind if msgspec.structs.replace(LAWYER, kind=kind).is_human}
    assert human == {ActorKind.MEMBER, ActorKind.OPERATOR}


@pytest.mark.parametrize(
    ("past", "basis", "is_admitted"),
    [
        ((), None, False),
        ((), LegalBasis.REQUEST_OF_CONTACT, True),
        ((), LegalBasis.VITAL_INTEREST, True),
        ((CONSENT, WITHDRAWN), LegalBasis.REQUEST_OF_CONTACT, False),
        ((CONSENT, WITHDRAWN), LegalBasis.VITAL_INTEREST, True),
        ((sample_of(ConsentRefused),), LegalBasis.REQUEST_OF_CONTACT, False),
    ],
)
def test_a_reply_without_consent_needs_another_ground_that_a_member_named(
    past: tuple[Any, ...], basis: LegalBasis | None, is_admitted: bool
) -> None:
    decided = admit(sending(message=message(legal_basis=basis), contact=contact(*past)))
    assert isinstance(decided, Admitted) is is_admitted


def test_no_ground_replaces_the_wish_for_no_more_messages() -> None:
    urgent = message(legal_basis=LegalBasis.VITAL_INTEREST)
    decided = admit(sending(message=urgent, contact=contact(OPTED_OUT)))
    assert decided == Refused(reason=REASONS.CONTACT_OPTED_OUT)


def test_an_intake_question_never_goes_without_consent() -> None:
    question = message(MessagePurpose.INTAKE_QUESTION, legal_basis=LegalBasis.VITAL_INTEREST)
    decided = admit(sending(message=question, contact=contact()))
    assert decided == Refused(reason=REASONS.CONSENT_MISSING)


def test_an_opt_out_of_another_contact_of_the_same_person_is_obeyed_at_once() -> None:
    joined = Contact.replay(ContactId(UUID(int=77)), [IDENTIFIED, CONSENT, OPTED_OUT])
    assert admit(sending(joined=(joined,))) == Refused(reason=REASONS.CONTACT_OPTED_OUT)
