"""Automatic words: published by a human, filled in with declared variables, and nothing else."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from domain.intake import AnswerOption, IntakeQuestion
from domain.outbound_body import ButtonsBody, OutboundBody, ReplyButton, TextBody

VARIABLES: Final = ("firm_name", "contact_name")
"""The variables that this version can fill in."""

CONTACT_NAME_CHARACTERS_MAX: Final = 60
CONTACT_WITHOUT_NAME: Final = "Bapak/Ibu"
"""How a contact without a name is addressed."""

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


def placeholders(text: str) -> frozenset[str]:
    """Return the names that stand in braces in `text`."""
    return frozenset(_PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with its variables filled in, in one pass: a value is never filled in again.

    Names without a value stay as they are; publishing refuses texts with such names.
    """
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def addressed_name(profile_name: str | None) -> str:
    """Return how the contact is addressed: its profile name as one short line, or a polite word.

    The profile name is the contact's own input, so line breaks, control and direction characters
    are left out.
    """
    words = (profile_name or "")[: CONTACT_NAME_CHARACTERS_MAX * 4]
    if not words.isprintable():
        words = "".join(
            " " if character.isspace() else character
            for character in words
            if character.isspace() or unicodedata.category(character)[0] != "C"
        )
    name = " ".join(words.split())[:CONTACT_NAME_CHARACTERS_MAX].rstrip()
    return name or CONTACT_WITHOUT_NAME


def reply_id(question: IntakeQuestion, option: AnswerOption) -> str:
    """Return the id of the quick reply, which also says which question it answers."""
    return f"{question.key}:{option.id}"


def question_body(question: IntakeQuestion, values: Mapping[str, str]) -> OutboundBody:
    """Return the question as it is sent: with quick replies when it has options."""
    text = fill(question.text, values)
    if not question.options:
        return TextBody(text=text)
    return ButtonsBody(
        text=text,
        buttons=tuple(
            ReplyButton(id=reply_id(question, option), title=option.title)
            for option in question.options
        ),
    )
