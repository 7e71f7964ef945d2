"""What is to be done: messages to send, and work for the assistant."""

from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from domain.assessment import AssessmentFailed, AssessmentPurpose, AssessmentRecorded
from domain.delivery_state import DeliveryState
from domain.draft import DraftSuggested, DraftSuggestionFailed
from domain.event import Event
from domain.identity import assessment_id_after, draft_id_after
from domain.intake import IntakeCompleted, IntakeConsentGiven
from domain.outbound_message import (
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundFailed,
    OutboundFoundSent,
    OutboundInDoubt,
    OutboundRefused,
    OutboundRequested,
    OutboundSent,
    OutboundStatusUpdated,
)
from infrastructure.following.listener import Connect
from projections.message_lookup import messages_by_wamid
from projections.outbox import Outbox, OutboxRow, attempts_of_sender, due_messages_of_sender
from projections.projection import WORK_DUE
from projections.work_items import WorkItems, due_work, work_item
from tests.event_store import FIRM, OTHER_FIRM, Store, follow_once
from tests.projections.happened import BEGINNING, Happened, fold, named

OUTBOUND: dict[str, Any] = {"outbound_message_id": named("outbound")}


def outbox_row(happened: Happened) -> OutboxRow:
    (found,) = fold(Outbox(), happened.records)
    assert isinstance(found, OutboxRow)
    return found


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ([], "due"),
        ([OutboundAttemptStarted], "attempting"),
        ([OutboundAttemptStarted, OutboundSent], "accepted"),
        ([OutboundAttemptStarted, OutboundInDoubt], "in_doubt"),
        ([OutboundAttemptStarted, OutboundInDoubt, OutboundFoundSent], "accepted"),
        ([OutboundAttemptStarted, OutboundAttemptFailed], "due"),
        ([OutboundAttemptStarted, OutboundFailed], "failed"),
        ([OutboundRefused], "refused"),
    ],
)
def test_the_outbox_says_whether_a_message_is_to_be_sent(
    kinds: list[type[Event]], state: str
) -> None:
    happened = Happened()
    happened.sample(OutboundRequested, **OUTBOUND)
    for kind in kinds:
        happened.sample(kind, **OUTBOUND)
    assert outbox_row(happened).state == state


@pytest.mark.parametrize(
    ("reached", "state"), [(DeliveryState.DELIVERED, "settled"), (DeliveryState.FAILED, "failed")]
)
def test_a_status_settles_a_message_even_before_the_answer_to_its_send(
    reached: DeliveryState, state: str
) -> None:
    happened = Happened()
    happened.sample(OutboundRequested, **OUTBOUND)
    happened.sample(OutboundAttemptStarted, **OUTBOUND)
    happened.sample(OutboundStatusUpdated, state=reached, **OUTBOUND)
    happened.sample(OutboundSent, wamid_digest="digest", **OUTBOUND)
    found = outbox_row(happened)
    assert (found.state, found.wamid_digest) == (state, "digest")


@pytest.mark.parametrize(
    ("kinds", "is_news"),
    [
        ([], True),
        ([OutboundAttemptStarted], False),
        ([OutboundAttemptStarted, OutboundSent], False),
        ([OutboundAttemptStarted, OutboundInDoubt], False),
        ([OutboundAttemptStarted, OutboundAttemptFailed], True),
        ([OutboundRefused], True),
    ],
)
def test_only_what_may_have_made_a_message_due_is_announced(
    kinds: list[type[Event]],
    is_news: bool,
    follow: Connection[Any],
    connect_follow: Connect,
    store: Store,
) -> None:
    happened = Happened()
    happened.sample(OutboundRequested, **OUTBOUND)
    for kind in kinds:
        happened.sample(kind, **OUTBOUND)
    *before, last = happened.records
    store(before)
    follow_once(follow, ["outbox"])
    with connect_follow("tests-listener") as listener:
        listener.execute(f"LISTEN {WORK_DUE}")
        store([last])
        follow_once(follow, ["outbox"])
        listener.execute("SELECT 1")
        assert len(list(listener.notifies(timeout=0, stop_after=1))) == is_news


