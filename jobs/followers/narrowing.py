"""A notification narrowed to the parts that name one address."""

from typing import Any

from infrastructure.whatsapp.decoding import NotJson, as_json, decode
from infrastructure.whatsapp.members import as_items, as_object, identifier
from jobs.followers.routing import Address


def narrowed(body: bytes, address: Address) -> bytes:
    """Return the notification with only those changes that name `address`; else all of it."""
    try:
        envelope = decode(body)
    except NotJson:
        return body
    if not isinstance(envelope, dict):
        return body
    entries = [
        {**entry, "changes": changes}
        for entry in as_items(envelope.get("entry"))
        if isinstance(entry, dict) and (changes := _changes_for(entry, address))
    ]
    return as_json({**envelope, "entry": entries}) if entries else body


def _changes_for(entry: dict[str, Any], address: Address) -> list[Any]:
    if address.waba_id is not None and identifier(entry.get("id")) != address.waba_id:
        return []
    return [
        change
        for change in as_items(entry.get("changes"))
        if _phone_number_id(change) == address.phone_number_id
    ]


def _phone_number_id(change: Any) -> str | None:
    value = as_object(as_object(change).get("value"))
    return identifier(as_object(value.get("metadata")).get("phone_number_id"))
