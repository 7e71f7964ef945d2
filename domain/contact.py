"""A contact: the person who writes to the firm, with identities, consent and opt-out."""

from enum import StrEnum
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import ContactId, EventId, MessageId


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
    """Another identity, profile name or username of the person became known. `content` holds all that is known now."""

    TOPIC: ClassVar[str] = "contact.details_changed.v1"
    CONTENT: ClassVar[type] = ContactDetails

    contact_id: ContactId
    content: ContactDetails | Sealed | Erased | UnsetType = UNSET


class ConsentText(msgspec.Struct, frozen=True, kw_only=True, tag="consent_text"):
    """The exact text that the person was shown and the exact answer."""

    question: str
    answer: str


class ConsentGranted(PersonalEvent, frozen=True, kw_only=True):
    """The person agreed. Flow version, language and the message that proves it are kept (UU 27/2022, articles 22, 24)."""

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
    conversation_id: str | None = None


class OptedIn(Event, frozen=True, kw_only=True):
    """The person asked to be written to again."""

    TOPIC: ClassVar[str] = "contact.opted_in.v1"

    contact_id: ContactId
    message_id: MessageId | None = None


class ContactErased(Event, frozen=True, kw_only=True):
    """The keys of the person were destroyed; all personal content reads as erased."""

    TOPIC: ClassVar[str] = "contact.erased.v1"

    contact_id: ContactId
    requested_by: EventId | None = None
