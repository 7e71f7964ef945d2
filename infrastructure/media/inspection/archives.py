"""Zip containers: archives, and the documents of the office programs that are zip inside.

Nothing is believed that the archive says about itself: sizes are counted while unpacking.
"""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from infrastructure.media.inspection.file_types import OOXML_TYPES, ZIP, Family, FileType
from infrastructure.media.inspection.findings import Budget, suspicious, unscannable
from infrastructure.media.inspection.known_bad import READ_BYTES

_ENCRYPTED_FLAG: Final = 0x1
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_UNIX: Final = 3
_ABSOLUTE: Final = re.compile(r"^(?:[/\\]|[A-Za-z]:)")
_MIMETYPE_BYTES_MAX: Final = 256

Members = list[zipfile.ZipInfo]


def open_archive(stream: BinaryIO, budget: Budget) -> tuple[zipfile.ZipFile, Members]:
    """Return the archive and its members, checked by their headers. Raises Refusal."""
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, OverflowError) as error:
        raise unscannable("damaged") from error
    members = archive.infolist()
    for member in members:
        budget.take_member()
        _check_header(member)
    _check_overlaps(archive, members)
    return archive, members


def _check_header(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & _ENCRYPTED_FLAG:
        raise unscannable("encrypted")
    if member.compress_type not in _METHODS:
        raise unscannable("unknown_packing")
    name = member.filename
    if _ABSOLUTE.match(name) or ".." in name.replace("\\", "/").split("/"):
        raise suspicious("path_leads_out")
    if member.create_system == _UNIX and stat.S_ISLNK(member.external_attr >> 16):
        raise suspicious("link_inside")


def _check_overlaps(archive: zipfile.ZipFile, members: Members) -> None:
    """Members that share packed bytes unpack to more than any ratio of theirs shows."""
    end = 0
    names = set()
    for member in sorted(members, key=lambda one: one.header_offset):
        if member.header_offset < end or member.filename in names:
            raise unscannable("overlapping_members")
        names.add(member.filename)
        end = member.header_offset + member.compress_size
    if end > archive.start_dir:
        raise unscannable("overlapping_members")


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> Iterator[bytes]:
    """Yield a member as it unpacks. Raises Refusal."""
    try:
        with archive.open(member) as stream:
            while data := stream.read(READ_BYTES):
                budget.take_bytes(len(data))
                yield data
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise unscannable("damaged") from error


def container_type(archive: zipfile.ZipFile, members: Members) -> FileType:
    """Return which document a zip container is, or that it is an archive."""
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names:
        for folder, content_type in OOXML_TYPES.items():
            if any(name.startswith(folder) for name in names):
                return FileType(Family.OOXML, content_type)
    first = members[0] if members else None
    if first is not None and first.filename == "mimetype" and first.file_size < _MIMETYPE_BYTES_MAX:
        kind = archive.read(first).decode("ascii", "replace").strip()
        if kind.startswith("application/vnd.oasis.opendocument."):
            return FileType(Family.OPEN_DOCUMENT, kind)
    return ZIP
