"""Work that the hub's own code fails on becomes a dead letter, and is done once it may again."""

import dataclasses
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.assessment import AssessmentFailed, AssessmentRecorded
from domain.dead_letter import (
    DeadLetterKind,
    DeadLetterOpened,
    RetryDeadLetter,
    dead_letter_id_of,
)
from domain.defect import DEFECTS_MAX
from domain.errors import StoreUnavailable
from jobs.retry import ATTEMPTS_MAX
from jobs.runtime import AssistRuntime
from jobs.table import WORK_KINDS
from jobs.work_items import perform_work_item
from projections.dead_letter_queries import LetterFilter, open_letters
from projections.work_items import WorkState, work_item
from tests.domain.given import OPERATOR, TENANT
from tests.jobs.stored_story import StoredStory


class DefectiveAssistant:
    """Fails in its own code until it is mended."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.is_mended = False

    def __getattr__(self, name: str) -> Any:
        if name == "assess" and not self.is_mended:
            return self._fail
        return getattr(self._real, name)

    def _fail(self, _request: Any) -> Any:
        raise KeyError("rahasia")


def test_poisonous_work_is_told_with_its_digest_and_done_after_a_retry(
    story: StoredStory, assisting: AssistRuntime, follow: "Connection[Any]"
) -> None:
    story.completes_the_intake()
    story.catch_up()
    assistant = DefectiveAssistant(assisting.assistant)
    runtime = dataclasses.replace(assisting, assistant=assistant)
    effect = story.effects[0]

    def perform() -> None:
        follow.execute("UPDATE hub.work_attempt SET due_at = now() - interval '1 second'")
        tenant_id = UUID(str(TENANT))
        perform_work_item(WORK_KINDS, runtime, tenant_id, effect.NAME, str(effect.reference))
        story.catch_up()

    for _ in range(DEFECTS_MAX):
        perform()
    (row,) = open_letters(LetterFilter(tenant_id=TENANT), limit=10).fetch(follow)
    assert (row.kind, row.cause, row.item_id) == ("assessment", "defect", effect.reference)
    assert (row.attempts, row.times, row.error) == (DEFECTS_MAX, 1, "KeyError")
    assert "jobs/assess_message.py" in row.frames
    letter_id = dead_letter_id_of(effect.reference)
    (opened,) = runtime.journal.load(TENANT, letter_id)
    assert isinstance(opened.event, DeadLetterOpened)
    assert "rahasia" not in str(opened)
    story.handle(
        RetryDeadLetter(
            dead_letter_id=letter_id, item_id=effect.reference, kind=DeadLetterKind.ASSESSMENT
        ),
        by=OPERATOR,
    )
    story.catch_up()
    item = work_item(TENANT, effect.NAME, effect.reference).first(follow)
    assert item is not None
    assert item.state == WorkState.DUE
    assistant.is_mended = True
    perform()
    happened = [type(each.event) for each in runtime.journal.load(TENANT, effect.reference)]
    assert happened == [AssessmentFailed, AssessmentRecorded]
    assert open_letters(LetterFilter(tenant_id=TENANT), limit=10).fetch(follow) == []


class AwayStore(DefectiveAssistant):
    """Finds the store away in the middle of its work."""

    def _fail(self, _request: Any) -> Any:
        raise StoreUnavailable("The store does not answer now.")


def test_work_during_which_the_store_was_away_is_tried_again_soon_and_costs_no_attempt(
    story: StoredStory, assisting: AssistRuntime, follow: "Connection[Any]"
) -> None:
    story.completes_the_intake()
    story.catch_up()
    runtime = dataclasses.replace(assisting, assistant=AwayStore(assisting.assistant))
    effect = story.effects[0]
    for _ in range(ATTEMPTS_MAX + 1):
        follow.execute("UPDATE hub.work_attempt SET due_at = now() - interval '1 second'")
        perform_work_item(
            WORK_KINDS, runtime, UUID(str(TENANT)), effect.NAME, str(effect.reference)
        )
    row = follow.execute(
        "SELECT attempts, lease_until IS NULL, due_at - updated_at < interval '3 s' "
        "FROM hub.work_attempt"
    ).fetchone()
    assert row == (0, True, True)
    story.catch_up()
    assert not open_letters(LetterFilter(tenant_id=TENANT), limit=10).fetch(follow)
