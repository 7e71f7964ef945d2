"""The commands by which a template takes what Meta says about it. The newest word holds."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from domain.aggregate import Aggregate, Command, CommandContext
from domain.identity import TemplateId, TenantId
from domain.limits import require_time_zone
from domain.scopes import Scope
from domain.template import (
    Aspect,
    Template,
    TemplateCategoryChangeAnnounced,
    TemplateCategoryChanged,
    TemplateComponentsChanged,
    TemplateFound,
    TemplateNote,
    TemplateQuality,
    TemplateQualityChanged,
    TemplateStatus,
    TemplateStatusChanged,
)
from domain.template_components import ParameterFormat, TemplateCategory, TemplateComponents

LISTING_MARGIN: Final = timedelta(minutes=1)
"""How long before a list was read a webhook must have been written to count as older than it.

Meta's clock and ours differ, and webhooks are stamped in whole seconds."""


class TemplateReport(Command, frozen=True, kw_only=True):
    """The base of what Meta reports about a template; `reported_at` is Meta's time."""

    SCOPE = Scope.TEMPLATES_RECORD
    AGGREGATE: ClassVar[type[Aggregate]] = Template
    STREAM: ClassVar[str] = "template_id"

    template_id: TemplateId
    tenant_id: TenantId
    waba_id: str
    name: str
    language: str
    reported_at: datetime
    meta_template_id: str = ""

    def find(self, template: Template) -> None:
        """Note under which id Meta knows the template, if that is new."""
        require_time_zone(self.reported_at, ("reported_at",))
        is_other = self.meta_template_id not in {"", template.meta_template_id}
        if not template.exists or is_other:
            template.record(
                TemplateFound(
                    template_id=self.template_id,
                    tenant_id=self.tenant_id,
                    waba_id=self.waba_id,
                    meta_template_id=self.meta_template_id,
                    name=self.name,
                    language=self.language,
                )
            )

    def take_status(
        self,
        template: Template,
        status: TemplateStatus,
        reported_at: datetime,
        *,
        reason: str | None = None,
        title: str | None = None,
        note: TemplateNote | None = None,
    ) -> None:
        """Record the status unless something newer is known."""
        if template.is_news(Aspect.STATUS, reported_at):
            template.record(
                TemplateStatusChanged(
                    template_id=self.template_id,
                    tenant_id=self.tenant_id,
                    status=status,
                    previous=template.status,
                    reported_at=reported_at,
                    reason=reason,
                    title=title,
                    content=note or TemplateNote(),
                )
            )

    def take_components(
        self,
        template: Template,
        components: TemplateComponents,
        parameter_format: ParameterFormat,
        reported_at: datetime,
    ) -> None:
        """Record the components unless they are known, or newer ones are."""
        known = (template.components, template.parameter_format)
        if (components, parameter_format) != known and template.is_news(
            Aspect.COMPONENTS, reported_at
        ):
            template.record(
                TemplateComponentsChanged(
                    template_id=self.template_id,
                    tenant_id=self.tenant_id,
                    parameter_format=parameter_format,
                    reported_at=reported_at,
                    content=components,
                )
            )


class NoteTemplateStatus(TemplateReport, frozen=True, kw_only=True):
    """Take Meta's decision about a template."""

    status: TemplateStatus
    reason: str | None = None
    title: str | None = None
    note: TemplateNote = TemplateNote()
    category: TemplateCategory | None = None

    def execute(self, template: Template, _context: CommandContext) -> None:
        """Record the status; a report older than the last one changes nothing."""
        self.find(template)
        self.take_status(
            template,
            self.status,
            self.reported_at,
            reason=self.reason,
            title=self.title,
            note=self.note,
        )
        if self.category is not None:
            _take_category(template, self.template_id, self.category, self.reported_at)


class NoteTemplateQuality(TemplateReport, frozen=True, kw_only=True):
    """Take Meta's opinion of a template's quality."""

    quality: TemplateQuality

    def execute(self, template: Template, _context: CommandContext) -> None:
        """Record the quality; a report older than the last one changes nothing."""
        self.find(template)
        _take_quality(template, self.template_id, self.quality, self.reported_at)


class NoteTemplateCategory(TemplateReport, frozen=True, kw_only=True):
    """Take that Meta changed the category of a template, or will (`announced`)."""

    category: TemplateCategory
    announced: TemplateCategory | None = None
    effective_at: datetime | None = None

    def execute(self, template: Template, _context: CommandContext) -> None:
        """Record the category; a report older than the last one changes nothing."""
        self.find(template)
        is_news = template.is_news(Aspect.CATEGORY, self.reported_at)
        _take_category(template, self.template_id, self.category, self.reported_at)
        if self.announced is not None and is_news:
            template.record(
                TemplateCategoryChangeAnnounced(
                    template_id=self.template_id,
                    category=self.announced,
                    effective_at=self.effective_at,
                    reported_at=self.reported_at,
                )
            )


class NoteTemplateComponents(TemplateReport, frozen=True, kw_only=True):
    """Take that a template reads differently now."""

    components: TemplateComponents
    parameter_format: ParameterFormat

    def execute(self, template: Template, _context: CommandContext) -> None:
        """Record the components; a report older than the last one changes nothing."""
        self.find(template)
        self.take_components(template, self.components, self.parameter_format, self.reported_at)


class NoteTemplateListing(TemplateReport, frozen=True, kw_only=True):
    """Take a template as Meta's list shows it; `reported_at` is when reading the list began.

    Webhooks of the minute before count as newer than the list.
    """

    status: TemplateStatus
    quality: TemplateQuality
    category: TemplateCategory
    components: TemplateComponents
    parameter_format: ParameterFormat
    reason: str | None = None

    def execute(self, template: Template, _context: CommandContext) -> None:
        """Record what the list shows differently; what webhooks said later stays."""
        self.find(template)
        at = self.reported_at - LISTING_MARGIN
        if self.status is not template.status and not self._is_known_flag(template):
            self.take_status(template, self.status, at, reason=self.reason)
        _take_quality(template, self.template_id, self.quality, at)
        _take_category(template, self.template_id, self.category, at)
        self.take_components(template, self.components, self.parameter_format, at)

    def _is_known_flag(self, template: Template) -> bool:
        """Meta lists a flagged template as an approved one."""
        return self.status is TemplateStatus.APPROVED and template.status is TemplateStatus.FLAGGED


class NoteTemplateGone(TemplateReport, frozen=True, kw_only=True):
    """Take that Meta's whole list, read from `reported_at` on, does not show a template."""

    def execute(self, template: Template, _context: CommandContext) -> None:
        """Record that it is deleted, unless it was first reported after the list was read.

        What a member wished for and Meta never took is not gone: it was never there.
        """
        if template.exists and template.status is not TemplateStatus.DELETED:
            self.take_status(template, TemplateStatus.DELETED, self.reported_at - LISTING_MARGIN)


def _take_quality(
    template: Template, template_id: TemplateId, quality: TemplateQuality, reported_at: datetime
) -> None:
    if quality is not template.quality and template.is_news(Aspect.QUALITY, reported_at):
        template.record(
            TemplateQualityChanged(
                template_id=template_id,
                quality=quality,
                previous=template.quality,
                reported_at=reported_at,
            )
        )


def _take_category(
    template: Template, template_id: TemplateId, category: TemplateCategory, reported_at: datetime
) -> None:
    if category is not template.category and template.is_news(Aspect.CATEGORY, reported_at):
        template.record(
            TemplateCategoryChanged(
                template_id=template_id,
                category=category,
                previous=template.category,
                reported_at=reported_at,
            )
        )
