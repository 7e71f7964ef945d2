"""Personal content in answers: shown by scope, hidden without it, erased for ever."""

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar
from uuid import UUID

import strawberry

from api.graphql.access import guarded
from api.graphql.context import Info
from api.graphql.node import NOT_LOADED, related
from api.graphql.received_body import MessageBody, message_body
from api.reading import Opened, OpenedState
from domain import message_content as domain_content
from domain.inbound_message import InboundMessageContent
from domain.message_content import Content, PlaceholderContent, preview_text
from domain.outbound_body import ButtonsBody, ListBody, OutboundBody, file_of, plain_text
from domain.scopes import Scope
from domain.template_body import TemplateBody

if TYPE_CHECKING:
    from api.graphql.media import MediaFile

LazyMediaFile = Annotated["MediaFile", strawberry.lazy("api.graphql.media")]

PREVIEW_CHARACTERS: Final = 120
T = TypeVar("T")


@strawberry.enum(description="What became of personal content. New values may be added.")
class ContentState(Enum):
    """Why a content is shown or not."""

    VISIBLE = strawberry.enum_value("visible", description="It is shown.")
    HIDDEN = strawberry.enum_value(
        "hidden", description="It exists; the token lacks the scope `content:read`."
    )
    ERASED = strawberry.enum_value(
        "erased", description="It was erased for ever, at the wish of the person it is about."
    )
    ABSENT = strawberry.enum_value("absent", description="There is none.")


@strawberry.enum(description="What kind of content a message has. New values may be added.")
class ContentKind(Enum):
    """The kinds of content, by their names in the domain."""

    TEXT = strawberry.enum_value("text", description="A text.")
    MEDIA = strawberry.enum_value("media", description="A photo, video, audio or document.")
    LOCATION = strawberry.enum_value("location", description="A place.")
    CONTACTS = strawberry.enum_value("contacts", description="Contact cards.")
    BUTTON_REPLY = strawberry.enum_value("button_reply", description="A tapped quick reply.")
    LIST_REPLY = strawberry.enum_value("list_reply", description="A chosen row of a list.")
    FORM_REPLY = strawberry.enum_value("form_reply", description="A filled-in form.")
    ORDER = strawberry.enum_value("order", description="An order.")
    REACTION = strawberry.enum_value("reaction", description="A reaction to a message.")
    DELETION = strawberry.enum_value("revoke", description="The contact deleted a message.")
    EDIT = strawberry.enum_value("edit", description="A new wording of an earlier message.")
    NOTICE = strawberry.enum_value("notice", description="A notice of WhatsApp.")
    CALL_PERMISSION = strawberry.enum_value(
        "call_permission", description="The contact allows or refuses calls."
    )
    WELCOME = strawberry.enum_value(
        "request_welcome", description="The contact opened the chat without writing yet."
    )
    NOT_HANDED_OVER = strawberry.enum_value(
        "unsupported", description="Something that WhatsApp does not hand over."
    )
    QUICK_REPLIES = strawberry.enum_value("buttons", description="A text with quick replies.")
    LIST = strawberry.enum_value("list", description="A text with a list to choose from.")
    TEMPLATE = strawberry.enum_value(
        "template", description="A template that Meta approved, filled in."
    )
    NOT_UNDERSTOOD = strawberry.enum_value(
        "placeholder",
        description="A message of a kind that is not understood yet; kept as it came.",
    )


_KINDS: Final = {
    "text": ContentKind.TEXT,
    "media": ContentKind.MEDIA,
    "location": ContentKind.LOCATION,
    "contacts": ContentKind.CONTACTS,
    "button_reply": ContentKind.BUTTON_REPLY,
    "list_reply": ContentKind.LIST_REPLY,
    "flow_reply": ContentKind.FORM_REPLY,
    "address_reply": ContentKind.FORM_REPLY,
    "order": ContentKind.ORDER,
    "reaction": ContentKind.REACTION,
    "revoke": ContentKind.DELETION,
    "edit": ContentKind.EDIT,
    "call_permission_reply": ContentKind.CALL_PERMISSION,
    "request_welcome": ContentKind.WELCOME,
    "unsupported": ContentKind.NOT_HANDED_OVER,
    "system_notice": ContentKind.NOTICE,
    "cards": ContentKind.CONTACTS,
    "buttons": ContentKind.QUICK_REPLIES,
    "list": ContentKind.LIST,
    "template": ContentKind.TEMPLATE,
}


@strawberry.type(description="The advertisement or post that led a contact here.")
class Referral:
    """Where a contact came from."""

    source_type: str | None = strawberry.field(description="ad or post.")
    source_id: str | None = strawberry.field(description="Meta's id of it.")
    source_url: str | None = strawberry.field(description="Its address.")
    headline: str | None = strawberry.field(description="Its headline.")
    body: str | None = strawberry.field(description="Its words.")
    click_id: str | None = strawberry.field(description="Meta's id of the click.")


