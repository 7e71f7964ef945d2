"""The commands on a contact: who it is, what it agreed to, whether it wants to be written to."""

import re
from datetime import datetime
from typing import Final

from domain.aggregate import Command, CommandContext
from domain.contact import (
    IDENTITIES_MAX,
    ConsentGranted,
    ConsentPurpose,
    ConsentRefused,
    ConsentText,
    ConsentWithdrawn,
    Contact,
    ContactDetails,
    ContactDetailsChanged,
    ContactIdentified,
    IdentityKind,
    MarketingResumed,
    MarketingStopped,
    OptedIn,
    OptedOut,
)
from domain.contact_standing import Blocked
from domain.errors import AlreadyExists, InvalidInput
from domain.identity import ContactId, ConversationId, MessageId
from domain.limits import REASON_CHARACTERS_MAX, Field, require_text, require_time_zone
from domain.scopes import Scope

IDENTITY_CHARACTERS_MAX: Final = 500

_E164: Final = re.compile(r"\+[0-9]{5,15}")


class IdentifyContact(Command, frozen=True, kw_only=True):
    """Begin a contact: a person wrote for the first time."""

    SCOPE = Scope.MESSAGES_INGEST
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    details: ContactDetails

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Raise AlreadyExists for a known id, InvalidInput for details out of their limits."""
        if contact.exists:
            raise AlreadyExists("There is a contact with this id already.")
        _check_details(self.details, identities_min=1)
        contact.record(ContactIdentified(contact_id=self.contact_id, content=self.details))


class ChangeContactDetails(Command, frozen=True, kw_only=True):
    """Take over all that is known of the person now.

    A contact that lost its only number to somebody else has no identity left.
    """

    SCOPE = Scope.MESSAGES_INGEST
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    details: ContactDetails

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record the details; the same details change nothing."""
        contact.must_be_known()
        _check_details(self.details, identities_min=0)
        if contact.details != self.details:
            contact.record(ContactDetailsChanged(contact_id=self.contact_id, content=self.details))


def _check_details(details: ContactDetails, *, identities_min: int) -> None:
    field: Field = ("details", "identities")
    if not identities_min <= len(details.identities) <= IDENTITIES_MAX:
        raise InvalidInput(
            f"A contact has {identities_min} to {IDENTITIES_MAX} identities.", field=field
        )
    for place, identity in enumerate(details.identities):
        here = (*field, str(place), "value")
        require_text(identity.value, here, characters_max=IDENTITY_CHARACTERS_MAX)
        if identity.kind is IdentityKind.PHONE and not _E164.fullmatch(identity.value):
            raise InvalidInput("A phone must be + and 5 to 15 digits.", field=here)


class GrantConsent(Command, frozen=True, kw_only=True):
    """Keep that the person agreed, with the exact question and answer as proof."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    purposes: tuple[ConsentPurpose, ...]
    flow_version: int
    language: str
    message_id: MessageId
    question: str
    answer: str

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record the consent; what is agreed already by the same proof changes nothing."""
        contact.must_be_known()
        _check_purposes(self.purposes)
        if contact.consents >= set(self.purposes) and self.message_id in contact.proofs:
            return
        contact.record(
            ConsentGranted(
                contact_id=self.contact_id,
                purposes=self.purposes,
                flow_version=self.flow_version,
                language=self.language,
                message_id=self.message_id,
                content=ConsentText(question=self.question, answer=self.answer),
            )
        )


class RefuseConsent(Command, frozen=True, kw_only=True):
    """Keep that the person did not agree."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    purposes: tuple[ConsentPurpose, ...]
    message_id: MessageId

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record the refusal; what is refused already changes nothing."""
        contact.must_be_known()
        _check_purposes(self.purposes)
        if contact.refused >= set(self.purposes):
            return
        contact.record(
            ConsentRefused(
                contact_id=self.contact_id, purposes=self.purposes, message_id=self.message_id
            )
        )


class WithdrawConsent(Command, frozen=True, kw_only=True):
    """Keep that the person took the consent back (UU 27/2022, article 9)."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    purposes: tuple[ConsentPurpose, ...]
    message_id: MessageId | None = None
    reason: str | None = None

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record the withdrawal; where none of the purposes was agreed, nothing changes."""
        contact.must_be_known()
        _check_purposes(self.purposes)
        _check_reason(self.reason)
        withdrawn = tuple(p for p in self.purposes if p in contact.standing.own_purposes)
        if withdrawn:
            contact.record(
                ConsentWithdrawn(
                    contact_id=self.contact_id,
                    purposes=withdrawn,
                    message_id=self.message_id,
                    reason=self.reason,
                )
            )


def _check_purposes(purposes: tuple[ConsentPurpose, ...]) -> None:
    if not purposes or len(set(purposes)) != len(purposes):
        raise InvalidInput("Name each purpose of the consent once.", field=("purposes",))


def _check_reason(reason: str | None) -> None:
    if reason is not None:
        require_text(reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)


class OptOut(Command, frozen=True, kw_only=True):
    """Send nothing to the person any more, except one confirmation."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    message_id: MessageId | None = None
    conversation_id: ConversationId | None = None
    reason: str | None = None

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record the opt-out; an opted-out contact stays as it is."""
        contact.must_be_known()
        _check_reason(self.reason)
        if Blocked.MESSAGES not in contact.standing.own_blocks:
            contact.record(
                OptedOut(
                    contact_id=self.contact_id,
                    message_id=self.message_id,
                    conversation_id=self.conversation_id,
                    reason=self.reason,
                )
            )


class OptIn(Command, frozen=True, kw_only=True):
    """Allow messages to the person again, because the person asked for it."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    message_id: MessageId | None = None
    conversation_id: ConversationId | None = None

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record the opt-in; a contact that has not opted out stays as it is."""
        contact.must_be_known()
        if contact.has_opted_out:
            contact.record(
                OptedIn(
                    contact_id=self.contact_id,
                    message_id=self.message_id,
                    conversation_id=self.conversation_id,
                )
            )


class StopMarketing(Command, frozen=True, kw_only=True):
    """Send no marketing to the person any more; other messages are not concerned.

    `decided_at` is when the person decided, by Meta's clock; `source` is where it was heard from:
    `user_preferences`, `meta_error` or `member`.
    """

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    decided_at: datetime
    source: str

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record it; an older decision than the last one changes nothing."""
        if _is_newest(contact, self.decided_at):
            contact.record(
                MarketingStopped(
                    contact_id=self.contact_id, decided_at=self.decided_at, source=self.source
                )
            )


class ResumeMarketing(Command, frozen=True, kw_only=True):
    """Take over that WhatsApp delivers marketing to the person again: no consent to anything."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    decided_at: datetime
    source: str

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record it; an older decision than the last one changes nothing."""
        if _is_newest(contact, self.decided_at):
            contact.record(
                MarketingResumed(
                    contact_id=self.contact_id, decided_at=self.decided_at, source=self.source
                )
            )


def _is_newest(contact: Contact, decided_at: datetime) -> bool:
    contact.must_be_known()
    require_time_zone(decided_at, ("decided_at",))
    last = contact.marketing_decided_at
    return last is None or decided_at > last
