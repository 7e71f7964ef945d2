"""Reading the templates of an account: what the list shows is what the firm has afterwards."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest
from psycopg import Connection

from domain.identity import TemplateId, template_id_of
from domain.ports.templates import ListedTemplate, TemplateCallRefused
from domain.template import Template, TemplateQuality, TemplateStatus
from domain.template_components import ParameterFormat, TemplateCategory
from domain.template_sync import (
    RequestTemplateSync,
    TemplateSynced,
    TemplateSyncFailed,
    TemplateSyncRequested,
)
from jobs.request_template_syncs import request_template_syncs
from jobs.runtime import SendRuntime
from jobs.table import WORK_KINDS
from jobs.work_items import perform_work_item
from tests.domain.given import OPERATOR, TENANT
from tests.domain.templates import COMPONENTS
from tests.event_store import follow_once
from tests.jobs.conftest import ScriptedTemplates
from tests.jobs.stored_story import StoredStory

WABA = "100"
LISTED = ListedTemplate(
    meta_template_id="1",
    name="pengingat",
    language="id",
    status=TemplateStatus.APPROVED,
    category=TemplateCategory.UTILITY,
    quality=TemplateQuality.GREEN,
    parameter_format=ParameterFormat.POSITIONAL,
    components=COMPONENTS,
)
IN_ENGLISH = msgspec.structs.replace(LISTED, meta_template_id="2", language="en_US")


@pytest.fixture
def meta_templates(sending: SendRuntime) -> ScriptedTemplates:
    assert isinstance(sending.templates, ScriptedTemplates)
    return sending.templates


class Syncing:
    """A firm that reads its templates."""

    def __init__(self, story: StoredStory, runtime: SendRuntime) -> None:
        self.story = story
        self._runtime = runtime

    def sync(self, waba_id: str = WABA) -> None:
        self.story.clock.advance(minutes=5)
        self._sync_id = sync_id = uuid4()
        command = RequestTemplateSync(sync_id=sync_id, waba_id=waba_id)
        self.story.handle(command, by=OPERATOR)
        self.story.catch_up()
        kind = "sync_templates.v1"
        perform_work_item(WORK_KINDS, self._runtime, TENANT, kind, str(sync_id))
        self.story.catch_up()

    def outcome(self) -> Any:
        last: Any = self.story.journal.load(TENANT, self._sync_id)[-1].event
        return last

    def template(self, language: str = "id") -> Template:
        found: Template = self.story.load(Template, _id(language))
        return found


def _id(language: str) -> TemplateId:
    return template_id_of(TENANT, WABA, "pengingat", language)


@pytest.fixture
def syncing(story: StoredStory, sending: SendRuntime) -> Syncing:
    return Syncing(story, sending)


def test_everything_that_meta_lists_is_there_afterwards(
    syncing: Syncing, meta_templates: ScriptedTemplates
) -> None:
    meta_templates.templates = [LISTED, IN_ENGLISH]
    syncing.sync()
    done = syncing.outcome()
    assert isinstance(done, TemplateSynced)
    assert (done.listed, done.changed, done.gone) == (2, 2, 0)
    assert syncing.template().components == COMPONENTS
    assert syncing.template("en_US").is_usable
    syncing.sync()
    again = syncing.outcome()
    assert (again.listed, again.changed, again.gone) == (2, 0, 0)


def test_what_meta_lists_no_more_is_deleted(
    syncing: Syncing, meta_templates: ScriptedTemplates
) -> None:
    meta_templates.templates = [LISTED, IN_ENGLISH]
    syncing.sync()
    meta_templates.templates = [LISTED]
    syncing.sync()
    assert syncing.outcome().gone == 1
    assert syncing.template("en_US").status is TemplateStatus.DELETED
    assert syncing.template().status is TemplateStatus.APPROVED
    meta_templates.templates = [LISTED, IN_ENGLISH]
    syncing.sync()
    assert syncing.template("en_US").status is TemplateStatus.APPROVED


def test_a_refusal_for_good_ends_the_sync_with_its_words(
    syncing: Syncing, meta_templates: ScriptedTemplates
) -> None:
    meta_templates.refusal = TemplateCallRefused(
        "The token has expired.", next_step="Renew it.", is_temporary=False, meta_code=190
    )
    syncing.sync()
    failed = syncing.outcome()
    assert isinstance(failed, TemplateSyncFailed)
    assert (failed.code, failed.words) == (190, "The token has expired. Renew it.")


def test_an_account_without_a_number_of_the_firm_is_not_asked(
    syncing: Syncing, meta_templates: ScriptedTemplates
) -> None:
    syncing.sync("999")
    assert isinstance(syncing.outcome(), TemplateSyncFailed)
    assert meta_templates.calls == []


def test_a_passing_refusal_leaves_everything_and_is_tried_again(
    syncing: Syncing, meta_templates: ScriptedTemplates
) -> None:
    meta_templates.templates = [LISTED]
    syncing.sync()
    meta_templates.refusal = TemplateCallRefused(
        "Meta is away.", next_step="Wait.", is_temporary=True
    )
    syncing.sync()
    assert isinstance(syncing.outcome(), TemplateSyncRequested)
    assert syncing.template().is_usable


def test_the_schedule_asks_once_per_account_and_interval(
    syncing: Syncing, follow: Connection[Any], meta_templates: ScriptedTemplates
) -> None:
    story = syncing.story
    story.catch_up()

    def asked_for() -> int:
        for _ in range(2):
            request_template_syncs(follow, clock=story.clock, vault=story.vault, interval_s=3600)
        row = follow.execute(
            "SELECT count(*) FROM hub.events WHERE topic = 'template_sync.requested.v1'"
        ).fetchone()
        assert row is not None
        return int(row[0])

    assert asked_for() == 2, "the one of the new number and this one"
    story.clock.advance(hours=1)
    assert asked_for() == 3


def test_a_sync_waits_until_the_directory_shows_the_number(
    syncing: Syncing, sending: SendRuntime, follow: Connection[Any]
) -> None:
    story = syncing.story
    sync_id = uuid4()
    story.handle(RequestTemplateSync(sync_id=sync_id, waba_id=WABA), by=OPERATOR)
    follow_once(follow, ["work_items"])
    perform_work_item(WORK_KINDS, sending, TENANT, "sync_templates.v1", str(sync_id))
    (requested,) = story.journal.load(TENANT, sync_id)
    assert isinstance(requested.event, TemplateSyncRequested)
