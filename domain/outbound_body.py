"""What can be sent to a contact: the body that a human approves, sent without a change."""

from collections.abc import Callable
from typing import Final

import msgspec

from domain.errors import HubError, InvalidInput
from domain.limits import Field, require_text
from domain.outbound_cards import (
    CardsBody,
    LocationBody,
    ReactionBody,
    card_words,
    check_cards,
    check_location,
    check_reaction,
    place_words,
    reaction_words,
)
from domain.outbound_media import AttachedFile, MediaBody, check_media, media_words
from domain.template_body import HeaderMedia, TemplateBody, check_template_body, readable

TEXT_CHARACTERS_MAX: Final = 4096
BUTTONS_TEXT_CHARACTERS_MAX: Final = 1024
BUTTONS_MAX: Final = 3
BUTTON_TITLE_CHARACTERS_MAX: Final = 20
BUTTON_ID_CHARACTERS_MAX: Final = 256
ROWS_MAX: Final = 10
ROW_TITLE_CHARACTERS_MAX: Final = 24
ROW_DESCRIPTION_CHARACTERS_MAX: Final = 72
ROW_ID_CHARACTERS_MAX: Final = 200
SECTIONS_MAX: Final = 10
SECTION_TITLE_CHARACTERS_MAX: Final = 24
HEADER_CHARACTERS_MAX: Final = 60
FOOTER_CHARACTERS_MAX: Final = 60


class TextBody(msgspec.Struct, frozen=True, kw_only=True, tag="text"):
    """A plain text of at most 4096 characters (Cloud API, send messages)."""

    text: str
    preview_url: bool = False


class ReplyButton(msgspec.Struct, frozen=True, kw_only=True):
    """A quick reply: `id` at most 256, `title` at most 20 characters."""

    id: str
    title: str


class ButtonsBody(msgspec.Struct, frozen=True, kw_only=True, tag="buttons", omit_defaults=True):
    """A text of at most 1024 characters with one to three quick replies.

    `header` and `footer` have at most 60 characters each. What is empty is left out of the bytes
    that are digested, so that approvals of before there were headers keep their digest.
    """

    text: str
    buttons: tuple[ReplyButton, ...]
    header: str = ""
    footer: str = ""


class ListRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a list: `id` at most 200, `title` 24, `description` 72 characters."""

    id: str
    title: str
    description: str = ""


class ListSection(msgspec.Struct, frozen=True, kw_only=True):
    """Rows under a title of at most 24 characters."""

    title: str
    rows: tuple[ListRow, ...]


class ListBody(msgspec.Struct, frozen=True, kw_only=True, tag="list", omit_defaults=True):
    """A text of at most 4096 characters with a button that opens at most ten rows.

    The rows stand by themselves, or in at most ten `sections`. `header` and `footer` as with
    buttons.
    """

    text: str
    button: str
    rows: tuple[ListRow, ...] = ()
    sections: tuple[ListSection, ...] = ()
    header: str = ""
    footer: str = ""

    @property
    def all_rows(self) -> tuple[ListRow, ...]:
        """The rows that the contact can choose from, in order."""
        return (*self.rows, *(row for section in self.sections for row in section.rows))


OutboundBody = (
    TextBody
    | ButtonsBody
    | ListBody
    | LocationBody
    | CardsBody
    | ReactionBody
    | MediaBody
    | TemplateBody
)

_ENCODER = msgspec.json.Encoder(order="deterministic")


def canonical_bytes(body: OutboundBody) -> bytes:
    """Return the bytes whose keyed digest is approved, and compared again when sending."""
    return _ENCODER.encode(body)


def plain_text(body: OutboundBody) -> str:
    """Return the body as a person reads it: its words, or a line that says what it is."""
    match body:
        case LocationBody():
            return place_words(body)
        case CardsBody():
            return card_words(body)
        case ReactionBody():
            return reaction_words(body)
        case MediaBody():
            return media_words(body)
        case TemplateBody():
            return readable(body)
        case _:
            return body.text


def file_of(body: OutboundBody) -> AttachedFile | None:
    """Return the kept file that Meta must have before the body can be sent, if there is one."""
    match body:
        case MediaBody():
            return body.file
        case TemplateBody(values=values) if isinstance(values.header, HeaderMedia):
            return values.header.file or None
        case _:
            return None


class ReactionNeedsMessage(HubError):
    """A reaction stands on a message, and none is named."""

    code = "REACTION_NEEDS_MESSAGE"
    hint = "Name the message that is reacted to."


def require_target(body: OutboundBody, target: object | None) -> None:
    """Raise ReactionNeedsMessage for a reaction without the message that it stands on."""
    if isinstance(body, ReactionBody) and target is None:
        raise ReactionNeedsMessage("A reaction needs the message that it is about.")


class BodyDigestMismatch(HubError):
    """The digest that came with a body is not the digest of this body."""

    code = "BODY_DIGEST_MISMATCH"
    hint = "Nothing was changed. Load the words again, read them and decide again."


def require_digest(
    body: OutboundBody, body_digest: str, digest_body: Callable[[OutboundBody], str]
) -> None:
    """Raise BodyDigestMismatch unless `body_digest` is the keyed digest of `body`."""
    if digest_body(body) != body_digest:
        raise BodyDigestMismatch("The digest does not belong to these words.")


def check_body(body: OutboundBody, field: Field = ("body",)) -> None:
    """Raise InvalidInput, naming the part, where Meta would refuse the body (limits: Cloud API)."""
    match body:
        case TextBody():
            require_text(body.text, (*field, "text"), characters_max=TEXT_CHARACTERS_MAX)
        case ButtonsBody():
            require_text(body.text, (*field, "text"), characters_max=BUTTONS_TEXT_CHARACTERS_MAX)
            _check_frame(body, field)
            _check_buttons(body.buttons, (*field, "buttons"))
        case ListBody():
            require_text(body.text, (*field, "text"), characters_max=TEXT_CHARACTERS_MAX)
            _check_frame(body, field)
            require_text(
                body.button, (*field, "button"), characters_max=BUTTON_TITLE_CHARACTERS_MAX
            )
            _check_list(body, field)
        case TemplateBody():
            check_template_body(body, field)
        case LocationBody():
            check_location(body, field)
        case CardsBody():
            check_cards(body, field)
        case ReactionBody():
            check_reaction(body, field)
        case MediaBody():
            check_media(body, field)


def _check_frame(body: ButtonsBody | ListBody, field: Field) -> None:
    require_text(
        body.header, (*field, "header"), characters_max=HEADER_CHARACTERS_MAX, is_optional=True
    )
    require_text(
        body.footer, (*field, "footer"), characters_max=FOOTER_CHARACTERS_MAX, is_optional=True
    )


def _check_buttons(buttons: tuple[ReplyButton, ...], field: Field) -> None:
    if not 1 <= len(buttons) <= BUTTONS_MAX:
        raise InvalidInput(
            f"There are {len(buttons)} buttons; 1 to {BUTTONS_MAX} are allowed.", field=field
        )
    for place, button in enumerate(buttons):
        here = (*field, str(place))
        require_text(button.id, (*here, "id"), characters_max=BUTTON_ID_CHARACTERS_MAX)
        require_text(button.title, (*here, "title"), characters_max=BUTTON_TITLE_CHARACTERS_MAX)
    _check_unique([button.id for button in buttons], field, "ids")
    _check_unique([button.title for button in buttons], field, "titles")


def _check_list(body: ListBody, field: Field) -> None:
    if body.rows and body.sections:
        raise InvalidInput("Give rows or sections, not both.", field=(*field, "sections"))
    count = len(body.all_rows)
    if not 1 <= count <= ROWS_MAX or len(body.sections) > SECTIONS_MAX:
        raise InvalidInput(
            f"There are {count} rows; 1 to {ROWS_MAX} are allowed in all.", field=(*field, "rows")
        )
    _check_rows(body.rows, (*field, "rows"))
    for place, section in enumerate(body.sections):
        here = (*field, "sections", str(place))
        require_text(section.title, (*here, "title"), characters_max=SECTION_TITLE_CHARACTERS_MAX)
        if not section.rows:
            raise InvalidInput("A section needs a row.", field=(*here, "rows"))
        _check_rows(section.rows, (*here, "rows"))
    _check_unique([row.id for row in body.all_rows], (*field, "rows"), "ids")


def _check_rows(rows: tuple[ListRow, ...], field: Field) -> None:
    for place, row in enumerate(rows):
        here = (*field, str(place))
        require_text(row.id, (*here, "id"), characters_max=ROW_ID_CHARACTERS_MAX)
        require_text(row.title, (*here, "title"), characters_max=ROW_TITLE_CHARACTERS_MAX)
        require_text(
            row.description,
            (*here, "description"),
            characters_max=ROW_DESCRIPTION_CHARACTERS_MAX,
            is_optional=True,
        )


def _check_unique(values: list[str], field: Field, what: str) -> None:
    if len(set(values)) != len(values):
        raise InvalidInput(f"The {what} must differ from each other.", field=field)
