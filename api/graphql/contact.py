"""Contacts: the people who write to the firm."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from api.graphql.access import described, guarded
from api.graphql.content import ContentState, content_state, shown
from api.graphql.context import Info
from api.graphql.enums import ConsentPurpose, ConsentState
from api.graphql.ids import global_id
from api.graphql.legal_hold import LegalHold
from api.graphql.node import NOT_LOADED, Maybe, Node, related
from api.graphql.phone import masked_phone
from api.reading import Opened, OpenedState, Reading
from domain.contact import ConsentText, ContactDetails, IdentityKind
from domain.scopes import Scope
from projections.contact_card import ContactCardRow, consents_of, labels_of

LazyContact = Annotated["Contact", strawberry.lazy("api.graphql.contact")]


@strawberry.type(description="What the contact last said about one purpose.")
class Consent:
    """An entry of the contact card."""

    purpose: ConsentPurpose = strawberry.field(description="What the consent is for.")
    state: ConsentState = strawberry.field(description="What the contact said last.")
    at: datetime = strawberry.field(description="When the contact said it.")
    flow_version: int | None = strawberry.field(
        description="The published version of the words that the contact was shown."
    )
    language: str | None = strawberry.field(description="The language of those words (ISO 639-1).")


@strawberry.type(description="The record that the firm keeps of a contact.")
class ContactCard:
    """A row of the contact cards."""

    first_seen_at: datetime = strawberry.field(description="When the contact first wrote.")
    opted_out_at: datetime | None = strawberry.field(
        description="When the contact asked for no more messages; null if not."
    )
    erased_at: datetime | None = strawberry.field(
        description="When the contact's personal content was erased for ever; null if not."
    )
    consents: list[Consent] = strawberry.field(
        description="What the contact agreed to, by purpose."
    )
    marketing_stopped_at: datetime | None = strawberry.field(
        description="Since when the contact wants no marketing; null if it was not said."
    )
    labels: list[str] = strawberry.field(
        description="The firm's own labels of the contact, sorted."
    )
    version: int = strawberry.field(description="The version of the contact.")
    proof: strawberry.Private[Opened]
    row: strawberry.Private[ContactCardRow]

    @guarded(
        Scope.CONTACTS_READ,
        "The contact in which this one goes on, because they are one person. Null if none.",
    )
    def merged_into(self, info: Info) -> LazyContact | None:
        """The other contact."""
        return related(NOT_LOADED, info, "Contact", self.row.merged_into)

    @described("The legal hold that lies on the contact; null if none does.")
    def legal_hold(self, info: Info) -> LegalHold | None:
        """What keeps everything of the contact from being deleted."""
        return related(NOT_LOADED, info, "LegalHold", self.row.contact_id)

    @described("The exact question of the last consent that was given.")
    def consent_question(self, info: Info) -> str | None:
        """The words that the contact was shown."""
        return shown(info, self.proof, _question)

    @described("The exact answer with which the consent was given.")
    def consent_answer(self, info: Info) -> str | None:
        """The words of the contact."""
        return shown(info, self.proof, _answer)

    @described("Whether question and answer of the consent are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why they are shown or not."""
        return content_state(info, self.proof)


@strawberry.type(description="A person who writes to the firm.")
class Contact(Node):
    """A contact, as far as the row of a list knows it; the rest is on the card."""

    is_opted_out: bool = strawberry.field(
        description="Whether the contact asked for no more messages."
    )
    details: strawberry.Private[Opened]
    contact_id: strawberry.Private[UUID]
    loaded_card: strawberry.Private[Maybe[ContactCard]] = NOT_LOADED

    @described("The name in WhatsApp; null where it is unknown or not shown.")
    def profile_name(self, info: Info) -> str | None:
        """The name that the contact gave itself."""
        return shown(info, self.details, _profile_name)

    @described("The phone number with its middle hidden; null if unknown.")
    def masked_phone(self) -> str | None:
        """Enough to tell two contacts apart, too little to call one."""
        if self.details.state is not OpenedState.OPENED:
            return None
        return _masked_phone(self.details.value)

    @described("Whether name and words of the contact are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why the name is shown or not."""
        state = content_state(info, self.details)
        return ContentState.ERASED if state is ContentState.ABSENT else state

    @guarded(Scope.CONTACTS_READ, "The record that the firm keeps of the contact.")
    def card(self, info: Info) -> ContactCard | None:
        """The contact card."""
        return related(self.loaded_card, info, "ContactCard", self.contact_id)


def contact_card(reading: Reading, row: ContactCardRow) -> ContactCard:
    """Return the card of a contact."""
    return ContactCard(
        first_seen_at=row.first_seen_at,
        opted_out_at=row.opted_out_at,
        erased_at=row.erased_at,
        consents=[
            Consent(
                purpose=ConsentPurpose(entry.purpose),
                state=ConsentState("restricted" if entry.is_restricted else entry.state),
                at=entry.at,
                flow_version=entry.flow_version,
                language=entry.language,
            )
            for entry in consents_of(row)
        ],
        marketing_stopped_at=row.marketing_stopped_at,
        labels=labels_of(row),
        version=row.version,
        proof=reading.content(row.consent_sealed),
        row=row,
    )


def contact(
    reading: Reading, contact_id: UUID, details_sealed: bytes | None, *, is_opted_out: bool
) -> Contact:
    """Return a contact by what every list knows of it."""
    return Contact(
        id=global_id("Contact", contact_id),
        is_opted_out=is_opted_out,
        details=reading.details(details_sealed),
        contact_id=contact_id,
    )


def _profile_name(details: ContactDetails) -> str | None:
    return details.profile_name or details.username


def _masked_phone(details: ContactDetails) -> str | None:
    for identity in details.identities:
        if identity.kind is IdentityKind.PHONE:
            return masked_phone(identity.value)
    return None


def _question(text: ConsentText) -> str:
    return text.question


def _answer(text: ConsentText) -> str:
    return text.answer
