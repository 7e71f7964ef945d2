"""The inbox: one row per conversation with what the screen shows."""

from datetime import timedelta
from typing import Any

import pytest

from domain.assessment import AssessmentPurpose, AssessmentRecorded
from domain.contact import (
    ContactDetailsChanged,
    ContactErased,
    ContactIdentified,
    OptedIn,
    OptedOut,
)
from domain.conversation import (
    ConversationAssigned,
    ConversationClosed,
    ConversationReopened,
    ConversationStarted,
)
from domain.delivery_state import DeliveryState
from domain.draft import DraftApproved, DraftRejected, DraftSuggested, DraftSuperseded, DraftWritten
from domain.event import Event
from domain.inbound_message import MessageReceived
from domain.intake import (
    IntakeCompleted,
    IntakeConsentGiven,
    IntakeConsentRefused,
    IntakeFollowUpReceived,
    IntakeHandedOver,
    IntakeStarted,
)
from domain.outbound_message import (
    MessagePurpose,
    OutboundFailed,
    OutboundRefused,
    OutboundRequested,
    OutboundStatusUpdated,
)
from projections.inbox import Inbox, InboxRow
from tests.projections.happened import BEGINNING, Happened, fold, named, shows

IDS: dict[str, Any] = {
    "conversation_id": named("conversation"),
    "contact_id": named("contact"),
    "sender_number_id": named("number"),
}


def row(happened: Happened) -> InboxRow:
    (found,) = fold(Inbox(), happened.records)
    assert isinstance(found, InboxRow)
    return found


def received(happened: Happened, name: str, minute: int = 0, order: int = 0, **values: Any) -> Any:
    event = MessageReceived(
        message_id=named(name),
        kind=values.pop("kind", "text"),
        envelope_order=order,
        content=values.pop("content", "words"),
        in_group=values.pop("in_group", False),
        **IDS,
    )
    return happened.add(event, at=BEGINNING + timedelta(minutes=minute))


def test_the_first_message_makes_the_row_and_the_contact_is_known_from_before() -> None:
    happened = Happened()
    identified = happened.sample(ContactIdentified, **IDS)
    happened.sample(OptedOut, **IDS)
    message = received(happened, "first")
    found = row(happened)
    assert shows(found.contact_details_sealed, identified)
    assert shows(found.last_message_sealed, message)
    assert found.opted_out
    assert (found.state, found.unread_count, found.needs_reply) == ("open", 1, True)
    assert found.version == 0


def test_a_message_that_arrives_late_is_not_the_last_one() -> None:
    happened = Happened()
    newest = received(happened, "newest", minute=5, order=1)
    received(happened, "late", minute=2)
    received(happened, "same minute", minute=5, order=0)
    found = row(happened)
    assert shows(found.last_message_sealed, newest)
    assert found.last_activity_at == found.last_inbound_at == BEGINNING + timedelta(minutes=5)
    assert found.unread_count == 3


def test_a_notice_of_whatsapp_itself_asks_for_no_reply() -> None:
    happened = Happened()
    received(happened, "notice", kind="system")
    found = row(happened)
    assert (found.unread_count, found.needs_reply, found.last_inbound_at) == (0, False, None)
    assert found.last_message_kind == "system"


def test_a_message_in_a_group_opens_no_service_window() -> None:
    happened = Happened()
    received(happened, "in the group", minute=5, in_group=True)
    assert row(happened).last_inbound_at is None
    received(happened, "to the firm alone", minute=2)
    found = row(happened)
    assert found.last_inbound_at == BEGINNING + timedelta(minutes=2)
    assert (found.unread_count, found.needs_reply) == (2, True)


