"""Files that clients really send: refusing them would be wrong."""

from typing import Final

import pikepdf

from infrastructure.media.scan_check.sample import (
    DOCX,
    Sample,
    attach,
    pdf,
    picture,
    word_document,
    zipped,
)

_LINK: Final = (
    b'<Relationships><Relationship Id="r1" TargetMode="External" Type="http://schemas.'
    b'openxmlformats.org/officeDocument/2006/relationships/hyperlink" '
    b'Target="https://contoh.example/"/></Relationships>'
)


def _with_attachment(document: pikepdf.Pdf) -> None:
    attach(document, "faktur.txt", b"Rp 1.000.000")


def _mp4(brand: bytes) -> bytes:
    return b"\x00\x00\x00\x18ftyp" + brand + bytes(200)


HARMLESS: Final = (
    Sample("text", lambda: b"Selamat pagi, Bu", "text/plain", "catatan.txt"),
    Sample("photo", lambda: picture("JPEG"), "image/jpeg", "IMG-20261121.jpg"),
    Sample("picture", lambda: picture("PNG"), "image/png"),
    Sample("sticker", lambda: picture("WEBP"), "image/webp"),
    Sample("large photo", lambda: picture("JPEG", 6000, 4000), "image/jpeg"),
    Sample("PDF", pdf, "application/pdf", "Surat Kuasa (final) v.2.pdf"),
    Sample("PDF with an attachment", lambda: pdf(_with_attachment), "application/pdf"),
    Sample("Word document", word_document, DOCX, "akta.docx"),
    Sample("Word document with a link", lambda: word_document(("word/_rels/d.rels", _LINK)), DOCX),
    Sample("photos in a zip", lambda: zipped(("a.jpg", picture("JPEG"))), "application/zip"),
    Sample("zip in a zip", lambda: zipped(("a.zip", zipped(("a.txt", b"halo"))))),
    Sample("large text in a zip", lambda: zipped(("log.txt", b"baris yang sama\n" * 300_000))),
    Sample("voice message", lambda: b"OggS" + bytes(200), "audio/ogg; codecs=opus"),
    Sample("recording", lambda: _mp4(b"M4A "), "audio/mp4"),
    Sample("video", lambda: _mp4(b"isom"), "video/mp4", "rekaman.mp4"),
    Sample("video of a phone", lambda: _mp4(b"3gp5"), "video/3gpp"),
    Sample("type not told", lambda: picture("PNG"), "application/octet-stream", "bukti.png"),
)
