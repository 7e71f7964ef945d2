"""Which files WhatsApp takes from a firm: kinds, types and sizes (Cloud API reference, section 8).

The kind follows from the type: WhatsApp shows a JPEG as a photo, a WebP as a sticker, a PDF as a
document. Names of files are cleaned before they are kept.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

from domain.errors import HubError

_MEGABYTE: Final = 1024 * 1024
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."

FILE_NAME_CHARACTERS_MAX: Final = 120
"""Meta takes 240; names are kept shorter, so that lists on small screens stay readable."""

STILL_STICKER_BYTES_MAX: Final = 100 * 1024


class SendableKind(NamedTuple):
    """The types of one kind, and how large such a file may be."""

    types: frozenset[str]
    bytes_max: int


SENDABLE: Final[Mapping[str, SendableKind]] = {
    "image": SendableKind(frozenset({"image/jpeg", "image/png"}), 5 * _MEGABYTE),
    "audio": SendableKind(
        frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
        16 * _MEGABYTE,
    ),
    "video": SendableKind(frozenset({"video/mp4", "video/3gpp"}), 16 * _MEGABYTE),
    "sticker": SendableKind(frozenset({"image/webp"}), 500 * 1024),
    "document": SendableKind(
        frozenset(
            {
                "text/plain",
                "application/pdf",
                "application/msword",
                "application/vnd.ms-excel",
                "application/vnd.ms-powerpoint",
                f"{_OFFICE}wordprocessingml.document",
                f"{_OFFICE}spreadsheetml.sheet",
                f"{_OFFICE}presentationml.presentation",
            }
        ),
        100 * _MEGABYTE,
    ),
}
"""What can be sent, by the kind under which WhatsApp shows it."""

_KIND_OF_TYPE: Final = {
    content_type: kind for kind, sendable in SENDABLE.items() for content_type in sendable.types
}

_UNSAFE: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
_ENDINGS: Final = {
    "application/pdf": "pdf",
    "application/zip": "zip",
    "audio/ogg": "ogg",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "text/plain": "txt",
    "video/mp4": "mp4",
}


class FileNotSendable(HubError):
    """WhatsApp does not take the file from a firm. `reason` is a stable word."""

    code = "FILE_NOT_SENDABLE"

    def __init__(self, reason: str, message: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


def kind_of_type(content_type: str) -> str | None:
    """Return the kind under which WhatsApp shows files of a type; None if it takes none."""
    return _KIND_OF_TYPE.get(content_type)


def sendable_kind(content_type: str, size_bytes: int) -> str:
    """Return the kind of a file by its real type. Raises FileNotSendable."""
    kind = kind_of_type(content_type)
    if kind is None:
        raise FileNotSendable(
            "type_not_sendable",
            f"WhatsApp does not take files of the type {content_type or 'of this file'}.",
            "Save it as PDF, JPEG, PNG, MP4 or a document of Word, Excel or PowerPoint.",
        )
    if size_bytes > SENDABLE[kind].bytes_max:
        raise too_large(kind)
    return kind


def too_large(kind: str) -> FileNotSendable:
    """The refusal of a file that is larger than WhatsApp takes for its kind."""
    limit = SENDABLE[kind].bytes_max
    return FileNotSendable(
        "too_large",
        f"The file is too large: WhatsApp takes at most {readable_size(limit)} of the kind {kind}.",
        "Make it smaller, send it in parts, or send a photo or video inside a document.",
    )


def readable_size(size_bytes: int) -> str:
    """Return a size as a person reads it."""
    if size_bytes < 1024:  # noqa: PLR2004 - a kilobyte
        return f"{size_bytes} B"
    if size_bytes < _MEGABYTE:
        return f"{size_bytes / 1024:.0f} KB"
    megabytes = f"{size_bytes / _MEGABYTE:.1f}"
    return f"{megabytes.removesuffix('.0')} MB"


def safe_name(name: str | None, content_type: str) -> str:
    """Return a name that leads nowhere and disguises nothing; one by the type if none is left."""
    visible = "".join(one for one in (name or "") if unicodedata.category(one) not in _INVISIBLE)
    cleaned = _UNSAFE.sub("_", visible).strip(" .")
    if not cleaned:
        return f"file.{_ENDINGS.get(content_type, 'bin')}"
    stem, dot, ending = cleaned.rpartition(".")
    if not dot:
        return cleaned[:FILE_NAME_CHARACTERS_MAX]
    return f"{stem[: FILE_NAME_CHARACTERS_MAX - 20]}.{ending[:19]}"
