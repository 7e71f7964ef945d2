"""To whom a message goes: a contact that the firm knows, and the conversation with it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from api.errors import InvalidId
from api.graphql.context import Services
from api.graphql.ids import identifier_of, uuid_of
from api.reading import Reading
from api.rest.errors import ContactUnknown, ConversationUnknown
from domain.errors import InvalidInput
from domain.identity import TenantId
from domain.limits import Field
from domain.ports.vault import Vault
from infrastructure.whatsapp.phone_numbers import canonical_phone
from infrastructure.whatsapp.updates import ContactIdentity
from jobs.followers.contact_book import ContactBook, identities_of
from projections.contact_card import contact_cards
from projections.inbox import InboxRow
from projections.inbox_queries import conversations_of_contact

_TO = ("to",)


class Recipient(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """A contact of the firm, named by exactly one of two ways.

    `phone` in any usual writing (without country code it is Indonesian), or `contactId` as events
    and GraphQL give it.
    """

    phone: str | None = None
    contact_id: str | None = None


def conversation_of(
    services: Services, tenant_id: TenantId, to: Recipient, sender: UUID | None
) -> InboxRow:
    """Return the conversation in which the contact is written to. Waits for PostgreSQL.

    Raises InvalidInput, ContactUnknown and ConversationUnknown.
    """
    if (to.phone is None) == (to.contact_id is None):
        raise InvalidInput(
            "A recipient is named by exactly one of `phone` and `contactId`.", field=_TO
        )

    def look(reading: Reading) -> InboxRow | None:
        contact_id = _contact_of(reading, services.vault, to)
        rows = reading.rows(conversations_of_contact(tenant_id, contact_id))
        if not rows:
            raise ContactUnknown("No contact of the firm has this number or id.", field=_TO)
        wanted = [row for row in rows if sender in {None, row.sender_number_id}]
        return max(wanted, key=_last_written, default=None)

    row = services.read_models.ask(tenant_id, look)
    if row is None:
        raise ConversationUnknown("The contact never wrote to this sender number.", field=("from",))
    return row


def _last_written(row: InboxRow) -> datetime:
    return row.last_inbound_at or datetime.min.replace(tzinfo=UTC)


def contacts_of(
    services: Services, tenant_id: TenantId, people: Sequence[Recipient], field: Field
) -> list[UUID]:
    """Return the contacts that are meant, in their order, all of them looked up at once.

    Waits for PostgreSQL. Raises InvalidInput and ContactUnknown, naming the place under `field`.
    """

    def look(reading: Reading) -> list[UUID]:
        book = ContactBook(reading.connection, services.vault)
        reported = {
            place: _reported(to, (*field, str(place), "to"))
            for place, to in enumerate(people)
            if _is_by_phone(to, (*field, str(place), "to"))
        }
        book.look_up(tenant_id, reported.values())
        found = []
        for place, to in enumerate(people):
            here = (*field, str(place), "to")
            found.append(
                _holder(book, tenant_id, reported[place], here)
                if place in reported
                else _named(to.contact_id or "", here)
            )
        return _all_go_on_in(reading, found, field)

    contacts: list[UUID] = services.read_models.ask(tenant_id, look)
    return contacts


def _is_by_phone(to: Recipient, field: Field) -> bool:
    if (to.phone is None) == (to.contact_id is None):
        raise InvalidInput(
            "A recipient is named by exactly one of `phone` and `contactId`.", field=field
        )
    return to.phone is not None


def _all_go_on_in(reading: Reading, contact_ids: list[UUID], field: Field) -> list[UUID]:
    cards = reading.rows(contact_cards(reading.tenant_id, contact_ids))
    merged = {card.contact_id: card.merged_into is not None for card in cards}
    for place, contact_id in enumerate(contact_ids):
        if contact_id not in merged:
            raise ContactUnknown(
                "No contact of the firm has this number or id.", field=(*field, str(place), "to")
            )
    return [_goes_on_in(reading, one) if merged[one] else one for one in contact_ids]


def _contact_of(reading: Reading, vault: Vault, to: Recipient) -> UUID:
    if to.contact_id is not None:
        return _named(to.contact_id, _TO)
    reported = _reported(to, _TO)
    book = ContactBook(reading.connection, vault)
    book.look_up(reading.tenant_id, [reported])
    return _goes_on_in(reading, _holder(book, reading.tenant_id, reported, _TO))


def _named(written: str, field: Field) -> UUID:
    contact_id = uuid_of(written)
    if contact_id is None:
        try:
            contact_id = identifier_of(written, "Contact", field=(*field, "contactId"))
        except InvalidId as error:
            raise InvalidInput(error.message, field=error.field) from error
    return contact_id


def _reported(to: Recipient, field: Field) -> ContactIdentity:
    phone = canonical_phone(to.phone or "")
    if phone is None:
        raise InvalidInput(
            "This is no phone number.",
            field=(*field, "phone"),
            hint="Write it with country code, such as +62 812 5550 1234.",
        )
    return ContactIdentity(phone=phone.removeprefix("+"))


def _holder(
    book: ContactBook, tenant_id: TenantId, reported: ContactIdentity, field: Field
) -> UUID:
    owner: UUID | None = book.current_holder(tenant_id, identities_of(reported))
    if owner is None:
        raise ContactUnknown("No contact of the firm has this phone number.", field=field)
    return owner


def _goes_on_in(reading: Reading, contact_id: UUID) -> UUID:
    """The contact in which one goes on that turned out to be the same person as another."""
    seen = {contact_id}
    while True:
        (card,) = reading.rows(contact_cards(reading.tenant_id, [contact_id])) or (None,)
        if card is None or card.merged_into is None or card.merged_into in seen:
            return contact_id
        contact_id = card.merged_into
        seen.add(contact_id)
