"""From an approved body to the JSON of a send call, and what Meta would refuse about it."""

from collections.abc import Iterable, Iterator
from typing import Final

from domain.outbound_body import ButtonsBody, ListBody, OutboundBody, TextBody
from domain.template_body import TemplateBody
from infrastructure.whatsapp.decoding import JsonObject
from infrastructure.whatsapp.template_bodies import template_faults, template_members

# Limits of the Cloud API, in characters (reference, 7.1).
TEXT_CHARACTERS_MAX: Final = 4096
BUTTONS_TEXT_CHARACTERS_MAX: Final = 1024
BUTTONS_MAX: Final = 3
BUTTON_TITLE_CHARACTERS_MAX: Final = 20
BUTTON_ID_CHARACTERS_MAX: Final = 256
LIST_TEXT_CHARACTERS_MAX: Final = 4096
LIST_BUTTON_CHARACTERS_MAX: Final = 20
ROWS_MAX: Final = 10
ROW_TITLE_CHARACTERS_MAX: Final = 24
ROW_ID_CHARACTERS_MAX: Final = 200
ROW_DESCRIPTION_CHARACTERS_MAX: Final = 72


def message_members(body: OutboundBody) -> JsonObject:
    """Return the members of a send call that carry the body."""
    match body:
        case TextBody():
            return {"type": "text", "text": {"body": body.text, "preview_url": body.preview_url}}
        case ButtonsBody():
            replies = [{"id": button.id, "title": button.title} for button in body.buttons]
            action: JsonObject = {
                "buttons": [{"type": "reply", "reply": reply} for reply in replies]
            }
            return _interactive("button", body.text, action)
        case ListBody():
            action = {"button": body.button, "sections": [{"rows": list(_rows(body))}]}
            return _interactive("list", body.text, action)
        case TemplateBody():
            return template_members(body)


def body_faults(body: OutboundBody) -> tuple[str, ...]:
    """Return what Meta would refuse, one sentence each; none if the body can be sent."""
    match body:
        case TextBody():
            return tuple(_text_faults("The text", body.text, TEXT_CHARACTERS_MAX))
        case ButtonsBody():
            return tuple(_buttons_faults(body))
        case ListBody():
            return tuple(_list_faults(body))
        case TemplateBody():
            return template_faults(body)


def _interactive(kind: str, text: str, action: JsonObject) -> JsonObject:
    return {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": text}, "action": action},
    }


def _rows(body: ListBody) -> Iterator[JsonObject]:
    for row in body.rows:
        members = {"id": row.id, "title": row.title}
        yield members | ({"description": row.description} if row.description else {})


def _buttons_faults(body: ButtonsBody) -> Iterator[str]:
    yield from _text_faults("The text", body.text, BUTTONS_TEXT_CHARACTERS_MAX)
    yield from _count_faults("buttons", len(body.buttons), BUTTONS_MAX)
    yield from _repetition_faults("id of a button", (button.id for button in body.buttons))
    yield from _repetition_faults("title of a button", (button.title for button in body.buttons))
    for button in body.buttons:
        yield from _text_faults("The id of a button", button.id, BUTTON_ID_CHARACTERS_MAX)
        yield from _text_faults("The title of a button", button.title, BUTTON_TITLE_CHARACTERS_MAX)


def _list_faults(body: ListBody) -> Iterator[str]:
    yield from _text_faults("The text", body.text, LIST_TEXT_CHARACTERS_MAX)
    yield from _text_faults("The button of the list", body.button, LIST_BUTTON_CHARACTERS_MAX)
    yield from _count_faults("rows", len(body.rows), ROWS_MAX)
    yield from _repetition_faults("id of a row", (row.id for row in body.rows))
    for row in body.rows:
        yield from _text_faults("The id of a row", row.id, ROW_ID_CHARACTERS_MAX)
        yield from _text_faults("The title of a row", row.title, ROW_TITLE_CHARACTERS_MAX)
        if row.description:
            yield from _text_faults(
                "The description of a row", row.description, ROW_DESCRIPTION_CHARACTERS_MAX
            )


def _text_faults(name: str, text: str, characters_max: int) -> Iterator[str]:
    if not text.strip():
        yield f"{name} is empty."
    elif len(text) > characters_max:
        yield f"{name} has {len(text)} characters, {characters_max} are allowed."
    try:
        text.encode()
    except UnicodeEncodeError:
        yield f"{name} contains half a character (a surrogate without its partner)."


def _count_faults(name: str, count: int, count_max: int) -> Iterator[str]:
    if not 1 <= count <= count_max:
        yield f"There are {count} {name}, 1 to {count_max} are allowed."


def _repetition_faults(name: str, values: Iterable[str]) -> Iterator[str]:
    found = list(values)
    if len(set(found)) < len(found):
        yield f"The same {name} appears twice."
