"""What a WhatsApp message says, as the firm keeps it: one type per kind of content.

The types carry Meta's words in ours and nothing about delivery. They are personal content: events
keep them sealed, as JSON, so the tags below are stored names and never change. A representation
(`repr`, a log line, a traceback) never shows what they hold.

Texts are kept as they came, NUL characters included (the sealed JSON holds them escaped); a
surrogate without its partner cannot be written as UTF-8 and is kept as U+FFFD.
"""

import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

import msgspec

PREVIEW_CHARACTERS_MAX: Final = 120

_MEDIA_NAMES: Final = {
    "image": "Photo",
    "video": "Video",
    "audio": "Audio",
    "document": "Document",
    "sticker": "Sticker",
}
# Subtypes of what WhatsApp does not hand over, as far as a word says more than Meta's own (3.1).
_NOT_HANDED_OVER: Final = {
    "edit": "an edited message",
    "gif": "an animated picture",
    "group_invite": "an invitation to a group",
    "hsm": "a template",
    "keep_in_chat": "a message that was kept",
    "link_preview": "a link",
    "media_placeholder": "a file that is handed over separately",
    "pin": "a message that was pinned",
    "poll": "a poll",
    "poll_creation": "a poll",
    "poll_update": "a vote in a poll",
    "product": "a product",
}
_UNKNOWN_KIND: Final = 131051
"""Meta's code for a kind of message that it does not know; says no more than the words do."""

# Joiners hold emoji and some scripts together; every other format character can disguise a text.
_JOINERS: Final = frozenset("\u200c\u200d")


class Personal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of what can name or quote a person: its representation shows the type only."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class Content(Personal, frozen=True):
    """Base of every kind of content."""

    def in_words(self) -> str:
        """Return the content as a person reads it; may be long and hold any character."""
        return self._words()

    def _words(self) -> str:
        raise NotImplementedError


class MessageFault(Personal, frozen=True):
    """Meta's reason for a fault. `code` is Meta's number; `details` may name a person."""

    code: int | None = None
    title: str = ""
    details: str = ""


class TextContent(Content, frozen=True, tag="text"):
    """A plain text."""

    body: str

    def _words(self) -> str:
        return self.body


class MediaContent(Content, frozen=True, tag="media"):
    """An announced file; the file itself is fetched later, by `media_id`, within seven days.

    `sha256` is 64 lower-case hexadecimal digits. `mime_type` and `filename` are what the sender
    declared and deserve no trust. `url` lives for about five minutes.
    """

    media: Literal["image", "video", "audio", "document", "sticker"]
    media_id: str | None = None
    mime_type: str | None = None
    sha256: str | None = None
    caption: str | None = None
    filename: str | None = None
    url: str | None = None
    is_voice: bool = False
    is_animated: bool = False

    def _words(self) -> str:
        name = "Voice message" if self.is_voice else _MEDIA_NAMES[self.media]
        words = self.caption or self.filename
        return f"{name}: {words}" if words else name


class LocationContent(Content, frozen=True, tag="location"):
    """A place, in degrees north and east."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None
    url: str | None = None

    def _words(self) -> str:
        return f"Location: {self.name or self.address or f'{self.latitude}, {self.longitude}'}"


class CardPhone(Personal, frozen=True):
    """A phone number on a contact card, as written; `whatsapp_id` is digits if it is known."""

    number: str | None = None
    whatsapp_id: str | None = None
    label: str | None = None


class ContactCard(Personal, frozen=True):
    """A contact card; every part of it may be missing. `birthday` is as written."""

    name: str | None = None
    phones: tuple[CardPhone, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    organisation: str | None = None
    job_title: str | None = None
    birthday: str | None = None
    vcard: str | None = None


class ContactsContent(Content, frozen=True, tag="contacts"):
    """Contact cards. `is_answer_to_request`: the sender shares the own number because we asked."""

    cards: tuple[ContactCard, ...]
    is_answer_to_request: bool = False

    def _words(self) -> str:
        names = (card.name or "without a name" for card in self.cards)
        return f"Contact card: {', '.join(names)}"


class ButtonReplyContent(Content, frozen=True, tag="button_reply"):
    """A tapped quick reply of a template or of an interactive message.

    `reply_id` is controlled by the client: compare it with what was sent before believing it.
    """

    title: str
    reply_id: str | None = None
    from_template: bool = False

    def _words(self) -> str:
        return self.title


class ListReplyContent(Content, frozen=True, tag="list_reply"):
    """A chosen row of a list. `reply_id` is controlled by the client."""

    title: str
    reply_id: str | None = None
    description: str | None = None

    def _words(self) -> str:
        return self.title


class FlowReplyContent(Content, frozen=True, tag="flow_reply"):
    """The answers of a filled-in flow, as JSON text that is controlled by the client."""

    answers_json: str
    flow_name: str | None = None
    body: str | None = None
    flow_token: str | None = None

    def _words(self) -> str:
        return f"Form filled in: {self.flow_name}" if self.flow_name else "Form filled in"


class AddressReplyContent(Content, frozen=True, tag="address_reply"):
    """A postal address given in WhatsApp's address form, as JSON text."""

    answers_json: str
    body: str | None = None

    def _words(self) -> str:
        return f"Address: {self.body}" if self.body else "Address"


