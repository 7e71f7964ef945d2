"""Notices: everything that Meta reports besides messages and their statuses."""

from typing import Any, Final

from infrastructure.whatsapp.changes import Change
from infrastructure.whatsapp.decoding import JsonObject, as_json, content_hash
from infrastructure.whatsapp.identities import sender_identity
from infrastructure.whatsapp.members import as_object, identifier, moment, word
from infrastructure.whatsapp.updates import ContactIdentity, Notice

UNNAMED_PART: Final = "unnamed"

_BUSINESS_PORTFOLIO_FIELDS: Final = frozenset({"partner_solutions"})
# The entry of these is the partner's portfolio; the account is named inside (reference, section 2).
_PARTNER_EVENTS: Final = ("partner_", "ad_account_linked", "mm_lite_terms_signed")
# Where Meta says what happened, the most telling member first.
_EVENT_MEMBERS: Final = (
    "event",
    "event_name",
    "action_type",
    "action",
    "decision",
    "value",
    "status",
    "type",
)
_PERSON_MEMBERS: Final = ("from", "wa_id", "recipient_id")
_PERSON_ID_MEMBERS: Final = ("from_user_id", "user_id", "recipient_user_id")
_ECHOES: Final = "message_echoes"
_ERRORS: Final = "errors"


def whole_notice(change: Change, *, is_recognised: bool) -> Notice:
    """Return the notice of a field whose value is one fact."""
    return _notice(change, None, change.value, change.value, is_recognised=is_recognised)


def item_notice(change: Change, part: str, item: Any, *, is_recognised: bool) -> Notice:
    """Return the notice of one item of `value[part]`."""
    person = _person(change, part, as_object(item))
    value = change.value_alone(part, item, person)
    return _notice(change, part, item, value, is_recognised=is_recognised, person=person)


def _notice(
    change: Change,
    part: str | None,
    fact: Any,
    value: JsonObject,
    *,
    is_recognised: bool,
    person: ContactIdentity | None = None,
) -> Notice:
    members = as_object(fact)
    event = next((found for name in _EVENT_MEMBERS if (found := word(members.get(name)))), None)
    if event is None and part == _ERRORS:
        event = identifier(members.get("code"))
    own_time = moment(members.get("timestamp")) or moment(
        as_object(members.get("metadata")).get("timestamp")
    )
    return Notice(
        field=change.field,
        part=None if part is None else word(part) or UNNAMED_PART,
        entry_id=change.entry_id or "",
        waba_id=_waba_id(change, event),
        phone_number_id=change.phone_number_id,
        entry_time=change.entry_time,
        provider_time=own_time or change.entry_time,
        event=event,
        value=as_json(value),
        content_hash=content_hash(fact),
        is_recognised=is_recognised,
        person=person,
    )


def _waba_id(change: Change, event: str | None) -> str | None:
    if change.field in _BUSINESS_PORTFOLIO_FIELDS:
        return None
    if change.field == "account_update" and event and event.startswith(_PARTNER_EVENTS):
        return identifier(as_object(change.value.get("waba_info")).get("waba_id"))
    return change.entry_id


def _person(change: Change, part: str, item: JsonObject) -> ContactIdentity:
    """Return the contact that an item is about: for an echo of our own message, its receiver."""
    if part == _ECHOES:
        members = {"from": item.get("to"), "from_user_id": item.get("to_user_id")}
    else:
        members = {
            "from": next((item[name] for name in _PERSON_MEMBERS if name in item), None),
            "from_user_id": next((item[name] for name in _PERSON_ID_MEMBERS if name in item), None),
        }
    return sender_identity(members, change.records)
