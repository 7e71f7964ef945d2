"""The process that looks into one file: it can open nothing, reach nobody and not stay for long.

It is given an open file of ciphertext and, on its standard input, the key and what to do. It
answers on its standard output with frames: four bytes of length, one of kind, the content.
"""

import contextlib
import ctypes
import io
import os
import resource
import sys
from typing import BinaryIO, Final
from uuid import UUID

import msgspec

from infrastructure.media.file_cipher import DecryptingReader, ObjectCipher
from infrastructure.media.inspection.inspector import inspect

MEMORY_BYTES_MAX: Final = 768 * 1024 * 1024
PROCESSOR_SECONDS_MAX: Final = 20
ORIGINAL: Final = "original"
INSPECTION_FRAME: Final = b"i"
PREVIEW_FRAME: Final = b"p"

_NEW_USER_NAMESPACE: Final = 0x1000_0000
_NEW_NETWORK_NAMESPACE: Final = 0x4000_0000
_NO_NEW_PRIVILEGES: Final = 38
_BUFFER_BYTES: Final = 64 * 1024
_FILE: Final = 3
"""The first number after the standard streams."""


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is told: where the file is, how to open it, what is said about it."""

    descriptor: int
    file_key: bytes
    tenant_id: UUID
    media_id: UUID
    size: int
    declared_type: str | None
    name: str | None
    with_previews: bool

    def __repr__(self) -> str:
        return f"Errand({self.media_id})"


def main() -> None:
    """Look into the file of the errand on the standard input."""
    errand = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Errand)
    _load_what_is_needed()
    descriptor = _lock_up(errand.descriptor)
    cipher = ObjectCipher(errand.file_key, errand.tenant_id, errand.media_id, ORIGINAL)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        reader = DecryptingReader(file, cipher, errand.size)
        stream = io.BufferedReader(reader, _BUFFER_BYTES)
        _run(errand, stream)


def _run(errand: Errand, stream: BinaryIO) -> None:
    inspection = inspect(stream, errand.size, declared_type=errand.declared_type, name=errand.name)
    _answer(INSPECTION_FRAME, msgspec.msgpack.encode(inspection))
    if not (errand.with_previews and inspection.is_clean):
        return
    from infrastructure.media.inspection.previews import previews

    for preview in previews(stream, inspection.content_type):
        _answer(PREVIEW_FRAME, msgspec.msgpack.encode(preview))


def _answer(kind: bytes, content: bytes) -> None:
    sys.stdout.buffer.write(len(content).to_bytes(4, "big") + kind + content)
    sys.stdout.buffer.flush()


def _load_what_is_needed() -> None:
    """Everything that is opened by name later, libraries above all, is opened now."""
    import encodings.cp437
    import encodings.utf_16

    import pikepdf
    import pypdfium2 as pdfium
    from PIL import Image, ImageOps

    import infrastructure.media.inspection.pdf_structure
    import infrastructure.media.inspection.previews  # noqa: F401
    from infrastructure.media.inspection.pictures import FORMATS

    Image.preinit()
    for form in FORMATS.values():
        if form not in Image.OPEN:
            Image.init()
    del encodings, pikepdf, pdfium, ImageOps


def _lock_up(descriptor: int) -> int:
    """Shut the process off, and return under which number the file is open now."""
    _leave_the_network()
    os.dup2(descriptor, _FILE)
    os.closerange(_FILE + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    limits = (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS_MAX),
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        # No file and no socket can be opened any more: there is no number left for one.
        (resource.RLIMIT_NOFILE, _FILE + 1),
        (resource.RLIMIT_NPROC, 0),
    )
    for kind, limit in limits:
        # macOS knows some of them by name only.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))
    return _FILE


def _leave_the_network() -> None:
    """Where the system allows it, the process stands in a network of its own, which is empty."""
    if not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if library.unshare(_NEW_NETWORK_NAMESPACE) != 0:
        library.unshare(_NEW_USER_NAMESPACE | _NEW_NETWORK_NAMESPACE)
