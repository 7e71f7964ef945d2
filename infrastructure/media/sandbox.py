"""A process of its own looks into a file; whatever happens to it, the answer is no."""

import contextlib
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, BinaryIO, Final
from uuid import UUID

import msgspec

from domain.ports.media_inspector import Inspection, Preview, Verdict
from infrastructure.checkout import CHECKOUT
from infrastructure.media.inspection.inspector import NAME
from infrastructure.media.inspection.process import INSPECTION_FRAME, Errand

DEADLINE_S: Final = 60.0
"""Longest time for a file; the processor's time of the process is limited by itself."""

ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024
_READ_BYTES: Final = 64 * 1024
_HEAD_BYTES: Final = 5
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from infrastructure.media.inspection.process import main; main()"
)


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What came out: the verdict and, for a clean file, pictures of it."""

    inspection: Inspection
    previews: tuple[Preview, ...] = ()


def look_into(
    file: BinaryIO,
    *,
    file_key: bytes,
    tenant_id: UUID,
    media_id: UUID,
    size: int,
    declared_type: str | None,
    name: str | None,
    with_previews: bool,
    deadline_s: float = DEADLINE_S,
) -> Looked:
    """Look into an encrypted file. `file` must be a real one; its place is not kept.

    A process that crashes, is too slow or answers nonsense makes the file unscannable.
    """
    errand = Errand(
        descriptor=file.fileno(),
        file_key=file_key,
        tenant_id=tenant_id,
        media_id=media_id,
        size=size,
        declared_type=declared_type,
        name=name,
        with_previews=with_previews,
    )
    frames = list(_frames(_answer(errand, deadline_s)))
    inspection = _no("scan_failed")
    pictures: list[Preview] = []
    with contextlib.suppress(msgspec.DecodeError):
        for kind, content in frames:
            if kind == INSPECTION_FRAME:
                inspection = msgspec.msgpack.decode(content, type=Inspection)
            else:
                pictures.append(msgspec.msgpack.decode(content, type=Preview))
    return Looked(inspection=inspection, previews=tuple(pictures) if inspection.is_clean else ())


def _no(reason: str) -> Inspection:
    return Inspection(verdict=Verdict.UNSCANNABLE, content_type="", reason=reason, scanners=(NAME,))


def _answer(errand: Errand, deadline_s: float) -> bytes:
    # No variable of the environment goes along: they hold secrets of the hub.
    process = subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-c", _PROGRAM, str(CHECKOUT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(errand.descriptor,),
        env={},
        cwd="/",
        start_new_session=True,
    )
    try:
        with contextlib.suppress(BrokenPipeError):
            _stream(process.stdin).write(msgspec.msgpack.encode(errand))
            _stream(process.stdin).close()
        return _read(_stream(process.stdout), time.monotonic() + deadline_s)
    finally:
        process.kill()
        process.wait()
        _stream(process.stdout).close()


def _stream(stream: Any) -> BinaryIO:
    found: BinaryIO = stream
    return found


def _read(output: BinaryIO, deadline: float) -> bytes:
    """Everything up to the end, as far as it comes in time and is not too much."""
    read = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while len(read) <= ANSWER_BYTES_MAX:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                break
            data = output.read1(_READ_BYTES)  # type: ignore[attr-defined]
            if not data:
                break
            read += data
    return bytes(read)


def _frames(answer: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The whole frames of an answer; what was cut off is left out."""
    start = 0
    while start + _HEAD_BYTES <= len(answer):
        size = int.from_bytes(answer[start : start + 4], "big")
        end = start + _HEAD_BYTES + size
        if end > len(answer):
            return
        yield answer[start + 4 : start + _HEAD_BYTES], answer[start + _HEAD_BYTES : end]
        start = end
