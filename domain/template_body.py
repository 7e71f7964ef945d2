"""A template filled in for one contact: what is sent, and how the contact will see it."""

import re
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from domain.errors import InvalidInput
from domain.identity import TemplateId
from domain.limits import Field, require_pattern, require_text
from domain.outbound_media import AttachedFile, check_attached
from domain.sendable_files import SENDABLE, readable_size
from domain.template_components import ButtonKind, HeaderFormat

TEMPLATE_NAME_PATTERN: Final = r"[a-z0-9_]{1,512}"
TEMPLATE_TEXT_CHARACTERS_MAX: Final = 1024
TEMPLATE_HEADER_CHARACTERS_MAX: Final = 60
TEMPLATE_FOOTER_CHARACTERS_MAX: Final = 60
TEMPLATE_BUTTONS_MAX: Final = 10
TEMPLATE_BUTTON_TEXT_CHARACTERS_MAX: Final = 25
TEMPLATE_URL_CHARACTERS_MAX: Final = 2000
PAYLOAD_CHARACTERS_MAX: Final = 256
COUPON_CODE_CHARACTERS_MAX: Final = 15
_MEDIA_ID_CHARACTERS_MAX: Final = 256
_FILE_NAME_CHARACTERS_MAX: Final = 240

_REFUSED_IN_PARAMETER: Final = re.compile(r"[\n\r\t]| {5,}")


class TemplateParameter(msgspec.Struct, frozen=True, kw_only=True):
    """The value of one variable of the body; `name` is its word, or its number as a text."""

    name: str
    text: str


class HeaderText(msgspec.Struct, frozen=True, kw_only=True, tag="header_text"):
    """The value of the one variable of a header in words."""

    name: str
    text: str


class HeaderMedia(msgspec.Struct, frozen=True, kw_only=True, tag="header_media"):
    """The image, video or document above the body.

    Either `file`, a file that the hub keeps, or `media_id`, Meta's id of an uploaded file, or
    `link`, a public https address. Without a file nothing of it stands in the bytes that are
    digested, so that approvals of before there were files keep their digest.
    """

    format: HeaderFormat
    media_id: str = ""
    link: str = ""
    filename: str = ""
    file: AttachedFile | UnsetType = UNSET


class HeaderLocation(msgspec.Struct, frozen=True, kw_only=True, tag="header_location"):
    """The place above the body, in degrees."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


HeaderValue = HeaderText | HeaderMedia | HeaderLocation


class ButtonValue(msgspec.Struct, frozen=True, kw_only=True):
    """What a button needs: the payload of a quick reply, the end of an address, or a coupon code.

    `place` counts all buttons of the template from 0.
    """

    place: int
    kind: ButtonKind
    value: str


class TemplateValues(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is filled into a template for one contact."""

    parameters: tuple[TemplateParameter, ...] = ()
    header: HeaderValue | None = None
    buttons: tuple[ButtonValue, ...] = ()


class ShownButton(msgspec.Struct, frozen=True, kw_only=True):
    """A button as the contact sees it; `target` is the whole address or the phone number."""

    kind: ButtonKind
    text: str
    target: str = ""


class TemplateBody(msgspec.Struct, frozen=True, kw_only=True, tag="template"):
    """A template filled in; make one with `domain.template_filling.fill_template`.

    `text`, `header_text`, `footer` and `buttons` are what the contact will see. They are part of
    what is approved: a template that would read differently by now is not sent.
    """

    template_id: TemplateId
    name: str
    language: str
    values: TemplateValues
    text: str
    is_named: bool = False
    header_text: str = ""
    footer: str = ""
    buttons: tuple[ShownButton, ...] = ()


def readable(body: TemplateBody) -> str:
    """Return header, body and footer as a person reads them."""
    return "\n\n".join(part for part in (body.header_text, body.text, body.footer) if part)


