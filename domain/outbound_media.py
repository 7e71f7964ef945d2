"""A file as the body of a message: which one, what it is, and the words below it."""

from typing import Final

import msgspec

from domain.errors import InvalidInput
from domain.identity import MediaId
from domain.limits import Field, require_pattern, require_text
from domain.sendable_files import SENDABLE, readable_size

CAPTION_CHARACTERS_MAX: Final = 1024
SENT_NAME_CHARACTERS_MAX: Final = 240
CAPTIONED: Final = frozenset({"image", "video", "document"})
VOICE_TYPE: Final = "audio/ogg"

_NAMES: Final = {
    "image": "Photo",
    "video": "Video",
    "audio": "Audio",
    "document": "Document",
    "sticker": "Sticker",
}


class AttachedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A kept file that a message carries; `sha256` (64 hexadecimal digits) is what was approved."""

    media_id: MediaId
    sha256: str
    content_type: str
    size_bytes: int


class MediaBody(msgspec.Struct, frozen=True, kw_only=True, tag="media", omit_defaults=True):
    """A photo, video, recording, document or sticker, with a caption of at most 1024 characters.

    The digest of the file is part of the body, so an approval covers every byte that is sent.
    `filename` is what the contact sees of a document; `voice` makes an Ogg recording a voice
    message.
    """

    kind: str
    file: AttachedFile
    filename: str = ""
    caption: str = ""
    voice: bool = False


def media_words(body: MediaBody) -> str:
    """Return a file as a person reads it: what it is, its name and size, and its caption."""
    name = "Voice message" if body.voice else _NAMES.get(body.kind, body.kind)
    named = f"{name}: {body.filename}" if body.filename else name
    line = f"{named} ({readable_size(body.file.size_bytes)})"
    return f"{line}\n{body.caption}" if body.caption else line


def check_attached(file: AttachedFile, field: Field) -> None:
    """Raise InvalidInput for what no kept file can be."""
    require_pattern(file.sha256, (*field, "sha256"), r"[0-9a-f]{64}", "64 hexadecimal digits")
    require_text(file.content_type, (*field, "content_type"), characters_max=100)
    if file.size_bytes < 1:
        raise InvalidInput("A file has at least one byte.", field=(*field, "size_bytes"))


def check_media(body: MediaBody, field: Field) -> None:
    """Raise InvalidInput, naming the part, where Meta would refuse the file or its words."""
    check_attached(body.file, field)
    sendable = SENDABLE.get(body.kind)
    if sendable is None or body.file.content_type not in sendable.types:
        raise InvalidInput(
            f"WhatsApp shows no file of the type {body.file.content_type} as {body.kind}.",
            field=(*field, "kind"),
        )
    if body.file.size_bytes > sendable.bytes_max:
        raise InvalidInput(
            f"WhatsApp takes at most {readable_size(sendable.bytes_max)} of the kind {body.kind}.",
            field=(*field, "size_bytes"),
        )
    _check_words(body, field)


def _check_words(body: MediaBody, field: Field) -> None:
    has_name = body.kind == "document"
    require_text(
        body.filename,
        (*field, "filename"),
        characters_max=SENT_NAME_CHARACTERS_MAX if has_name else 0,
        is_optional=not has_name,
    )
    if body.caption and body.kind not in CAPTIONED:
        raise InvalidInput(
            f"WhatsApp shows no words below a file of the kind {body.kind}.",
            field=(*field, "caption"),
            hint="Send the words as a message of their own.",
        )
    require_text(
        body.caption, (*field, "caption"), characters_max=CAPTION_CHARACTERS_MAX, is_optional=True
    )
    if body.voice and (body.kind != "audio" or body.file.content_type != VOICE_TYPE):
        raise InvalidInput(
            "Only an Ogg recording (Opus) can be a voice message.", field=(*field, "voice")
        )
