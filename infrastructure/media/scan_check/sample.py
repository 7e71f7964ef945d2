"""A made-up file, and parts from which such files are put together."""

import io
import zipfile
from collections.abc import Callable
from typing import NamedTuple

import pikepdf
from PIL import Image

_CONTENT_TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    b'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


class Sample(NamedTuple):
    """A file as somebody could send it. `make` makes it when it is needed: some are large."""

    title: str
    make: Callable[[], bytes]
    declared_type: str | None = None
    name: str | None = None


def zipped(*members: tuple[str, bytes]) -> bytes:
    """Return an archive of members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def word_document(*members: tuple[str, bytes], text: bytes = b"Surat kuasa") -> bytes:
    """Return a document of Word with further members."""
    body = b'<?xml version="1.0"?><w:document><w:body>' + text + b"</w:body></w:document>"
    return zipped(("[Content_Types].xml", _CONTENT_TYPES), ("word/document.xml", body), *members)


def ole_document(name: str) -> bytes:
    """Return the head of an older office document whose directory has an entry of this name."""
    entry = name.encode("utf-16-le").ljust(64, b"\0")
    return OLE_HEAD + entry + bytes(512)


def pdf(
    change: Callable[[pikepdf.Pdf], None] | None = None,
    *,
    packed: bool = True,
    encryption: pikepdf.Encryption | bool = False,
) -> bytes:
    """Return a PDF of one page; `packed` puts its objects into object streams."""
    file = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        if change is not None:
            change(document)
        mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
        document.save(file, object_stream_mode=mode, encryption=encryption)
    return file.getvalue()


def picture(form: str, width: int = 320, height: int = 200) -> bytes:
    """Return a picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (20, 110, 160)).save(file, form)
    return file.getvalue()


def attach(document: pikepdf.Pdf, name: str, content: bytes) -> None:
    """Attach a file to a PDF."""
    document.attachments[name] = pikepdf.AttachedFileSpec(
        document,
        content,
        description="",
        filename=name,
        mime_type="text/plain",
        creation_date="",
        mod_date="",
    )