def test_a_reply_of_a_member_answers_and_an_automatic_text_does_not() -> None:
    happened = Happened()
    received(happened, "question")
    happened.sample(OutboundRequested, purpose=MessagePurpose.NOTICE, **IDS)
    assert row(happened).needs_reply
    reply = happened.sample(OutboundRequested, purpose=MessagePurpose.REPLY, **IDS)
    found = row(happened)
    assert (found.needs_reply, found.unread_count) == (False, 0)
    assert found.last_message_direction == "outbound"
    assert shows(found.last_message_sealed, reply)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (OutboundRefused, {}),
        (OutboundFailed, {}),
        (OutboundStatusUpdated, {"state": DeliveryState.FAILED}),
    ],
)
def test_a_reply_that_did_not_go_out_calls_a_person_again(
    kind: type[Event], values: dict[str, Any]
) -> None:
    happened = Happened()
    received(happened, "question")
    for name in ("first", "second"):
        purpose = MessagePurpose.REPLY
        message_id = named(name)
        happened.sample(OutboundRequested, purpose=purpose, outbound_message_id=message_id, **IDS)
    happened.sample(kind, outbound_message_id=named("first"), **IDS, **values)
    assert not row(happened).needs_reply
    delivered = {"status": "delivered", "state": DeliveryState.DELIVERED}
    happened.sample(OutboundStatusUpdated, outbound_message_id=named("second"), **IDS, **delivered)
    assert not row(happened).needs_reply
    happened.sample(kind, outbound_message_id=named("second"), **IDS, **values)
    assert row(happened).needs_reply


@pytest.mark.parametrize(
    ("kind", "state", "needs_reply"),
    [
        (IntakeStarted, "consent_asked", False),
        (IntakeConsentGiven, "running", False),
        (IntakeConsentRefused, "refused", True),
        (IntakeCompleted, "completed", True),
        (IntakeFollowUpReceived, "completed", True),
        (IntakeHandedOver, "handed_over", True),
    ],
)
def test_while_the_intake_runs_nobody_has_to_reply(
    kind: type[Event], state: str, needs_reply: bool
) -> None:
    happened = Happened()
    received(happened, "first")
    happened.sample(kind, **IDS)
    found = row(happened)
    assert (found.intake_state, found.needs_reply) == (state, needs_reply)
    received(happened, "answer")
    assert row(happened).needs_reply == needs_reply


def test_a_review_is_not_replaced_by_a_triage_that_comes_later() -> None:
    happened = Happened()
    received(happened, "first")
    for purpose, urgency in (("triage", "low"), ("review", "emergency"), ("triage", "normal")):
        happened.sample(
            AssessmentRecorded, purpose=AssessmentPurpose(purpose), urgency=urgency, **IDS
        )
    found = row(happened)
    assert (found.urgency, found.urgency_rank, found.assessment_purpose) == (
        "emergency",
        0,
        "review",
    )


@pytest.mark.parametrize("decision", [DraftApproved, DraftRejected, DraftSuperseded])
@pytest.mark.parametrize("kind", [DraftSuggested, DraftWritten])
def test_a_draft_waits_until_it_is_decided(kind: type[Event], decision: type[Event]) -> None:
    happened = Happened()
    received(happened, "first")
    happened.sample(kind, draft_id=named("draft"), **IDS)
    assert row(happened).pending_draft_id == named("draft")
    happened.sample(decision, draft_id=named("another"), **IDS)
    assert row(happened).pending_draft_id == named("draft")
    happened.sample(decision, draft_id=named("draft"), **IDS)
    assert row(happened).pending_draft_id is None


def test_assignment_closing_and_reopening_carry_the_version_of_the_conversation() -> None:
    happened = Happened()
    received(happened, "first")
    happened.sample(ConversationStarted, **IDS)
    happened.sample(ConversationAssigned, member_id=named("lawyer"), **IDS)
    assert row(happened).assigned_member_id == named("lawyer")
    happened.sample(ConversationClosed, **IDS)
    found = row(happened)
    assert (found.state, found.needs_reply, found.version) == ("closed", False, 3)
    happened.sample(ConversationReopened, **IDS)
    found = row(happened)
    assert (found.state, found.version) == ("open", 4)


def test_what_becomes_known_of_the_contact_reaches_its_conversations() -> None:
    happened = Happened()
    received(happened, "first")
    changed = happened.sample(ContactDetailsChanged, **IDS)
    happened.sample(OptedOut, **IDS)
    assert shows(row(happened).contact_details_sealed, changed)
    assert row(happened).opted_out
    happened.sample(OptedIn, **IDS)
    assert not row(happened).opted_out
    happened.sample(ContactErased, **IDS)
    found = row(happened)
    assert (found.contact_details_sealed, found.last_message_sealed) == (None, None)
