"""Calls, as a record: nothing is called and nothing is answered here."""

from typing import Any, Final

from infrastructure.whatsapp.changes import Change
from infrastructure.whatsapp.decoding import JsonObject, as_json
from infrastructure.whatsapp.identities import recipient_identity, sender_identity
from infrastructure.whatsapp.members import as_object, identifier, integer, moment, word
from infrastructure.whatsapp.updates import CallStep, ContactIdentity, Update

CALLS: Final = "calls"
STATUSES: Final = "statuses"

_BY_CONTACT: Final = {"user_initiated": True, "business_initiated": False}
_SECONDS_MAX: Final = 7 * 86_400


def call_update(change: Change, index: int, item: Any) -> Update:
    """Return a step of a call as an item of `calls` tells it."""
    call = as_object(item)
    by_contact = _BY_CONTACT.get(word(call.get("direction")) or "")
    side = ("to", "to_user_id") if by_contact is False else ("from", "from_user_id")
    members = {"from": call.get(side[0]), "from_user_id": call.get(side[1])}
    person = sender_identity(members, change.records)
    return _step(change, CALLS, index, item, (call.get("event"), person, by_contact))


def call_status_update(change: Change, index: int, item: Any) -> Update:
    """Return a step of a call that the firm made, as an item of `statuses` tells it."""
    call = as_object(item)
    person = recipient_identity(call, change.records)
    return _step(change, STATUSES, index, item, (call.get("status"), person, False))


def _step(
    change: Change,
    part: str,
    index: int,
    item: Any,
    told: tuple[Any, ContactIdentity, bool | None],
) -> Update:
    call = as_object(item)
    wacid, step = identifier(call.get("id")), word(told[0])
    person = told[1]
    if wacid is None or step is None:
        return change.unreadable_item(part, index, item, "call_without_id_or_event")
    if change.phone_number_id is None:
        return change.unreadable_item(part, index, item, "number_missing")
    if not person.is_known:
        return change.unreadable_item(part, index, item, "caller_missing")
    return CallStep(
        phone_number_id=change.phone_number_id,
        waba_id=change.entry_id,
        wacid=wacid,
        person=person,
        step=step,
        provider_time=moment(call.get("timestamp")),
        value=as_json(change.value_alone(part, item, person)),
        by_contact=told[2],
        outcome=word(call.get("status")) if part == CALLS else None,
        duration_s=_duration(call),
    )


def _duration(call: JsonObject) -> int | None:
    told = integer(call.get("duration"))
    if told is None:
        start, end = moment(call.get("start_time")), moment(call.get("end_time"))
        told = None if start is None or end is None else int((end - start).total_seconds())
    return told if told is not None and 0 <= told <= _SECONDS_MAX else None
