"""Messages that the firm wrote elsewhere, and messages that another app answers (standby)."""

from typing import Any, Final

from domain.echoed_message import EchoOrigin
from domain.inbound_message import Arrival
from infrastructure.whatsapp.changes import Change
from infrastructure.whatsapp.decoding import JsonObject
from infrastructure.whatsapp.identities import sender_identity
from infrastructure.whatsapp.members import as_object, identifier, moment, word
from infrastructure.whatsapp.messages import (
    context_of,
    is_final,
    message_update,
    readable_content,
)
from infrastructure.whatsapp.updates import ContactIdentity, EchoedMessage, Update

PART: Final = "message_echoes"


def phone_app_echo(change: Change, index: int, item: Any) -> Update:
    """Return a message from the phone app (field `smb_message_echoes`)."""
    return echo_update(change, index, item, EchoOrigin.PHONE_APP)


def other_app_echo(change: Change, index: int, item: Any) -> Update:
    """Return a message that another app sent (fields `standby` and `message_echoes`).

    In standby the message is the request as that app sent it, one level deeper (reference, 6).
    """
    request = as_object(item).get("message")
    if isinstance(item, dict) and isinstance(request, dict):
        context = as_object(request.get("context"))
        written = {**request, "id": item.get("id"), "timestamp": item.get("timestamp")}
        if context:
            written["context"] = {**context, "id": context.get("id") or context.get("message_id")}
        written.setdefault("to_user_id", request.get("recipient"))
        return echo_update(change, index, written, EchoOrigin.OTHER_APP, as_sent=item)
    return echo_update(change, index, item, EchoOrigin.OTHER_APP)


def standby_message(change: Change, index: int, item: Any) -> Update:
    """Return a message of a contact that another app answers."""
    return message_update(change, index, item, Arrival.STANDBY)


def echo_update(
    change: Change,
    index: int,
    message: Any,
    origin: EchoOrigin,
    *,
    as_sent: Any = None,
    arrival: Arrival = Arrival.DIRECT,
    receiver: ContactIdentity | None = None,
) -> Update:
    """Return an echoed message. It is kept raw where nobody can tell what or to whom it is."""
    kept = message if as_sent is None else as_sent
    if not isinstance(message, dict):
        return change.unreadable_item(PART, index, kept, "message_not_an_object")
    wamid = identifier(message.get("id"))
    if wamid is None:
        return change.unreadable_item(PART, index, kept, "message_without_id")
    if change.phone_number_id is None:
        return change.unreadable_item(PART, index, kept, "number_missing")
    receiver = receiver or receiver_of(change, message)
    if not receiver.is_known:
        return change.unreadable_item(PART, index, kept, "receiver_missing")
    content = readable_content(message)
    return EchoedMessage(
        phone_number_id=change.phone_number_id,
        waba_id=change.entry_id,
        wamid=wamid,
        receiver=receiver,
        origin=origin,
        provider_time=moment(message.get("timestamp")),
        kind=word(message.get("type")) or "unknown",
        content=content,
        context=context_of(message),
        raw=None if is_final(content) else change.notification_alone(PART, kept, receiver),
        arrival=arrival,
    )


def receiver_of(change: Change, message: JsonObject) -> ContactIdentity:
    """Return the contact that an echoed message went to."""
    members = {
        "from": message.get("to"),
        "from_user_id": message.get("to_user_id"),
        "from_parent_user_id": message.get("to_parent_user_id"),
    }
    return sender_identity(members, change.records)
