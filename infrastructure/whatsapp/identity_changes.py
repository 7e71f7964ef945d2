"""WhatsApp's own notices that a contact has a new number, user id or device (reference, 4.3)."""

from typing import Final

from infrastructure.whatsapp.changes import Change
from infrastructure.whatsapp.decoding import JsonObject
from infrastructure.whatsapp.identities import with_identity_key_hash
from infrastructure.whatsapp.members import (
    as_object,
    filled_text,
    flag,
    identifier,
    moment,
    phone_digits,
    word,
)
from infrastructure.whatsapp.updates import (
    ContactIdentity,
    IdentityChangeKind,
    SystemIdentityChange,
)

IDENTITY_CHANGES: Final = frozenset(kind.value for kind in IdentityChangeKind)


def identity_change(
    change: Change,
    phone_number_id: str,
    wamid: str,
    sender: ContactIdentity,
    message: JsonObject,
) -> SystemIdentityChange | None:
    """Return the change that a system message reports, or None if it does not say what changed."""
    if message.get("type") != "system":
        return None
    system = as_object(message.get("system"))
    kind = word(system.get("type"))
    if kind not in IDENTITY_CHANGES:
        return None
    acknowledged = None
    if kind == IdentityChangeKind.IDENTITY_KEY_CHANGED:
        before = sender
        after = with_identity_key_hash(sender, _identity_key_hash(message, system))
        acknowledged = _acknowledged(message, system)
        is_complete = sender.is_known and after.identity_key_hash is not None
    else:
        before, after = _before(sender, system), _after(system)
        is_complete = before.is_known and after.is_known
    if not is_complete:
        return None
    return SystemIdentityChange(
        phone_number_id=phone_number_id,
        waba_id=change.entry_id,
        wamid=wamid,
        change=IdentityChangeKind(kind),
        before=before,
        after=after,
        provider_time=moment(message.get("timestamp")),
        body=filled_text(system.get("body")),
        acknowledged=acknowledged,
    )


def _before(sender: ContactIdentity, system: JsonObject) -> ContactIdentity:
    new_phone, new_user_id = _new_phone(system), identifier(system.get("user_id"))
    # Some of Meta's notices name the new identity as the sender: that says nothing about before.
    return ContactIdentity(
        phone=sender.phone if sender.phone != new_phone else None,
        user_id=identifier(system.get("previous_user_id"))
        or (sender.user_id if sender.user_id != new_user_id else None),
        parent_user_id=identifier(system.get("previous_parent_user_id")),
        username=sender.username,
        profile_name=sender.profile_name,
    )


def _after(system: JsonObject) -> ContactIdentity:
    return ContactIdentity(
        phone=_new_phone(system),
        user_id=identifier(system.get("user_id")),
        parent_user_id=identifier(system.get("parent_user_id")),
    )


def _new_phone(system: JsonObject) -> str | None:
    return phone_digits(system.get("wa_id")) or phone_digits(system.get("new_wa_id"))


def _identity(message: JsonObject, system: JsonObject) -> JsonObject:
    return as_object(message.get("identity")) or as_object(system.get("identity"))


def _identity_key_hash(message: JsonObject, system: JsonObject) -> str | None:
    return identifier(_identity(message, system).get("hash")) or identifier(system.get("identity"))


def _acknowledged(message: JsonObject, system: JsonObject) -> bool | None:
    acknowledged = _identity(message, system).get("acknowledged")
    return None if acknowledged is None else flag(acknowledged)