def check_template_body(body: TemplateBody, field: Field) -> None:
    """Raise InvalidInput, naming the part, where Meta would refuse the body of any template."""
    require_pattern(
        body.name, (*field, "name"), TEMPLATE_NAME_PATTERN, "a-z, 0-9 and _, 512 at most"
    )
    require_pattern(
        body.language, (*field, "language"), r"[a-z]{2,3}(_[A-Za-z0-9]{2,4}){0,2}", "like id, en_US"
    )
    require_text(body.text, (*field, "text"), characters_max=TEMPLATE_TEXT_CHARACTERS_MAX)
    check_values(body.values, (*field, "values"))


def check_values(values: TemplateValues, field: Field) -> None:
    """Raise InvalidInput, naming the part, for a value that no template accepts."""
    for place, parameter in enumerate(values.parameters):
        _check_parameter(parameter.text, (*field, "parameters", str(place), "text"))
    match values.header:
        case HeaderText(text=text):
            _check_parameter(text, (*field, "header", "text"))
        case HeaderMedia():
            _check_media(values.header, (*field, "header"))
        case HeaderLocation():
            _check_location(values.header, (*field, "header"))
    for place, button in enumerate(values.buttons):
        _check_button(button, (*field, "buttons", str(place), "value"))


def _check_parameter(text: str, field: Field) -> None:
    require_text(text, field, characters_max=TEMPLATE_TEXT_CHARACTERS_MAX)
    if _REFUSED_IN_PARAMETER.search(text):
        raise InvalidInput(
            "A value of a template has no line break, no tab and at most four spaces in a row.",
            field=field,
        )


def _check_media(header: HeaderMedia, field: Field) -> None:
    if [bool(header.file), bool(header.media_id), bool(header.link)].count(True) != 1:
        raise InvalidInput("A header needs either an uploaded file or a link.", field=field)
    if header.file:
        _check_header_file(header.file, header.format, field)
    if header.link:
        require_pattern(
            header.link,
            (*field, "link"),
            rf"https://\S{{1,{TEMPLATE_URL_CHARACTERS_MAX}}}",
            "an address with https://",
        )
    require_text(
        header.media_id,
        (*field, "media_id"),
        characters_max=_MEDIA_ID_CHARACTERS_MAX,
        is_optional=True,
    )
    require_text(
        header.filename,
        (*field, "filename"),
        characters_max=_FILE_NAME_CHARACTERS_MAX,
        is_optional=True,
    )


def _check_header_file(file: AttachedFile, form: HeaderFormat, field: Field) -> None:
    check_attached(file, field)
    sendable = SENDABLE.get(form.value)
    if sendable is None or file.content_type not in sendable.types:
        raise InvalidInput(
            f"The template shows a file of the kind {form.value}; this is {file.content_type}.",
            field=(*field, "file"),
        )
    if file.size_bytes > sendable.bytes_max:
        raise InvalidInput(
            f"WhatsApp takes at most {readable_size(sendable.bytes_max)} of the kind {form.value}.",
            field=(*field, "file"),
        )


def _check_location(header: HeaderLocation, field: Field) -> None:
    for name, value, limit in (
        ("latitude", header.latitude, 90),
        ("longitude", header.longitude, 180),
    ):
        if not -limit <= value <= limit:
            raise InvalidInput(
                f"{name} must lie between -{limit} and {limit}.", field=(*field, name)
            )
    require_text(header.name, (*field, "name"), characters_max=_FILE_NAME_CHARACTERS_MAX)
    require_text(header.address, (*field, "address"), characters_max=TEMPLATE_TEXT_CHARACTERS_MAX)


def _check_button(button: ButtonValue, field: Field) -> None:
    match button.kind:
        case ButtonKind.COPY_CODE:
            require_text(button.value, field, characters_max=COUPON_CODE_CHARACTERS_MAX)
        case ButtonKind.URL | ButtonKind.ONE_TIME_CODE:
            require_pattern(
                button.value,
                field,
                rf"\S{{1,{TEMPLATE_URL_CHARACTERS_MAX}}}",
                "the end of an address without spaces",
            )
        case _:
            require_text(button.value, field, characters_max=PAYLOAD_CHARACTERS_MAX)