def test_what_is_due_is_found_by_time_priority_and_age(
    follow: Connection[Any], store: Store
) -> None:
    happened = Happened()
    for name, priority in (("later", 3), ("urgent", 1), ("last", 3), ("retried", 1)):
        happened.sample(
            OutboundRequested,
            outbound_message_id=named(name),
            priority=priority,
            conversation_id=named(f"conversation of {name}"),
            sender_number_id=named("number"),
        )
    due_at = BEGINNING + timedelta(days=1)
    retried: dict[str, Any] = {"outbound_message_id": named("retried")}
    happened.sample(OutboundAttemptStarted, **retried)
    happened.sample(OutboundAttemptFailed, due_at=due_at, **retried)
    happened.sample(OutboundAttemptStarted, outbound_message_id=named("last"))
    store(happened.take())
    follow_once(follow, ["outbox"])

    def due(now: Any) -> list[Any]:
        query = due_messages_of_sender(FIRM, named("number"), now=now, limit=9)
        rows = query.fetch(follow)
        return [row.outbound_message_id for row in rows]

    soon = BEGINNING + timedelta(hours=1)
    assert due(soon) == [named("urgent"), named("later")]
    assert due(due_at) == [named("urgent"), named("retried"), named("later")]
    (unfinished,) = attempts_of_sender(FIRM, named("number")).fetch(follow)
    assert unfinished.outbound_message_id == named("last")


def test_a_sent_message_is_found_by_the_digest_of_metas_id(
    follow: Connection[Any], store: Store
) -> None:
    happened = Happened()
    happened.sample(OutboundSent, wamid_digest="digest", **OUTBOUND)
    store(happened.take())
    follow_once(follow, ["message_lookup"])
    (found,) = messages_by_wamid(FIRM, ["digest", "other"]).fetch(follow)
    assert found.outbound_message_id == named("outbound")
    assert messages_by_wamid(OTHER_FIRM, ["digest"]).fetch(follow) == []


@pytest.mark.parametrize(
    ("ending", "state"), [(AssessmentRecorded, "done"), (AssessmentFailed, "abandoned")]
)
def test_an_assessment_is_work_until_it_is_recorded_or_given_up(
    ending: type[Event], state: str
) -> None:
    happened = Happened()
    consent = happened.sample(IntakeConsentGiven, conversation_id=named("conversation"))
    (item,) = fold(WorkItems(), happened.records)
    assert (item.kind, item.state) == ("assess_message.v1", "due")
    assert item.caused_by == consent.event_id
    ended = happened.sample(
        ending,
        assessment_id=assessment_id_after(consent.event_id),
        purpose=AssessmentPurpose.TRIAGE,
    )
    (item,) = fold(WorkItems(), happened.records)
    assert (item.state, item.ended_at) == (state, ended.occurred_at)


@pytest.mark.parametrize(
    ("ending", "state"), [(DraftSuggested, "done"), (DraftSuggestionFailed, "abandoned")]
)
def test_a_review_asks_for_a_draft(ending: type[Event], state: str) -> None:
    happened = Happened()
    assessment_id = named("assessment")
    happened.sample(
        AssessmentRecorded, assessment_id=assessment_id, purpose=AssessmentPurpose.REVIEW
    )
    (item,) = fold(WorkItems(), happened.records)
    assert (item.kind, item.reference) == ("suggest_draft.v1", draft_id_after(assessment_id))
    happened.sample(ending, draft_id=item.reference)
    (item,) = fold(WorkItems(), happened.records)
    assert item.state == state


def test_due_work_of_every_firm_is_found(follow: Connection[Any], store: Store) -> None:
    references = []
    for tenant_id in (FIRM, OTHER_FIRM):
        happened = Happened(tenant_id)
        completed = happened.sample(IntakeCompleted, session_id=named(str(tenant_id)))
        store(happened.take())
        references.append(assessment_id_after(completed.event_id))
    follow_once(follow, ["work_items"])
    assert [item.reference for item in due_work(limit=9).fetch(follow)] == references
    kind = "assess_message.v1"
    assert work_item(FIRM, kind, references[0]).first(follow) is not None
    assert work_item(FIRM, kind, references[1]).first(follow) is None
