"""Why a file that somebody of the firm brings is refused, each with its words."""

from collections.abc import Mapping
from typing import ClassVar, Final

from api.errors import RequestRefused
from domain.errors import HubError
from domain.ports.media_inspector import Verdict

Words = tuple[str, str]
"""What is true, and what can be done about it."""

_VERDICTS: Final[Mapping[Verdict, Words]] = {
    Verdict.INFECTED: (
        "The file is known to be harmful. It was not kept and cannot be sent.",
        "Do not open it; tell whoever looks after the computer that it came from.",
    ),
    Verdict.SUSPICIOUS: (
        "The file holds what can do harm, or is not what it says it is. It was not kept.",
        "Save it as a plain PDF, or as JPEG or PNG, and bring that.",
    ),
    Verdict.UNSCANNABLE: (
        "The file cannot be looked into, so nobody can say that it is harmless. It was not kept.",
        "Bring it without a password, in one piece, as a PDF or photo.",
    ),
    Verdict.CLEAN: (
        "WhatsApp does not take this file. It was not kept.",
        "Save it as PDF, JPEG, PNG, MP4 or a document of Word, Excel or PowerPoint.",
    ),
}

_REASONS: Final[Mapping[str, Words]] = {
    "encrypted": (
        "The file is protected by a password, so it cannot be looked into. It was not kept.",
        "Bring it without a password.",
    ),
    "macros": (
        "The document holds macros (small programs). It was not kept.",
        "Save it as a PDF and bring that.",
    ),
    "type_differs": (
        "The file is not of the type that it was declared as. It was not kept.",
        "Send the header Content-Type of its real type, or application/octet-stream.",
    ),
    "hostile_name": (
        "The name of the file hides what it is. It was not kept.",
        "Rename the file.",
    ),
    "empty": ("The file is empty.", "Choose another file."),
    "voice_codec": (
        "WhatsApp plays Ogg recordings only in the codec Opus. It was not kept.",
        "Record it again as Opus, or bring an MP3 or M4A.",
    ),
    "sticker_too_large": (
        "A sticker that does not move may have at most 100 KB. It was not kept.",
        "Make it smaller.",
    ),
}


def upload_words(reason: str, verdict: Verdict) -> Words:
    """Return the words for a stable reason."""
    return _REASONS.get(reason) or _VERDICTS[verdict]


class FileRefused(HubError):
    """A scanner does not let the file pass. `code` tells its verdict, `reason` the finding."""

    code: ClassVar[str] = "FILE_REFUSED"

    def __init__(self, reason: str, verdict: Verdict) -> None:
        words, next_step = upload_words(reason, verdict)
        super().__init__(words, hint=next_step)
        self.reason = reason


class FileTooLarge(RequestRefused):
    """The file has more bytes than WhatsApp takes of its kind."""

    code = "FILE_TOO_LARGE"
    hint = "Make it smaller, or send it in parts."
    status = 413
    headers = ((b"connection", b"close"),)


class TooManyUploads(RequestRefused):
    """As many files are being taken in as this process can look into at a time."""

    code = "TOO_MANY_UPLOADS"
    hint = "Send the file again in a moment; the header Retry-After tells when."
    status = 503


class ScannerAway(RequestRefused):
    """A scanner that must look at every file cannot be asked now."""

    code = "SCANNER_UNAVAILABLE"
    hint = "Send the file again in a moment; `hub doctor` tells the operator what is missing."
    status = 503


class UploadTooSlow(RequestRefused):
    """The bytes of the file stopped coming."""

    code = "UPLOAD_TOO_SLOW"
    hint = "Check the connection and send the file again."
    status = 408
    headers = ((b"connection", b"close"),)
