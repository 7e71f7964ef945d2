"""What a file is by its own bytes, and whether that fits what its sender says it is."""

import re
from enum import StrEnum
from importlib import resources
from typing import Final, NamedTuple

HEAD_BYTES: Final = 8192
"""How much of the beginning of a file tells what it is."""


class Family(StrEnum):
    """Kinds of files that are looked into in the same way."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    PDF = "pdf"
    OOXML = "ooxml"
    OPEN_DOCUMENT = "open_document"
    OLE = "ole"
    RTF = "rtf"
    TEXT = "text"
    ARCHIVE = "archive"
    PROGRAM = "program"
    OTHER_ARCHIVE = "other_archive"
    UNKNOWN = "unknown"


class FileType(NamedTuple):
    """A family and the usual name of the type; the name is empty where the hub knows none."""

    family: Family
    content_type: str = ""


UNKNOWN: Final = FileType(Family.UNKNOWN)
PROGRAM: Final = FileType(Family.PROGRAM)
ZIP: Final = FileType(Family.ARCHIVE, "application/zip")
TEXT: Final = FileType(Family.TEXT, "text/plain")

_IMAGE, _AUDIO, _VIDEO = Family.IMAGE, Family.AUDIO, Family.VIDEO
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."

_MAGIC: Final[tuple[tuple[bytes, FileType], ...]] = (
    (b"%PDF-", FileType(Family.PDF, "application/pdf")),
    (b"\xff\xd8\xff", FileType(_IMAGE, "image/jpeg")),
    (b"\x89PNG\r\n\x1a\n", FileType(_IMAGE, "image/png")),
    (b"GIF87a", FileType(_IMAGE, "image/gif")),
    (b"GIF89a", FileType(_IMAGE, "image/gif")),
    (b"OggS", FileType(_AUDIO, "audio/ogg")),
    (b"#!AMR", FileType(_AUDIO, "audio/amr")),
    (b"ID3", FileType(_AUDIO, "audio/mpeg")),
    (b"{\\rtf", FileType(Family.RTF, "application/rtf")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileType(Family.OLE, "application/x-ole-storage")),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"\xfe\xed\xfa\xce", PROGRAM),
    (b"\xfe\xed\xfa\xcf", PROGRAM),
    (b"\xce\xfa\xed\xfe", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"dex\n", PROGRAM),
    (b"\x00asm", PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", PROGRAM),  # shortcut of Windows
    (b"#!/", PROGRAM),
    (b"#! /", PROGRAM),
    (b"Rar!\x1a\x07", FileType(Family.OTHER_ARCHIVE)),
    (b"7z\xbc\xaf\x27\x1c", FileType(Family.OTHER_ARCHIVE)),
    (b"\x1f\x8b", FileType(Family.OTHER_ARCHIVE)),
    (b"BZh", FileType(Family.OTHER_ARCHIVE)),
    (b"\xfd7zXZ\x00", FileType(Family.OTHER_ARCHIVE)),
    (b"MSCF", FileType(Family.OTHER_ARCHIVE)),
    (b"ISc(", FileType(Family.OTHER_ARCHIVE)),
)

_BRANDS: Final = {
    b"3gp": FileType(_VIDEO, "video/3gpp"),
    b"3g2": FileType(_VIDEO, "video/3gpp"),
    b"qt ": FileType(_VIDEO, "video/quicktime"),
    b"M4A": FileType(_AUDIO, "audio/mp4"),
    b"M4B": FileType(_AUDIO, "audio/mp4"),
    b"hei": FileType(_IMAGE, "image/heic"),
    b"hev": FileType(_IMAGE, "image/heic"),
    b"mif": FileType(_IMAGE, "image/heic"),
    b"msf": FileType(_IMAGE, "image/heic"),
    b"avi": FileType(_IMAGE, "image/avif"),
}
_MP4: Final = FileType(_VIDEO, "video/mp4")
_RIFF: Final = {
    b"WEBP": FileType(_IMAGE, "image/webp"),
    b"WAVE": FileType(_AUDIO, "audio/wav"),
}

_ALIASES: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/heif": "image/heic",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/opus": "audio/ogg",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/aacp": "audio/aac",
    "audio/3gpp": "video/3gpp",
    "text/rtf": "application/rtf",
    "application/x-zip-compressed": "application/zip",
    "application/x-pdf": "application/pdf",
}

_MP4_FAMILY: Final = frozenset(
    {"video/mp4", "video/3gpp", "video/quicktime", "audio/mp4", "audio/aac"}
)
"""One container with many names; which tracks it has says nothing about harm."""

OLE_TYPES: Final = frozenset(
    {"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"}
)
OOXML_TYPES: Final = {
    "word/": f"{_OFFICE}wordprocessingml.document",
    "xl/": f"{_OFFICE}spreadsheetml.sheet",
    "ppt/": f"{_OFFICE}presentationml.presentation",
}
_VAGUE: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})

DANGEROUS_ENDINGS: Final = frozenset(
    resources.files(__package__).joinpath("dangerous_endings.txt").read_text("ascii").split()
)
"""Endings that a double click would run, or a browser would interpret."""

_DISGUISES: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPACES_BEFORE_ENDING: Final = re.compile(r"\s{3,}\.|[\x00-\x1f]")


def sniffed(head: bytes) -> FileType:
    """Return what a file is by its first bytes. Zip containers are told apart by their members."""
    for magic, file_type in _MAGIC:
        if head.startswith(magic):
            return file_type
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:11], _MP4)
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], UNKNOWN)
    looks = (
        (_is_adts, FileType(_AUDIO, "audio/aac")),
        (_is_mpeg_audio, FileType(_AUDIO, "audio/mpeg")),
        # Readers accept a PDF that begins later, and so do those who hide one.
        (lambda head: b"%PDF-" in head[:1024], FileType(Family.PDF, "application/pdf")),
        (_is_text, TEXT),
    )
    return next((file_type for looks_like, file_type in looks if looks_like(head)), UNKNOWN)


def _is_adts(head: bytes) -> bool:
    return len(head) > 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0  # noqa: PLR2004


def _is_mpeg_audio(head: bytes) -> bool:
    return (
        len(head) > 3  # noqa: PLR2004 - a frame header has four bytes
        and head[0] == 0xFF  # noqa: PLR2004
        and head[1] & 0xE0 == 0xE0  # noqa: PLR2004
        and head[1] & 0x06 != 0
        and head[2] & 0xF0 != 0xF0  # noqa: PLR2004
    )


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return head[:2] in {b"\xff\xfe", b"\xfe\xff"} and _decodes(head, "utf-16")
    return _decodes(head, "utf-8") or not any(byte < 9 or 13 < byte < 27 for byte in head)  # noqa: PLR2004


def _decodes(head: bytes, encoding: str) -> bool:
    # The last character may be cut in half.
    for end in range(len(head), max(0, len(head) - 4), -1):
        try:
            head[:end].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return not head


def bare_type(declared: str | None) -> str:
    """Return a declared type without parameters, in lower case, under its usual name."""
    bare = (declared or "").partition(";")[0].strip().lower()
    return _ALIASES.get(bare, bare)


def fits(declared: str | None, file_type: FileType) -> bool:
    """Whether what the sender declared is what the bytes are."""
    bare, real = bare_type(declared), file_type.content_type
    if bare in _VAGUE or bare == real:
        return True
    if {bare, real} <= _MP4_FAMILY:
        return True
    match file_type.family:
        case Family.OLE:
            return bare in OLE_TYPES
        case Family.TEXT:
            return bare.startswith("text/") and bare != "text/html"
        case Family.ARCHIVE:
            return bare == "application/zip"
        case _:
            return False


def kept_type(declared: str | None, file_type: FileType) -> str:
    """Return the type under which the file is kept: by its bytes, told closer by the declared."""
    bare = bare_type(declared)
    if file_type.family is Family.OLE:
        return bare if bare in OLE_TYPES else "application/x-ole-storage"
    return bare if {bare, file_type.content_type} <= _MP4_FAMILY else file_type.content_type


def is_hostile_name(name: str) -> bool:
    """Whether a file name hides what the file is, or leads somewhere."""
    if _DISGUISES.search(name) or _SPACES_BEFORE_ENDING.search(name):
        return True
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or has_dangerous_ending(name)


def has_dangerous_ending(name: str) -> bool:
    """Whether the name ends like a program; spaces and dots after the ending do not help."""
    _, dot, ending = name.rstrip(". \t\u3000").rpartition(".")
    return bool(dot) and ending.strip().lower() in DANGEROUS_ENDINGS
