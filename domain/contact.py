"""A contact: the person who writes to the firm, with identities, consent and opt-out."""

import re
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.contact_labels import ContactLabelled, ContactUnlabelled
from domain.errors import AlreadyExists, HubError, InvalidInput
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import ContactId, ConversationId, EventId, MessageId
from domain.limits import Field, require_text
from domain.scopes import Scope


class IdentityKind(StrEnum):
    """Identities of equal rank (Cloud API reference, section 4.1)."""

    PHONE = "phone"
    BSUID = "bsuid"
    PARENT_BSUID = "parent_bsuid"


class ContactIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """One identity: a phone in E.164 with `+`, or a business-scoped user id, complete."""

    kind: IdentityKind
    value: str


class ContactDetails(msgspec.Struct, frozen=True, kw_only=True, tag="contact_details"):
    """What is known of the person: personal content."""

    identities: tuple[ContactIdentity, ...]
    profile_name: str | None = None
    username: str | None = None


class ConsentPurpose(StrEnum):
    """What a consent is for; each purpose is asked and kept separately (UU 27/2022, article 22)."""

    INTAKE = "intake"
    ASSISTANCE = "assistance"


class ContactIdentified(PersonalEvent, frozen=True, kw_only=True):
    """A person wrote for the first time."""

    TOPIC: ClassVar[str] = "contact.identified.v1"
    CONTENT: ClassVar[type] = ContactDetails

    contact_id: ContactId
    content: ContactDetails | Sealed | Erased | UnsetType = UNSET


class ContactDetailsChanged(PersonalEvent, frozen=True, kw_only=True):
    """Another identity, profile name or username of the person became known.

    `content` holds all that is known now.
    """

    TOPIC: ClassVar[str] = "contact.details_changed.v1"
    CONTENT: ClassVar[type] = ContactDetails

    contact_id: ContactId
    content: ContactDetails | Sealed | Erased | UnsetType = UNSET


class ConsentText(msgspec.Struct, frozen=True, kw_only=True, tag="consent_text"):
    """The exact text that the person was shown and the exact answer."""

    question: str
    answer: str


class ConsentGranted(PersonalEvent, frozen=True, kw_only=True):
    """The person agreed.

    Flow version, language and the message that proves it are kept (UU 27/2022, articles 22, 24).
    """

    TOPIC: ClassVar[str] = "contact.consent_granted.v1"
    CONTENT: ClassVar[type] = ConsentText

    contact_id: ContactId
    purposes: tuple[ConsentPurpose, ...]
    flow_version: int
    language: str
    message_id: MessageId
    content: ConsentText | Sealed | Erased | UnsetType = UNSET


class ConsentRefused(Event, frozen=True, kw_only=True):
    """The person did not agree; a human takes over and the assistant stays out."""

    TOPIC: ClassVar[str] = "contact.consent_refused.v1"

    contact_id: ContactId
    purposes: tuple[ConsentPurpose, ...]
    message_id: MessageId


class ConsentWithdrawn(Event, frozen=True, kw_only=True):
    """The person took the consent back."""

    TOPIC: ClassVar[str] = "contact.consent_withdrawn.v1"

    contact_id: ContactId
    purposes: tuple[ConsentPurpose, ...]
    message_id: MessageId | None = None


class OptedOut(Event, frozen=True, kw_only=True):
    """The person asked for no more messages. Nothing is sent after this except one confirmation."""

    TOPIC: ClassVar[str] = "contact.opted_out.v1"

    contact_id: ContactId
    message_id: MessageId | None = None
    conversation_id: ConversationId | None = None


class OptedIn(Event, frozen=True, kw_only=True):
    """The person asked to be written to again."""

    TOPIC: ClassVar[str] = "contact.opted_in.v1"

    contact_id: ContactId
    message_id: MessageId | None = None
    conversation_id: ConversationId | None = None


class ContactErased(Event, frozen=True, kw_only=True):
    """The keys of the person were destroyed; all personal content reads as erased."""

    TOPIC: ClassVar[str] = "contact.erased.v1"

    contact_id: ContactId
    requested_by: EventId | None = None


