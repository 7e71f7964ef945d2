"""An assistant that is away for long costs no attempt; its work is done when it is back."""

import dataclasses
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from domain.assessment import AssessmentRecorded
from domain.ports.assistant import AssistantUnavailable
from jobs.runtime import AssistRuntime
from jobs.table import WORK_KINDS
from jobs.work_items import perform_work_item
from tests.domain.given import TENANT
from tests.jobs.stored_story import StoredStory


class AwayAssistant:
    """Answers nothing until it is back."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.is_away = True
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        if self.is_away and name in {"assess", "suggest_draft"}:
            return self._refuse
        return getattr(self._real, name)

    def _refuse(self, _request: Any) -> Any:
        self.asked += 1
        raise AssistantUnavailable("The assistant could not be reached.")


@pytest.fixture
def away(assisting: AssistRuntime) -> AwayAssistant:
    return AwayAssistant(assisting.assistant)


def test_work_that_meets_an_outage_many_times_is_done_when_the_outage_is_over(
    story: StoredStory,
    assisting: AssistRuntime,
    away: AwayAssistant,
    follow: "Connection[Any]",
) -> None:
    story.completes_the_intake()
    story.catch_up()
    runtime = dataclasses.replace(assisting, assistant=away)
    effect = story.effects[0]

    def perform() -> None:
        follow.execute("UPDATE hub.work_attempt SET due_at = now() - interval '1 second'")
        perform_work_item(
            WORK_KINDS, runtime, UUID(str(TENANT)), effect.NAME, str(effect.reference)
        )
        story.catch_up()

    def happened() -> list[type]:
        return [type(record.event) for record in runtime.journal.load(TENANT, effect.reference)]

    for _ in range(12):
        perform()
    assert away.asked == 12
    assert happened() == []
    attempts = follow.execute("SELECT attempts, last_error FROM hub.work_attempt").fetchall()
    assert attempts == [(0, "unavailable")]
    away.is_away = False
    perform()
    assert happened() == [AssessmentRecorded]
