"""Active content of office documents: macros, embedded programs, what is fetched from outside."""

import re
from collections.abc import Iterable
from typing import BinaryIO, Final

from infrastructure.media.inspection.findings import suspicious, unscannable
from infrastructure.media.inspection.known_bad import blocks

_EXTERNAL: Final = re.compile(
    rb"<(?:\w+:)?Relationship\b[^>]*\bTargetMode\s*=\s*[\"']External[^>]*>"
)
_HARMLESS_TARGETS: Final = re.compile(
    rb"\bType\s*=\s*[\"'][^\"']*/(?:hyperlink|image|video|audio|media|externalLinkPath)[\"']"
)
_DDE: Final = re.compile(rb"\bDDE(?:AUTO)?\b\s", re.IGNORECASE)
_SCRIPTED_ODF: Final = re.compile(rb"<(?:script:|office:script)\w*", re.IGNORECASE)
_XML_BYTES_MAX: Final = 8 * 1024 * 1024

_ACTIVE_MEMBERS: Final = (
    (re.compile(r"vbaProject\.bin$|vbaData\.xml$", re.IGNORECASE), "macros"),
    (re.compile(r"/macrosheets/", re.IGNORECASE), "macros"),
    (re.compile(r"/activeX/", re.IGNORECASE), "active_controls"),
    (re.compile(r"^(?:Basic|Scripts)/.+", re.IGNORECASE), "macros"),
)

# Names in the directory of an OLE file stand as UTF-16, each in one piece.
_OLE_NAMES: Final = tuple(
    (name.encode("utf-16-le"), refusal)
    for name, refusal in (
        ("EncryptedPackage", unscannable("encrypted")),
        ("EncryptionInfo", unscannable("encrypted")),
        ("_VBA_PROJECT", suspicious("macros")),
        ("VBA\x00", suspicious("macros")),
        ("Ole10Native", suspicious("embedded_program")),
    )
)
_RTF_OBJECTS: Final = (b"\\objdata", b"\\objupdate", b"\\objocx", b"\\ddeauto")


def check_member_name(name: str) -> None:
    """Raise Refusal for a part of a document that holds active content by its name."""
    for pattern, reason in _ACTIVE_MEMBERS:
        if pattern.search(name):
            raise suspicious(reason)


class XmlMember:
    """Collects a part of a document that is looked into as text; larger ones in pieces."""

    def __init__(self, name: str) -> None:
        self._is_relations = name.endswith(".rels")
        self._is_open_document = name in {"content.xml", "styles.xml"}
        self._text = bytearray()

    def take(self, data: bytes) -> None:
        """Take the next bytes. Raises Refusal."""
        self._text += data
        if len(self._text) > _XML_BYTES_MAX:
            self._look()
            del self._text[:-4096]

    def finish(self) -> None:
        """Look at the rest. Raises Refusal."""
        self._look()

    def _look(self) -> None:
        if self._is_relations:
            for relation in _EXTERNAL.findall(bytes(self._text)):
                if not _HARMLESS_TARGETS.search(relation):
                    raise suspicious("external_template")
        elif self._is_open_document:
            if _SCRIPTED_ODF.search(self._text):
                raise suspicious("macros")
        elif b"instrText" in self._text and _DDE.search(self._text):
            raise suspicious("dynamic_data_exchange")


def check_ole(stream: BinaryIO) -> None:
    """Look into a document of the older office programs. Raises Refusal."""
    for window in _windows(stream, longest=max(len(name) for name, _ in _OLE_NAMES)):
        for name, refusal in _OLE_NAMES:
            if name in window:
                raise refusal


def check_rtf(stream: BinaryIO) -> None:
    """Look for objects in a rich text. Raises Refusal."""
    for window in _windows(stream, longest=max(map(len, _RTF_OBJECTS))):
        if any(word in window.lower() for word in _RTF_OBJECTS):
            raise suspicious("embedded_program")


def _windows(stream: BinaryIO, *, longest: int) -> Iterable[bytes]:
    tail = b""
    for data in blocks(stream):
        window = tail + data
        yield window
        tail = window[-longest:]
