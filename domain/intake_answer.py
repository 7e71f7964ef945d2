"""What a contact said, and which quick reply it means, also when it was typed."""

import re
import unicodedata
from typing import Final

import msgspec

from domain.automatic_text import reply_id
from domain.intake import AnswerOption, IntakeFlow, IntakeQuestion
from domain.message_content import (
    ButtonReplyContent,
    CallPermissionReplyContent,
    EditContent,
    ListReplyContent,
    MediaContent,
    MessageContent,
    PlaceholderContent,
    ReactionContent,
    RevokeContent,
    SystemNoticeContent,
    UnsupportedContent,
    WelcomeRequestContent,
)

ANSWER_CHARACTERS_MAX: Final = 4096


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A message as an answer: its words, the quick reply that was tapped, whether it is a file.

    `is_readable` is False for what has no words of the contact, such as a voice message; `words`
    then only names the kind of the message.
    """

    words: str
    reply_id: str | None = None
    is_file: bool = False
    is_readable: bool = True


_NO_ANSWER: Final = (
    ReactionContent,
    RevokeContent,
    EditContent,
    WelcomeRequestContent,
    SystemNoticeContent,
    CallPermissionReplyContent,
)
_FILES: Final = frozenset({"image", "video", "document"})


def said_in(content: MessageContent) -> Said | None:
    """Return what the message says as an answer, or None when it answers nothing (a reaction)."""
    if isinstance(content, _NO_ANSWER):
        return None
    words = content.in_words()[:ANSWER_CHARACTERS_MAX]
    match content:
        case ButtonReplyContent() | ListReplyContent():
            return Said(words=words, reply_id=content.reply_id)
        case MediaContent():
            caption = (content.caption or "").strip()
            return Said(
                words=caption[:ANSWER_CHARACTERS_MAX] or words,
                is_file=content.media in _FILES,
                is_readable=bool(caption),
            )
        case UnsupportedContent() | PlaceholderContent():
            return Said(words=words, is_readable=False)
        case _:
            return Said(words=words, is_readable=bool(words.strip()))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Three kinds of words, because a negation turns some of them around ("tidak setuju") and
# contradicts others ("ya tidak"): what is contradictory is not understood and asked again.
_AFFIRMATIONS: Final = _words(
    "ya yaa yah iya iyaa y yes yup ok oke okey okay baik siap betul benar"
)
_AGREEMENTS: Final = _words("setuju bersedia mau boleh silakan silahkan agree")
_EXISTENCE: Final = _words("ada punya")
_NEGATIONS: Final = _words("tidak tdk tak ga gak gk nggak ngga enggak engga no not nope jangan")
_POLITE_WORDS: Final = _words(
    "saya sy aku i do kak pak bapak bu ibu mas mbak min admin dong deh saja aja kok sih sudah "
    "mohon maaf terima kasih terimakasih makasih thanks"
)
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_NUMBER: Final = re.compile(r"(?:no|nomor|nomer|pilihan|opsi)?\s*([1-9])")


def normalised(text: str) -> str:
    """Return the text in lower case with single spaces and neither punctuation nor emoji."""
    letters = "".join(
        character if character.isalnum() else " "
        for character in unicodedata.normalize("NFKC", text).casefold()
    )
    return " ".join(letters.split())


def yes_or_no(text: str, *, agreements: frozenset[str] = _AGREEMENTS | _EXISTENCE) -> bool | None:
    """Return what a short typed answer means, or None when it is neither clearly yes nor no."""
    tokens = {_STRETCHED.sub(r"\1", token) for token in normalised(text).split()}
    said_no = bool(tokens & _NEGATIONS)
    affirmed = bool(tokens & _AFFIRMATIONS)
    known = _AFFIRMATIONS | agreements | _NEGATIONS | _POLITE_WORDS
    if not tokens <= known or (said_no and affirmed):
        return None
    if said_no:
        return False
    return True if affirmed or tokens & agreements else None


def matching_option(question: IntakeQuestion, said: Said) -> AnswerOption | None:
    """Return the option that was tapped or typed: by id, title, number, or a word of yes or no.

    Such words stand for the options with the ids `yes` and `no`. A quick reply of another question
    matches nothing, whatever its title.
    """
    option = _named_option(question, said)
    if option is not None or said.reply_id is not None or not said.is_readable:
        return option
    return _option(question, yes="yes", no="no", meant=yes_or_no(said.words))


def consent_option(flow: IntakeFlow, said: Said) -> AnswerOption | None:
    """Return what a message says to the consent question: as `matching_option`, but stricter.

    That something exists ("ada") is no consent.
    """
    option = _named_option(flow.consent, said)
    if option is not None or said.reply_id is not None or not said.is_readable:
        return option
    meant = yes_or_no(said.words, agreements=_AGREEMENTS)
    return _option(flow.consent, yes=flow.consent_yes, no=flow.consent_no, meant=meant)


def _option(
    question: IntakeQuestion, *, yes: str, no: str, meant: bool | None
) -> AnswerOption | None:
    if meant is None:
        return None
    wanted = yes if meant else no
    return next((option for option in question.options if option.id == wanted), None)


def _named_option(question: IntakeQuestion, said: Said) -> AnswerOption | None:
    options = question.options
    if said.reply_id is not None:
        for option in options:
            if said.reply_id in {reply_id(question, option), option.id}:
                return option
        return None
    text = normalised(said.words) if said.is_readable else ""
    for option in options:
        if text and text == normalised(option.title):
            return option
    number = _NUMBER.fullmatch(text)
    if number and int(number[1]) <= len(options):
        return options[int(number[1]) - 1]
    return None
