"""Why a file cannot be opened, in words for a person."""

from typing import Final

from api.media.refusals import upload_words
from domain.ports.media_inspector import Verdict

Words = tuple[str, str | None]
"""What is true, and what can be done about it."""

_ASK_AGAIN: Final = "Ask the contact to send it again."
_TRY_AGAIN: Final = "Let it be fetched again within seven days of the message."

_VERDICTS: Final[dict[Verdict, Words]] = {
    Verdict.INFECTED: (
        "The file is known to be harmful. It was not kept and nobody saw it.",
        "Tell the contact, by another way if possible, that its device may be infected.",
    ),
    Verdict.SUSPICIOUS: (
        "The file holds what can do harm, or is not what it says it is. It was not kept.",
        "Ask the contact for a plain PDF or a photo of it.",
    ),
    Verdict.UNSCANNABLE: (
        "The file cannot be looked into, so nobody can say that it is harmless. It was not kept.",
        "Ask the contact to send it without a password, in one piece, as a PDF or photo.",
    ),
}

_REASONS: Final[dict[str, Words]] = {
    "encrypted": (
        "The file is protected by a password, so it cannot be looked into. It was not kept.",
        "Ask the contact to send it without a password.",
    ),
    "macros": (
        "The document holds macros (small programs). It was not kept.",
        "Ask the contact to save it as a PDF and send that.",
    ),
    "expired": (
        "WhatsApp kept the file for seven days and no longer has it.",
        "Ask the contact to send it again, or look for it in the WhatsApp app of the firm's phone.",
    ),
    "erased": ("The contact was erased, and the file with it.", None),
    "no_file_announced": ("The message names no file that could be fetched.", _ASK_AGAIN),
    "too_large": ("The file is larger than 100 MB.", "Ask the contact to send it in parts."),
    "address_refused": (
        "The address of the file is not one of Meta's, so it was not called.",
        "Ask the operator of the hub to look at HUB_MEDIA_HOSTS.",
    ),
    "digest_differs": ("The bytes that came are not those that were announced.", _TRY_AGAIN),
    "access_denied": (
        "Meta does not let the number fetch the file.",
        "Renew the access token of the number, then let the file be fetched again.",
    ),
    "access_token_missing": (
        "There is no access token for the number.",
        "Connect the number again with its access token.",
    ),
    "retention_ended": ("It was deleted at the end of the firm's period of retention.", None),
}

_FAILED: Final[Words] = ("The file could not be fetched from WhatsApp.", _TRY_AGAIN)


def media_words(reason: str, verdict: Verdict | None, *, is_ours: bool = False) -> Words:
    """Return the words for a stable reason, which may say after how many attempts.

    `is_ours` for a file that somebody of the firm brought.
    """
    if is_ours and verdict is not None:
        return upload_words(reason, verdict)
    plain = reason.partition("_after_")[0]
    if plain in _REASONS:
        return _REASONS[plain]
    return _FAILED if verdict is None else _VERDICTS.get(verdict, _FAILED)
