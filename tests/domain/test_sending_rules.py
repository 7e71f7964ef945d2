"""Quiet hours, the life of approvals, what becomes of doubts: the firm's own rules."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.admission import Admitted, RefusalReason, Refused, admit
from domain.change_sending_rules import ChangeSendingRules
from domain.delivery_state import DeliveryState
from domain.errors import HumanRequired, InvalidInput
from domain.identity import EventId
from domain.outbound_commands import (
    DoubtDecision,
    RecordInDoubt,
    SettleDoubt,
    StartAttempt,
    TakeStatus,
)
from domain.outbound_errors import OutboundNotDue
from domain.outbound_message import (
    MessagePurpose,
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundFailed,
    OutboundInDoubt,
    OutboundMessage,
    OutboundRequested,
    OutboundStatusUpdated,
)
from domain.outbound_timing import (
    OutboundCancelled,
    OutboundDoubtParked,
    OutboundDuplicateDetected,
    OutboundRescheduled,
)
from domain.outbound_timing_commands import (
    CancelOutbound,
    PostponeSend,
    RescheduleOutbound,
    TendDoubt,
    TooLateToChange,
)
from domain.sending_rules import DoubtAction, Postponed, SendingRules, end_of_quiet
from domain.tenant import SendingRulesChanged, Tenant, TenantCreated
from tests.domain.given import LAWYER, OPERATOR, SYSTEM, TENANT, digest, given
from tests.domain.memory_journal import START
from tests.domain.story import Story
from tests.domain.test_outbound_message import ID, REQUESTED, WORDS
from tests.domain.test_sending_story import reply, sending

CREATED = TenantCreated(tenant_id=TENANT, name="Kantor Hukum Melati")
NIGHT = SendingRules(quiet_from=time(21), quiet_until=time(7))
STARTED = OutboundAttemptStarted(
    outbound_message_id=ID, attempt=1, callback_data=f"{ID}.1", body_digest=digest(WORDS)
)
DOUBT = OutboundInDoubt(
    outbound_message_id=ID,
    conversation_id=REQUESTED.conversation_id,
    contact_id=REQUESTED.contact_id,
    attempt=1,
    cause="connection_lost",
)
ONCE_MORE = OutboundAttemptFailed(
    outbound_message_id=ID, attempt=1, code=None, words="Again.", due_at=START
)
IN_DOUBT = (REQUESTED, STARTED, DOUBT)


def jakarta(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


@pytest.mark.parametrize(
    ("moment", "ends_at"),
    [
        (jakarta(20, 59), None),
        (jakarta(21), jakarta(7, day=21)),
        (jakarta(23, 59), jakarta(7, day=21)),
        (jakarta(0, 30), jakarta(7)),
        (jakarta(6, 59), jakarta(7)),
        (jakarta(7), None),
    ],
)
def test_quiet_hours_run_over_midnight_in_the_zone_of_the_firm(
    moment: datetime, ends_at: datetime | None
) -> None:
    assert end_of_quiet(NIGHT, moment, "Asia/Jakarta") == ends_at


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    noon = SendingRules(quiet_from=time(12), quiet_until=time(13))
    assert end_of_quiet(noon, jakarta(12, 30), "Asia/Jakarta") == jakarta(13)
    assert end_of_quiet(noon, jakarta(14), "Asia/Jakarta") is None
    assert end_of_quiet(SendingRules(), jakarta(3), "Asia/Jakarta") is None
    assert end_of_quiet(noon, jakarta(12, 30), "Nowhere/Unknown") == jakarta(13)


def change(**rules: Any) -> ChangeSendingRules:
    return ChangeSendingRules(tenant_id=TENANT, rules=SendingRules(**rules))


def test_a_person_sets_the_rules_and_the_same_rules_change_nothing() -> None:
    command = change(quiet_from=time(21), quiet_until=time(7))
    changed = SendingRulesChanged(tenant_id=TENANT, rules=NIGHT)
    given(Tenant, CREATED).when(command).then(changed)
    given(Tenant, CREATED, changed).when(command).then_nothing()
    given(Tenant, CREATED).when(command, by=SYSTEM).then_refused(HumanRequired)


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"quiet_from": time(21)}, "quiet_until"),
        ({"quiet_until": time(7)}, "quiet_from"),
        ({"quiet_from": time(7), "quiet_until": time(7)}, "quiet_until"),
        ({"approval_life_hours": 0}, "approval_life_hours"),
        ({"approval_life_hours": 100_000}, "approval_life_hours"),
        ({"doubt_wait_minutes": 0}, "doubt_wait_minutes"),
    ],
)
def test_rules_out_of_their_limits_are_refused(rules: dict[str, Any], field: str) -> None:
    given(Tenant, CREATED).when(change(**rules)).then_refused(InvalidInput, field=(field,))


@pytest.fixture
def story() -> Story:
    story = Story()
    story.writes("Halo")
    story.taps("Setuju")
    return story


def set_rules(story: Story, **rules: Any) -> None:
    story.handle(change(**rules), by=OPERATOR)


def test_a_reply_written_in_quiet_hours_waits_for_their_end_and_a_question_does_not(
    story: Story,
) -> None:
    set_rules(story, quiet_from=time(21), quiet_until=time(7))
    story.clock.moment = jakarta(22)
    story.writes("Masih ada yang mau saya tanyakan")
    assert admit(sending(story)) == Admitted()
    reply(story)
    requested = story.requested()[-1]
    assert requested.send_at == jakarta(7, day=21)
    assert story.outbound(requested).due_at == jakarta(7, day=21)
    assert admit(sending(story)) == Postponed(until=jakarta(7, day=21))
    assert admit(sending(story, now=jakarta(7, day=21))) == Admitted()


def test_an_approval_ends_and_the_message_is_refused(story: Story) -> None:
    set_rules(story, approval_life_hours=2)
    reply(story)
    now = story.clock.now()
    assert admit(sending(story, now=now + timedelta(minutes=119))) == Admitted()
    refused = admit(sending(story, now=now + timedelta(hours=2)))
    assert refused == Refused(reason=RefusalReason.APPROVAL_EXPIRED)


def test_published_texts_do_not_expire(story: Story) -> None:
    set_rules(story, approval_life_hours=1)
    now = story.clock.now() + timedelta(hours=5)
    assert admit(sending(story, now=now)) == Admitted()


SCHEDULED: OutboundRequested = msgspec.structs.replace(
    REQUESTED, send_at=START + timedelta(hours=3)
)


def test_a_scheduled_message_is_not_attempted_before_its_time() -> None:
    start = StartAttempt(outbound_message_id=ID, body_digest=digest(WORDS))
    given(OutboundMessage, SCHEDULED).when(start).then_refused(OutboundNotDue)
    later = START + timedelta(hours=3)
    given(OutboundMessage, SCHEDULED).when(start, at=later).then_kinds(OutboundAttemptStarted)


def test_a_message_is_cancelled_or_moved_until_its_attempt_by_a_person() -> None:
    cancel = CancelOutbound(outbound_message_id=ID)
    move = RescheduleOutbound(outbound_message_id=ID, send_at=START + timedelta(days=1))
    given(OutboundMessage, SCHEDULED).when(cancel).then_kinds(OutboundCancelled)
    given(OutboundMessage, SCHEDULED).when(move).then_kinds(OutboundRescheduled)
    given(OutboundMessage, SCHEDULED).when(cancel, by=SYSTEM).then_refused(HumanRequired)
    given(OutboundMessage, SCHEDULED, STARTED).when(cancel).then_refused(TooLateToChange)
    given(OutboundMessage, SCHEDULED, STARTED).when(move).then_refused(TooLateToChange)


def test_a_cancelled_message_is_never_attempted() -> None:
    cancelled = given(OutboundMessage, REQUESTED).when(CancelOutbound(outbound_message_id=ID))
    (event,) = cancelled.then_kinds(OutboundCancelled)
    past = (REQUESTED, event)
    start = StartAttempt(outbound_message_id=ID, body_digest=digest(WORDS))
    given(OutboundMessage, *past).when(start).then_refused(OutboundNotDue)
    given(OutboundMessage, *past).when(CancelOutbound(outbound_message_id=ID)).then_nothing()
    postpone = PostponeSend(outbound_message_id=ID, due_at=START, reason="quiet_hours")
    given(OutboundMessage, *past).when(postpone).then_refused(OutboundNotDue)


@pytest.mark.parametrize("days", [0, 91])
def test_a_message_is_scheduled_for_the_near_future_only(days: int) -> None:
    move = RescheduleOutbound(outbound_message_id=ID, send_at=START + timedelta(days=days))
    given(OutboundMessage, REQUESTED).when(move).then_refused(InvalidInput, field=("send_at",))


def tend(action: DoubtAction, **changes: Any) -> TendDoubt:
    facts: dict[str, Any] = {"attempt": 1, "action": action, "decided_by": OPERATOR}
    return TendDoubt(outbound_message_id=ID, **(facts | changes))


def test_a_doubt_is_parked_resent_or_dropped_as_a_person_decided() -> None:
    doubt = (OutboundMessage, *IN_DOUBT)
    given(*doubt).when(tend(DoubtAction.PARK), by=SYSTEM).then_kinds(OutboundDoubtParked)
    given(*doubt).when(tend(DoubtAction.RESEND), by=SYSTEM).then_kinds(OutboundAttemptFailed)
    given(*doubt).when(tend(DoubtAction.DROP), by=SYSTEM).then_kinds(OutboundFailed)
    nobody = tend(DoubtAction.RESEND, decided_by=None)
    given(*doubt).when(nobody, by=SYSTEM).then_refused(HumanRequired)
    given(*doubt).when(tend(DoubtAction.RESEND, attempt=2), by=SYSTEM).then_nothing()


def test_a_rule_resends_once_and_then_a_person_is_asked() -> None:
    again = msgspec.structs.replace(STARTED, attempt=2, callback_data=f"{ID}.2")
    second = msgspec.structs.replace(DOUBT, attempt=2)
    past = (OutboundMessage, *IN_DOUBT, ONCE_MORE, again, second)
    given(*past).when(tend(DoubtAction.RESEND, attempt=2)).then_kinds(OutboundDoubtParked)


def test_a_parked_doubt_is_parked_once_and_still_settled_by_a_person() -> None:
    parked = OutboundDoubtParked(
        outbound_message_id=ID,
        conversation_id=REQUESTED.conversation_id,
        contact_id=REQUESTED.contact_id,
        attempt=1,
    )
    past = (OutboundMessage, *IN_DOUBT, parked)
    given(*past).when(tend(DoubtAction.PARK)).then_nothing()
    settle = SettleDoubt(outbound_message_id=ID, decision=DoubtDecision.SEND_AGAIN)
    given(*past).when(settle, by=LAWYER).then_kinds(OutboundAttemptFailed)


def status(attempt: int, words: str = "delivered", number: int = 7) -> TakeStatus:
    return TakeStatus(
        outbound_message_id=ID,
        status=words,
        attempt=attempt,
        provider_time=START,
        status_event_id=EventId(UUID(int=number)),
    )


def test_a_late_echo_after_a_resend_is_told_as_a_duplicate_with_its_cause_once() -> None:
    again = msgspec.structs.replace(STARTED, attempt=2, callback_data=f"{ID}.2")
    past = (OutboundMessage, *IN_DOUBT, ONCE_MORE, again)
    happened = (
        given(*past).when(status(1)).then_kinds(OutboundStatusUpdated, OutboundDuplicateDetected)
    )
    assert (happened[1].attempt, happened[1].later_attempt) == (1, 2)
    assert happened[1].cause == "connection_lost"
    later = status(1, "read", 8)
    given(*past, *happened).when(later).then_kinds(OutboundStatusUpdated)


@pytest.mark.parametrize(
    ("command", "past"),
    [
        (status(1), IN_DOUBT),
        (status(1), (*IN_DOUBT, ONCE_MORE)),
        (status(1, "failed"), (*IN_DOUBT, ONCE_MORE)),
    ],
)
def test_an_echo_before_a_second_attempt_is_no_duplicate(
    command: TakeStatus, past: tuple[Any, ...]
) -> None:
    given(OutboundMessage, *past).when(command).then_kinds(OutboundStatusUpdated)


def test_an_echo_that_arrives_before_the_second_attempt_stops_it() -> None:
    past = (OutboundMessage, *IN_DOUBT, ONCE_MORE)
    (updated,) = given(*past).when(status(1)).then_kinds(OutboundStatusUpdated)
    assert updated.state is DeliveryState.DELIVERED
    start = StartAttempt(outbound_message_id=ID, body_digest=digest(WORDS))
    given(*past, updated).when(start).then_refused(OutboundNotDue)


def test_every_purpose_is_parked_unless_somebody_said_otherwise() -> None:
    assert {SendingRules().action_for(each) for each in MessagePurpose} == {DoubtAction.PARK}


def test_the_message_in_doubt_keeps_the_cause_of_each_attempt() -> None:
    doubt = RecordInDoubt(outbound_message_id=ID, attempt=1, cause="no_answer_in_time")
    given(OutboundMessage, REQUESTED, STARTED).when(doubt).then_kinds(OutboundInDoubt)
    assert OutboundMessage.replay(ID, list(IN_DOUBT)).doubts == {1: "connection_lost"}
