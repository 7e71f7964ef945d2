"""Whenever Meta tells something about a template, or refuses a message because of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.draft import WriteReply
from domain.effects import SyncTemplates
from domain.identity import DraftId, StreamId, outbound_id_after, template_id_of
from domain.outbound_commands import RecordFailure, StartAttempt
from domain.sender_number import NoteNotice, NoticeContent, SenderNumberNoticed
from domain.template import Template, TemplateQuality, TemplateStatus
from domain.template_components import (
    ButtonKind,
    HeaderFormat,
    ParameterFormat,
    TemplateButton,
    TemplateCategory,
    TemplateComponents,
    TemplateHeader,
)
from domain.template_filling import fill_template
from domain.template_notice import (
    AnyTemplateNotice,
    TemplateCategoryNotice,
    TemplateQualityNotice,
    TemplateStatusNotice,
    TemplateWordsNotice,
)
from domain.template_reports import NoteTemplateListing
from domain.template_sync import TemplateSyncRequested
from tests.domain.given import OPERATOR, TENANT, digest
from tests.domain.story import CONTACT_ID, CONVERSATION_ID, META, Story
from tests.domain.templates import COMPONENTS, NAME, VALUES

WABA = "100"
TEMPLATE_ID = template_id_of(TENANT, WABA, NAME, "id")
WHICH: dict[str, Any] = {"name": NAME, "language": "id", "meta_template_id": "7"}


class Firm(Story):
    """The firm of the stories, to which Meta tells things about templates."""

    def told(self, about: AnyTemplateNotice | None, *, waba_id: str | None = WABA) -> None:
        notice_id = StreamId(uuid4())
        notice = SenderNumberNoticed(
            tenant_id=TENANT,
            field="message_template_status_update",
            waba_id=waba_id,
            content=NoticeContent(value="{}", about=about),
        )
        command = NoteNotice(notice_id=notice_id, notice=notice)
        self.handle(command, by=META, occurred_at=self.clock.now())
        self.run_policies()

    def listed(self, components: TemplateComponents = COMPONENTS) -> None:
        self.handle(
            NoteTemplateListing(
                template_id=TEMPLATE_ID,
                tenant_id=TENANT,
                waba_id=WABA,
                name=NAME,
                language="id",
                meta_template_id="7",
                reported_at=self.clock.now(),
                status=TemplateStatus.APPROVED,
                quality=TemplateQuality.GREEN,
                category=TemplateCategory.UTILITY,
                components=components,
                parameter_format=ParameterFormat.POSITIONAL,
            ),
            by=OPERATOR,
        )
        self.run_policies()

    @property
    def template(self) -> Template:
        found: Template = self.load(Template, TEMPLATE_ID)
        return found

    def syncs(self) -> list[TemplateSyncRequested]:
        """The syncs that were asked for after that of the new number."""
        return self.happened(TemplateSyncRequested)[1:]


@pytest.fixture
def firm() -> Firm:
    return Firm()


def test_a_new_number_has_its_templates_read(firm: Firm) -> None:
    (first,) = firm.happened(TemplateSyncRequested)
    assert first.waba_id == WABA


def test_what_meta_tells_changes_the_template(firm: Firm) -> None:
    firm.listed()
    firm.told(TemplateStatusNotice(**WHICH, status=TemplateStatus.PAUSED, title="first_pause"))
    firm.told(TemplateQualityNotice(**WHICH, quality=TemplateQuality.RED))
    firm.told(TemplateCategoryNotice(**WHICH, category=TemplateCategory.MARKETING))
    found = firm.template
    assert (found.status, found.quality, found.category) == (
        TemplateStatus.PAUSED,
        TemplateQuality.RED,
        TemplateCategory.MARKETING,
    )
    assert firm.refusals == []


def test_a_late_notice_changes_nothing(firm: Firm) -> None:
    firm.listed()
    firm.told(TemplateStatusNotice(**WHICH, status=TemplateStatus.PAUSED))
    now = firm.clock.now
    firm.clock.now = lambda: now() - timedelta(minutes=5)  # type: ignore[method-assign]
    firm.told(TemplateStatusNotice(**WHICH, status=TemplateStatus.APPROVED))
    assert firm.template.status is TemplateStatus.PAUSED


def test_a_template_that_was_never_read_is_read_once_in_a_minute(firm: Firm) -> None:
    for _ in range(3):
        firm.told(TemplateStatusNotice(**WHICH, status=TemplateStatus.PENDING))
    (sync,) = firm.syncs()
    assert sync.waba_id == WABA
    assert firm.effects == [SyncTemplates(sync_id=sync.sync_id, waba_id=WABA)]


def test_new_words_are_taken_and_the_whole_template_is_read_again(firm: Firm) -> None:
    firm.listed()
    phone = TemplateButton(kind=ButtonKind.PHONE_NUMBER, text="Telepon", phone_number="+62215")
    about = TemplateWordsNotice(
        **WHICH, body="Yth. {{1}}, {{2}} saja.", footer="Kaki", buttons=(phone,)
    )
    firm.told(about)
    parts = firm.template.components
    assert parts is not None
    assert (parts.body, parts.footer, parts.header) == ("Yth. {{1}}, {{2}} saja.", "Kaki", None)
    assert parts.buttons == (COMPONENTS.buttons[0], phone)
    assert len(firm.syncs()) == 1


def test_new_words_leave_the_file_above_the_body(firm: Firm) -> None:
    document = TemplateHeader(format=HeaderFormat.DOCUMENT)
    firm.listed(TemplateComponents(body="Lama", header=document))
    firm.told(TemplateWordsNotice(**WHICH, body="Baru"))
    parts = firm.template.components
    assert parts is not None
    assert parts.header == document
    firm.told(TemplateWordsNotice(**WHICH, body="Baru", header_text="Judul"))
    parts = firm.template.components
    assert parts is not None
    assert parts.header == TemplateHeader(format=HeaderFormat.TEXT, text="Judul")


@pytest.mark.parametrize("waba_id", [None, WABA])
def test_a_notice_about_something_else_changes_no_template(firm: Firm, waba_id: str | None) -> None:
    firm.told(None, waba_id=waba_id)
    firm.told(TemplateStatusNotice(**WHICH, status=TemplateStatus.PAUSED), waba_id=None)
    assert not firm.template.exists


@pytest.mark.parametrize(
    ("code", "status", "is_read_again"),
    [
        (132015, TemplateStatus.PAUSED, True),
        (132016, TemplateStatus.DISABLED, True),
        (132001, TemplateStatus.APPROVED, True),
        (131026, TemplateStatus.APPROVED, False),
    ],
)
def test_a_refusal_of_meta_stops_the_template_at_once(
    firm: Firm, code: int, status: TemplateStatus, *, is_read_again: bool
) -> None:
    firm.listed()
    firm.writes("Halo")
    body = fill_template(firm.template, VALUES)
    draft_id = DraftId(UUID(int=5))
    firm.handle(
        WriteReply(
            draft_id=draft_id,
            conversation_id=CONVERSATION_ID,
            contact_id=CONTACT_ID,
            body=body,
            body_digest=digest(body),
        )
    )
    firm.run_policies()
    sent = outbound_id_after(draft_id)
    firm.handle(StartAttempt(outbound_message_id=sent, body_digest=digest(body)), by=OPERATOR)
    firm.handle(
        RecordFailure(outbound_message_id=sent, attempt=1, code=code, words="Tidak."), by=OPERATOR
    )
    firm.run_policies()
    assert firm.template.status is status
    assert bool(firm.syncs()) == is_read_again
