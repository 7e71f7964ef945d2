"""The parts of a template: from Meta's JSON to the words of the domain and back."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final, TypeVar

from domain.template import TemplateQuality
from domain.template_components import (
    ButtonKind,
    HeaderFormat,
    ParameterFormat,
    TemplateButton,
    TemplateCategory,
    TemplateComponents,
    TemplateHeader,
    variables_of,
)
from infrastructure.whatsapp.decoding import JsonObject
from infrastructure.whatsapp.members import as_items, as_list, as_object, text, word

SomeWord = TypeVar("SomeWord", bound=StrEnum)

_KNOWN_PARTS: Final = frozenset({"header", "body", "footer", "buttons"})


def category_of(value: Any) -> TemplateCategory:
    """Return the category that Meta names; UNKNOWN for anything else."""
    return _member(TemplateCategory, value, TemplateCategory.UNKNOWN)


def quality_of(value: Any) -> TemplateQuality:
    """Return the quality that Meta names, plain or inside `{"score": …}`."""
    named = value.get("score") if isinstance(value, dict) else value
    return _member(TemplateQuality, named, TemplateQuality.UNKNOWN)


def parameter_format_of(value: Any) -> ParameterFormat:
    """Return how variables are named; by number unless Meta says otherwise."""
    return _member(ParameterFormat, value, ParameterFormat.POSITIONAL)


def components_of(value: Any) -> TemplateComponents:
    """Return the parts of a listed template. What is not understood is named, not lost."""
    parts = {word(part.get("type")) or "": part for part in map(as_object, as_items(value))}
    body = parts.get("body", {})
    header = parts.get("header")
    buttons = as_object(parts.get("buttons")).get("buttons")
    return TemplateComponents(
        body=text(body.get("text")) or "",
        header=None if header is None else _header(header),
        footer=text(as_object(parts.get("footer")).get("text")) or "",
        buttons=tuple(button_of(as_object(item)) for item in as_items(buttons)),
        examples=_body_examples(as_object(body.get("example"))),
        not_understood=tuple(sorted(kind for kind in parts if kind not in _KNOWN_PARTS)),
    )


def button_of(value: JsonObject) -> TemplateButton:
    """Return a button; `example` may be a text or an array of one."""
    examples = value.get("example")
    example = text(next(iter(as_list(examples)), examples)) or ""
    return TemplateButton(
        kind=_member(ButtonKind, value.get("type"), ButtonKind.UNKNOWN),
        text=text(value.get("text")) or "",
        url=text(value.get("url")) or "",
        phone_number=text(value.get("phone_number")) or "",
        example=example,
    )


def components_for_meta(
    components: TemplateComponents, parameter_format: ParameterFormat
) -> list[JsonObject]:
    """Return the parts as the Graph API takes them."""
    return list(_written(components, is_named=parameter_format is ParameterFormat.NAMED))


def _written(components: TemplateComponents, *, is_named: bool) -> Iterator[JsonObject]:
    if components.header is not None:
        yield _written_header(components.header, is_named=is_named)
    body: JsonObject = {"type": "BODY", "text": components.body}
    if components.examples:
        names = variables_of(components.body)
        body["example"] = (
            {"body_text_named_params": _named(names, components.examples)}
            if is_named
            else {"body_text": [list(components.examples)]}
        )
    yield body
    if components.footer:
        yield {"type": "FOOTER", "text": components.footer}
    if components.buttons:
        yield {"type": "BUTTONS", "buttons": [_written_button(b) for b in components.buttons]}


def _named(names: tuple[str, ...], examples: tuple[str, ...]) -> list[JsonObject]:
    return [
        {"param_name": name, "example": example}
        for name, example in zip(names, examples, strict=False)
    ]


def _written_header(header: TemplateHeader, *, is_named: bool) -> JsonObject:
    members: JsonObject = {"type": "HEADER", "format": header.format.value.upper()}
    if header.format is HeaderFormat.TEXT:
        members["text"] = header.text
        names = variables_of(header.text)
        if header.example and is_named:
            members["example"] = {"header_text_named_params": _named(names, (header.example,))}
        elif header.example:
            members["example"] = {"header_text": [header.example]}
    elif header.example:
        members["example"] = {"header_handle": [header.example]}
    return members


def _written_button(button: TemplateButton) -> JsonObject:
    members: JsonObject = {"type": button.kind.value.upper()}
    for name in ("text", "url", "phone_number"):
        if value := getattr(button, name):
            members[name] = value
    if button.example:
        members["example"] = [button.example] if button.url else button.example
    return members


def _header(value: JsonObject) -> TemplateHeader:
    # What Meta lists as `header_handle` is an address of the sample that works for a while and is
    # another one each time: kept, it would make of each reading of the list another template.
    example = as_object(value.get("example"))
    named = as_object(next(iter(as_items(example.get("header_text_named_params"))), None))
    examples = as_list(example.get("header_text"))
    return TemplateHeader(
        format=_member(HeaderFormat, value.get("format"), HeaderFormat.UNKNOWN),
        text=text(value.get("text")) or "",
        example=text(next(iter(examples), named.get("example"))) or "",
    )


def _body_examples(example: JsonObject) -> tuple[str, ...]:
    named = as_items(example.get("body_text_named_params"))
    if named:
        return tuple(text(as_object(item).get("example")) or "" for item in named)
    rows = as_list(example.get("body_text"))
    first = rows[0] if rows and isinstance(rows[0], list) else rows
    return tuple(text(item) or "" for item in first)


def _member(kind: type[SomeWord], value: Any, otherwise: SomeWord) -> SomeWord:
    named = word(value)
    return next((each for each in kind if each.value == named), otherwise)
