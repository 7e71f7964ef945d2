"""Contact cards that somebody shares; every member of a card may be missing."""

from typing import Any, Final

from domain.message_content import CardPhone, ContactCard, ContactsContent, MessageContent
from infrastructure.whatsapp.decoding import JsonObject
from infrastructure.whatsapp.members import as_items, as_object, filled_text, phone_digits

_ANSWER_TO_REQUEST: Final = "contact_request"
_EMPTY_CARD: Final = ContactCard()
_ADDRESS_MEMBERS: Final = ("street", "city", "state", "zip", "country")


def contacts_content(message: JsonObject) -> MessageContent | None:
    """Return the shared cards. `origin` stands beside the cards or inside one: sources differ."""
    contacts = [as_object(contact) for contact in as_items(message.get("contacts"))]
    cards = tuple(card for card in map(_card, contacts) if card != _EMPTY_CARD)
    if not cards:
        return None
    origins = [message.get("origin"), *(contact.get("origin") for contact in contacts)]
    return ContactsContent(
        cards=cards,
        is_answer_to_request=_ANSWER_TO_REQUEST in origins,
    )


def _card(card: JsonObject) -> ContactCard:
    organisation = as_object(card.get("org"))
    return ContactCard(
        name=_name(as_object(card.get("name"))),
        phones=tuple(_phone(phone) for phone in map(as_object, as_items(card.get("phones")))),
        emails=_members(card.get("emails"), "email"),
        addresses=tuple(
            written
            for address in map(as_object, as_items(card.get("addresses")))
            if (written := _address(address))
        ),
        links=_members(card.get("urls"), "url"),
        organisation=filled_text(organisation.get("company")),
        job_title=filled_text(organisation.get("title")),
        birthday=filled_text(card.get("birthday")),
        vcard=filled_text(card.get("vcard")),
    )


def _name(name: JsonObject) -> str | None:
    formatted = filled_text(name.get("formatted_name"))
    if formatted is not None:
        return formatted
    parts = (filled_text(name.get(part)) for part in ("first_name", "middle_name", "last_name"))
    return " ".join(part for part in parts if part) or None


def _phone(phone: JsonObject) -> CardPhone:
    return CardPhone(
        number=filled_text(phone.get("phone")),
        whatsapp_id=phone_digits(phone.get("wa_id")),
        label=filled_text(phone.get("type")),
    )


def _address(address: JsonObject) -> str:
    parts = (filled_text(address.get(member)) for member in _ADDRESS_MEMBERS)
    return ", ".join(part for part in parts if part)


def _members(items: Any, name: str) -> tuple[str, ...]:
    found = (filled_text(as_object(item).get(name)) for item in as_items(items))
    return tuple(value for value in found if value)
