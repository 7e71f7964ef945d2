"""From an approved body to the JSON of a send call, and what Meta would refuse about it."""

from collections.abc import Iterable, Iterator
from typing import Final

from domain.errors import InvalidInput
from domain.outbound_body import ButtonsBody, ListBody, ListRow, OutboundBody, TextBody
from domain.outbound_cards import (
    CardEntry,
    CardsBody,
    LocationBody,
    OutboundCard,
    ReactionBody,
    check_cards,
    check_location,
    check_reaction,
)
from domain.outbound_media import MediaBody, check_media
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
SECTION_TITLE_CHARACTERS_MAX: Final = 24
FRAME_CHARACTERS_MAX: Final = 60


def message_members(
    body: OutboundBody, reply_to_wamid: str | None = None, *, meta_media_id: str | None = None
) -> JsonObject:
    """Return the members of a send call that carry the body, in reply to a message if one is given.

    A reaction names its message itself: it cannot be a contextual reply (reference, 7.1). A file is
    named by `meta_media_id`, Meta's id of it.
    """
    context: JsonObject = {}
    if reply_to_wamid is not None and not isinstance(body, ReactionBody):
        context = {"context": {"message_id": reply_to_wamid}}
    return {**_body_members(body, reply_to_wamid, meta_media_id), **context}


def _body_members(
    body: OutboundBody, reply_to_wamid: str | None, meta_media_id: str | None
) -> JsonObject:
    match body:
        case MediaBody():
            return _media_members(body, meta_media_id)
        case TextBody():
            return {"type": "text", "text": {"body": body.text, "preview_url": body.preview_url}}
        case ButtonsBody():
            replies = [{"id": button.id, "title": button.title} for button in body.buttons]
            action: JsonObject = {
                "buttons": [{"type": "reply", "reply": reply} for reply in replies]
            }
            return _interactive("button", body, action)
        case ListBody():
            action = {"button": body.button, "sections": _sections(body)}
            return _interactive("list", body, action)
        case TemplateBody():
            return template_members(body, meta_media_id)
        case LocationBody() | CardsBody() | ReactionBody():
            return _wordless_members(body, reply_to_wamid)


def _media_members(body: MediaBody, meta_media_id: str | None) -> JsonObject:
    file: JsonObject = {"id": meta_media_id}
    if body.caption:
        file["caption"] = body.caption
    if body.filename:
        file["filename"] = body.filename
    if body.voice:
        file["voice"] = True
    return {"type": body.kind, body.kind: file}


def _wordless_members(
    body: LocationBody | CardsBody | ReactionBody, reply_to_wamid: str | None
) -> JsonObject:
    match body:
        case LocationBody():
            return {"type": "location", "location": _location(body)}
        case CardsBody():
            return {"type": "contacts", "contacts": [_card(card) for card in body.cards]}
        case ReactionBody():
            reaction = {"message_id": reply_to_wamid, "emoji": body.emoji}
            return {"type": "reaction", "reaction": reaction}


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
        case LocationBody() | CardsBody() | ReactionBody() | MediaBody():
            return tuple(_card_faults(body))


def _interactive(kind: str, body: ButtonsBody | ListBody, action: JsonObject) -> JsonObject:
    interactive: JsonObject = {"type": kind, "body": {"text": body.text}, "action": action}
    if body.header:
        interactive["header"] = {"type": "text", "text": body.header}
    if body.footer:
        interactive["footer"] = {"text": body.footer}
    return {"type": "interactive", "interactive": interactive}


def _sections(body: ListBody) -> list[JsonObject]:
    if not body.sections:
        return [{"rows": list(_rows(body.rows))}]
    return [{"title": each.title, "rows": list(_rows(each.rows))} for each in body.sections]


def _rows(rows: Iterable[ListRow]) -> Iterator[JsonObject]:
    for row in rows:
        members = {"id": row.id, "title": row.title}
        yield members | ({"description": row.description} if row.description else {})


def _location(body: LocationBody) -> JsonObject:
    words = {"name": body.name, "address": body.address}
    return {
        "latitude": body.latitude,
        "longitude": body.longitude,
        **{name: value for name, value in words.items() if value},
    }


def _card(card: OutboundCard) -> JsonObject:
    # Meta wants one more part of the name beside the formatted one.
    members: JsonObject = {"name": {"formatted_name": card.name, "first_name": card.name}}
    if card.phones:
        members["phones"] = [_entry("phone", entry) for entry in card.phones]
    if card.emails:
        members["emails"] = [_entry("email", entry) for entry in card.emails]
    work = {"company": card.organisation, "title": card.title}
    if any(work.values()):
        members["org"] = {name: value for name, value in work.items() if value}
    return members


def _entry(name: str, entry: CardEntry) -> JsonObject:
    return {name: entry.value, **({"type": entry.label} if entry.label else {})}


def _card_faults(body: LocationBody | CardsBody | ReactionBody | MediaBody) -> Iterator[str]:
    """The domain's own checks: here they keep what was stored long ago from being refused late."""
    try:
        match body:
            case LocationBody():
                check_location(body, ())
            case CardsBody():
                check_cards(body, ())
            case ReactionBody():
                check_reaction(body, ())
            case MediaBody():
                check_media(body, ())
    except InvalidInput as fault:
        yield fault.message


def _frame_faults(body: ButtonsBody | ListBody) -> Iterator[str]:
    for name, words in (("header", body.header), ("footer", body.footer)):
        if words:
            yield from _text_faults(f"The {name}", words, FRAME_CHARACTERS_MAX)


def _buttons_faults(body: ButtonsBody) -> Iterator[str]:
    yield from _text_faults("The text", body.text, BUTTONS_TEXT_CHARACTERS_MAX)
    yield from _frame_faults(body)
    yield from _count_faults("buttons", len(body.buttons), BUTTONS_MAX)
    yield from _repetition_faults("id of a button", (button.id for button in body.buttons))
    yield from _repetition_faults("title of a button", (button.title for button in body.buttons))
    for button in body.buttons:
        yield from _text_faults("The id of a button", button.id, BUTTON_ID_CHARACTERS_MAX)
        yield from _text_faults("The title of a button", button.title, BUTTON_TITLE_CHARACTERS_MAX)


def _list_faults(body: ListBody) -> Iterator[str]:
    yield from _text_faults("The text", body.text, LIST_TEXT_CHARACTERS_MAX)
    yield from _frame_faults(body)
    yield from _text_faults("The button of the list", body.button, LIST_BUTTON_CHARACTERS_MAX)
    yield from _count_faults("rows", len(body.all_rows), ROWS_MAX)
    yield from _repetition_faults("id of a row", (row.id for row in body.all_rows))
    for section in body.sections:
        name = "The title of a section"
        yield from _text_faults(name, section.title, SECTION_TITLE_CHARACTERS_MAX)
        yield from _count_faults("rows in a section", len(section.rows), ROWS_MAX)
    for row in body.all_rows:
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
