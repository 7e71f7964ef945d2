"""The words of a broadcast: written once, filled in for each recipient when it is planned."""

from collections.abc import Mapping
from typing import Final

import msgspec

from domain.automatic_text import (
    CONTACT_NAME_CHARACTERS_MAX,
    VARIABLES,
    fill,
    placeholders,
)
from domain.errors import InvalidInput
from domain.limits import NAME_CHARACTERS_MAX, Field, require_text
from domain.outbound_body import TEXT_CHARACTERS_MAX, OutboundBody, TextBody

SERVICE_CATEGORY: Final = "service"
"""How Meta counts free words inside the service window (Cloud API, pricing of messages)."""

_LONGEST_VALUES: Final = {
    "firm_name": "x" * NAME_CHARACTERS_MAX,
    "contact_name": "x" * CONTACT_NAME_CHARACTERS_MAX,
}


class TextWords(msgspec.Struct, frozen=True, kw_only=True, tag="text_words"):
    """A text with variables in braces (`{contact_name}`), for contacts with an open window."""

    text: str


BroadcastWords = TextWords
"""What can be said to many."""


def check_words(words: BroadcastWords, field: Field) -> None:
    """Raise InvalidInput unless Meta would take the words whatever is filled in."""
    require_text(words.text, (*field, "text"), characters_max=TEXT_CHARACTERS_MAX)
    unknown = placeholders(words.text) - set(VARIABLES)
    if unknown:
        raise InvalidInput(
            f"There is no variable {min(unknown)!r}; known are {', '.join(VARIABLES)}.",
            field=(*field, "text"),
        )
    if len(fill(words.text, _LONGEST_VALUES)) > TEXT_CHARACTERS_MAX:
        raise InvalidInput(
            f"With long names filled in, the text has more than {TEXT_CHARACTERS_MAX} characters.",
            field=(*field, "text"),
        )


def words_for(words: BroadcastWords, values: Mapping[str, str]) -> OutboundBody:
    """Return what one recipient is sent."""
    return TextBody(text=fill(words.text, values))


def category_of(_words: BroadcastWords) -> str:
    """Return the category by which Meta charges for such a message."""
    return SERVICE_CATEGORY


def needs_open_window(_words: BroadcastWords) -> bool:
    """Whether the words may only be sent inside the service window."""
    return True
