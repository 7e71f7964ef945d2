"""What is filled into a template: the input, and the body that it makes."""

from collections.abc import Callable
from typing import Any

import strawberry
from msgspec import UNSET

from api.graphql.template_enums import TemplateButtonKind, TemplateHeaderFormat
from domain.errors import InvalidInput
from domain.limits import Field
from domain.outbound_media import AttachedFile
from domain.template import Template
from domain.template_body import (
    ButtonValue,
    HeaderLocation,
    HeaderMedia,
    HeaderText,
    HeaderValue,
    TemplateBody,
    TemplateParameter,
    TemplateValues,
)
from domain.template_components import ButtonKind, HeaderFormat
from domain.template_filling import fill_template

_VALUES_MAX = 100


@strawberry.input(description="The value of a variable.")
class TemplateParameterInput:
    """A variable and its value."""

    name: str = strawberry.field(description="The word or the number of the variable.")
    text: str = strawberry.field(description="What stands in its place.")


@strawberry.input(description="A place above the words.")
class TemplateLocationInput:
    """Where something is."""

    latitude: float = strawberry.field(description="In degrees, -90 to 90.")
    longitude: float = strawberry.field(description="In degrees, -180 to 180.")
    name: str = strawberry.field(description="What the place is called.")
    address: str = strawberry.field(description="Where it is, in words.")


@strawberry.input(description="What stands above the words. Give what the template asks for.")
class TemplateHeaderInput:
    """One of text, file or place."""

    text: TemplateParameterInput | None = strawberry.field(
        default=None, description="The value of the variable of a header in words."
    )
    media_id: str | None = strawberry.field(
        default=None, description="Meta's id of an uploaded file."
    )
    link: str | None = strawberry.field(
        default=None, description="The public https address of a file."
    )
    filename: str | None = strawberry.field(
        default=None, description="The name that a document is shown under."
    )
    file_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A file of the conversation, brought with `POST /media`; the hub hands it to "
        "Meta. Instead of `mediaId` and `link`.",
    )
    location: TemplateLocationInput | None = strawberry.field(default=None, description="A place.")


@strawberry.input(description="What a button needs.")
class TemplateButtonInput:
    """A button and its value."""

    place: int = strawberry.field(description="Which button, counted from 0.")
    value: str = strawberry.field(
        description="The end of an address, a code, or the payload of a quick reply."
    )


@strawberry.input(description="Everything that is filled into a template.")
class TemplateValuesInput:
    """The values, by the places where they stand."""

    parameters: list[TemplateParameterInput] = strawberry.field(
        default_factory=list, description="The variables of the words."
    )
    header: TemplateHeaderInput | None = strawberry.field(
        default=None, description="What stands above the words."
    )
    buttons: list[TemplateButtonInput] = strawberry.field(
        default_factory=list, description="What the buttons need."
    )


@strawberry.type(description="A button as the contact sees it.")
class ShownTemplateButton:
    """What a tap does."""

    kind: TemplateButtonKind = strawberry.field(description="What it does.")
    text: str = strawberry.field(description="What stands on it.")
    target: str | None = strawberry.field(description="The address or phone number behind it.")


@strawberry.type(description="A template with its values, as the contact will see it.")
class TemplatePreview:
    """What would be sent."""

    header: str | None = strawberry.field(description="The line above the words.")
    header_format: TemplateHeaderFormat | None = strawberry.field(
        description="What stands above the words; null for nothing."
    )
    text: str = strawberry.field(description="The words.")
    footer: str | None = strawberry.field(description="The small line below the words.")
    buttons: list[ShownTemplateButton] = strawberry.field(description="The buttons, in order.")


AttachFile = Callable[[str, Field], AttachedFile]
"""Finds a kept file by the id that a member named."""


def filled_in(
    template: Template, given: TemplateValuesInput, field: Field, attach: AttachFile
) -> TemplateBody:
    """Return the template with the given values.

    Raises InvalidInput naming the value that is wrong, and TemplateNotUnderstood.
    """
    if len(given.parameters) > _VALUES_MAX or len(given.buttons) > _VALUES_MAX:
        raise InvalidInput(f"At most {_VALUES_MAX} values can be given.", field=field)
    return fill_template(template, _values(template, given, field, attach), field)


def as_given(given: TemplateValuesInput) -> dict[str, Any]:
    """Return the input as plain data: what must be the same for the same key."""
    plain: dict[str, Any] = strawberry.asdict(given)
    header = plain["header"]
    if header is not None and header["file_id"] is None:
        # The keys of messages of before there were files stay valid.
        del header["file_id"]
    return plain


def preview_of(body: TemplateBody) -> TemplatePreview:
    """Return a filled-in template as the contact will see it."""
    kind = _format_of(body)
    return TemplatePreview(
        header=body.header_text or None,
        header_format=None if kind is None else TemplateHeaderFormat(kind.value),
        text=body.text,
        footer=body.footer or None,
        buttons=[
            ShownTemplateButton(
                kind=TemplateButtonKind(button.kind.value),
                text=button.text,
                target=button.target or None,
            )
            for button in body.buttons
        ],
    )


def _format_of(body: TemplateBody) -> HeaderFormat | None:
    match body.values.header:
        case HeaderMedia(format=kind):
            return kind
        case HeaderLocation():
            return HeaderFormat.LOCATION
        case _:
            return HeaderFormat.TEXT if body.header_text else None


def _values(
    template: Template, given: TemplateValuesInput, field: Field, attach: AttachFile
) -> TemplateValues:
    parts = template.components
    buttons = parts.buttons if parts is not None else ()
    kinds = {place: button.kind for place, button in enumerate(buttons)}
    return TemplateValues(
        parameters=tuple(
            TemplateParameter(name=each.name, text=each.text) for each in given.parameters
        ),
        header=None if given.header is None else _header(template, given.header, field, attach),
        buttons=tuple(
            ButtonValue(
                place=each.place, kind=kinds.get(each.place, ButtonKind.UNKNOWN), value=each.value
            )
            for each in given.buttons
        ),
    )


def _header(
    template: Template, given: TemplateHeaderInput, field: Field, attach: AttachFile
) -> HeaderValue:
    named = [
        name
        for name, value in (
            ("text", given.text),
            ("file", given.media_id or given.link or given.file_id),
            ("location", given.location),
        )
        if value
    ]
    if len(named) != 1:
        raise InvalidInput(
            "Give one of text, location, and a file by fileId, mediaId or link.",
            field=(*field, "header"),
        )
    if given.text is not None:
        return HeaderText(name=given.text.name, text=given.text.text)
    if given.location is not None:
        place = given.location
        return HeaderLocation(
            latitude=place.latitude,
            longitude=place.longitude,
            name=place.name,
            address=place.address,
        )
    parts = template.components
    header = parts.header if parts is not None else None
    return HeaderMedia(
        format=header.format if header is not None else HeaderFormat.UNKNOWN,
        media_id=given.media_id or "",
        link=given.link or "",
        filename=given.filename or "",
        file=attach(given.file_id, (*field, "header")) if given.file_id else UNSET,
    )
