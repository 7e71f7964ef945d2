"""From Meta's message types to our content: one table, one function per type.

A function gets the whole message and answers with its content, or None where the body is missing or
makes no sense; it never raises. The caller turns None and unknown types into a placeholder.
To teach the hub a new type, write a function and add its row.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

from domain.message_content import (
    ButtonReplyContent,
    EditContent,
    LocationContent,
    MediaContent,
    MessageContent,
    MessageFault,
    OrderContent,
    OrderItem,
    PlaceholderContent,
    ReactionContent,
    RevokeContent,
    SystemNoticeContent,
    TextContent,
    UnsupportedContent,
    WelcomeRequestContent,
)
from infrastructure.whatsapp.contact_cards import contacts_content
from infrastructure.whatsapp.decoding import JsonObject
from infrastructure.whatsapp.interactive_replies import interactive_content
from infrastructure.whatsapp.members import (
    as_items,
    as_object,
    decimal,
    degrees,
    filled_text,
    flag,
    identifier,
    integer,
    sha256_hex,
    text,
    word,
)

ContentNormaliser: TypeAlias = Callable[[JsonObject], MessageContent | None]

UNKNOWN_TYPE: Final = "unknown_type"
UNREADABLE_BODY: Final = "unreadable_body"

_FAULTS_MAX: Final = 20
_LATITUDE_MAX: Final = 90.0
_LONGITUDE_MAX: Final = 180.0


def content_of(message: JsonObject) -> MessageContent:
    """Return what a message says; a placeholder where that cannot be told."""
    return _content_of(message, NORMALISERS)


def faults_of(errors: Any) -> tuple[MessageFault, ...]:
    """Return Meta's error objects as they appear in notifications."""
    faults = []
    for error in as_items(errors)[:_FAULTS_MAX]:
        members = as_object(error)
        if members:
            details = filled_text(as_object(members.get("error_data")).get("details"))
            title = filled_text(members.get("title")) or filled_text(members.get("message"))
            faults.append(
                MessageFault(
                    code=integer(members.get("code")), title=title or "", details=details or ""
                )
            )
    return tuple(faults)


def _content_of(
    message: JsonObject, normalisers: Mapping[str, ContentNormaliser]
) -> MessageContent:
    kind = word(message.get("type")) or ""
    normaliser = normalisers.get(kind)
    content = normaliser(message) if normaliser is not None else None
    if content is not None:
        return content
    faults = faults_of(message.get("errors"))
    if faults:
        # Meta could not hand the body over and says why.
        return UnsupportedContent(subtype=kind or None, faults=faults)
    return PlaceholderContent(
        message_type=kind, reason=UNKNOWN_TYPE if normaliser is None else UNREADABLE_BODY
    )


def _text(message: JsonObject) -> MessageContent | None:
    body = text(as_object(message.get("text")).get("body"))
    return None if body is None else TextContent(body=body)


def _media(
    media: Literal["image", "video", "audio", "document", "sticker"],
) -> ContentNormaliser:
    def normalise(message: JsonObject) -> MessageContent | None:
        body = as_object(message.get(media))
        media_id = identifier(body.get("id"))
        caption = filled_text(body.get("caption"))
        if media_id is None and caption is None:
            return None
        return MediaContent(
            media=media,
            media_id=media_id,
            mime_type=identifier(body.get("mime_type")),
            sha256=sha256_hex(body.get("sha256")),
            caption=caption,
            filename=filled_text(body.get("filename")),
            url=filled_text(body.get("url")),
            is_voice=flag(body.get("voice")),
            is_animated=flag(body.get("animated")),
        )

    return normalise


def _location(message: JsonObject) -> MessageContent | None:
    body = as_object(message.get("location"))
    latitude = degrees(body.get("latitude"), _LATITUDE_MAX)
    longitude = degrees(body.get("longitude"), _LONGITUDE_MAX)
    if latitude is None or longitude is None:
        return None
    return LocationContent(
        latitude=latitude,
        longitude=longitude,
        name=filled_text(body.get("name")),
        address=filled_text(body.get("address")),
        url=filled_text(body.get("url")),
    )


def _template_button(message: JsonObject) -> MessageContent | None:
    body = as_object(message.get("button"))
    title = text(body.get("text"))
    reply_id = filled_text(body.get("payload"))
    if title is None and reply_id is None:
        return None
    return ButtonReplyContent(title=title or "", reply_id=reply_id, from_template=True)


def _order(message: JsonObject) -> MessageContent | None:
    body = as_object(message.get("order"))
    items = tuple(
        OrderItem(
            product_id=identifier(item.get("product_retailer_id")),
            quantity=decimal(item.get("quantity")),
            unit_price=decimal(item.get("item_price")),
            currency=identifier(item.get("currency")),
        )
        for item in map(as_object, as_items(body.get("product_items")))
        if item
    )
    note = filled_text(body.get("text"))
    if not items and note is None:
        return None
    return OrderContent(items=items, catalogue_id=identifier(body.get("catalog_id")), note=note)


def _reaction(message: JsonObject) -> MessageContent | None:
    body = as_object(message.get("reaction"))
    target = identifier(body.get("message_id"))
    # An emoji that is absent or empty takes the reaction back (reference, 3.1).
    emoji = filled_text(body.get("emoji"))
    return None if target is None else ReactionContent(target_wamid=target, emoji=emoji)


def _edit(message: JsonObject) -> MessageContent | None:
    body = as_object(message.get("edit"))
    target = identifier(body.get("original_message_id"))
    new_wording = as_object(body.get("message"))
    if target is None or not new_wording:
        return None
    return EditContent(target_wamid=target, content=_content_of(new_wording, _EDITABLE))


def _revoke(message: JsonObject) -> MessageContent | None:
    target = identifier(as_object(message.get("revoke")).get("original_message_id"))
    return None if target is None else RevokeContent(target_wamid=target)


def _welcome_request(_message: JsonObject) -> MessageContent | None:
    return WelcomeRequestContent()


def _system_notice(message: JsonObject) -> MessageContent | None:
    body = as_object(message.get("system"))
    system_type, words = word(body.get("type")), filled_text(body.get("body"))
    if system_type is None and words is None:
        return None
    return SystemNoticeContent(system_type=system_type, body=words)


def _media_placeholder(_message: JsonObject) -> MessageContent | None:
    # In an import the file follows later, under the same id.
    return UnsupportedContent(subtype="media_placeholder")


def _unsupported(message: JsonObject) -> MessageContent | None:
    return UnsupportedContent(
        subtype=word(as_object(message.get("unsupported")).get("type")),
        faults=faults_of(message.get("errors")),
    )


# What a message can become by an edit: anything but another edit or a notice, so that nothing
# nests without end.
_EDITABLE: Final[Mapping[str, ContentNormaliser]] = {
    "audio": _media("audio"),
    "button": _template_button,
    "contacts": contacts_content,
    "document": _media("document"),
    "image": _media("image"),
    "interactive": interactive_content,
    "location": _location,
    "order": _order,
    "reaction": _reaction,
    "sticker": _media("sticker"),
    "text": _text,
    "unsupported": _unsupported,
    "video": _media("video"),
}

NORMALISERS: Final[Mapping[str, ContentNormaliser]] = {
    **_EDITABLE,
    "edit": _edit,
    "media_placeholder": _media_placeholder,
    "request_welcome": _welcome_request,
    "revoke": _revoke,
    "system": _system_notice,
}
