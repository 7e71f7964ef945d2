"""A possible duplicate: two contacts that may be one person, for a member to decide."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from domain.aggregate import Aggregate, Command, CommandContext
from domain.errors import HubError, HumanRequired
from domain.event import Event
from domain.identity import ContactId, StreamId, derived_id
from domain.scopes import Scope


class DuplicateReason(StrEnum):
    """Why two contacts may be one person."""

    PHONE_REUSED = "phone_reused"
    """A known number comes with another user id: the number has a new owner, or the person a new
    id that WhatsApp did not announce."""
    PHONE_REVEALED = "phone_revealed"
    """A user id comes with the number of another contact that was not heard of for long."""
    MERGED = "merged"
    """They were merged without a suspicion before."""


class DuplicateState(StrEnum):
    """Where the question stands."""

    OPEN = "open"
    MERGED = "merged"
    KEPT_APART = "kept_apart"


class DuplicateSuspected(Event, frozen=True, kw_only=True):
    """Two contacts may be one person. Nothing of either is changed by it."""

    TOPIC: ClassVar[str] = "contact_duplicate.suspected.v1"

    duplicate_id: StreamId
    contact_id: ContactId
    other_contact_id: ContactId
    reason: DuplicateReason


class DuplicateSettled(Event, frozen=True, kw_only=True):
    """It is settled whether the two are one person: merged, or kept apart. May change again."""

    TOPIC: ClassVar[str] = "contact_duplicate.settled.v1"

    duplicate_id: StreamId
    contact_id: ContactId
    other_contact_id: ContactId
    state: DuplicateState


class DuplicateNotOpen(HubError):
    """The question whether the two contacts are one was settled before."""

    code = "DUPLICATE_NOT_OPEN"
    hint = "Load the contacts to see how; a merge is undone by separating them."


def duplicate_id_of(one: ContactId, other: ContactId) -> StreamId:
    """Return the one question about two contacts, in whatever order they are named."""
    first, second = sorted((one, other))
    return StreamId(derived_id(first, "duplicate", str(second)))


class ContactDuplicate(Aggregate):
    """The possible duplicate as its events have made it."""

    NOUN = "possible duplicate"
    EVENTS = (DuplicateSuspected, DuplicateSettled)

    state: DuplicateState | None = None
    contacts: tuple[ContactId, ContactId]

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        if isinstance(event, DuplicateSuspected | DuplicateSettled):
            self.contacts = (event.contact_id, event.other_contact_id)
        match event:
            case DuplicateSuspected():
                self.state = DuplicateState.OPEN
            case DuplicateSettled():
                self.state = event.state


class SuspectDuplicate(Command, frozen=True, kw_only=True):
    """Ask a member whether two contacts are one person. What was asked before is not asked again.

    `contact_id` is the contact that is heard of now, `other_contact_id` the one known before.
    """

    SCOPE = Scope.MESSAGES_INGEST
    AGGREGATE = ContactDuplicate
    STREAM = "duplicate_id"

    duplicate_id: StreamId
    contact_id: ContactId
    other_contact_id: ContactId
    reason: DuplicateReason

    def execute(self, duplicate: ContactDuplicate, _context: CommandContext) -> None:
        """Record the suspicion."""
        if not duplicate.exists:
            duplicate.record(
                DuplicateSuspected(
                    duplicate_id=self.duplicate_id,
                    contact_id=self.contact_id,
                    other_contact_id=self.other_contact_id,
                    reason=self.reason,
                )
            )


class KeepContactsApart(Command, frozen=True, kw_only=True):
    """Decide that two contacts are two people. No rule merges them after that."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = ContactDuplicate
    STREAM = "duplicate_id"

    duplicate_id: StreamId

    def execute(self, duplicate: ContactDuplicate, context: CommandContext) -> None:
        """Raise HumanRequired, DuplicateNotOpen."""
        duplicate.must_exist()
        if not context.actor.is_human:
            raise HumanRequired("Only a person of the firm decides who is who.")
        if duplicate.state is not DuplicateState.OPEN:
            raise DuplicateNotOpen(f"The question is settled already: {duplicate.state}.")
        _settle(duplicate, self.duplicate_id, *duplicate.contacts, DuplicateState.KEPT_APART)


class SettleDuplicate(Command, frozen=True, kw_only=True):
    """Keep what became of two contacts: merged, or separated again. The same changes nothing."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = ContactDuplicate
    STREAM = "duplicate_id"

    duplicate_id: StreamId
    contact_id: ContactId
    other_contact_id: ContactId
    state: DuplicateState

    def execute(self, duplicate: ContactDuplicate, _context: CommandContext) -> None:
        """Record it."""
        if duplicate.state is not self.state:
            _settle(
                duplicate, self.duplicate_id, self.contact_id, self.other_contact_id, self.state
            )


def _settle(
    duplicate: ContactDuplicate,
    duplicate_id: StreamId,
    contact_id: ContactId,
    other_contact_id: ContactId,
    state: DuplicateState,
) -> None:
    duplicate.record(
        DuplicateSettled(
            duplicate_id=duplicate_id,
            contact_id=contact_id,
            other_contact_id=other_contact_id,
            state=state,
        )
    )
