"""Files that must never reach a user, by what is wrong with them."""

import io
import struct
import zipfile
import zlib
from typing import Final

import pikepdf
from pikepdf import Dictionary, Name, String

from infrastructure.media.inspection.known_bad import EICAR
from infrastructure.media.scan_check.sample import (
    DOCX,
    Sample,
    attach,
    ole_document,
    pdf,
    picture,
    word_document,
    zipped,
)

_MEGABYTE: Final = 1024 * 1024
_PROGRAM: Final = b"MZ\x90\x00" + bytes(200)
_TEMPLATE: Final = (
    b'<Relationships><Relationship Id="r1" TargetMode="External" Type="http://schemas.'
    b'openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
    b'Target="http://evil.example/t.dotm"/></Relationships>'
)
_FIELD: Final = b"<w:instrText>DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe</w:instrText>"
_SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
_RTF: Final = b"{\\rtf1{\\object\\objemb{\\*\\objdata 0105000002000000}}}"
_PDF_TYPE: Final = "application/pdf"


def _attached(content: bytes) -> bytes:
    return pdf(lambda document: attach(document, "lampiran.txt", content))


def _add_stream(document: pikepdf.Pdf, content: bytes) -> None:
    document.Root.Extra = document.make_stream(content)


def _with_action(kind: str) -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        action = Dictionary(S=Name(f"/{kind}"))
        if kind == "JavaScript":
            action.JS = String("app.alert('x')")
        document.Root.OpenAction = document.make_indirect(action)

    return pdf(change)


def _with_form() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.AcroForm = Dictionary(XFA=document.make_stream(b"<xdp/>"))

    return pdf(change)


def _locked_pdf() -> bytes:
    return pdf(encryption=pikepdf.Encryption(user="rahasia", owner="rahasia"))


def _inflating_pdf() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        packed = zlib.compress(bytes(120 * _MEGABYTE), 1)
        stream = document.make_stream(b"")
        stream.write(packed, filter=Name.FlateDecode)
        document.Root.Extra = stream

    return pdf(change, packed=False)


def _nested(levels: int) -> bytes:
    content = zipped(("halo.txt", b"halo"))
    for level in range(levels):
        content = zipped((f"{level}.zip", content))
    return content


def _repeated(members: int, size: int) -> bytes:
    content = bytes(size)
    return zipped(*((f"{number}.txt", content) for number in range(members)))


def _overlapping() -> bytes:
    """Two entries of the directory that unpack the same bytes."""
    file = bytearray(zipped(("a.txt", b"halo" * 100), ("b.txt", b"halo" * 100)))
    second = file.rindex(b"PK\x01\x02")
    file[second + 42 : second + 46] = struct.pack("<L", 0)
    return bytes(file)


def _lying_about_size() -> bytes:
    """A member that says that it unpacks to ten bytes, and does not."""
    content = bytearray(zipped(("a.txt", bytes(30 * _MEGABYTE))))
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.index(signature)
        content[start + place : start + place + 4] = struct.pack("<L", 10)
    return bytes(content)


def _locked_zip() -> bytes:
    content = bytearray(zipped(("a.txt", b"halo")))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + place] |= 1
    return bytes(content)


def _with_link() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("tautan")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return file.getvalue()


def _huge_picture() -> bytes:
    """A PNG of 40,000 by 40,000 pixels: its header is all that matters."""
    head = struct.pack(">LLBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b""))
    )


