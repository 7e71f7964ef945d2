"""Bodies without words of their own: a place, contact cards, a reaction to a message."""

import math
import unicodedata
from typing import Final

import msgspec

from domain.errors import InvalidInput
from domain.limits import Field, require_text

PLACE_WORDS_CHARACTERS_MAX: Final = 1000
LATITUDE_DEGREES_MAX: Final = 90.0
LONGITUDE_DEGREES_MAX: Final = 180.0
CARDS_MAX: Final = 10
CARD_ENTRIES_MAX: Final = 10
CARD_WORDS_CHARACTERS_MAX: Final = 256
EMOJI_CHARACTERS_MAX: Final = 16

_LATIN_SIGNS_END: Final = 0xA8
_EMOJI_CATEGORIES: Final = frozenset({"So", "Sk", "Sm", "Po", "Nd", "Mn", "Me", "Cf", "Co"})


class LocationBody(msgspec.Struct, frozen=True, kw_only=True, tag="location", omit_defaults=True):
    """A place in degrees north and east, with a name and an address of at most 1000 characters."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class CardEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A phone number or an address of mail on a card; `label` is Meta's type, such as WORK."""

    value: str
    label: str = ""


class OutboundCard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contact card: the name as it is shown, and at least one way to reach the person."""

    name: str
    phones: tuple[CardEntry, ...] = ()
    emails: tuple[CardEntry, ...] = ()
    organisation: str = ""
    title: str = ""


class CardsBody(msgspec.Struct, frozen=True, kw_only=True, tag="cards"):
    """One to ten contact cards."""

    cards: tuple[OutboundCard, ...]


class ReactionBody(msgspec.Struct, frozen=True, kw_only=True, tag="reaction"):
    """An emoji on the message that is answered; the empty text takes an earlier one away."""

    emoji: str


def place_words(body: LocationBody) -> str:
    """Return a place as a person reads it."""
    named = ", ".join(part for part in (body.name, body.address) if part)
    degrees = f"{body.latitude:.6f}, {body.longitude:.6f}"
    return f"📍 {named} ({degrees})" if named else f"📍 {degrees}"


def card_words(body: CardsBody) -> str:
    """Return contact cards as a person reads them, one line each."""
    lines = []
    for card in body.cards:
        ways = ", ".join(entry.value for entry in (*card.phones, *card.emails))
        lines.append(f"👤 {card.name}: {ways}")
    return "\n".join(lines)


def reaction_words(body: ReactionBody) -> str:
    """Return a reaction as a person reads it."""
    return f"Reaction: {body.emoji}" if body.emoji else "Reaction taken away"


def check_location(body: LocationBody, field: Field) -> None:
    """Raise InvalidInput for a place that is not on the globe or has too long a name."""
    for name, value, degrees_max in (
        ("latitude", body.latitude, LATITUDE_DEGREES_MAX),
        ("longitude", body.longitude, LONGITUDE_DEGREES_MAX),
    ):
        if not math.isfinite(value) or abs(value) > degrees_max:
            raise InvalidInput(
                f"{name} must be from -{degrees_max:.0f} to {degrees_max:.0f} degrees.",
                field=(*field, name),
            )
    for name, words in (("name", body.name), ("address", body.address)):
        require_text(
            words, (*field, name), characters_max=PLACE_WORDS_CHARACTERS_MAX, is_optional=True
        )
    if body.address and not body.name:
        raise InvalidInput(
            "WhatsApp shows an address only below a name.",
            field=(*field, "name"),
            hint="Give the place a name.",
        )


def check_cards(body: CardsBody, field: Field) -> None:
    """Raise InvalidInput for a card that WhatsApp would refuse or that reaches nobody."""
    here = (*field, "cards")
    if not 1 <= len(body.cards) <= CARDS_MAX:
        raise InvalidInput(f"1 to {CARDS_MAX} cards are allowed.", field=here)
    for place, card in enumerate(body.cards):
        _check_card(card, (*here, str(place)))


def _check_card(card: OutboundCard, field: Field) -> None:
    require_text(card.name, (*field, "name"), characters_max=CARD_WORDS_CHARACTERS_MAX)
    for name, words in (("organisation", card.organisation), ("title", card.title)):
        require_text(
            words, (*field, name), characters_max=CARD_WORDS_CHARACTERS_MAX, is_optional=True
        )
    entries = {"phones": card.phones, "emails": card.emails}
    if not any(entries.values()):
        raise InvalidInput("A card needs a phone number or an address.", field=(*field, "phones"))
    for name, values in entries.items():
        if len(values) > CARD_ENTRIES_MAX:
            raise InvalidInput(f"At most {CARD_ENTRIES_MAX} are allowed.", field=(*field, name))
        for place, entry in enumerate(values):
            here = (*field, name, str(place))
            require_text(entry.value, (*here, "value"), characters_max=CARD_WORDS_CHARACTERS_MAX)
            require_text(
                entry.label,
                (*here, "label"),
                characters_max=CARD_WORDS_CHARACTERS_MAX,
                is_optional=True,
            )


def check_reaction(body: ReactionBody, field: Field) -> None:
    """Raise InvalidInput unless the reaction is one emoji, or empty."""
    here = (*field, "emoji")
    require_text(body.emoji, here, characters_max=EMOJI_CHARACTERS_MAX, is_optional=True)
    is_emoji = all(unicodedata.category(each) in _EMOJI_CATEGORIES for each in body.emoji)
    has_picture = any(ord(each) > _LATIN_SIGNS_END for each in body.emoji)
    if body.emoji and not (is_emoji and has_picture):
        raise InvalidInput("A reaction is one emoji, such as 👍.", field=here)
