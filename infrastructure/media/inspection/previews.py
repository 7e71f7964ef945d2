"""Pictures of files for the screen: the screen shows these, never the decoder's risk."""

import io
import warnings
from collections.abc import Iterator
from typing import BinaryIO, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from domain.ports.media_inspector import Preview
from infrastructure.media.inspection.pictures import FORMATS

THUMBNAIL_PIXELS: Final = 512
PAGE_PIXELS: Final = 1000
PAGES_MAX: Final = 5
_QUALITY: Final = 78
_WHITE: Final = (255, 255, 255)
_NOT_SHOWN: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    MemoryError,
    Image.DecompressionBombError,
    UnidentifiedImageError,
)


def previews(stream: BinaryIO, content_type: str) -> Iterator[Preview]:
    """Yield pictures of the file; none where there is nothing to see or it cannot be decoded."""
    if content_type in FORMATS:
        yield from _thumbnail(stream, FORMATS[content_type])
    elif content_type == "application/pdf":
        yield from _pages(stream)


def _thumbnail(stream: BinaryIO, form: str) -> Iterator[Preview]:
    stream.seek(0)
    try:
        with warnings.catch_warnings(), Image.open(stream, formats=(form,)) as picture:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # JPEG is decoded at a fraction of its size at once.
            picture.draft("RGB", (THUMBNAIL_PIXELS * 2, THUMBNAIL_PIXELS * 2))
            picture.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
            upright = ImageOps.exif_transpose(picture)
            yield _as_jpeg("thumbnail", upright)
    except _NOT_SHOWN:
        return


def _pages(stream: BinaryIO) -> Iterator[Preview]:
    import pypdfium2 as pdfium

    stream.seek(0)
    try:
        document = pdfium.PdfDocument(stream)
    except pdfium.PdfiumError:
        return
    try:
        for number in range(min(len(document), PAGES_MAX)):
            page = document[number]
            width, height = page.get_size()
            scale = PAGE_PIXELS / max(width, height, 1)
            picture = page.render(scale=scale, may_draw_forms=False).to_pil()
            yield _as_jpeg(f"page-{number + 1}", picture)
            page.close()
    except (pdfium.PdfiumError, *_NOT_SHOWN):
        return
    finally:
        document.close()


def _as_jpeg(name: str, picture: Image.Image) -> Preview:
    """The picture alone: no metadata of the original, transparency on white."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (*_WHITE, 255))
        picture = Image.alpha_composite(ground, picture)
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=_QUALITY, optimize=True)
    return Preview(name=name, width=picture.width, height=picture.height, content=file.getvalue())
