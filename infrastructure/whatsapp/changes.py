"""One change of a notification: where its parts came from, and how to keep a part by itself."""

from typing import Any, Final

from infrastructure.whatsapp.decoding import JsonObject, as_json, content_hash
from infrastructure.whatsapp.identities import ContactRecords, contact_record
from infrastructure.whatsapp.members import (
    NUMBER_CHARACTERS_MAX,
    as_object,
    filled_text,
    identifier,
    moment,
    word,
)
from infrastructure.whatsapp.updates import ContactIdentity, UnreadablePart

NOTIFICATION_OBJECT: Final = "whatsapp_business_account"

# Members of a value that say where it belongs, not what happened.
ENVELOPE_MEMBERS: Final = frozenset({"messaging_product", "metadata", "contacts"})


class Change:
    """An element of `entry[].changes[]` with what its entry says about it.

    `value` is an object; `phone_number_id` is None for management fields.
    """

    __slots__ = (
        "_records",
        "display_phone_number",
        "entry_id",
        "entry_time",
        "field",
        "phone_number_id",
        "place",
        "value",
    )

    def __init__(self, place: str, entry: JsonObject, field: str, value: JsonObject) -> None:
        metadata = as_object(value.get("metadata"))
        self.place = place
        self.field = field
        self.value = value
        self.entry_id = identifier(entry.get("id"))
        self.entry_time = moment(entry.get("time"))
        self.phone_number_id = identifier(metadata.get("phone_number_id"))
        self.display_phone_number = filled_text(metadata.get("display_phone_number"))
        self._records: ContactRecords | None = None

    @property
    def records(self) -> ContactRecords:
        """The contact records of the value."""
        if self._records is None:
            self._records = ContactRecords(self.value.get("contacts"))
        return self._records

    def value_alone(self, part: str, item: Any, about: ContactIdentity | None) -> JsonObject:
        """Return a value with this item alone and the contact record of the person it is about."""
        value: JsonObject = {"messaging_product": "whatsapp"}
        if self.phone_number_id is not None:
            value["metadata"] = {
                "display_phone_number": (self.display_phone_number or "")[:NUMBER_CHARACTERS_MAX],
                "phone_number_id": self.phone_number_id,
            }
        if about is not None and about.is_known:
            value["contacts"] = [contact_record(about)]
        value[part] = [item]
        return value

    def notification_alone(self, part: str, item: Any, about: ContactIdentity | None) -> bytes:
        """Return a notification with this item alone, which can be normalised again."""
        return self._notification(self.value_alone(part, item, about))

    def unreadable_item(
        self, part: str | None, index: int, item: Any, reason: str
    ) -> UnreadablePart:
        """Return an item that has to wait until somebody can tell what it means.

        `part` is the array it stands in, or None if the item is the whole value.
        """
        value = item if part is None else self.value_alone(part, item, None)
        return UnreadablePart(
            place=f"{self.place}.value" + ("" if part is None else f".{word(part)}[{index}]"),
            reason=reason,
            raw=self._notification(value),
            content_hash=content_hash([self.entry_id, self.field, self.phone_number_id, item]),
            waba_id=self.entry_id,
            phone_number_id=self.phone_number_id,
        )

    def _notification(self, value: Any) -> bytes:
        entry: JsonObject = {}
        if self.entry_id is not None:
            entry["id"] = self.entry_id
        if self.entry_time is not None:
            entry["time"] = int(self.entry_time.timestamp())
        entry["changes"] = [{"value": value, "field": self.field}]
        return as_json({"object": NOTIFICATION_OBJECT, "entry": [entry]})
