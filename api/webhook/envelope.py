"""The first look at the body of a notification, after its signature was found to be right."""

import contextlib
from typing import Any, Final

import msgspec

from infrastructure.whatsapp.changes import NOTIFICATION_OBJECT
from infrastructure.whatsapp.decoding import decode
from infrastructure.whatsapp.normaliser import (
    IGNORED_EMPTY,
    IGNORED_NO_NOTIFICATION,
    IGNORED_OBJECT,
)


class _Envelope(msgspec.Struct):
    object: str | None = None
    entry: list[msgspec.Raw] | None = None


_DECODER: Final = msgspec.json.Decoder(_Envelope)


def reason_to_ignore(body: bytes) -> str | None:
    """Return why there is nothing in the body to be stored, or None.

    The quick way reads the outermost level only and checks the rest for being JSON. Raises NotJson.
    """
    with contextlib.suppress(ValueError, RecursionError):
        envelope = _DECODER.decode(body)
        return _reason(envelope.object, envelope.entry)
    value: Any = decode(body)
    if not isinstance(value, dict):
        return IGNORED_NO_NOTIFICATION
    return _reason(value.get("object"), value.get("entry"))


def _reason(kind: Any, entry: Any) -> str | None:
    if isinstance(kind, str) and kind != NOTIFICATION_OBJECT:
        return IGNORED_OBJECT
    if entry is None:
        return IGNORED_NO_NOTIFICATION
    return IGNORED_EMPTY if entry == [] else None
