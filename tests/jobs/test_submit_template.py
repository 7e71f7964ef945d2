"""A member's wish about a template reaches Meta once, and its answer is kept."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest
from psycopg import Connection

from domain.identity import template_id_of
from domain.ports.templates import TemplateCallRefused
from domain.template_components import HeaderFormat, TemplateCategory, TemplateHeader
from domain.template_rules import TemplateWording
from domain.template_submission import (
    DeleteTemplate,
    SubmitTemplate,
    TemplateSubmissionRefused,
    TemplateSubmitted,
    TemplateWish,
)
from domain.template_sync import TemplateSynced
from jobs.runtime import SendRuntime
from jobs.table import WORK_KINDS
from jobs.work_items import perform_work_item
from projections.template_directory import TemplateRow, templates_of_account
from tests.domain.given import TENANT
from tests.domain.templates import COMPONENTS
from tests.jobs.conftest import ScriptedTemplates
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_sync_templates import LISTED, WABA, Syncing, meta_templates, syncing

__all__ = ["meta_templates", "syncing"]

TEMPLATE = template_id_of(TENANT, WABA, "pengingat", "id")
WORDING = TemplateWording(
    name="pengingat", language="id", category=TemplateCategory.UTILITY, components=COMPONENTS
)
REFUSAL = TemplateCallRefused(
    "The name is taken.", next_step="Choose another.", is_temporary=False, meta_code=100
)


class Wishing:
    """A firm whose member wants something of Meta."""

    def __init__(self, story: StoredStory, runtime: SendRuntime, follow: Connection[Any]) -> None:
        self.story = story
        self._runtime = runtime
        self._follow = follow

    def wish(self, kind: type[TemplateWish], **facts: Any) -> Any:
        """Wish, ask Meta, and return what was recorded last about it."""
        submission_id = uuid4()
        command = kind(
            submission_id=submission_id,
            tenant_id=TENANT,
            template_id=TEMPLATE,
            waba_id=WABA,
            **facts,
        )
        self.story.handle(command)
        self.story.catch_up()
        reference = str(submission_id)
        for _ in range(2):
            # Once more, as by a doorbell that rang before the list of work shows what was done.
            perform_work_item(WORK_KINDS, self._runtime, TENANT, "submit_template.v1", reference)
        self.story.catch_up()
        return self.story.journal.load(TENANT, submission_id)[-1].event

    def row(self) -> TemplateRow:
        (found,) = templates_of_account(TENANT, WABA).fetch(self._follow)
        return found


@pytest.fixture
def wishing(story: StoredStory, sending: SendRuntime, follow: Connection[Any]) -> Wishing:
    return Wishing(story, sending, follow)


def test_a_new_template_is_created(wishing: Wishing, meta_templates: ScriptedTemplates) -> None:
    assert isinstance(wishing.wish(SubmitTemplate, wording=WORDING), TemplateSubmitted)
    assert meta_templates.calls == [("create", WORDING)]
    assert wishing.row().submission is None


def test_a_refusal_is_shown_with_its_words(
    wishing: Wishing, meta_templates: ScriptedTemplates
) -> None:
    meta_templates.refusal = REFUSAL
    refused = wishing.wish(DeleteTemplate, name="pengingat", language="id")
    assert isinstance(refused, TemplateSubmissionRefused)
    assert (refused.code, refused.words) == (100, "The name is taken. Choose another.")
    row = wishing.row()
    assert (row.submission, row.submission_words) == ("refused", refused.words)


def test_a_template_that_meta_never_took_keeps_no_list_from_being_read(
    wishing: Wishing, syncing: Syncing, meta_templates: ScriptedTemplates
) -> None:
    meta_templates.refusal = REFUSAL
    wishing.wish(SubmitTemplate, wording=WORDING)
    meta_templates.refusal = None
    syncing.sync()
    done = syncing.outcome()
    assert isinstance(done, TemplateSynced)
    assert (done.listed, done.gone) == (0, 0)
    assert wishing.row().submission == "refused"


def test_a_refusal_of_a_template_with_a_sample_says_how_to_bring_another(
    wishing: Wishing, meta_templates: ScriptedTemplates
) -> None:
    meta_templates.refusal = REFUSAL
    header = TemplateHeader(format=HeaderFormat.IMAGE, example="4::aW1hZ2UvanBlZw==:old")
    parts = msgspec.structs.replace(COMPONENTS, header=header)
    refused = wishing.wish(
        SubmitTemplate, wording=msgspec.structs.replace(WORDING, components=parts)
    )
    assert isinstance(refused, TemplateSubmissionRefused)
    assert refused.words.startswith("The name is taken. ")
    assert "POST /media/template-samples" in refused.words


def test_a_known_template_is_edited_and_deleted_by_its_id(
    wishing: Wishing, syncing: Syncing, meta_templates: ScriptedTemplates
) -> None:
    meta_templates.templates = [LISTED]
    syncing.sync()
    meta_templates.calls.clear()
    wishing.wish(SubmitTemplate, wording=WORDING)
    wishing.wish(DeleteTemplate, name="pengingat", language="id")
    assert meta_templates.calls == [("edit", ("1", WORDING)), ("delete", ("pengingat", "1"))]


def test_a_creation_whose_answer_got_lost_is_recognised(
    wishing: Wishing, meta_templates: ScriptedTemplates, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_given: object) -> str:
        raise REFUSAL

    monkeypatch.setattr(meta_templates, "create", taken)
    meta_templates.templates = [LISTED]
    assert isinstance(wishing.wish(SubmitTemplate, wording=WORDING), TemplateSubmitted)
    other = msgspec.structs.replace(LISTED.components, body="Kata lain.")
    meta_templates.templates = [msgspec.structs.replace(LISTED, components=other)]
    assert isinstance(wishing.wish(SubmitTemplate, wording=WORDING), TemplateSubmissionRefused)


def test_a_passing_refusal_is_tried_again(
    wishing: Wishing, meta_templates: ScriptedTemplates
) -> None:
    meta_templates.refusal = TemplateCallRefused("Away.", next_step="Wait.", is_temporary=True)
    requested = wishing.wish(SubmitTemplate, wording=WORDING)
    assert not isinstance(requested, TemplateSubmitted | TemplateSubmissionRefused)
    assert wishing.row().submission == "submit_requested"
