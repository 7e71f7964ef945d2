"""Notices about templates in the words of the domain (reference, section 6)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.template import TemplateNote, status_of
from domain.template_components import TemplateCategory, normalised_language
from domain.template_notice import (
    AnyTemplateNotice,
    TemplateCategoryNotice,
    TemplateQualityNotice,
    TemplateStatusNotice,
    TemplateWordsNotice,
)
from infrastructure.whatsapp.decoding import JsonObject, NotJson, decode
from infrastructure.whatsapp.members import as_items, as_object, identifier, moment, text, word
from infrastructure.whatsapp.template_parts import button_of, category_of, quality_of
from infrastructure.whatsapp.updates import Notice

_UNPAUSED: Final = "unpause"
_BUTTON_PREFIX: Final = "message_template_button_"


def template_notice(notice: Notice) -> AnyTemplateNotice | None:
    """Return what a notice says about a template; None where it is about something else.

    What names no template says nothing that anybody could act upon: it stays as it came.
    """
    read = TEMPLATE_FIELDS.get(notice.field)
    if read is None:
        return None
    try:
        value = as_object(decode(notice.value))
    except NotJson:
        return None
    name = identifier(value.get("message_template_name"))
    language = identifier(value.get("message_template_language"))
    if name is None or language is None:
        return None
    return read(
        value,
        {
            "name": name,
            "language": normalised_language(language),
            "meta_template_id": identifier(value.get("message_template_id")) or "",
        },
    )


def _status(value: JsonObject, template: dict[str, str]) -> TemplateStatusNotice:
    other = as_object(value.get("other_info"))
    rejection = as_object(value.get("rejection_info"))
    title = word(other.get("title"))
    category = category_of(value.get("message_template_category"))
    return TemplateStatusNotice(
        **template,
        status=status_of("approved" if title == _UNPAUSED else word(value.get("event"))),
        reason=_reason(value.get("reason")),
        title=title,
        note=TemplateNote(
            description=text(other.get("description")) or "",
            rejection=text(rejection.get("reason")) or "",
            recommendation=text(rejection.get("recommendation")) or "",
        ),
        category=None if category is TemplateCategory.UNKNOWN else category,
    )


def _reason(value: Any) -> str | None:
    reason = word(value)
    return None if reason == "none" else reason


def _quality(value: JsonObject, template: dict[str, str]) -> TemplateQualityNotice:
    return TemplateQualityNotice(**template, quality=quality_of(value.get("new_quality_score")))


def _category(value: JsonObject, template: dict[str, str]) -> TemplateCategoryNotice | None:
    """In an announcement `new_category` is the present one and `correct_category` the next."""
    category = category_of(value.get("new_category"))
    announced = category_of(value.get("correct_category"))
    if category is TemplateCategory.UNKNOWN:
        return None
    return TemplateCategoryNotice(
        **template,
        category=category,
        announced=None if announced is TemplateCategory.UNKNOWN else announced,
        effective_at=moment(value.get("category_update_timestamp")),
    )


def _words(value: JsonObject, template: dict[str, str]) -> TemplateWordsNotice | None:
    body = text(value.get("message_template_element"))
    if not body:
        return None
    buttons = [
        button_of({name.removeprefix(_BUTTON_PREFIX): each for name, each in item.items()})
        for item in map(as_object, as_items(value.get("message_template_buttons")))
    ]
    return TemplateWordsNotice(
        **template,
        body=body,
        header_text=text(value.get("message_template_title")) or "",
        footer=text(value.get("message_template_footer")) or "",
        buttons=tuple(buttons),
    )


_Read = Callable[[JsonObject, dict[str, str]], AnyTemplateNotice | None]

TEMPLATE_FIELDS: Final[Mapping[str, _Read]] = {
    "message_template_status_update": _status,
    "message_template_quality_update": _quality,
    "template_category_update": _category,
    "message_template_components_update": _words,
}
"""Each webhook field about templates, and how it is read."""
