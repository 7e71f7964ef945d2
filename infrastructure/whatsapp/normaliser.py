"""From the body of a notification to updates. Pure, total and quick.

`normalise` never raises, whatever the body is: what says nothing is counted as ignored, what cannot
be understood is kept as an unreadable part or as a message with a placeholder, and a fault in one
part never touches another.
"""

import contextlib
import hashlib
from collections import Counter
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Final

from infrastructure.whatsapp.changes import NOTIFICATION_OBJECT, Change
from infrastructure.whatsapp.decoding import (
    JsonObject,
    NotJson,
    as_json,
    content_hash,
    decode_hardened,
    decode_quickly,
)
from infrastructure.whatsapp.fields import parts_of, update_of
from infrastructure.whatsapp.members import as_object, identifier
from infrastructure.whatsapp.updates import NormalisedNotification, UnreadablePart, Update

IGNORED_NO_NOTIFICATION: Final = "not_a_notification"
IGNORED_OBJECT: Final = "unknown_object"
IGNORED_EMPTY: Final = "empty"

# Meta sends at most 1000 updates; items of a contact import are smaller, and 3 MB bound them all.
UPDATES_MAX: Final = 50_000

NOT_JSON: Final = "not_json"
TOO_MANY_UPDATES: Final = "too_many_updates"
ENTRY_NOT_AN_OBJECT: Final = "entry_not_an_object"
FIELD_MISSING: Final = "field_missing"
VALUE_NOT_AN_OBJECT: Final = "value_not_an_object"
FAULT: Final = "fault"

_ENTRY_MEMBERS: Final = ("id", "time")


def normalise(body: bytes) -> NormalisedNotification:
    """Return the updates of a notification in the order of its envelope, and what was ignored."""
    try:
        # A ValueError comes from the quick decoder only; nesting may also exhaust the walk.
        with contextlib.suppress(ValueError, RecursionError):
            return _Walk().through(decode_quickly(body))
        return _Walk().through(decode_hardened(body))
    except NotJson:
        return _kept_whole(body, NOT_JSON)
    except _TooManyUpdates:
        return _kept_whole(body, TOO_MANY_UPDATES)


class _TooManyUpdates(Exception):
    """The notification has more parts than any real one: it is kept as one."""


def _kept_whole(body: bytes, reason: str) -> NormalisedNotification:
    digest = hashlib.sha256(body).hexdigest()
    unreadable = UnreadablePart(place="body", reason=reason, raw=body, content_hash=digest)
    return NormalisedNotification(updates=(unreadable,), ignored=MappingProxyType({}))


class _Walk:
    """One walk through one notification."""

    def __init__(self) -> None:
        self._updates: list[Update] = []
        self._ignored: Counter[str] = Counter()

    def through(self, body: Any) -> NormalisedNotification:
        if not isinstance(body, dict) or not body:
            self._ignored[IGNORED_NO_NOTIFICATION] += 1
        elif isinstance(body.get("object"), str) and body["object"] != NOTIFICATION_OBJECT:
            self._ignored[IGNORED_OBJECT] += 1
        else:
            # Without a readable `object` the entries still tell what they are.
            for place, entry in self._items("entry", body.get("entry")):
                self._entry(place, entry)
        return NormalisedNotification(
            updates=tuple(self._updates), ignored=MappingProxyType(dict(self._ignored))
        )

    def _entry(self, place: str, entry: Any) -> None:
        if isinstance(entry, dict):
            for change_place, change in self._items(f"{place}.changes", entry.get("changes")):
                self._change(change_place, entry, change)
        else:
            self._add(
                UnreadablePart(
                    place=place,
                    reason=ENTRY_NOT_AN_OBJECT,
                    raw=as_json({"object": NOTIFICATION_OBJECT, "entry": [entry]}),
                    content_hash=content_hash(entry),
                )
            )

    def _change(self, place: str, entry: JsonObject, element: Any) -> None:
        members = as_object(element)
        field, value = identifier(members.get("field")), members.get("value")
        if field is None:
            self._keep_change(place, entry, element, FIELD_MISSING)
        elif value is None or value == {}:
            self._ignored[IGNORED_EMPTY] += 1
        elif isinstance(value, dict):
            self._value(Change(place, entry, field, value))
        else:
            self._keep_change(place, entry, element, VALUE_NOT_AN_OBJECT)

    def _value(self, change: Change) -> None:
        is_empty = True
        for part, items in parts_of(change):
            for index, item in enumerate(items):
                if item is not None:
                    is_empty = False
                    self._item(change, part, index, item)
        if is_empty:
            self._ignored[IGNORED_EMPTY] += 1

    def _item(self, change: Change, part: str | None, index: int, item: Any) -> None:
        try:
            update = update_of(change, part, index, item)
        except RecursionError:
            raise
        except Exception:  # noqa: BLE001 - a fault in one part must not harm its neighbours
            update = change.unreadable_item(part, index, item, FAULT)
        self._add(update)

    def _keep_change(self, place: str, entry: JsonObject, element: Any, reason: str) -> None:
        envelope = {name: entry[name] for name in _ENTRY_MEMBERS if name in entry}
        waba_id = identifier(entry.get("id"))
        self._add(
            UnreadablePart(
                place=place,
                reason=reason,
                raw=as_json(
                    {"object": NOTIFICATION_OBJECT, "entry": [{**envelope, "changes": [element]}]}
                ),
                content_hash=content_hash([waba_id, element]),
                waba_id=waba_id,
            )
        )

    def _add(self, update: Update) -> None:
        if len(self._updates) >= UPDATES_MAX:
            raise _TooManyUpdates
        self._updates.append(update)

    def _items(self, place: str, items: Any) -> Iterator[tuple[str, Any]]:
        """Yield the items of an array with their place; what is no array stands for its item."""
        if not isinstance(items, list):
            items = [] if items is None else [items]
        if not items:
            self._ignored[IGNORED_EMPTY] += 1
        for index, item in enumerate(items):
            if item is None:
                self._ignored[IGNORED_EMPTY] += 1
            else:
                yield f"{place}[{index}]", item
