"""What a member can send, as input: exactly one kind of body, each part checked by its place."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
import strawberry

from api.attached_files import media_body
from api.graphql.context import RequestContext
from domain.errors import InvalidInput
from domain.limits import Field
from domain.outbound_body import (
    ButtonsBody,
    ListBody,
    ListRow,
    ListSection,
    OutboundBody,
    ReplyButton,
    TextBody,
    check_body,
)
from domain.outbound_cards import CardEntry, CardsBody, LocationBody, OutboundCard, ReactionBody
from domain.outbound_media import MediaBody


@strawberry.input(description="A plain text.")
class TextBodyInput:
    """Words, sent exactly like this."""

    text: str = strawberry.field(description="At most 4096 characters.")
    preview_url: bool = strawberry.field(
        default=False, description="Whether WhatsApp shows a preview of the first link."
    )


@strawberry.input(description="A quick reply.")
class ReplyButtonInput:
    """A button that the contact can tap."""

    id: str = strawberry.field(description="Comes back with the tap; at most 256 characters.")
    title: str = strawberry.field(description="What stands on it; at most 20 characters.")


@strawberry.input(description="A text with one to three quick replies.")
class ButtonsBodyInput:
    """Words and buttons."""

    text: str = strawberry.field(description="At most 1024 characters.")
    buttons: list[ReplyButtonInput] = strawberry.field(description="One to three.")
    header: str = strawberry.field(
        default="", description="The line above the words; at most 60 characters."
    )
    footer: str = strawberry.field(
        default="", description="The small line below the words; at most 60 characters."
    )


@strawberry.input(description="A row of a list.")
class ListRowInput:
    """What the contact can choose."""

    id: str = strawberry.field(description="Comes back with the choice; at most 200 characters.")
    title: str = strawberry.field(description="At most 24 characters.")
    description: str = strawberry.field(default="", description="At most 72 characters.")


@strawberry.input(description="Rows of a list under a title.")
class ListSectionInput:
    """A part of a list."""

    title: str = strawberry.field(description="At most 24 characters.")
    rows: list[ListRowInput] = strawberry.field(description="At least one row.")


@strawberry.input(description="A text with a button that opens a list of at most ten rows.")
class ListBodyInput:
    """Words and a list; give `rows` or `sections`."""

    text: str = strawberry.field(description="At most 4096 characters.")
    button: str = strawberry.field(description="What stands on the button; at most 20 characters.")
    rows: list[ListRowInput] = strawberry.field(
        default_factory=list, description="Rows without sections."
    )
    sections: list[ListSectionInput] = strawberry.field(
        default_factory=list, description="Rows in sections."
    )
    header: str = strawberry.field(
        default="", description="The line above the words; at most 60 characters."
    )
    footer: str = strawberry.field(
        default="", description="The small line below the words; at most 60 characters."
    )


@strawberry.input(description="A place.")
class LocationBodyInput:
    """Where something is."""

    latitude: float = strawberry.field(description="Degrees north, from -90 to 90.")
    longitude: float = strawberry.field(description="Degrees east, from -180 to 180.")
    name: str = strawberry.field(default="", description="What is there.")
    address: str = strawberry.field(default="", description="Shown below the name.")


@strawberry.input(description="A phone number or an address of mail on a contact card.")
class CardEntryInput:
    """A way to reach somebody."""

    value: str = strawberry.field(description="The number or address.")
    label: str = strawberry.field(default="", description="For example WORK or HOME.")


@strawberry.input(description="A contact card.")
class ContactCardInput:
    """Somebody that the contact can save."""

    name: str = strawberry.field(description="The name as it is shown.")
    phones: list[CardEntryInput] = strawberry.field(
        default_factory=list, description="Phone numbers."
    )
    emails: list[CardEntryInput] = strawberry.field(
        default_factory=list, description="Addresses of mail."
    )
    organisation: str = strawberry.field(default="", description="The company or office.")
    title: str = strawberry.field(default="", description="The position there.")


@strawberry.input(description="A reaction to the message named by `replyToMessageId`.")
class ReactionBodyInput:
    """An emoji, or none to take an earlier one away."""

    emoji: str = strawberry.field(description="One emoji; empty takes the reaction away.")


@strawberry.input(
    description="A file of the conversation: brought with `POST /media`, or received in it. What "
    "WhatsApp shows it as follows from its type."
)
class MediaBodyInput:
    """A photo, video, recording, document or sticker."""

    media_id: strawberry.ID = strawberry.field(description="The file.")
    caption: str = strawberry.field(
        default="",
        description="Words below a photo, video or document; at most 1024 characters.",
    )
    filename: str | None = strawberry.field(
        default=None,
        description="The name that a document is shown under; null for the one it came with.",
    )
    voice: bool = strawberry.field(
        default=False, description="Whether an Ogg recording is shown as a voice message."
    )


@strawberry.input(description="What is sent: give exactly one member.")
class MessageBodyInput:
    """A body of one kind."""

    text: TextBodyInput | None = strawberry.field(default=None, description="A plain text.")
    buttons: ButtonsBodyInput | None = strawberry.field(
        default=None, description="A text with quick replies."
    )
    choices: ListBodyInput | None = strawberry.field(
        default=None, name="list", description="A text with a list to choose from."
    )
    location: LocationBodyInput | None = strawberry.field(default=None, description="A place.")
    contacts: list[ContactCardInput] | None = strawberry.field(
        default=None, description="One to ten contact cards."
    )
    reaction: ReactionBodyInput | None = strawberry.field(
        default=None, description="An emoji on a message."
    )
    media: MediaBodyInput | None = strawberry.field(default=None, description="A file.")


_MEMBERS: Final[Mapping[str, str]] = {
    "text": "text",
    "buttons": "buttons",
    "choices": "list",
    "location": "location",
    "contacts": "contacts",
    "reaction": "reaction",
    "media": "media",
}
"""The members of the input and their names in the API."""


Attach = Callable[[MediaBodyInput, Field], MediaBody]
"""Makes the body of a file that a member named, in the conversation that it is sent in."""


def attaching(context: RequestContext, conversation_id: UUID) -> Attach:
    """Return what attaches files of a conversation. It waits for PostgreSQL."""

    def attach(given: MediaBodyInput, field: Field) -> MediaBody:
        return media_body(
            context.services,
            context.tenant_id,
            conversation_id,
            media_id=given.media_id,
            caption=given.caption,
            filename=given.filename,
            voice=given.voice,
            field=field,
        )

    return attach


def given_body(given: MessageBodyInput, field: Field, attach: Attach) -> OutboundBody:
    """Return the body that a member gave. Raises InvalidInput with the path to the fault."""
    members = [name for name in _MEMBERS if getattr(given, name) is not None]
    if len(members) != 1:
        raise InvalidInput(
            f"Give exactly one of {', '.join(_MEMBERS.values())}; {len(members)} were given.",
            field=field,
        )
    member = members[0]
    part, here = getattr(given, member), (*field, _MEMBERS[member])
    body = attach(part, here) if member == "media" else _body(member, part)
    try:
        check_body(body, here)
    except InvalidInput as fault:
        raise InvalidInput(fault.message, field=_path(fault.field), hint=fault.hint) from None
    return body


def _body(member: str, part: Any) -> OutboundBody:
    match member:
        case "text":
            return TextBody(text=part.text, preview_url=part.preview_url)
        case "buttons":
            buttons = tuple(ReplyButton(id=each.id, title=each.title) for each in part.buttons)
            return ButtonsBody(
                text=part.text, buttons=buttons, header=part.header, footer=part.footer
            )
        case "choices":
            return ListBody(
                text=part.text,
                button=part.button,
                rows=_rows(part.rows),
                sections=tuple(
                    ListSection(title=each.title, rows=_rows(each.rows)) for each in part.sections
                ),
                header=part.header,
                footer=part.footer,
            )
        case "location":
            return LocationBody(
                latitude=part.latitude,
                longitude=part.longitude,
                name=part.name,
                address=part.address,
            )
        case "contacts":
            return CardsBody(cards=tuple(_card(card) for card in part))
        case _:
            return ReactionBody(emoji=part.emoji)


def _rows(rows: list[ListRowInput]) -> tuple[ListRow, ...]:
    return tuple(ListRow(id=row.id, title=row.title, description=row.description) for row in rows)


def _card(card: ContactCardInput) -> OutboundCard:
    return OutboundCard(
        name=card.name,
        phones=tuple(CardEntry(value=each.value, label=each.label) for each in card.phones),
        emails=tuple(CardEntry(value=each.value, label=each.label) for each in card.emails),
        organisation=card.organisation,
        title=card.title,
    )


_RENAMED: Final[Mapping[str, str]] = {"preview_url": "previewUrl"}


def _path(field: Field) -> Field:
    """The path by the names of the input: the cards of a body are its `contacts` itself."""
    path = tuple(_RENAMED.get(part, part) for part in field)
    return tuple(
        part
        for place, part in enumerate(path)
        if not (part == "cards" and place > 0 and path[place - 1] == "contacts")
    )


def as_given(given: MessageBodyInput | None) -> Any:
    """Return the input as plain values, for the digest that makes a repetition recognisable."""
    return None if given is None else msgspec.to_builtins(_plain(given))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    fields = getattr(type(value), "__strawberry_definition__", None)
    if fields is None:
        return value
    return {name: _plain(each) for name, each in vars(value).items()}
