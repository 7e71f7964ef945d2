"""What a notice of Meta says about a template, in the words of the domain."""

from datetime import datetime

import msgspec

from domain.template import TemplateNote, TemplateQuality, TemplateStatus
from domain.template_components import TemplateButton, TemplateCategory


class TemplateNotice(msgspec.Struct, frozen=True, kw_only=True):
    """The base: which template the notice is about. `language` is normalised."""

    name: str
    language: str
    meta_template_id: str = ""


class TemplateStatusNotice(TemplateNotice, frozen=True, kw_only=True, tag="template_status"):
    """Meta decided about the template."""

    status: TemplateStatus
    reason: str | None = None
    title: str | None = None
    note: TemplateNote = TemplateNote()
    category: TemplateCategory | None = None


class TemplateQualityNotice(TemplateNotice, frozen=True, kw_only=True, tag="template_quality"):
    """Meta has another opinion of the template's quality."""

    quality: TemplateQuality


class TemplateCategoryNotice(TemplateNotice, frozen=True, kw_only=True, tag="template_category"):
    """Meta changed the category, or announces that it will become `announced`."""

    category: TemplateCategory
    announced: TemplateCategory | None = None
    effective_at: datetime | None = None


class TemplateWordsNotice(TemplateNotice, frozen=True, kw_only=True, tag="template_words"):
    """The template reads differently. Meta names texts and some kinds of buttons only."""

    body: str
    header_text: str = ""
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()


AnyTemplateNotice = (
    TemplateStatusNotice | TemplateQualityNotice | TemplateCategoryNotice | TemplateWordsNotice
)
