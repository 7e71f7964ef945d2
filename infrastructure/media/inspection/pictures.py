"""Pictures: their size is read from the header, before anybody decodes them."""

import warnings
from typing import BinaryIO, Final

from PIL import Image, UnidentifiedImageError

from infrastructure.media.inspection.findings import suspicious, unscannable

PIXELS_MAX: Final = 50_000_000
"""Largest picture that is shown; more would fill the memory of a browser."""

FRAMES_MAX: Final = 1000
FORMATS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
}
"""What is decoded here; other kinds of pictures are handed out for download only."""

_TAIL_BYTES: Final = 64 * 1024
_ZIP_END: Final = b"PK\x05\x06"


def check_picture(stream: BinaryIO, size: int, content_type: str) -> None:
    """Look into a picture. Raises Refusal."""
    if content_type in FORMATS:
        _check_header(stream, FORMATS[content_type])
    stream.seek(max(0, size - _TAIL_BYTES))
    if _ZIP_END in stream.read(_TAIL_BYTES):
        raise suspicious("two_types_at_once")


def _check_header(stream: BinaryIO, form: str) -> None:
    stream.seek(0)
    try:
        with warnings.catch_warnings(), Image.open(stream, formats=(form,)) as picture:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            width, height = picture.size
            frames = getattr(picture, "n_frames", 1)
    except (Image.DecompressionBombError, OverflowError) as error:
        raise unscannable("too_many_pixels") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise unscannable("damaged") from error
    if width * height > PIXELS_MAX or frames > FRAMES_MAX:
        raise unscannable("too_many_pixels")
