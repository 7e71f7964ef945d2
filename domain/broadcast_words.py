"""The words of a broadcast: written once, filled in for each recipient when it is planned."""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from domain.automatic_text import (
    CONTACT_NAME_CHARACTERS_MAX,
    VARIABLES,
    fill,
    placeholders,
)
from domain.errors import InvalidInput
from domain.limits import NAME_CHARACTERS_MAX, Field, require_text
from domain.outbound_body import TEXT_CHARACTERS_MAX, OutboundBody, TextBody
from domain.template import Template
from domain.template_body import (
    HeaderText,
    TemplateBody,
    TemplateValues,
    check_template_body,
)
from domain.template_filling import TemplateNotUnderstood, fill_template

SERVICE_CATEGORY: Final = "service"
"""How Meta counts free words inside the service window (Cloud API, pricing of messages)."""

_LONGEST_VALUES: Final = {
    "firm_name": "x" * NAME_CHARACTERS_MAX,
    "contact_name": "x" * CONTACT_NAME_CHARACTERS_MAX,
}


class TextWords(msgspec.Struct, frozen=True, kw_only=True, tag="text_words"):
    """A text with variables in braces (`{contact_name}`), for contacts with an open window."""

    text: str


class TemplateWords(msgspec.Struct, frozen=True, kw_only=True, tag="template_words"):
    """A template of the firm, which may be sent at any time.

    `body` is the template with variables in braces among its values (`{contact_name}`), as
    `domain.template_filling.fill_template` made it when the broadcast was written: it shows how the
    words read. Each recipient gets the template as it stands when the plan is made.
    """

    body: TemplateBody


BroadcastWords = TextWords | TemplateWords
"""What can be said to many."""


def check_words(words: BroadcastWords, own_variables: Collection[str], field: Field) -> None:
    """Raise InvalidInput unless Meta would take the words whatever short values are filled in.

    `own_variables` are those for which each recipient comes with a value of its own.
    """
    if isinstance(words, TextWords):
        here: Field = (*field, "text")
        require_text(words.text, here, characters_max=TEXT_CHARACTERS_MAX)
    else:
        here = (*field, "body", "values")
        check_template_body(words.body, (*field, "body"))
    known = {*VARIABLES, *own_variables}
    unknown = variables_in(words) - known
    if unknown:
        raise InvalidInput(
            f"There is no variable {min(unknown)!r}; known are {', '.join(sorted(known))}.",
            field=here,
        )
    if isinstance(words, TextWords) and len(fill(words.text, _LONGEST_VALUES)) > (
        TEXT_CHARACTERS_MAX
    ):
        raise InvalidInput(
            f"With long names filled in, the text has more than {TEXT_CHARACTERS_MAX} characters.",
            field=here,
        )


def variables_in(words: BroadcastWords) -> frozenset[str]:
    """Return the variables that are filled in for each recipient."""
    if isinstance(words, TextWords):
        return placeholders(words.text)
    return frozenset(name for text in _texts(words.body.values) for name in placeholders(text))


def words_for(
    words: BroadcastWords, values: Mapping[str, str], template: Template | None
) -> OutboundBody:
    """Return what one recipient is sent; `template` is the one that the words name.

    Raises InvalidInput for values that Meta would refuse, TemplateNotUnderstood.
    """
    if isinstance(words, TextWords):
        return TextBody(text=fill(words.text, values))
    if template is None:
        raise TemplateNotUnderstood("The template of the words is not known.")
    return fill_template(template, _filled(words.body.values, values))


def category_of(words: BroadcastWords, template: Template | None) -> str:
    """Return the category by which Meta charges for such a message."""
    if isinstance(words, TextWords) or template is None:
        return SERVICE_CATEGORY
    return template.category.value


def _texts(values: TemplateValues) -> list[str]:
    header = [values.header.text] if isinstance(values.header, HeaderText) else []
    return [
        *(parameter.text for parameter in values.parameters),
        *header,
        *(button.value for button in values.buttons),
    ]


def _filled(values: TemplateValues, given: Mapping[str, str]) -> TemplateValues:
    replace = msgspec.structs.replace
    header = values.header
    if isinstance(header, HeaderText):
        header = replace(header, text=fill(header.text, given))
    return TemplateValues(
        parameters=tuple(
            replace(parameter, text=fill(parameter.text, given)) for parameter in values.parameters
        ),
        header=header,
        buttons=tuple(
            replace(button, value=fill(button.value, given)) for button in values.buttons
        ),
    )
