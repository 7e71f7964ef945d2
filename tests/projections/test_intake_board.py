"""The intake board: how far a new client has come, and what was answered."""

from typing import Any

import pytest

from domain.event import Event
from domain.intake import (
    IntakeCompleted,
    IntakeConsentGiven,
    IntakeConsentRefused,
    IntakeFollowUpReceived,
    IntakeHandedOver,
    IntakeQuestionAnswered,
    IntakeQuestionAsked,
    IntakeStarted,
)
from projections.intake_board import IntakeBoard, IntakeRow, answers_of
from tests.projections.happened import Happened, fold, named, shows

SESSION: dict[str, Any] = {
    "session_id": named("session"),
    "conversation_id": named("conversation"),
    "contact_id": named("contact"),
}


def row(happened: Happened) -> IntakeRow:
    (found,) = fold(IntakeBoard(), happened.records)
    assert isinstance(found, IntakeRow)
    return found


def started() -> Happened:
    happened = Happened()
    happened.sample(IntakeStarted, flow_version=3, **SESSION)
    return happened


def test_answers_stand_in_their_order_and_close_the_open_question() -> None:
    happened = started()
    happened.sample(IntakeQuestionAsked, question_key="consent", topic="consent", **SESSION)
    assert (row(happened).state, row(happened).open_question_key) == ("consent_asked", "consent")
    consent = happened.sample(IntakeConsentGiven, **SESSION)
    happened.sample(IntakeQuestionAsked, question_key="name", topic="full_name", **SESSION)
    found = row(happened)
    assert (found.state, found.open_question_key, found.open_topic) == (
        "running",
        "name",
        "full_name",
    )
    answered = happened.sample(IntakeQuestionAnswered, question_key="name", **SESSION)
    found = row(happened)
    assert (found.open_question_key, found.open_topic, found.asked_at) == (None, None, None)
    first, second = answers_of(found)
    assert (first.question_key, second.question_key) == ("consent", "name")
    assert shows(first.sealed, consent)
    assert shows(second.sealed, answered)
    assert (found.flow_version, found.version) == (3, 5)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (IntakeCompleted, "completed"),
        (IntakeConsentRefused, "refused"),
        (IntakeHandedOver, "handed_over"),
    ],
)
def test_an_intake_ends(kind: type[Event], state: str) -> None:
    happened = started()
    happened.sample(IntakeQuestionAsked, **SESSION)
    ended = happened.sample(kind, **SESSION)
    found = row(happened)
    assert (found.state, found.completed_at) == (state, ended.occurred_at)
    assert found.open_question_key is None


def test_a_follow_up_leaves_the_intake_completed() -> None:
    happened = started()
    happened.sample(IntakeCompleted, **SESSION)
    happened.sample(IntakeFollowUpReceived, **SESSION)
    assert (row(happened).state, row(happened).version) == ("completed", 3)
