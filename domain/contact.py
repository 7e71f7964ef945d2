"""A contact: the person who writes to the firm, with identities, consent and opt-out."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate
from domain.contact_labels import ContactLabelled, ContactUnlabelled
from domain.contact_standing import Blocked, ContactStanding
from domain.errors import HubError
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import ContactId, ConversationId, EventId, MessageId


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
    reason: str | None = None


class OptedOut(Event, frozen=True, kw_only=True):
    """The person asked for no more messages. Nothing is sent after this except one confirmation.

    `reason` is a member's, where the person said it outside the chat (also for withdrawals).
    """

    TOPIC: ClassVar[str] = "contact.opted_out.v1"

    contact_id: ContactId
    message_id: MessageId | None = None
    conversation_id: ConversationId | None = None
    reason: str | None = None


class OptedIn(Event, frozen=True, kw_only=True):
    """The person asked to be written to again."""

    TOPIC: ClassVar[str] = "contact.opted_in.v1"

    contact_id: ContactId
    message_id: MessageId | None = None
    conversation_id: ConversationId | None = None


class MarketingStopped(Event, frozen=True, kw_only=True):
    """The person wants no more marketing: by WhatsApp's setting, or told by Meta's error 131050.

    `decided_at` is Meta's time; of several decisions the newest counts, whatever their order.
    """

    TOPIC: ClassVar[str] = "contact.marketing_stopped.v1"

    contact_id: ContactId
    decided_at: datetime
    source: str


class MarketingResumed(Event, frozen=True, kw_only=True):
    """WhatsApp delivers marketing to the person again. It is no consent to anything."""

    TOPIC: ClassVar[str] = "contact.marketing_resumed.v1"

    contact_id: ContactId
    decided_at: datetime
    source: str


class MergeReason(StrEnum):
    """Why two contacts are taken for one person."""

    NUMBER_CHANGED = "number_changed"
    PHONE_REVEALED = "phone_revealed"
    MEMBER_DECIDED = "member_decided"


class ContactMerged(Event, frozen=True, kw_only=True):
    """Another contact is the same person and goes on in this one. Its events stay its own.

    `other_blocks` and `other_consents` are what the other one had forbidden and agreed to;
    `opted_out`, `marketing_stopped` and `consents` are what counts from now on: the stricter.
    """

    TOPIC: ClassVar[str] = "contact.merged.v1"

    contact_id: ContactId
    absorbed_contact_id: ContactId
    reason: MergeReason
    other_blocks: tuple[Blocked, ...]
    other_consents: tuple[ConsentPurpose, ...]
    opted_out: bool
    marketing_stopped: bool
    consents: tuple[ConsentPurpose, ...]


class ContactAbsorbed(Event, frozen=True, kw_only=True):
    """The contact is the same person as another one, in which it goes on from now on."""

    TOPIC: ClassVar[str] = "contact.absorbed.v1"

    contact_id: ContactId
    into_contact_id: ContactId
    other_blocks: tuple[Blocked, ...]
    other_consents: tuple[ConsentPurpose, ...]
    opted_out: bool
    marketing_stopped: bool
    consents: tuple[ConsentPurpose, ...]


class ContactSeparated(Event, frozen=True, kw_only=True):
    """A merge was undone: the contact and the other one are two people, or are kept as two.

    Stands in both contacts. What was forbidden while they were one stays forbidden for both.
    """

    TOPIC: ClassVar[str] = "contact.separated.v1"

    contact_id: ContactId
    from_contact_id: ContactId
    opted_out: bool
    marketing_stopped: bool
    consents: tuple[ConsentPurpose, ...]


class ContactErased(Event, frozen=True, kw_only=True):
    """The keys of the person were destroyed; all personal content reads as erased."""

    TOPIC: ClassVar[str] = "contact.erased.v1"

    contact_id: ContactId
    requested_by: EventId | None = None


IDENTITIES_MAX: Final = 20


class ContactIsErased(HubError):
    """The personal content of the contact was erased for ever."""

    code = "CONTACT_IS_ERASED"
    hint = "If the person writes again, a new contact begins."


class Contact(Aggregate):
    """The contact as its events have made it. `details` is None when unknown or erased.

    `absorbed` are the contacts that go on in this one, `identities_before` what this one was known
    by before each of them, `merged_into` the contact in which this one goes on.
    """

    NOUN = "contact"
    EVENTS = (
        ContactIdentified,
        ContactDetailsChanged,
        ConsentGranted,
        ConsentRefused,
        ConsentWithdrawn,
        OptedOut,
        OptedIn,
        MarketingStopped,
        MarketingResumed,
        ContactMerged,
        ContactAbsorbed,
        ContactSeparated,
        ContactLabelled,
        ContactUnlabelled,
        ContactErased,
    )

    details: ContactDetails | None = None
    is_erased: bool = False
    marketing_decided_at: datetime | None = None
    merged_into: ContactId | None = None

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.standing: ContactStanding[ConsentPurpose] = ContactStanding()
        self.refused: frozenset[ConsentPurpose] = frozenset()
        self.proofs: frozenset[MessageId] = frozenset()
        self.labels: frozenset[str] = frozenset()
        self.absorbed: tuple[ContactId, ...] = ()
        self.identities_before: dict[ContactId, tuple[ContactIdentity, ...]] = {}

    @property
    def consents(self) -> frozenset[ConsentPurpose]:
        """What the person agreed to, under each of the contacts that it is known as."""
        return self.standing.purposes

    @property
    def has_opted_out(self) -> bool:
        """Whether the person asked for no more messages, under whichever contact."""
        return Blocked.MESSAGES in self.standing.blocks

    @property
    def has_stopped_marketing(self) -> bool:
        """Whether the person wants no marketing, under whichever contact."""
        return Blocked.MARKETING in self.standing.blocks

    @property
    def joined_with(self) -> tuple[ContactId, ...]:
        """The contacts that are the same person: those that go on here, and where this one does."""
        return tuple(ContactId(other) for other in self.standing.others)

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case ContactIdentified() | ContactDetailsChanged():
                content = event.content
                self.details = content if isinstance(content, ContactDetails) else None
            case ContactLabelled():
                self.labels |= set(event.labels)
            case ContactUnlabelled():
                self.labels -= set(event.labels)
            case ContactErased():
                self.is_erased = True
                self.details = None
            case ContactMerged() | ContactAbsorbed() | ContactSeparated():
                self._apply_link(event)
            case _:
                self._apply_word(event)

    def _apply_word(self, event: Event) -> None:
        """What the person said about being written to."""
        match event:
            case ConsentGranted():
                self.standing.grant(frozenset(event.purposes))
                self.refused -= set(event.purposes)
                self.proofs |= {event.message_id}
            case ConsentRefused() | ConsentWithdrawn():
                self.standing.take_back(frozenset(event.purposes))
                self.refused |= set(event.purposes)
            case OptedOut():
                self.standing.block(Blocked.MESSAGES)
            case OptedIn():
                self.standing.lift(Blocked.MESSAGES)
            case MarketingStopped():
                self.standing.block(Blocked.MARKETING)
                self.marketing_decided_at = event.decided_at
            case MarketingResumed():
                self.standing.lift(Blocked.MARKETING)
                self.marketing_decided_at = event.decided_at

    def _apply_link(self, event: ContactMerged | ContactAbsorbed | ContactSeparated) -> None:
        match event:
            case ContactMerged():
                known = self.details.identities if self.details else ()
                self.identities_before[event.absorbed_contact_id] = known
                self.absorbed = (*self.absorbed, event.absorbed_contact_id)
                self._join(event.absorbed_contact_id, event)
            case ContactAbsorbed():
                self.merged_into = event.into_contact_id
                self._join(event.into_contact_id, event)
            case ContactSeparated():
                self.standing.part(event.from_contact_id)
                self.absorbed = tuple(one for one in self.absorbed if one != event.from_contact_id)
                if self.merged_into == event.from_contact_id:
                    self.merged_into = None

    def _join(self, other: ContactId, event: ContactMerged | ContactAbsorbed) -> None:
        consents = frozenset(event.other_consents)
        self.standing.join(other, frozenset(event.other_blocks), consents)

    def has_consented(self, purpose: ConsentPurpose) -> bool:
        """Whether the contact agreed to this purpose and has not taken it back."""
        return purpose in self.consents and not self.is_erased

    def has_refused(self, purpose: ConsentPurpose) -> bool:
        """Whether the contact said no to this purpose, or took its consent back."""
        return purpose in self.refused

    def must_be_known(self) -> None:
        """Raise NotFound or ContactIsErased unless the contact is known."""
        self.must_exist()
        if self.is_erased:
            raise ContactIsErased("The contact was erased.")