class CallPermissionReplyContent(Content, frozen=True, tag="call_permission_reply"):
    """The contact allows or refuses calls. `expires_at` is absent for a permanent permission."""

    accepted: bool
    is_permanent: bool = False
    expires_at: datetime | None = None
    source: str | None = None

    def _words(self) -> str:
        return "Allows calls" if self.accepted else "Does not allow calls"


class OrderItem(Personal, frozen=True):
    """A line of an order; `unit_price` is in units of `currency` (ISO 4217)."""

    product_id: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    currency: str | None = None


class OrderContent(Content, frozen=True, tag="order"):
    """An order from a catalogue."""

    items: tuple[OrderItem, ...]
    catalogue_id: str | None = None
    note: str | None = None

    def _words(self) -> str:
        order = f"Order of {len(self.items)} item{'' if len(self.items) == 1 else 's'}"
        return f"{order}: {self.note}" if self.note else order


class ReactionContent(Content, frozen=True, tag="reaction"):
    """A reaction to a message; without `emoji` the earlier reaction is taken back."""

    target_wamid: str
    emoji: str | None = None

    def _words(self) -> str:
        return f"Reacted {self.emoji}" if self.emoji else "Took a reaction back"


class RevokeContent(Content, frozen=True, tag="revoke"):
    """The sender deleted a message. The original stays as evidence."""

    target_wamid: str

    def _words(self) -> str:
        return "Deleted a message"


class WelcomeRequestContent(Content, frozen=True, tag="request_welcome"):
    """A new contact opened the chat without writing yet."""

    def _words(self) -> str:
        return "Opened the chat"


class SystemNoticeContent(Content, frozen=True, tag="system_notice"):
    """A notice of WhatsApp itself whose type has no meaning of its own here."""

    system_type: str | None = None
    body: str | None = None

    def _words(self) -> str:
        return f"WhatsApp notice: {self.body or self.system_type or 'without text'}"


class UnsupportedContent(Content, frozen=True, tag="unsupported"):
    """Something that WhatsApp showed to the contact but does not hand over; `faults` say why."""

    subtype: str | None = None
    faults: tuple[MessageFault, ...] = ()

    def _words(self) -> str:
        named = _NOT_HANDED_OVER.get(self.subtype or "", self.subtype)
        words = f"Message that WhatsApp does not hand over{f' ({named})' if named else ''}"
        told = next((each for each in self.faults if each.code != _UNKNOWN_KIND), None)
        reason = (told.details or told.title) if told is not None else ""
        return f"{words}: {reason}" if reason else words


class PlaceholderContent(Content, frozen=True, tag="placeholder"):
    """A message that is not understood yet. `reason` is a stable word, `message_type` is Meta's."""

    message_type: str
    reason: str

    def _words(self) -> str:
        return f"Message of a kind not understood yet ({self.message_type})"


class EditContent(Content, frozen=True, tag="edit"):
    """A new wording of an earlier message. The original stays as evidence."""

    target_wamid: str
    content: "MessageContent"

    def _words(self) -> str:
        return f"Edited: {self.content.in_words()}"


MessageContent: TypeAlias = (
    TextContent
    | MediaContent
    | LocationContent
    | ContactsContent
    | ButtonReplyContent
    | ListReplyContent
    | FlowReplyContent
    | AddressReplyContent
    | CallPermissionReplyContent
    | OrderContent
    | ReactionContent
    | RevokeContent
    | WelcomeRequestContent
    | SystemNoticeContent
    | UnsupportedContent
    | PlaceholderContent
    | EditContent
)


class Referral(Personal, frozen=True):
    """The advertisement or post that led the contact here."""

    source_type: str | None = None
    source_id: str | None = None
    source_url: str | None = None
    headline: str | None = None
    body: str | None = None
    media_type: str | None = None
    media_url: str | None = None
    thumbnail_url: str | None = None
    click_id: str | None = None
    welcome_text: str | None = None


class MessageContext(Personal, frozen=True):
    """What surrounds a message: the message it answers, whether it was forwarded, a product.

    `reply_to_wamid` can name a message that was never stored.
    """

    reply_to_wamid: str | None = None
    forwarded: bool = False
    frequently_forwarded: bool = False
    catalogue_id: str | None = None
    product_id: str | None = None
    referral: Referral | None = None


def preview_text(content: MessageContent, *, characters_max: int = PREVIEW_CHARACTERS_MAX) -> str:
    """Return the content as one line of at most `characters_max` characters.

    Line breaks become spaces; control and direction characters are left out, so that a text cannot
    disguise itself in a list.
    """
    # A preview needs the beginning only: texts of megabytes are not walked through.
    words = content.in_words()[: characters_max * 4]
    shown = "".join(
        " " if character.isspace() else character
        for character in words
        if character.isspace() or _is_shown(character)
    )
    line = " ".join(shown.split())
    return line if len(line) <= characters_max else f"{line[: characters_max - 1].rstrip()}…"


def _is_shown(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
