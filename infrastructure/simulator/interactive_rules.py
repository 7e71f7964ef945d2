"""What an interactive message must look like. Source: reference section 7.1."""

from collections.abc import Callable, Mapping
from typing import Any

from infrastructure.simulator.errors import GraphError
from infrastructure.simulator.rules import (
    INVALID,
    a_list,
    a_text,
    an_object,
    an_optional_text,
    objects,
    one_of,
    required,
)

BODY_MAX = 1024
LIST_BODY_MAX = 4096
HEADER_MAX = 60
FOOTER_MAX = 60
BUTTONS_MAX = 3
BUTTON_TITLE_MAX = 20
BUTTON_ID_MAX = 256
LIST_BUTTON_MAX = 20
SECTIONS_MAX = 10
ROWS_MAX = 10
SECTION_TITLE_MAX = 24
ROW_ID_MAX = 200
ROW_TITLE_MAX = 24
ROW_DESCRIPTION_MAX = 72
URL_MAX = 2000

_HEADER_KINDS = ("text", "image", "video", "document")
_MEDIA_HEADERS = ("image", "video", "document")


def check_interactive(interactive: Mapping[str, Any]) -> None:
    """Refuse an interactive object that WhatsApp would refuse."""
    kind = one_of(
        required(interactive, "type", "interactive"), tuple(_CHECKS), "interactive['type']"
    )
    _check_frame(interactive, LIST_BODY_MAX if kind == "list" else BODY_MAX)
    _CHECKS[kind](interactive)


def _check_frame(interactive: Mapping[str, Any], body_max: int) -> None:
    a_text(an_object(interactive, "body", "interactive"), "text", "interactive['body']", body_max)
    if interactive.get("footer") is not None:
        footer = an_object(interactive, "footer", "interactive")
        a_text(footer, "text", "interactive['footer']", FOOTER_MAX)
    if interactive.get("header") is not None:
        header = an_object(interactive, "header", "interactive")
        kind = one_of(header.get("type"), _HEADER_KINDS, "interactive['header']['type']")
        if kind in _MEDIA_HEADERS:
            an_object(header, kind, "interactive['header']")
        else:
            a_text(header, "text", "interactive['header']", HEADER_MAX)


def _check_buttons(interactive: Mapping[str, Any]) -> None:
    path = "interactive['action']['buttons']"
    action = an_object(interactive, "action", "interactive")
    buttons = objects(a_list(action, "buttons", "interactive['action']", BUTTONS_MAX), path)
    ids: list[str] = []
    titles: list[str] = []
    for index, button in enumerate(buttons):
        one_of(button.get("type"), ("reply",), f"{path}[{index}]['type']")
        reply = an_object(button, "reply", f"{path}[{index}]")
        ids.append(a_text(reply, "id", f"{path}[{index}]['reply']", BUTTON_ID_MAX))
        titles.append(a_text(reply, "title", f"{path}[{index}]['reply']", BUTTON_TITLE_MAX))
    _check_distinct(ids, f"{path} ids")
    _check_distinct(titles, f"{path} titles")


def _check_list(interactive: Mapping[str, Any]) -> None:
    action = an_object(interactive, "action", "interactive")
    a_text(action, "button", "interactive['action']", LIST_BUTTON_MAX)
    path = "interactive['action']['sections']"
    sections = objects(a_list(action, "sections", "interactive['action']", SECTIONS_MAX), path)
    ids: list[str] = []
    for index, section in enumerate(sections):
        here = f"{path}[{index}]"
        if len(sections) > 1:
            a_text(section, "title", here, SECTION_TITLE_MAX)
        else:
            an_optional_text(section, "title", here, SECTION_TITLE_MAX)
        for row in objects(a_list(section, "rows", here, ROWS_MAX), f"{here}['rows']"):
            ids.append(a_text(row, "id", f"{here}['rows']", ROW_ID_MAX))
            a_text(row, "title", f"{here}['rows']", ROW_TITLE_MAX)
            an_optional_text(row, "description", f"{here}['rows']", ROW_DESCRIPTION_MAX)
    if len(ids) > ROWS_MAX:
        raise GraphError(INVALID, f"A list has {len(ids)} rows; {ROWS_MAX} at most in all.")
    _check_distinct(ids, f"{path} row ids")


def _check_link(interactive: Mapping[str, Any]) -> None:
    path = "interactive['action']"
    action = an_object(interactive, "action", "interactive")
    one_of(action.get("name"), ("cta_url",), f"{path}['name']")
    parameters = an_object(action, "parameters", path)
    a_text(parameters, "display_text", f"{path}['parameters']", BUTTON_TITLE_MAX)
    a_text(parameters, "url", f"{path}['parameters']", URL_MAX)


def _check_action(*names: str) -> Callable[[Mapping[str, Any]], None]:
    """A check for kinds of which only the action's name is known."""

    def check(interactive: Mapping[str, Any]) -> None:
        action = an_object(interactive, "action", "interactive")
        one_of(action.get("name"), names, "interactive['action']['name']")

    return check


def _check_distinct(values: list[str], what: str) -> None:
    if len(set(values)) != len(values):
        raise GraphError(INVALID, f"The parameter {what} must be different from each other.")


_CHECKS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "button": _check_buttons,
    "list": _check_list,
    "cta_url": _check_link,
    "location_request_message": _check_action("send_location"),
    "address_message": _check_action("address_message"),
    "flow": _check_action("flow"),
    "call_permission_request": _check_action("call_permission_request"),
    "request_contact_info": _check_action("request_contact_info"),
}
