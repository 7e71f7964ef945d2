"""What became of the messages that we sent."""

from typing import Any, Final

from infrastructure.whatsapp.changes import Change
from infrastructure.whatsapp.decoding import JsonObject
from infrastructure.whatsapp.identities import is_for_group, recipient_identity
from infrastructure.whatsapp.members import as_object, flag, identifier, moment, word
from infrastructure.whatsapp.message_kinds import faults_of
from infrastructure.whatsapp.updates import (
    ContactIdentity,
    MessageStatus,
    StatusConversation,
    StatusPricing,
    Update,
)

PART: Final = "statuses"


def status_update(change: Change, index: int, status: Any) -> Update:
    """Return what an item of `statuses` reports; words that nobody knows yet are kept."""
    if not isinstance(status, dict):
        return change.unreadable_item(PART, index, status, "status_not_an_object")
    wamid, state = identifier(status.get("id")), word(status.get("status"))
    if wamid is None or state is None:
        return change.unreadable_item(PART, index, status, "status_without_id_or_status")
    if change.phone_number_id is None:
        return change.unreadable_item(PART, index, status, "number_missing")
    in_group = is_for_group(status)
    recipient = recipient_identity(status, change.records, in_group=in_group)
    group_id = identifier(status.get("recipient_id")) if in_group else None
    return MessageStatus(
        phone_number_id=change.phone_number_id,
        waba_id=change.entry_id,
        wamid=wamid,
        status=state,
        provider_time=moment(status.get("timestamp")),
        recipient=recipient,
        group_id=group_id,
        participant=_participant(recipient) if in_group else None,
        callback_data=identifier(status.get("biz_opaque_callback_data")),
        pricing=_pricing(status),
        conversation=_conversation(status),
        errors=faults_of(status.get("errors")),
    )


def _participant(recipient: ContactIdentity) -> str | None:
    return recipient.phone or recipient.user_id or recipient.parent_user_id


def _pricing(status: JsonObject) -> StatusPricing | None:
    pricing = as_object(status.get("pricing"))
    if not pricing:
        return None
    category = word(pricing.get("category"))
    billable = pricing.get("billable")
    return StatusPricing(
        type=word(pricing.get("type")),
        # Meta writes `authentication-international` and `authentication_international`.
        category=category.replace("-", "_") if category else None,
        model=identifier(pricing.get("pricing_model")),
        billable=None if billable is None else flag(billable),
    )


def _conversation(status: JsonObject) -> StatusConversation | None:
    conversation = as_object(status.get("conversation"))
    if not conversation:
        return None
    return StatusConversation(
        id=identifier(conversation.get("id")),
        origin=word(as_object(conversation.get("origin")).get("type")),
        expires_at=moment(conversation.get("expiration_timestamp")),
    )