@strawberry.type(description="What a message says.")
class MessageContent:
    """The words of a message, as a person reads them."""

    kind: ContentKind = strawberry.field(description="What kind of content it is.")
    text: str = strawberry.field(description="The content in words; long texts are whole.")
    preview: str = strawberry.field(
        description=f"The beginning as one line of at most {PREVIEW_CHARACTERS} characters."
    )
    choices: list[str] = strawberry.field(
        description="What the contact can choose from, in order: quick replies or rows of a list."
    )
    header: str | None = strawberry.field(
        default=None, description="The line above the words, as the contact sees it."
    )
    footer: str | None = strawberry.field(
        default=None, description="The small line below the words, as the contact sees it."
    )
    body: MessageBody | None = strawberry.field(
        default=None,
        description="What a received or echoed message says, in the type of its kind; null for "
        "what the hub sends.",
    )
    is_forwarded: bool = strawberry.field(
        default=False, description="Whether it was written by somebody else and passed on."
    )
    is_frequently_forwarded: bool = strawberry.field(
        default=False, description="Whether it was passed on more than five times."
    )
    referral: Referral | None = strawberry.field(
        default=None, description="The advertisement or post that led the contact here."
    )
    product_id: str | None = strawberry.field(
        default=None, description="The product of a catalogue that the contact asks about."
    )
    file_id: strawberry.Private[UUID | None] = None

    @guarded(Scope.CONVERSATIONS_READ, "The file that the firm sends with it; null if none.")
    def file(self, info: Info) -> LazyMediaFile | None:
        """What was brought, with links to look at it before it is approved."""
        return related(NOT_LOADED, info, "MediaFile", self.file_id)


def content_state(info: strawberry.Info[Any, Any], opened: Opened) -> ContentState:
    """Return what the asking principal may see of a content."""
    if opened.state is OpenedState.ABSENT:
        return ContentState.ABSENT
    if opened.state is OpenedState.ERASED:
        return ContentState.ERASED
    may_read = info.context.principal.may(Scope.CONTENT_READ)
    if opened.state is OpenedState.OPENED and may_read:
        return ContentState.VISIBLE
    return ContentState.HIDDEN


def shown(info: strawberry.Info[Any, Any], opened: Opened, show: Callable[[Any], T]) -> T | None:
    """Return a content as `show` gives it, or None if it may not be seen."""
    if content_state(info, opened) is ContentState.VISIBLE:
        return show(opened.value)
    return None


def inbound_content(
    content: InboundMessageContent, wording: domain_content.MessageContent | None = None
) -> MessageContent:
    """Return the words of a received or echoed message; of `wording` where it holds another."""
    body = content.body if wording is None else wording
    return MessageContent(
        kind=_kind_of(body),
        text=body.in_words(),
        preview=preview_text(body),
        choices=[],
        body=message_body(body),
        is_forwarded=content.forwarded,
        is_frequently_forwarded=content.frequently_forwarded,
        referral=None if content.referral is None else _referral(content.referral),
        product_id=content.product_id,
    )


def _referral(referral: domain_content.Referral) -> Referral:
    return Referral(
        source_type=referral.source_type,
        source_id=referral.source_id,
        source_url=referral.source_url,
        headline=referral.headline,
        body=referral.body,
        click_id=referral.click_id,
    )


def outbound_content(body: OutboundBody) -> MessageContent:
    """Return the words of a message of the firm."""
    text = body.text if isinstance(body, TemplateBody) else plain_text(body)
    file = file_of(body)
    return MessageContent(
        kind=_kind_of(body),
        text=text,
        preview=_one_line(text),
        choices=_choices_of(body),
        header=_framed(body, "header"),
        footer=_framed(body, "footer"),
        file_id=None if file is None else file.media_id,
    )


def text_content(text: str) -> MessageContent:
    """Return words that are a plain text."""
    return MessageContent(kind=ContentKind.TEXT, text=text, preview=_one_line(text), choices=[])


def _one_line(text: str) -> str:
    line = " ".join(text[: PREVIEW_CHARACTERS * 4].split())
    return line if len(line) <= PREVIEW_CHARACTERS else f"{line[: PREVIEW_CHARACTERS - 1]}…"


def _kind_of(content: Content | OutboundBody) -> ContentKind:
    if isinstance(content, PlaceholderContent):
        return ContentKind.NOT_UNDERSTOOD
    tag = type(content).__struct_config__.tag
    return _KINDS.get(tag, ContentKind.NOT_UNDERSTOOD) if isinstance(tag, str) else _UNKNOWN


_UNKNOWN: Final = ContentKind.NOT_UNDERSTOOD


def _choices_of(body: OutboundBody) -> list[str]:
    if isinstance(body, ButtonsBody):
        return [button.title for button in body.buttons]
    if isinstance(body, TemplateBody):
        return [button.text for button in body.buttons]
    return [row.title for row in body.all_rows] if isinstance(body, ListBody) else []


def _framed(body: OutboundBody, part: str) -> str | None:
    if isinstance(body, TemplateBody):
        return (body.header_text if part == "header" else body.footer) or None
    if not isinstance(body, ButtonsBody | ListBody):
        return None
    words: str = getattr(body, part)
    return words or None
