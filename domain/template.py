"""A message template of the firm: what Meta has approved to be sent outside the service window.

One per account (WABA), name and language. Meta reviews, pauses, disables and changes templates; it
tells so by webhooks that come late and out of order, and answers when its list is read. The newest
word on each aspect holds.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import TemplateId, TenantId
from domain.template_components import ParameterFormat, TemplateCategory, TemplateComponents


class TemplateStatus(StrEnum):
    """Where a template stands with Meta (reference, sections 6 and 9)."""

    APPROVED = "approved"
    FLAGGED = "flagged"
    PENDING = "pending"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"
    IN_APPEAL = "in_appeal"
    LIMIT_EXCEEDED = "limit_exceeded"
    LOCKED = "locked"
    ARCHIVED = "archived"
    PENDING_DELETION = "pending_deletion"
    DELETED = "deleted"
    UNKNOWN = "unknown"


USABLE: Final = frozenset({TemplateStatus.APPROVED, TemplateStatus.FLAGGED})
"""The statuses in which Meta sends a template. A flagged one is in danger, not forbidden."""


class TemplateQuality(StrEnum):
    """What Meta makes of the reactions of the people who received the template."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


class TemplateNote(msgspec.Struct, frozen=True, kw_only=True, tag="template_note"):
    """Meta's own words about a status: what happened, why, and what it recommends."""

    description: str = ""
    rejection: str = ""
    recommendation: str = ""


class TemplateFound(Event, frozen=True, kw_only=True):
    """Meta knows a template of this name and language under an id of its own."""

    TOPIC: ClassVar[str] = "template.found.v1"

    template_id: TemplateId
    tenant_id: TenantId
    waba_id: str
    meta_template_id: str
    name: str
    language: str


class TemplateStatusChanged(PersonalEvent, frozen=True, kw_only=True):
    """Meta approved, paused, disabled, rejected or otherwise decided about the template.

    `reason` and `title` are Meta's words in lower case, for example `invalid_format` and
    `first_pause`. `reported_at` is Meta's time.
    """

    TOPIC: ClassVar[str] = "template.status_changed.v1"
    CONTENT: ClassVar[type] = TemplateNote
    SUBJECT: ClassVar[str] = "tenant_id"

    template_id: TemplateId
    tenant_id: TenantId
    status: TemplateStatus
    previous: TemplateStatus
    reported_at: datetime
    reason: str | None = None
    title: str | None = None
    content: TemplateNote | Sealed | Erased | UnsetType = UNSET


class TemplateQualityChanged(Event, frozen=True, kw_only=True):
    """Meta changed its opinion of the template's quality."""

    TOPIC: ClassVar[str] = "template.quality_changed.v1"

    template_id: TemplateId
    quality: TemplateQuality
    previous: TemplateQuality
    reported_at: datetime


class TemplateCategoryChanged(Event, frozen=True, kw_only=True):
    """Meta counts the template as another category; its price changes with it."""

    TOPIC: ClassVar[str] = "template.category_changed.v1"

    template_id: TemplateId
    category: TemplateCategory
    previous: TemplateCategory
    reported_at: datetime


class TemplateCategoryChangeAnnounced(Event, frozen=True, kw_only=True):
    """Meta will count the template as `category` from `effective_at` (24 hours' notice)."""

    TOPIC: ClassVar[str] = "template.category_change_announced.v1"

    template_id: TemplateId
    category: TemplateCategory
    effective_at: datetime | None
    reported_at: datetime


class TemplateComponentsChanged(PersonalEvent, frozen=True, kw_only=True):
    """The template reads differently now: it was edited, or read for the first time."""

    TOPIC: ClassVar[str] = "template.components_changed.v1"
    CONTENT: ClassVar[type] = TemplateComponents
    SUBJECT: ClassVar[str] = "tenant_id"

    template_id: TemplateId
    tenant_id: TenantId
    parameter_format: ParameterFormat
    reported_at: datetime
    content: TemplateComponents | Sealed | Erased | UnsetType = UNSET


class Aspect(StrEnum):
    """What Meta reports separately; each has a newest word of its own."""

    STATUS = "status"
    QUALITY = "quality"
    CATEGORY = "category"
    COMPONENTS = "components"


class Template(Aggregate):
    """The template as its events have made it. `components` is None until they were read."""

    NOUN = "template"
    EVENTS = (
        TemplateFound,
        TemplateStatusChanged,
        TemplateQualityChanged,
        TemplateCategoryChanged,
        TemplateCategoryChangeAnnounced,
        TemplateComponentsChanged,
    )

    tenant_id: TenantId
    waba_id: str = ""
    meta_template_id: str = ""
    name: str = ""
    language: str = ""
    status: TemplateStatus = TemplateStatus.UNKNOWN
    quality: TemplateQuality = TemplateQuality.UNKNOWN
    category: TemplateCategory = TemplateCategory.UNKNOWN
    parameter_format: ParameterFormat = ParameterFormat.POSITIONAL
    components: TemplateComponents | None = None
    reason: str | None = None

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.reported: dict[Aspect, datetime] = {}

    @property
    def template_id(self) -> TemplateId:
        """The id of the template."""
        return TemplateId(self.id)

    @property
    def is_usable(self) -> bool:
        """Whether Meta sends the template now."""
        return self.status in USABLE

    def is_news(self, aspect: Aspect, reported_at: datetime) -> bool:
        """Whether a report of this time is not older than what is known; late ones are not news."""
        known = self.reported.get(aspect)
        return known is None or reported_at >= known

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case TemplateFound():
                self.tenant_id = event.tenant_id
                self.waba_id = event.waba_id
                self.meta_template_id = event.meta_template_id
                self.name = event.name
                self.language = event.language
            case TemplateStatusChanged():
                self.status = event.status
                self.reason = event.reason
                self.reported[Aspect.STATUS] = event.reported_at
            case TemplateQualityChanged():
                self.quality = event.quality
                self.reported[Aspect.QUALITY] = event.reported_at
            case TemplateCategoryChanged():
                self.category = event.category
                self.reported[Aspect.CATEGORY] = event.reported_at
            case TemplateComponentsChanged():
                self.parameter_format = event.parameter_format
                content = event.content
                self.components = content if isinstance(content, TemplateComponents) else None
                self.reported[Aspect.COMPONENTS] = event.reported_at


STATUS_WORDS: Final[Mapping[str, TemplateStatus]] = {
    status.value: status for status in TemplateStatus
} | {"reinstated": TemplateStatus.APPROVED, "unpaused": TemplateStatus.APPROVED}
"""Meta's words for a status, in lower case."""


def status_of(word: str | None) -> TemplateStatus:
    """Return the status that Meta's word means; UNKNOWN for a word that is not known."""
    return STATUS_WORDS.get((word or "").lower(), TemplateStatus.UNKNOWN)
