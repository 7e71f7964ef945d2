"""Filling a template in: which values it needs, and how the contact will see it."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.errors import HubError, InvalidInput
from domain.limits import Field
from domain.template import Template
from domain.template_body import (
    TEMPLATE_HEADER_CHARACTERS_MAX,
    TEMPLATE_TEXT_CHARACTERS_MAX,
    TEMPLATE_URL_CHARACTERS_MAX,
    ButtonValue,
    HeaderLocation,
    HeaderMedia,
    HeaderText,
    HeaderValue,
    ShownButton,
    TemplateBody,
    TemplateValues,
    check_values,
)
from domain.template_components import (
    MEDIA_FORMATS,
    ButtonKind,
    HeaderFormat,
    ParameterFormat,
    TemplateButton,
    TemplateComponents,
    TemplateHeader,
    filled,
    variables_of,
)

_TAKES_A_VALUE: Final = frozenset(
    {ButtonKind.QUICK_REPLY, ButtonKind.URL, ButtonKind.COPY_CODE, ButtonKind.ONE_TIME_CODE}
)


class TemplateNotUnderstood(HubError):
    """The template's parts are not known here, or it has one that this hub cannot fill in."""

    code = "TEMPLATE_NOT_UNDERSTOOD"
    hint = "Read the templates from Meta again, or choose another template."


def fill_template(
    template: Template, values: TemplateValues, field: Field = ("values",)
) -> TemplateBody:
    """Return the template with its values filled in, as it is approved and sent.

    Raises TemplateNotUnderstood, and InvalidInput naming the value that Meta would refuse (codes
    132000, 132005, 132012 and 132018 of the reference, section 12).
    """
    parts = template.components
    if parts is None:
        raise TemplateNotUnderstood("The parts of the template have not been read from Meta yet.")
    if parts.not_understood:
        raise TemplateNotUnderstood(
            f"The template has parts that are not understood: {', '.join(parts.not_understood)}."
        )
    check_values(values, field)
    text = _filled_body(parts, values, field)
    header_text = _filled_header(parts.header, values.header, (*field, "header"))
    _check_buttons(parts.buttons, values.buttons, (*field, "buttons"))
    return TemplateBody(
        template_id=template.template_id,
        name=template.name,
        language=template.language,
        values=values,
        is_named=template.parameter_format is ParameterFormat.NAMED,
        text=text,
        header_text=header_text,
        footer=parts.footer,
        buttons=tuple(_shown(parts.buttons, values.buttons)),
    )


def reads_as_approved(template: Template, body: TemplateBody) -> bool:
    """Whether the contact would still see exactly the words that were approved."""
    try:
        return fill_template(template, body.values) == body
    except HubError:
        return False


def _filled_body(parts: TemplateComponents, values: TemplateValues, field: Field) -> str:
    given = {parameter.name: parameter.text for parameter in values.parameters}
    here = (*field, "parameters")
    if len(given) != len(values.parameters):
        raise InvalidInput("A variable has two values.", field=here)
    _require_same(variables_of(parts.body), given, here)
    text = filled(parts.body, given)
    if len(text) > TEMPLATE_TEXT_CHARACTERS_MAX:
        raise InvalidInput(
            f"The filled-in text has {len(text)} characters; "
            f"at most {TEMPLATE_TEXT_CHARACTERS_MAX} are allowed.",
            field=here,
        )
    return text


def _require_same(expected: tuple[str, ...], given: Mapping[str, str], field: Field) -> None:
    missing = [name for name in expected if name not in given]
    if missing:
        raise InvalidInput(f"A value is missing for: {', '.join(missing)}.", field=field)
    surplus = [name for name in given if name not in expected]
    if surplus:
        raise InvalidInput(f"The template has no variable: {', '.join(surplus)}.", field=field)


def _filled_header(header: TemplateHeader | None, value: HeaderValue | None, field: Field) -> str:
    if header is None or header.format is HeaderFormat.TEXT:
        return _filled_header_text(header.text if header else "", value, field)
    fits = (
        isinstance(value, HeaderLocation)
        if header.format is HeaderFormat.LOCATION
        else isinstance(value, HeaderMedia) and value.format is header.format
    )
    if not fits or header.format not in MEDIA_FORMATS | {HeaderFormat.LOCATION}:
        raise InvalidInput(f"The header of the template needs: {header.format}.", field=field)
    return ""


def _filled_header_text(text: str, value: HeaderValue | None, field: Field) -> str:
    if value is not None and not isinstance(value, HeaderText):
        raise InvalidInput("The template has no such header.", field=field)
    given = {value.name: value.text} if value is not None else {}
    _require_same(variables_of(text), given, field)
    shown = filled(text, given)
    if len(shown) > TEMPLATE_HEADER_CHARACTERS_MAX:
        raise InvalidInput(
            f"The filled-in header has {len(shown)} characters; "
            f"at most {TEMPLATE_HEADER_CHARACTERS_MAX} are allowed.",
            field=field,
        )
    return shown


def _check_buttons(
    buttons: tuple[TemplateButton, ...], values: tuple[ButtonValue, ...], field: Field
) -> None:
    given = {value.place: value for value in values}
    if len(given) != len(values):
        raise InvalidInput("A button has two values.", field=field)
    for order, value in enumerate(values):
        here = (*field, str(order))
        if not 0 <= value.place < len(buttons):
            raise InvalidInput(f"The template has no button {value.place}.", field=here)
        button = buttons[value.place]
        if value.kind is not button.kind or button.kind not in _TAKES_A_VALUE:
            raise InvalidInput(f"Button {value.place} takes no value of this kind.", field=here)
        if button.kind is ButtonKind.URL:
            _check_address(button, value, here)
    for place, button in enumerate(buttons):
        if needs_value(button) and place not in given:
            raise InvalidInput(f"Button {place} ({button.text}) needs a value.", field=field)


def needs_value(button: TemplateButton) -> bool:
    """Whether a send of the template must give this button a value."""
    if button.kind is ButtonKind.URL:
        return bool(variables_of(button.url))
    return button.kind in {ButtonKind.COPY_CODE, ButtonKind.ONE_TIME_CODE}


def _shown(
    buttons: tuple[TemplateButton, ...], values: tuple[ButtonValue, ...]
) -> Iterator[ShownButton]:
    given = {value.place: value.value for value in values}
    for place, button in enumerate(buttons):
        endings = dict.fromkeys(variables_of(button.url), given.get(place, ""))
        target = filled(button.url, endings) or button.phone_number
        yield ShownButton(kind=button.kind, text=button.text, target=target)


def _check_address(button: TemplateButton, value: ButtonValue, field: Field) -> None:
    names = variables_of(button.url)
    if not names:
        raise InvalidInput(f"The address of button {value.place} has no variable.", field=field)
    if len(filled(button.url, dict.fromkeys(names, value.value))) > TEMPLATE_URL_CHARACTERS_MAX:
        raise InvalidInput(
            f"The address has more than {TEMPLATE_URL_CHARACTERS_MAX} characters.", field=field
        )
