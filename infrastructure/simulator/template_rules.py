"""What a template must look like, and what a send of it must fill in.

Source: WhatsApp Cloud API reference, section 9.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infrastructure.simulator.errors import GraphError

NAME_MAX = 512
HEADER_MAX = 60
BODY_MAX = 1024
FOOTER_MAX = 60
BUTTON_TEXT_MAX = 25
BUTTON_URL_MAX = 2000
BUTTONS_MAX = 10

CATEGORIES = ("MARKETING", "UTILITY", "AUTHENTICATION")
SAMPLE_HEADERS = ("IMAGE", "VIDEO", "DOCUMENT")
MEDIA_HEADERS = (*SAMPLE_HEADERS, "LOCATION")
SAMPLE_URL = "https://scontent.whatsapp.example/v/"

_NAME = re.compile(r"^[a-z0-9_]+$")
_VARIABLE = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}")
_VARIABLE_AT_AN_EDGE = re.compile(r"^\s*\{\{[^}]*\}\}|\{\{[^}]*\}\}\s*$")
_FORBIDDEN_IN_PARAMETER = re.compile(r"[\n\r\t]| {5,}")

COUNT_MISMATCH = 132000
FORMAT_MISMATCH = 132012
TEXT_TOO_LONG = 132005
INVALID_TEMPLATE_MESSAGE = 132018

FIELD_TOO_LONG = 2388040
HEADER_INVALID = 2388047
BODY_INVALID = 2388072
FOOTER_INVALID = 2388073
VARIABLE_AT_EDGE = 2388299

Component = Mapping[str, Any]

IsSample = Callable[[str, str], bool]
"""Whether Meta gave a handle for a file that fits a format, as (format, handle)."""


def variables_of(text: str) -> list[str]:
    """Names of the variables in a text, in order, without repetition."""
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def component(components: Sequence[Component], kind: str) -> Component | None:
    """The component of this type, if there is one."""
    return next((each for each in components if str(each.get("type", "")).upper() == kind), None)


def check_new_template(body: Mapping[str, Any], is_sample: IsSample) -> None:
    """Refuse the creation of a template that Meta would refuse."""
    name = body.get("name")
    if not isinstance(name, str) or not _NAME.match(name) or len(name) > NAME_MAX:
        raise GraphError(100, "A template's name has a-z, 0-9 and _ only, 512 at most.")
    if body.get("category") not in CATEGORIES:
        raise GraphError(100, f"A template's category is one of: {', '.join(CATEGORIES)}.")
    if not isinstance(body.get("language"), str) or not body["language"]:
        raise GraphError(100, "A template needs a language such as id or en_US.")
    check_components(body.get("components"), str(body["category"]), is_sample)


def check_components(components: object, category: str, is_sample: IsSample) -> None:
    """Refuse components that are too long or not well formed."""
    if not isinstance(components, list) or not all(isinstance(c, Mapping) for c in components):
        raise GraphError(100, "The parameter components must be an array of objects.")
    body = component(components, "BODY")
    if body is None or (category != "AUTHENTICATION" and not isinstance(body.get("text"), str)):
        raise GraphError(BODY_INVALID, "A template needs a BODY component with a text.")
    text = str(body.get("text", ""))
    _check_length(text, BODY_MAX, "body")
    if _VARIABLE_AT_AN_EDGE.search(text):
        raise GraphError(VARIABLE_AT_EDGE)
    if (header := component(components, "HEADER")) is not None:
        _check_header(header, is_sample)
    if (footer := component(components, "FOOTER")) is not None:
        _check_length(str(footer.get("text", "")), FOOTER_MAX, "footer")
        if variables_of(str(footer.get("text", ""))):
            raise GraphError(FOOTER_INVALID, "A footer cannot have variables.")
    if (buttons := component(components, "BUTTONS")) is not None:
        _check_buttons(buttons.get("buttons"))


def _check_header(header: Component, is_sample: IsSample) -> None:
    kind = str(header.get("format", "")).upper()
    if kind == "TEXT":
        text = str(header.get("text", ""))
        _check_length(text, HEADER_MAX, "header")
        if len(variables_of(text)) > 1:
            raise GraphError(HEADER_INVALID, "A header has one variable at most.")
    elif kind not in MEDIA_HEADERS:
        raise GraphError(HEADER_INVALID, f"A header's format is TEXT, {', '.join(MEDIA_HEADERS)}.")
    elif kind in SAMPLE_HEADERS:
        handles = _handles(header)
        if not handles:
            raise GraphError(100, f"A header {kind} needs a sample: example.header_handle.")
        if not all(is_sample(kind, handle) for handle in handles):
            raise GraphError(100, f"The header_handle is not a valid handle of a file for {kind}.")


def _handles(header: Component) -> list[str]:
    example = header.get("example")
    handles = example.get("header_handle") if isinstance(example, Mapping) else None
    return [str(handle) for handle in handles] if isinstance(handles, list) else []


def with_shown_sample(components: Sequence[Component]) -> list[dict[str, Any]]:
    """The components as Meta lists them: an address of the sample instead of its handle."""
    shown = [dict(part) for part in components]
    for part in shown:
        if handles := _handles(part):
            names = (hashlib.sha256(handle.encode()).hexdigest() for handle in handles)
            part["example"] = {"header_handle": [f"{SAMPLE_URL}{name}" for name in names]}
    return shown


def _check_buttons(buttons: object) -> None:
    if not isinstance(buttons, list) or not buttons or len(buttons) > BUTTONS_MAX:
        raise GraphError(100, f"The BUTTONS component has 1 to {BUTTONS_MAX} buttons.")
    for button in buttons:
        if not isinstance(button, Mapping) or not isinstance(button.get("type"), str):
            raise GraphError(100, "Each button needs a type.")
        _check_length(str(button.get("text", "")), BUTTON_TEXT_MAX, "button text")
        _check_length(str(button.get("url", "")), BUTTON_URL_MAX, "button url")


def _check_length(text: str, at_most: int, what: str) -> None:
    if len(text) > at_most:
        raise GraphError(
            FIELD_TOO_LONG, f"The {what} has {len(text)} characters; {at_most} at most."
        )


def check_parameters(
    components: Sequence[Component], parameter_format: str, sent: Sequence[Component]
) -> None:
    """Refuse a send whose parameters do not fit the template."""
    body = component(components, "BODY") or {}
    expected = variables_of(str(body.get("text", "")))
    _check_texts(expected, _parameters(sent, "BODY"), parameter_format, "body")
    rendered = fill(str(body.get("text", "")), expected, _parameters(sent, "BODY"))
    if len(rendered) > BODY_MAX:
        raise GraphError(TEXT_TOO_LONG, f"The filled-in body has {len(rendered)} characters.")
    header = component(components, "HEADER") or {}
    _check_header_parameters(header, _parameters(sent, "HEADER"), parameter_format)
    buttons = (component(components, "BUTTONS") or {}).get("buttons", [])
    _check_button_parameters(buttons, sent)


def _parameters(sent: Sequence[Component], kind: str) -> list[Mapping[str, Any]]:
    parameters = (component(sent, kind) or {}).get("parameters", [])
    if not isinstance(parameters, list) or not all(isinstance(p, Mapping) for p in parameters):
        raise GraphError(INVALID_TEMPLATE_MESSAGE, "parameters must be an array of objects.")
    return list(parameters)


def _check_texts(
    expected: list[str], given: list[Mapping[str, Any]], parameter_format: str, what: str
) -> None:
    if len(given) != len(expected):
        raise GraphError(
            COUNT_MISMATCH,
            f"{what}: number of localizable_params ({len(given)}) does not match the expected "
            f"number of params ({len(expected)})",
        )
    for parameter in given:
        if parameter.get("type") not in ("text", "currency", "date_time"):
            raise GraphError(FORMAT_MISMATCH, f"{what}: the parameter must be a text.")
        if parameter_format == "NAMED" and parameter.get("parameter_name") not in expected:
            raise GraphError(
                FORMAT_MISMATCH, f"{what}: parameter_name must be one of {', '.join(expected)}."
            )
        _check_text(parameter, what)


def _check_text(parameter: Mapping[str, Any], what: str) -> None:
    if parameter.get("type") != "text":
        return
    text = parameter.get("text")
    if not isinstance(text, str) or not text:
        raise GraphError(FORMAT_MISMATCH, f"{what}: the parameter's text is missing.")
    if _FORBIDDEN_IN_PARAMETER.search(text):
        raise GraphError(
            INVALID_TEMPLATE_MESSAGE,
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        )


def _check_header_parameters(
    header: Component, given: list[Mapping[str, Any]], parameter_format: str
) -> None:
    kind = str(header.get("format", "")).upper()
    if kind in MEDIA_HEADERS:
        if len(given) != 1:
            raise GraphError(COUNT_MISMATCH, f"header: one {kind.lower()} parameter is expected.")
        if given[0].get("type") != kind.lower() or not given[0].get(kind.lower()):
            raise GraphError(FORMAT_MISMATCH, f"header: a {kind.lower()} is expected.")
        return
    _check_texts(variables_of(str(header.get("text", ""))), given, parameter_format, "header")


def _check_button_parameters(buttons: Sequence[Component], sent: Sequence[Component]) -> None:
    given = {
        str(each.get("index")): each for each in sent if str(each.get("type")).lower() == "button"
    }
    for index, button in enumerate(buttons):
        needs_suffix = bool(variables_of(str(button.get("url", ""))))
        if needs_suffix and str(index) not in given:
            raise GraphError(COUNT_MISMATCH, f"button {index}: the URL needs a parameter.")
    for place in given:
        if not place.isdecimal() or int(place) >= len(buttons):
            raise GraphError(INVALID_TEMPLATE_MESSAGE, f"The template has no button {place}.")


def fill(text: str, expected: list[str], given: Sequence[Mapping[str, Any]]) -> str:
    """The text with its variables filled in, as the person sees it."""
    values: dict[str, str] = {}
    for name, parameter in zip(expected, given, strict=False):
        kind = str(parameter.get("type"))
        detail = parameter.get(kind)
        shown = detail.get("fallback_value", "") if isinstance(detail, Mapping) else detail
        values[str(parameter.get("parameter_name") or name)] = str(shown or "")
    return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), text)


def rendered_text(components: Sequence[Component], sent: Sequence[Component]) -> str:
    """Header, body and footer as the person reads them."""
    lines: list[str] = []
    for kind in ("HEADER", "BODY", "FOOTER"):
        part = component(components, kind)
        if part is not None and isinstance(part.get("text"), str):
            lines.append(fill(part["text"], variables_of(part["text"]), _parameters(sent, kind)))
    return "\n".join(lines)


def quick_replies(components: Sequence[Component], sent: Sequence[Component]) -> dict[str, str]:
    """Payload and title of each quick-reply button; without a payload the title stands for it."""
    buttons = (component(components, "BUTTONS") or {}).get("buttons", [])
    payloads: dict[str, str] = {}
    for each in sent:
        parameters = each.get("parameters")
        if str(each.get("type")).lower() == "button" and isinstance(parameters, list):
            for parameter in parameters:
                if isinstance(parameter, Mapping) and parameter.get("type") == "payload":
                    payloads[str(each.get("index"))] = str(parameter.get("payload"))
    return {
        payloads.get(str(index), str(button.get("text"))): str(button.get("text"))
        for index, button in enumerate(buttons)
        if str(button.get("type")).upper() == "QUICK_REPLY"
    }