IDENTITIES_MAX: Final = 20
IDENTITY_CHARACTERS_MAX: Final = 500

_E164: Final = re.compile(r"\+[0-9]{5,15}")


class ContactIsErased(HubError):
    """The personal content of the contact was erased for ever."""

    code = "CONTACT_IS_ERASED"
    hint = "If the person writes again, a new contact begins."


class Contact(Aggregate):
    """The contact as its events have made it. `details` is None when unknown or erased."""

    NOUN = "contact"
    EVENTS = (
        ContactIdentified,
        ContactDetailsChanged,
        ConsentGranted,
        ConsentRefused,
        ConsentWithdrawn,
        OptedOut,
        OptedIn,
        ContactLabelled,
        ContactUnlabelled,
        ContactErased,
    )

    details: ContactDetails | None = None
    has_opted_out: bool = False
    is_erased: bool = False

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.consents: frozenset[ConsentPurpose] = frozenset()
        self.proofs: frozenset[MessageId] = frozenset()
        self.labels: frozenset[str] = frozenset()

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case ContactIdentified() | ContactDetailsChanged():
                content = event.content
                self.details = content if isinstance(content, ContactDetails) else None
            case ConsentGranted():
                self.consents |= set(event.purposes)
                self.proofs |= {event.message_id}
            case ConsentRefused() | ConsentWithdrawn():
                self.consents -= set(event.purposes)
            case OptedOut():
                self.has_opted_out = True
            case OptedIn():
                self.has_opted_out = False
            case ContactLabelled():
                self.labels |= set(event.labels)
            case ContactUnlabelled():
                self.labels -= set(event.labels)
            case ContactErased():
                self.is_erased = True
                self.details = None

    def has_consented(self, purpose: ConsentPurpose) -> bool:
        """Whether the contact agreed to this purpose and has not taken it back."""
        return purpose in self.consents and not self.is_erased

    def must_be_known(self) -> None:
        """Raise NotFound or ContactIsErased unless the contact is known."""
        self.must_exist()
        if self.is_erased:
            raise ContactIsErased("The contact was erased.")


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
        _check_details(self.details)
        contact.record(ContactIdentified(contact_id=self.contact_id, content=self.details))


class ChangeContactDetails(Command, frozen=True, kw_only=True):
    """Take over all that is known of the person now."""

    SCOPE = Scope.MESSAGES_INGEST
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    details: ContactDetails

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record the details; the same details change nothing."""
        contact.must_be_known()
        _check_details(self.details)
        if contact.details != self.details:
            contact.record(ContactDetailsChanged(contact_id=self.contact_id, content=self.details))


def _check_details(details: ContactDetails) -> None:
    field: Field = ("details", "identities")
    if not 1 <= len(details.identities) <= IDENTITIES_MAX:
        raise InvalidInput(f"A contact has 1 to {IDENTITIES_MAX} identities.", field=field)
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
        """Record the refusal."""
        contact.must_be_known()
        _check_purposes(self.purposes)
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

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record the withdrawal; where none of the purposes was agreed, nothing changes."""
        contact.must_be_known()
        _check_purposes(self.purposes)
        withdrawn = tuple(p for p in self.purposes if p in contact.consents)
        if withdrawn:
            contact.record(
                ConsentWithdrawn(
                    contact_id=self.contact_id, purposes=withdrawn, message_id=self.message_id
                )
            )


def _check_purposes(purposes: tuple[ConsentPurpose, ...]) -> None:
    if not purposes or len(set(purposes)) != len(purposes):
        raise InvalidInput("Name each purpose of the consent once.", field=("purposes",))


class OptOut(Command, frozen=True, kw_only=True):
    """Send nothing to the person any more, except one confirmation."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    message_id: MessageId | None = None
    conversation_id: ConversationId | None = None

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record the opt-out; an opted-out contact stays as it is."""
        contact.must_be_known()
        if not contact.has_opted_out:
            contact.record(
                OptedOut(
                    contact_id=self.contact_id,
                    message_id=self.message_id,
                    conversation_id=self.conversation_id,
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
