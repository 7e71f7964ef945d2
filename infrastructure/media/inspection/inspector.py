"""The layers of a look into a file, in their order; the same for what is nested in it."""

import io
import zipfile
from typing import BinaryIO, Final

from domain.ports.media_inspector import Inspection, Verdict
from infrastructure.media.inspection.archives import container_type, open_archive, unpacked
from infrastructure.media.inspection.file_types import (
    HEAD_BYTES,
    Family,
    FileType,
    fits,
    has_dangerous_ending,
    is_hostile_name,
    kept_type,
    sniffed,
)
from infrastructure.media.inspection.findings import (
    DEPTH_MAX,
    NESTED_BYTES_MAX,
    Budget,
    Refusal,
    suspicious,
    unscannable,
)
from infrastructure.media.inspection.known_bad import KnownBadSearch, search_all
from infrastructure.media.inspection.office import (
    XmlMember,
    check_member_name,
    check_ole,
    check_rtf,
)

NAME: Final = "embedded"
_TAKEN_APART: Final = frozenset({Family.ARCHIVE, Family.PDF, Family.OLE, Family.RTF})
_DOCUMENTS: Final = frozenset({Family.OOXML, Family.OPEN_DOCUMENT})


def inspect(
    stream: BinaryIO, size: int, *, declared_type: str | None, name: str | None
) -> Inspection:
    """Look into a file. Raises nothing but what reading it raises."""
    content_type = ""
    try:
        if size == 0:
            raise unscannable("empty")
        if name and is_hostile_name(name):
            raise suspicious("hostile_name")
        file_type = _Look(size).look(stream, size, depth=0)
        content_type = file_type.content_type
        if not fits(declared_type, file_type):
            raise suspicious("type_differs")
    except Refusal as refusal:
        return Inspection(
            verdict=refusal.verdict,
            content_type=content_type,
            reason=refusal.reason,
            scanners=(NAME,),
        )
    except MemoryError:
        return Inspection(
            verdict=Verdict.UNSCANNABLE,
            content_type=content_type,
            reason="unpacks_too_large",
            scanners=(NAME,),
        )
    return Inspection(
        verdict=Verdict.CLEAN,
        content_type=kept_type(declared_type, file_type),
        scanners=(NAME,),
    )


class _Nested:
    """A part as it unpacks; kept only where it must be taken apart itself."""

    def __init__(self) -> None:
        self.content = bytearray()
        self._family: Family | None = None

    def take(self, data: bytes) -> None:
        """Take the next bytes. Raises Refusal."""
        if self._family is None:
            self._family = sniffed(data[:HEAD_BYTES]).family
            if self._family is Family.PROGRAM:
                raise suspicious("program")
            if self._family is Family.OTHER_ARCHIVE:
                raise unscannable("unknown_packing")
        if self._family in _TAKEN_APART:
            self.content += data
            if len(self.content) > NESTED_BYTES_MAX:
                raise unscannable("nested_too_large")


class _Look:
    """One look into one file, with the budget that everything nested in it shares."""

    def __init__(self, size: int) -> None:
        self._budget = Budget(size)

    def look(self, stream: BinaryIO, size: int, *, depth: int) -> FileType:
        search_all(stream)
        stream.seek(0)
        file_type = sniffed(stream.read(HEAD_BYTES))
        match file_type.family:
            case Family.UNKNOWN:
                raise unscannable("unknown_type")
            case Family.PROGRAM:
                raise suspicious("program")
            case Family.OTHER_ARCHIVE:
                raise unscannable("unknown_packing")
            case Family.ARCHIVE:
                return self._look_into_archive(stream, depth)
            case Family.PDF:
                self._look_into_pdf(stream, depth)
            case Family.OLE:
                check_ole(stream)
            case Family.RTF:
                check_rtf(stream)
            case Family.IMAGE:
                from infrastructure.media.inspection.pictures import check_picture

                check_picture(stream, size, file_type.content_type)
            case Family.AUDIO | Family.VIDEO | Family.TEXT:
                pass
        return file_type

    def _look_into_pdf(self, stream: BinaryIO, depth: int) -> None:
        from infrastructure.media.inspection.pdf_structure import check_pdf

        def attachment(name: str, content: BinaryIO, size: int) -> None:
            self._look_deeper(name, content, size, depth)

        check_pdf(stream, self._budget, attachment)

    def _look_into_archive(self, stream: BinaryIO, depth: int) -> FileType:
        archive, members = open_archive(stream, self._budget)
        with archive:
            file_type = container_type(archive, members)
            for member in members:
                if not member.is_dir():
                    self._look_at_member(archive, member, file_type, depth)
        return file_type

    def _look_at_member(
        self,
        archive: zipfile.ZipFile,
        member: zipfile.ZipInfo,
        file_type: FileType,
        depth: int,
    ) -> None:
        is_document = file_type.family in _DOCUMENTS
        if is_document:
            check_member_name(member.filename)
        elif has_dangerous_ending(member.filename):
            raise suspicious("program")
        xml = XmlMember(member.filename) if is_document and _is_xml(member.filename) else None
        search, nested = KnownBadSearch(), _Nested()
        for data in unpacked(archive, member, self._budget):
            search.take(data)
            nested.take(data)
            if xml is not None:
                xml.take(data)
        search.finish()
        if xml is not None:
            xml.finish()
        if nested.content:
            content = bytes(nested.content)
            self._look_deeper(member.filename, io.BytesIO(content), len(content), depth)

    def _look_deeper(self, name: str, stream: BinaryIO, size: int, depth: int) -> None:
        if depth + 1 >= DEPTH_MAX:
            raise unscannable("nested_too_deeply")
        if name and has_dangerous_ending(name):
            raise suspicious("program")
        if size:
            self.look(stream, size, depth=depth + 1)


def _is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rels"))