HOSTILE: Final[dict[str, tuple[Sample, ...]]] = {
    "test virus (EICAR)": (
        Sample("plain", lambda: EICAR, "text/plain", "eicar.txt"),
        Sample("at the end of a picture", lambda: picture("JPEG") + EICAR, "image/jpeg"),
        Sample("in a zip", lambda: zipped(("a.txt", EICAR)), "application/zip"),
        Sample("in a zip in a zip", lambda: zipped(("a.zip", zipped(("a.txt", EICAR))))),
        Sample("stored in a zip in a PDF", lambda: _attached(zipped(("a.txt", EICAR)))),
        Sample("attached to a PDF", lambda: _attached(EICAR), _PDF_TYPE),
        Sample("in a stream of a PDF", lambda: pdf(lambda d: _add_stream(d, EICAR)), _PDF_TYPE),
        Sample("in a Word document", lambda: word_document(("word/a.bin", EICAR)), DOCX),
        Sample(
            "in a zip in a Word document",
            lambda: word_document(("word/embeddings/a.zip", zipped(("a.txt", EICAR)))),
            DOCX,
        ),
    ),
    "unpacks without end": (
        Sample("one member of 210 MB", lambda: _repeated(1, 210 * _MEGABYTE)),
        Sample("six members of 40 MB", lambda: _repeated(6, 40 * _MEGABYTE)),
        Sample("2,000 members", lambda: _repeated(2000, 10)),
        Sample("20 levels", lambda: _nested(20)),
        Sample("members that share bytes", _overlapping),
        Sample("a size that is a lie", _lying_about_size),
        Sample("a PDF stream of 120 MB", _inflating_pdf, _PDF_TYPE),
        Sample("a picture of 1,600 megapixels", _huge_picture, "image/png"),
    ),
    "active content": (
        Sample("script in a PDF", lambda: _with_action("JavaScript"), _PDF_TYPE),
        Sample("program start in a PDF", lambda: _with_action("Launch"), _PDF_TYPE),
        Sample("dynamic form in a PDF", _with_form, _PDF_TYPE),
        Sample(
            "PDF after other bytes", lambda: b"%!PS\n" * 20 + _with_action("JavaScript"), _PDF_TYPE
        ),
        Sample("macros in Word", lambda: word_document(("word/vbaProject.bin", b"x")), DOCX),
        Sample(
            "template from outside",
            lambda: word_document(("word/_rels/settings.xml.rels", _TEMPLATE)),
            DOCX,
        ),
        Sample("DDE field", lambda: word_document(text=_FIELD), DOCX),
        Sample("ActiveX", lambda: word_document(("word/activeX/activeX1.bin", b"x")), DOCX),
        Sample("macros in old Word", lambda: ole_document("_VBA_PROJECT"), "application/msword"),
        Sample(
            "program in old Word",
            lambda: word_document(("word/embeddings/o.bin", ole_document("\x01Ole10Native"))),
            DOCX,
        ),
        Sample("object in RTF", lambda: _RTF, "application/rtf"),
    ),
    "cannot be looked into": (
        Sample("zip with a password", _locked_zip, "application/zip"),
        Sample("PDF with a password", _locked_pdf, _PDF_TYPE),
        Sample("Office with a password", lambda: ole_document("EncryptedPackage"), DOCX),
        Sample("another packing", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(90)),
        Sample("half a PDF", lambda: pdf()[:200], _PDF_TYPE),
        Sample("half a zip", lambda: zipped(("a.txt", b"halo" * 400))[:40]),
        Sample("half a picture header", lambda: picture("PNG")[:20], "image/png"),
        Sample("nothing at all", lambda: b""),
        Sample("random bytes", lambda: bytes(range(256)) * 40),
    ),
    "not what it says": (
        Sample("program as picture", lambda: _PROGRAM, "image/jpeg", "foto.jpg"),
        Sample("program for Linux", lambda: b"\x7fELF" + bytes(90)),
        Sample("shell script", lambda: b"#!/bin/sh\nrm -rf /\n", "text/plain"),
        Sample("PDF as picture", pdf, "image/jpeg", "foto.jpg"),
        Sample("web page as PDF", lambda: b"<html><script>1</script></html>", _PDF_TYPE),
        Sample("SVG as PNG", lambda: _SVG, "image/png"),
        Sample("web page", lambda: b"<html></html>", "text/html", "surat.html"),
        Sample("zip as Word document", lambda: zipped(("a.txt", b"halo")), DOCX),
        Sample("picture and zip at once", lambda: picture("JPEG") + zipped(("a", b"b"))),
        Sample("program in a zip", lambda: zipped(("faktur.pdf", _PROGRAM))),
        Sample("program by its name in a zip", lambda: zipped(("faktur.pdf.exe", b"halo"))),
    ),
    "hostile names": (
        Sample("two endings", lambda: b"halo", "text/plain", "faktur.pdf.exe"),
        Sample("letters turned round", lambda: b"halo", "text/plain", "faktur\u202efdp.exe"),
        Sample("turned round only", lambda: b"halo", "text/plain", "surat\u202egpj.txt"),
        Sample("spaces before the ending", lambda: b"halo", "text/plain", "foto.jpg      .scr"),
        Sample("dots behind the ending", lambda: b"halo", "text/plain", "foto.exe. . ."),
        Sample("leads out", lambda: b"halo", "text/plain", "../../etc/cron.d/surat.txt"),
        Sample("leads out, Windows", lambda: b"halo", "text/plain", "..\\..\\surat.txt"),
        Sample("control characters", lambda: b"halo", "text/plain", "surat\r\nX: y\x00.txt"),
        Sample("leads out of a zip", lambda: zipped(("../../surat.txt", b"halo"))),
        Sample("absolute in a zip", lambda: zipped(("/etc/surat.txt", b"halo"))),
        Sample("link in a zip", _with_link),
    ),
}
"""By what is wrong."""
