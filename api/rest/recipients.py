"""To whom a message goes: a contact that the firm knows, and the conversation with it."""

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


def _contact_of(reading: Reading, vault: Vault, to: Recipient) -> UUID:
    if to.contact_id is not None:
        contact_id = uuid_of(to.contact_id)
        if contact_id is None:
            try:
                contact_id = identifier_of(to.contact_id, "Contact", field=("to", "contactId"))
            except InvalidId as error:
                raise InvalidInput(error.message, field=error.field) from error
        return contact_id
    phone = canonical_phone(to.phone or "")
    if phone is None:
        raise InvalidInput(
            "This is no phone number.",
            field=("to", "phone"),
            hint="Write it with country code, such as +62 812 5550 1234.",
        )
    book = ContactBook(reading.connection, vault)
    reported = ContactIdentity(phone=phone.removeprefix("+"))
    book.look_up(reading.tenant_id, [reported])
    owner: UUID | None = book.current_holder(reading.tenant_id, identities_of(reported))
    if owner is None:
        raise ContactUnknown("No contact of the firm has this phone number.", field=_TO)
    return _goes_on_in(reading, owner)


def _goes_on_in(reading: Reading, contact_id: UUID) -> UUID:
    """The contact in which one goes on that turned out to be the same person as another."""
    seen = {contact_id}
    while True:
        (card,) = reading.rows(contact_cards(reading.tenant_id, [contact_id])) or (None,)
        if card is None or card.merged_into is None or card.merged_into in seen:
            return contact_id
        contact_id = card.merged_into
        seen.add(contact_id)
