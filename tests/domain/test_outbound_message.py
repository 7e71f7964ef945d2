"""An outbound message: never sent without approval, never twice at once, only forward."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.delivery_state import DeliveryState
from domain.errors import HumanRequired, InvalidInput, NotFound
from domain.event import Erased, Event
from domain.identity import EventId, OutboundMessageId
from domain.outbound_body import BodyDigestMismatch, TextBody
from domain.outbound_commands import (
    RecordAttemptFailure,
    RecordFailure,
    RecordInDoubt,
    RecordSent,
    RefuseSend,
    RequestOutbound,
    StartAttempt,
)
from domain.outbound_errors import ApprovalDoesNotCover, AttemptNotUnderway, OutboundNotDue
from domain.outbound_message import (
    Approval,
    ApprovalKind,
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundContent,
    OutboundFailed,
    OutboundInDoubt,
    OutboundMessage,
    OutboundRefused,
    OutboundRequested,
    OutboundSent,
    OutboundStatusUpdated,
)
from domain.provenance import Actor
from tests.domain.given import ASSISTANT, LAWYER, SYSTEM, digest, given, text
from tests.domain.memory_journal import START
from tests.domain.samples import sample_of

WORDS = text("Baik, kami hubungi besok.")
ID = OutboundMessageId(UUID(int=1))
LATER = START + timedelta(minutes=1)


def approval(*, by: Actor = LAWYER, words: TextBody = WORDS) -> Approval:
    return Approval(
        kind=ApprovalKind.DRAFT,
        reference=UUID(int=2),
        event_id=EventId(UUID(int=3)),
        approved_by=by,
        approved_at=START,
        body_digest=digest(words),
    )


REQUESTED = sample_of(
    OutboundRequested,
    outbound_message_id=ID,
    approval=approval(),
    content=OutboundContent(body=WORDS),
)


def request(**changes: Any) -> RequestOutbound:
    facts: dict[str, Any] = {
        "outbound_message_id": ID,
        "approval": approval(),
        "body": WORDS,
        "priority": 3,
        "expected_version": None,
    }
    return sample_of(RequestOutbound, **(facts | changes))


def attempt(number: int = 1) -> OutboundAttemptStarted:
    return OutboundAttemptStarted(
        outbound_message_id=ID,
        attempt=number,
        callback_data=f"{ID}.{number}",
        body_digest=digest(WORDS),
    )


def start(body_digest: str = digest(WORDS)) -> StartAttempt:
    return StartAttempt(outbound_message_id=ID, body_digest=body_digest)


def attempt_failed(number: int = 1) -> OutboundAttemptFailed:
    return OutboundAttemptFailed(
        outbound_message_id=ID, attempt=number, code=131000, words="busy", due_at=LATER
    )


def in_doubt() -> OutboundInDoubt:
    return sample_of(OutboundInDoubt, outbound_message_id=ID, attempt=1)


def sent(number: int = 1) -> OutboundSent:
    return sample_of(OutboundSent, outbound_message_id=ID, attempt=number, wamid_digest="aa")


def failed(number: int = 1) -> OutboundFailed:
    return sample_of(OutboundFailed, outbound_message_id=ID, attempt=number)


def updated(status: str, state: DeliveryState, number: int = 1) -> OutboundStatusUpdated:
    return sample_of(
        OutboundStatusUpdated,
        outbound_message_id=ID,
        status=status,
        state=state,
        status_event_id=EventId(UUID(int=500 + number)),
    )


def message(*past: Event) -> OutboundMessage:
    return OutboundMessage.replay(ID, past)


# --- asking ---------------------------------------------------------------------------------------


def test_approved_words_are_asked_to_be_sent() -> None:
    (event,) = given(OutboundMessage).when(request(), by=SYSTEM).then_kinds(OutboundRequested)
    assert event.content.body == WORDS
    assert event.approval == approval()


def test_asking_again_changes_nothing() -> None:
    given(OutboundMessage, REQUESTED).when(request(), by=SYSTEM).then_nothing()


@pytest.mark.parametrize("actor", [ASSISTANT, SYSTEM])
def test_words_that_no_person_approved_are_refused(actor: Actor) -> None:
    command = request(approval=approval(by=actor))
    given(OutboundMessage).when(command, by=SYSTEM).then_refused(HumanRequired)


def test_words_other_than_the_approved_ones_are_refused() -> None:
    command = request(approval=approval(words=text("Other words")))
    given(OutboundMessage).when(command, by=SYSTEM).then_refused(ApprovalDoesNotCover)


def test_words_that_meta_would_refuse_are_refused() -> None:
    command = request(body=text("x" * 4097))
    given(OutboundMessage).when(command).then_refused(InvalidInput, field=("body", "text"))


@pytest.mark.parametrize("priority", [0, 11])
def test_a_priority_lies_between_one_and_ten(priority: int) -> None:
    command = request(priority=priority)
    given(OutboundMessage).when(command).then_refused(InvalidInput, field=("priority",))


# --- attempts -------------------------------------------------------------------------------------


def test_an_attempt_starts_with_what_meta_will_echo() -> None:
    given(OutboundMessage, REQUESTED).when(start(), by=SYSTEM).then(attempt())


def test_an_unknown_message_is_not_found() -> None:
    given(OutboundMessage).when(start()).then_refused(NotFound)


@pytest.mark.parametrize(
    "past",
    [
        (attempt(),),
        (attempt(), in_doubt()),
        (attempt(), sent()),
        (attempt(), failed()),
        (attempt(), updated("delivered", DeliveryState.DELIVERED)),
        (attempt(), attempt_failed(), updated("sent", DeliveryState.SENT)),
        (sample_of(OutboundRefused, outbound_message_id=ID),),
    ],
)
def test_no_attempt_starts_unless_the_message_waits_for_one(past: tuple[Event, ...]) -> None:
    given(OutboundMessage, REQUESTED, *past).when(start(), at=LATER).then_refused(OutboundNotDue)


def test_the_next_attempt_waits_until_it_is_due() -> None:
    past = (REQUESTED, attempt(), attempt_failed())
    given(OutboundMessage, *past).when(start(), at=START).then_refused(OutboundNotDue)
    given(OutboundMessage, *past).when(start(), at=LATER).then(attempt(2))


def test_other_words_than_the_approved_ones_are_never_attempted() -> None:
    command = start(digest(text("Other words")))
    given(OutboundMessage, REQUESTED).when(command).then_refused(ApprovalDoesNotCover)


def test_words_changed_in_the_store_are_never_attempted() -> None:
    changed = msgspec.structs.replace(
        REQUESTED, content=OutboundContent(body=text("Changed behind our back"))
    )
    given(OutboundMessage, changed).when(start()).then_refused(BodyDigestMismatch)


def test_erased_words_are_never_attempted() -> None:
    erased = msgspec.structs.replace(REQUESTED, content=Erased())
    given(OutboundMessage, erased).when(start()).then_refused(ApprovalDoesNotCover)


# --- outcomes -------------------------------------------------------------------------------------


def record_sent(number: int = 1, wamid_digest: str = "aa") -> RecordSent:
    return RecordSent(
        outbound_message_id=ID, attempt=number, wamid="wamid.1", wamid_digest=wamid_digest
    )


def test_meta_accepted_the_attempt() -> None:
    (event,) = (
        given(OutboundMessage, REQUESTED, attempt()).when(record_sent()).then_kinds(OutboundSent)
    )
    assert event.wamid_digest == "aa"
    assert event.content.wamid == "wamid.1"
    assert message(REQUESTED, attempt(), event).state is DeliveryState.ACCEPTED


def test_an_answer_recorded_twice_is_one_answer() -> None:
    given(OutboundMessage, REQUESTED, attempt(), sent()).when(record_sent()).then_nothing()


def test_another_answer_to_an_answered_attempt_is_refused() -> None:
    past = (REQUESTED, attempt(), sent())
    given(OutboundMessage, *past).when(record_sent(wamid_digest="bb")).then_refused(
        AttemptNotUnderway
    )


@pytest.mark.parametrize("past", [(), (attempt(), attempt_failed())])
def test_an_answer_without_an_attempt_underway_is_refused(past: tuple[Event, ...]) -> None:
    number = len(past) // 2
    given(OutboundMessage, REQUESTED, *past).when(record_sent(number)).then_refused(
        AttemptNotUnderway
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("sent", DeliveryState.SENT),
        ("delivered", DeliveryState.DELIVERED),
        ("read", DeliveryState.READ),
        ("failed", DeliveryState.FAILED),
    ],
)
def test_an_answer_after_a_status_moves_nothing_back(status: str, state: DeliveryState) -> None:
    past = (REQUESTED, attempt(), updated(status, state))
    (event,) = given(OutboundMessage, *past).when(record_sent()).then_kinds(OutboundSent)
    assert message(*past, event).state is state


def fail_attempt(number: int = 1) -> RecordAttemptFailure:
    return RecordAttemptFailure(
        outbound_message_id=ID, attempt=number, code=131000, words="busy", due_at=LATER
    )


def fail(number: int = 1) -> RecordFailure:
    return RecordFailure(outbound_message_id=ID, attempt=number, code=131026, words="unreachable")


def doubt(number: int = 1) -> RecordInDoubt:
    return RecordInDoubt(outbound_message_id=ID, attempt=number, cause="timeout")


OUTCOMES = [
    (fail_attempt, OutboundAttemptFailed, DeliveryState.REQUESTED),
    (fail, OutboundFailed, DeliveryState.FAILED),
    (doubt, OutboundInDoubt, DeliveryState.IN_DOUBT),
]


@pytest.mark.parametrize(("outcome", "kind", "state"), OUTCOMES)
def test_each_other_outcome_of_an_attempt_is_kept(
    outcome: Any, kind: type[Event], state: DeliveryState
) -> None:
    (event,) = given(OutboundMessage, REQUESTED, attempt()).when(outcome()).then_kinds(kind)
    assert message(REQUESTED, attempt(), event).state is state


@pytest.mark.parametrize(("outcome", "kind", "state"), OUTCOMES)
def test_where_a_status_has_settled_the_attempt_no_other_outcome_counts(
    outcome: Any, kind: type[Event], state: DeliveryState
) -> None:
    past = (REQUESTED, attempt(), updated("delivered", DeliveryState.DELIVERED))
    given(OutboundMessage, *past).when(outcome()).then_nothing()


@pytest.mark.parametrize(("outcome", "kind", "state"), OUTCOMES)
def test_an_outcome_of_another_attempt_is_refused(
    outcome: Any, kind: type[Event], state: DeliveryState
) -> None:
    past = (REQUESTED, attempt(), attempt_failed(), attempt(2))
    given(OutboundMessage, *past).when(outcome(1)).then_refused(AttemptNotUnderway)
    given(OutboundMessage, *past[:3]).when(outcome(1)).then_refused(AttemptNotUnderway)


def test_the_time_of_the_next_attempt_needs_a_time_zone() -> None:
    command = msgspec.structs.replace(fail_attempt(), due_at=LATER.replace(tzinfo=None))
    given(OutboundMessage, REQUESTED, attempt()).when(command).then_refused(
        InvalidInput, field=("due_at",)
    )


def test_a_refusal_of_the_admission_is_final() -> None:
    command = RefuseSend(outbound_message_id=ID, reason="contact_opted_out")
    (event,) = given(OutboundMessage, REQUESTED).when(command).then_kinds(OutboundRefused)
    assert message(REQUESTED, event).state is DeliveryState.REFUSED
    given(OutboundMessage, REQUESTED, event).when(command).then_refused(OutboundNotDue)


def test_a_refusal_names_a_known_reason() -> None:
    command = RefuseSend(outbound_message_id=ID, reason="Because of Siti")
    given(OutboundMessage, REQUESTED).when(command).then_refused(InvalidInput, field=("reason",))
