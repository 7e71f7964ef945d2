"""PDF: every object is read, streams of text and attachments are unpacked, scripts are refused."""

import io
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

import pikepdf

from infrastructure.media.inspection.findings import (
    NESTED_BYTES_MAX,
    Budget,
    suspicious,
    unscannable,
)
from infrastructure.media.inspection.known_bad import READ_BYTES, KnownBadSearch

OBJECTS_MAX: Final = 200_000
_NESTING_MAX: Final = 60
_PICTURES: Final = frozenset({"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode"})
_PACKED_BYTES_MAX: Final = 8 * 1024 * 1024
"""Largest stream in one of the rare packings that are unpacked as a whole."""

_ACTIVE_KEYS: Final = {
    "/JS": "script_in_pdf",
    "/JavaScript": "script_in_pdf",
    "/RichMedia": "active_content_in_pdf",
    "/XFA": "active_content_in_pdf",
}
_ACTIVE_ACTIONS: Final = {
    "/JavaScript": "script_in_pdf",
    "/Launch": "starts_program",
    "/ImportData": "active_content_in_pdf",
    "/Rendition": "active_content_in_pdf",
    "/RichMediaExecute": "active_content_in_pdf",
}

Nested = Callable[[str, BinaryIO, int], None]
"""Looks into an attachment: name, content, size. Raises Refusal."""


def check_pdf(stream: BinaryIO, budget: Budget, look_into: Nested) -> None:
    """Look into a PDF. Raises Refusal."""
    try:
        with pikepdf.open(stream, access_mode=pikepdf.AccessMode.stream) as pdf:
            _check_objects(pdf, budget, look_into)
    except pikepdf.PasswordError as error:
        raise unscannable("encrypted") from error
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, RecursionError) as error:
        raise unscannable("damaged") from error


def _check_objects(pdf: pikepdf.Pdf, budget: Budget, look_into: Nested) -> None:
    for count, found in enumerate(pdf.objects):
        if count >= OBJECTS_MAX:
            raise unscannable("too_many_members")
        _check_value(found, 0)
        if isinstance(found, pikepdf.Stream):
            _check_stream(found, budget, look_into)
    _check_value(pdf.trailer, 0)


def _check_value(value: Any, depth: int) -> None:
    """Look at the names in a value; what it refers to is an object of its own."""
    if depth > _NESTING_MAX:
        raise unscannable("nested_too_deeply")
    if isinstance(value, pikepdf.Array):
        for item in value:
            _check_direct(item, depth)
    elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        members = value.stream_dict if isinstance(value, pikepdf.Stream) else value
        for key, item in members.items():
            if key in _ACTIVE_KEYS:
                raise suspicious(_ACTIVE_KEYS[key])
            if key == "/S" and isinstance(item, pikepdf.Name) and str(item) in _ACTIVE_ACTIONS:
                raise suspicious(_ACTIVE_ACTIONS[str(item)])
            _check_direct(item, depth)


def _check_direct(item: Any, depth: int) -> None:
    if isinstance(item, pikepdf.Object) and not item.is_indirect:
        _check_value(item, depth + 1)


def _check_stream(found: pikepdf.Stream, budget: Budget, look_into: Nested) -> None:
    budget_name = str(found.stream_dict.get("/Type", ""))
    filters = _filters(found)
    if filters and filters[-1] in _PICTURES:
        return
    is_attachment = budget_name == "/EmbeddedFile"
    if is_attachment:
        budget.take_member()
    search = KnownBadSearch()
    attachment = bytearray()
    for data in _unpacked(found, filters):
        budget.take_bytes(len(data))
        search.take(data)
        if is_attachment:
            attachment += data
            if len(attachment) > NESTED_BYTES_MAX:
                raise unscannable("nested_too_large")
    search.finish()
    if is_attachment:
        look_into("", io.BytesIO(bytes(attachment)), len(attachment))


def _filters(found: pikepdf.Stream) -> list[str]:
    value = found.stream_dict.get("/Filter")
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, pikepdf.Array) else [str(value)]


def _unpacked(found: pikepdf.Stream, filters: list[str]) -> Iterator[bytes]:
    """Yield a stream unpacked, in pieces: what unpacks to gigabytes is noticed early."""
    raw = memoryview(found.read_raw_bytes())
    match filters:
        case []:
            for start in range(0, len(raw), READ_BYTES):
                yield bytes(raw[start : start + READ_BYTES])
        case ["/FlateDecode" | "/Fl"]:
            yield from _inflated(raw)
        case _:
            if len(raw) > _PACKED_BYTES_MAX:
                raise unscannable("unknown_packing")
            yield found.read_bytes()


def _inflated(raw: memoryview) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    rest: bytes | memoryview = raw
    while len(rest) and not inflater.eof:
        try:
            data = inflater.decompress(rest, READ_BYTES)
        except zlib.error:
            # Readers show what they could unpack of a damaged stream; so much was looked at.
            return
        rest = inflater.unconsumed_tail
        if data:
            yield data
        elif not rest:
            return
