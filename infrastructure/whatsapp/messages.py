"""Messages that contacts wrote, and the notices about contacts that come in the same array."""

from typing import Any, Final

from domain.inbound_message import Arrival
from domain.message_content import (
    EditContent,
    MessageContent,
    MessageContext,
    PlaceholderContent,
    Referral,
    SystemNoticeContent,
)
from infrastructure.whatsapp.changes import Change
from infrastructure.whatsapp.decoding import JsonObject
from infrastructure.whatsapp.identities import sender_identity
from infrastructure.whatsapp.identity_changes import IDENTITY_CHANGES, identity_change
from infrastructure.whatsapp.members import (
    as_object,
    filled_text,
    flag,
    identifier,
    moment,
    word,
)
from infrastructure.whatsapp.message_kinds import UNREADABLE_BODY, content_of
from infrastructure.whatsapp.updates import ContactIdentity, InboundMessage, Update

PART: Final = "messages"

_NO_CONTEXT: Final = MessageContext()


def message_update(
    change: Change, index: int, message: Any, arrival: Arrival = Arrival.DIRECT
) -> Update:
    """Return what an item of `messages` reports. A message is never dropped for its content."""
    if not isinstance(message, dict):
        return change.unreadable_item(PART, index, message, "message_not_an_object")
    wamid = identifier(message.get("id"))
    if wamid is None:
        return change.unreadable_item(PART, index, message, "message_without_id")
    if change.phone_number_id is None:
        return change.unreadable_item(PART, index, message, "number_missing")
    sender = sender_identity(message, change.records)
    if arrival is not Arrival.DIRECT:
        return inbound_message(change, index, message, sender, arrival)
    changed = identity_change(change, change.phone_number_id, wamid, sender, message)
    if changed is not None:
        return changed
    return inbound_message(change, index, message, sender, arrival)


def inbound_message(
    change: Change,
    index: int,
    message: JsonObject,
    sender: ContactIdentity,
    arrival: Arrival,
) -> Update:
    """Return a message that somebody wrote to the number of the change."""
    if not sender.is_known:
        return change.unreadable_item(PART, index, message, "sender_missing")
    content = readable_content(message)
    return InboundMessage(
        phone_number_id=change.phone_number_id or "",
        waba_id=change.entry_id,
        wamid=identifier(message.get("id")) or "",
        sender=sender,
        provider_time=moment(message.get("timestamp")),
        kind=word(message.get("type")) or "unknown",
        content=content,
        context=context_of(message),
        group_id=identifier(message.get("group_id")),
        raw=None if is_final(content) else change.notification_alone(PART, message, sender),
        arrival=arrival,
    )


def readable_content(message: JsonObject) -> MessageContent:
    """Return what a message says; a placeholder where a later version may say more."""
    content = content_of(message)
    if isinstance(content, SystemNoticeContent) and content.system_type in IDENTITY_CHANGES:
        # A change of identity that does not say to what: worth another look, not a mere notice.
        return PlaceholderContent(message_type="system", reason=UNREADABLE_BODY)
    return content


def is_final(content: MessageContent) -> bool:
    """Whether a later version of the hub could not make more of the message."""
    if isinstance(content, EditContent):
        content = content.content
    return not isinstance(content, PlaceholderContent | SystemNoticeContent)


def context_of(message: JsonObject) -> MessageContext:
    """Return what surrounds a message."""
    context = as_object(message.get("context"))
    referral = as_object(message.get("referral"))
    if not context and not referral:
        return _NO_CONTEXT
    product = as_object(context.get("referred_product"))
    return MessageContext(
        reply_to_wamid=identifier(context.get("id")),
        forwarded=flag(context.get("forwarded")),
        frequently_forwarded=flag(context.get("frequently_forwarded")),
        catalogue_id=identifier(product.get("catalog_id")),
        product_id=identifier(product.get("product_retailer_id")),
        referral=_referral(referral) if referral else None,
    )


def _referral(referral: JsonObject) -> Referral:
    return Referral(
        source_type=word(referral.get("source_type")),
        source_id=identifier(referral.get("source_id")),
        source_url=filled_text(referral.get("source_url")),
        headline=filled_text(referral.get("headline")),
        body=filled_text(referral.get("body")),
        media_type=word(referral.get("media_type")),
        media_url=filled_text(referral.get("image_url")) or filled_text(referral.get("video_url")),
        thumbnail_url=filled_text(referral.get("thumbnail_url")),
        click_id=identifier(referral.get("ctwa_clid")),
        welcome_text=filled_text(as_object(referral.get("welcome_message")).get("text")),
    )
