"""Who a part of a notification is about: the part itself, completed by its contact record."""

from typing import Any, Final

from infrastructure.whatsapp.decoding import JsonObject
from infrastructure.whatsapp.members import (
    as_items,
    as_object,
    identifier,
    phone_digits,
    text,
)
from infrastructure.whatsapp.phone_numbers import phone_from_digits, phone_variants
from infrastructure.whatsapp.updates import ContactIdentity

PROFILE_NAME_CHARACTERS_MAX: Final = 256
USERNAME_CHARACTERS_MAX: Final = 64

_PARTICIPANT_PHONES: Final = ("recipient_participant_id", "participant_recipient_id")

_RECIPIENT_IDS: Final = (
    "recipient_participant_user_id",
    "participant_recipient_user_id",
    "recipient_user_id",
)
_RECIPIENT_PARENT_IDS: Final = (
    "recipient_participant_parent_user_id",
    "recipient_parent_user_id",
    "parent_recipient_user_id",
    "parent_user_id",
)


class ContactRecords:
    """The `contacts` array of a notification, found again by phone number or user id."""

    def __init__(self, contacts: Any) -> None:
        self._by_phone: dict[str, ContactIdentity] = {}
        self._by_user_id: dict[str, ContactIdentity] = {}
        records = [_contact(as_object(contact)) for contact in as_items(contacts)]
        self._only = records[0] if len(records) == 1 else None
        for record in records:
            if record.phone is not None:
                self._by_phone[record.phone] = record
            if record.user_id is not None:
                self._by_user_id[record.user_id] = record

    def of(self, phone: str | None, user_id: str | None) -> ContactIdentity | None:
        """Return the record of the person with this phone or user id.

        A name must never land on the wrong person: a single record is taken for a part that names
        nobody, but never for a part that names somebody else.
        """
        if phone is None and user_id is None:
            return self._only
        found = self._by_user_id.get(user_id) if user_id is not None else None
        if found is None and phone is not None:
            found = self._with_phone(phone)
        contradicts = (
            found is not None
            and user_id is not None
            and found.user_id is not None
            and found.user_id != user_id
        )
        return None if contradicts else found

    def _with_phone(self, digits: str) -> ContactIdentity | None:
        same = self._by_phone.get(digits)
        if same is not None:
            return same
        for variant in phone_variants(phone_from_digits(digits)):
            found = self._by_phone.get(variant.removeprefix("+"))
            if found is not None:
                return found
        return None


def sender_identity(message: JsonObject, records: ContactRecords) -> ContactIdentity:
    """Return who wrote a message: its `from` members and the matching contact record."""
    return _completed(
        phone_digits(message.get("from")),
        identifier(message.get("from_user_id")),
        identifier(message.get("from_parent_user_id")),
        records,
    )


def is_for_group(status: JsonObject) -> bool:
    """Whether a status is about one participant of a group."""
    return (
        status.get("recipient_type") == "group" or _first(status, _PARTICIPANT_PHONES) is not None
    )


def recipient_identity(
    status: JsonObject, records: ContactRecords, *, in_group: bool | None = None
) -> ContactIdentity:
    """Return to whom the message of a status went; in a group, the participant.

    The names of the members differ between Meta's own examples (reference, section 5).
    """
    if in_group is None:
        in_group = is_for_group(status)
    phone = _first(status, _PARTICIPANT_PHONES) if in_group else status.get("recipient_id")
    user_id = _first(status, _RECIPIENT_IDS)
    parent_user_id = _first(status, _RECIPIENT_PARENT_IDS)
    identity = _completed(
        phone_digits(phone), identifier(user_id), identifier(parent_user_id), records
    )
    key_hash = identifier(status.get("recipient_identity_key_hash"))
    return identity if key_hash is None else with_identity_key_hash(identity, key_hash)


def with_identity_key_hash(identity: ContactIdentity, key_hash: str | None) -> ContactIdentity:
    """Return the identity with another hash of the identity key."""
    return ContactIdentity(
        phone=identity.phone,
        alternative_phone=identity.alternative_phone,
        user_id=identity.user_id,
        parent_user_id=identity.parent_user_id,
        username=identity.username,
        profile_name=identity.profile_name,
        identity_key_hash=key_hash,
    )


def contact_record(identity: ContactIdentity) -> JsonObject:
    """Return Meta's contact record for an identity, to stand beside a part that is kept raw."""
    profile = {"name": identity.profile_name, "username": identity.username}
    record = {
        "profile": {name: value for name, value in profile.items() if value is not None} or None,
        "wa_id": identity.alternative_phone or identity.phone,
        "user_id": identity.user_id,
        "parent_user_id": identity.parent_user_id,
        "identity_key_hash": identity.identity_key_hash,
    }
    return {name: value for name, value in record.items() if value is not None}


def _completed(
    phone: str | None, user_id: str | None, parent_user_id: str | None, records: ContactRecords
) -> ContactIdentity:
    record = records.of(phone, user_id)
    if record is None:
        return ContactIdentity(phone=phone, user_id=user_id, parent_user_id=parent_user_id)
    written_otherwise = phone is not None and record.phone is not None and record.phone != phone
    return ContactIdentity(
        phone=phone or record.phone,
        alternative_phone=record.phone if written_otherwise else None,
        user_id=user_id or record.user_id,
        parent_user_id=parent_user_id or record.parent_user_id,
        username=record.username,
        profile_name=record.profile_name,
        identity_key_hash=record.identity_key_hash,
    )


def _contact(contact: JsonObject) -> ContactIdentity:
    profile = as_object(contact.get("profile"))
    return ContactIdentity(
        phone=phone_digits(contact.get("wa_id")),
        user_id=identifier(contact.get("user_id")),
        parent_user_id=identifier(contact.get("parent_user_id")),
        username=_cut(profile.get("username"), USERNAME_CHARACTERS_MAX),
        profile_name=_cut(profile.get("name"), PROFILE_NAME_CHARACTERS_MAX),
        identity_key_hash=identifier(contact.get("identity_key_hash")),
    )


def _cut(value: Any, characters_max: int) -> str | None:
    found = text(value)
    return found[:characters_max] if found else None


def _first(status: JsonObject, names: tuple[str, ...]) -> Any:
    for name in names:
        found = status.get(name)
        if found:
            return found
    return None
