"""The history of the phone app, imported when a number is connected (coexistence).

A chunk holds threads of messages. Each message becomes an update of its own, so that chunks may
come in any order, again, or cut in another way; what a chunk says of itself (phase, order,
progress) is a notice.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from domain.echoed_message import EchoOrigin
from domain.inbound_message import Arrival
from infrastructure.whatsapp.changes import Change
from infrastructure.whatsapp.decoding import JsonObject
from infrastructure.whatsapp.echoes import echo_update, receiver_of
from infrastructure.whatsapp.identities import sender_identity
from infrastructure.whatsapp.members import as_items, as_object, identifier, phone_digits, word
from infrastructure.whatsapp.messages import inbound_message
from infrastructure.whatsapp.updates import (
    ContactIdentity,
    EchoedMessage,
    InboundMessage,
    UnreadablePart,
    Update,
)

FIELD: Final = "history"
PART: Final = "history"
THREADS: Final = "threads"
THREAD_MESSAGES: Final = "history.threads"
"""The part under which the messages of all threads are walked through."""

_FILES: Final = frozenset({"audio", "document", "image", "sticker", "video"})


class ThreadMessage(NamedTuple):
    """A message and the thread that it stands in."""

    thread: JsonObject
    message: Any


def parts_of_history(items: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Yield the messages of all chunks, then what the chunks say of themselves."""
    messages: list[ThreadMessage] = []
    chunks: list[Any] = []
    for item in items:
        members = as_object(item)
        rest = {name: value for name, value in members.items() if name != THREADS}
        for thread in as_items(members.get(THREADS)):
            told = as_items(as_object(thread).get("messages"))
            messages += [ThreadMessage(as_object(thread), message) for message in told]
            if not told and thread:
                rest.setdefault(THREADS, []).append(thread)
        if rest or not members:
            chunks.append(rest or item)
    yield THREAD_MESSAGES, messages
    yield PART, chunks


def thread_message(change: Change, index: int, item: ThreadMessage) -> Update:
    """Return a message of a thread: of the contact, or of the firm."""
    thread, message = item
    update = _sided(change, index, thread, message, completes=False)
    if isinstance(update, InboundMessage | EchoedMessage) and update.raw is None:
        return update
    chunk = {THREADS: [{**thread, "messages": [message]}]}
    raw = change.notification_alone(PART, chunk, None)
    if isinstance(update, UnreadablePart):
        return change.unreadable_item(PART, index, chunk, update.reason)
    return _with_raw(update, raw)


def later_message(change: Change, index: int, item: Any) -> Update:
    """Return a message beside the chunks: the file of one that was announced before."""
    completes = isinstance(item, dict) and word(item.get("type")) in _FILES
    return _sided(change, index, {}, item, completes=completes)


def later_echo(change: Change, index: int, item: Any) -> Update:
    """Return a message of the firm beside the chunks."""
    completes = isinstance(item, dict) and word(item.get("type")) in _FILES
    update = echo_update(change, index, item, EchoOrigin.PHONE_APP, arrival=Arrival.HISTORY)
    return _completing(update) if completes else update


def _sided(
    change: Change, index: int, thread: JsonObject, message: Any, *, completes: bool
) -> Update:
    if not isinstance(message, dict):
        return change.unreadable_item("messages", index, message, "message_not_an_object")
    if identifier(message.get("id")) is None:
        return change.unreadable_item("messages", index, message, "message_without_id")
    if change.phone_number_id is None:
        return change.unreadable_item("messages", index, message, "number_missing")
    other = _other_side(change, thread)
    if _is_of_firm(change, message):
        receiver = receiver_of(change, message)
        update = echo_update(
            change,
            index,
            message,
            EchoOrigin.PHONE_APP,
            arrival=Arrival.HISTORY,
            receiver=_joined(receiver, other) if receiver.is_known else other,
        )
    else:
        sender = sender_identity(message, change.records)
        sender = _joined(sender, other) if sender.is_known else other
        update = inbound_message(change, index, message, sender, Arrival.HISTORY)
    return _completing(update) if completes else update


def _is_of_firm(change: Change, message: JsonObject) -> bool:
    own = phone_digits(change.display_phone_number)
    sender = phone_digits(message.get("from"))
    if sender is not None and own is not None:
        return sender == own
    return bool(message.get("to") or message.get("to_user_id"))


def _other_side(change: Change, thread: JsonObject) -> ContactIdentity:
    context = as_object(thread.get("context"))
    members = {
        "from": context.get("wa_id") or thread.get("id"),
        "from_user_id": context.get("user_id"),
        "from_parent_user_id": context.get("parent_user_id"),
    }
    return sender_identity(members, change.records)


def _joined(person: ContactIdentity, other: ContactIdentity) -> ContactIdentity:
    """Return the person with the user id that its thread tells."""
    if person.user_id is not None or person.phone is None or person.phone != other.phone:
        return person
    return other


def _completing(update: Update) -> Update:
    if isinstance(update, InboundMessage | EchoedMessage):
        return msgspec.structs.replace(update, completes=True)
    return update


def _with_raw(update: Update, raw: bytes) -> Update:
    if isinstance(update, InboundMessage | EchoedMessage):
        return msgspec.structs.replace(update, raw=raw)
    return update
