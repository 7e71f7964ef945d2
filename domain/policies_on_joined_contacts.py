"""What follows for the other contacts of a person: the same word counts for all of them."""

from collections.abc import Iterator

import msgspec

from domain.aggregate import Command
from domain.contact import (
    IDENTITIES_MAX,
    ConsentGranted,
    ConsentRefused,
    ConsentText,
    ConsentWithdrawn,
    Contact,
    ContactMerged,
    ContactSeparated,
    MarketingResumed,
    MarketingStopped,
    OptedIn,
    OptedOut,
)
from domain.contact_commands import (
    GrantConsent,
    OptIn,
    OptOut,
    RefuseConsent,
    ResumeMarketing,
    StopMarketing,
    WithdrawConsent,
)
from domain.contact_duplicate import DuplicateState, SettleDuplicate, duplicate_id_of
from domain.contact_link_commands import CarryDetailsOver, NoteAbsorbed, NoteSeparated
from domain.event import Event, EventRecord, fact_of
from domain.identity import ContactId
from domain.reader import Reader


def carry_word_over(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a contact agreed, refused, opted out or in, note it for all it is joined with."""
    contact = read.load(Contact, record.stream_id)
    for other in contact.joined_with:
        known = read.load(Contact, other)
        if known.is_erased:
            continue
        command = _same_word(record.event, other)
        if command is not None:
            yield command


def _same_word(event: Event, other: ContactId) -> Command | None:
    """The command that keeps the word in the other contact; it is never confirmed twice."""
    match event:
        case ConsentGranted(content=ConsentText() as text):
            return GrantConsent(
                contact_id=other,
                purposes=event.purposes,
                flow_version=event.flow_version,
                language=event.language,
                message_id=event.message_id,
                question=text.question,
                answer=text.answer,
            )
        case ConsentRefused():
            return RefuseConsent(
                contact_id=other, purposes=event.purposes, message_id=event.message_id
            )
        case ConsentWithdrawn():
            return WithdrawConsent(
                contact_id=other,
                purposes=event.purposes,
                message_id=event.message_id,
                reason=event.reason,
            )
        case _:
            return _same_block(event, other)


def _same_block(event: Event, other: ContactId) -> Command | None:
    match event:
        case OptedOut():
            return OptOut(contact_id=other, message_id=event.message_id, reason=event.reason)
        case OptedIn():
            return OptIn(contact_id=other, message_id=event.message_id)
        case MarketingStopped():
            return StopMarketing(contact_id=other, decided_at=event.decided_at, source=event.source)
        case MarketingResumed():
            return ResumeMarketing(
                contact_id=other, decided_at=event.decided_at, source=event.source
            )
        case _:
            return None


def join_contacts(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a contact absorbed another, the other goes on in it: word and identities as well."""
    event = fact_of(record, ContactMerged)
    survivor = read.load(Contact, event.contact_id)
    absorbed = read.load(Contact, event.absorbed_contact_id)
    yield NoteAbsorbed(
        contact_id=event.absorbed_contact_id,
        into_contact_id=event.contact_id,
        other_blocks=tuple(sorted(survivor.standing.blocks)),
        other_consents=tuple(sorted(survivor.consents)),
    )
    yield from _catch_up(survivor, absorbed)
    yield _settled(event.contact_id, event.absorbed_contact_id, DuplicateState.MERGED)
    if survivor.details is not None and absorbed.details is not None:
        known = survivor.details.identities
        new = tuple(one for one in absorbed.details.identities if one not in known)
        details = msgspec.structs.replace(
            survivor.details, identities=(*known, *new)[:IDENTITIES_MAX]
        )
        yield CarryDetailsOver(contact_id=event.contact_id, details=details)


def _catch_up(survivor: Contact, absorbed: Contact) -> Iterator[Command]:
    """What the other contact said after the one who merged looked at it."""
    survivor_id = ContactId(survivor.id)
    if absorbed.has_opted_out and not survivor.has_opted_out:
        yield OptOut(contact_id=survivor_id)
    missing = tuple(sorted(survivor.consents - absorbed.consents))
    if missing:
        yield WithdrawConsent(contact_id=survivor_id, purposes=missing)


def _settled(one: ContactId, other: ContactId, state: DuplicateState) -> Command:
    return SettleDuplicate(
        duplicate_id=duplicate_id_of(one, other),
        contact_id=one,
        other_contact_id=other,
        state=state,
    )


def part_contacts(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a merge was undone, each contact gets its own identities back."""
    event = fact_of(record, ContactSeparated)
    absorbed = read.load(Contact, event.from_contact_id)
    if absorbed.merged_into != event.contact_id:
        return
    yield _settled(event.contact_id, event.from_contact_id, DuplicateState.KEPT_APART)
    yield NoteSeparated(contact_id=event.from_contact_id, from_contact_id=event.contact_id)
    survivor = read.load(Contact, event.contact_id)
    before = set(survivor.identities_before.get(event.from_contact_id, ()))
    theirs = set(absorbed.details.identities) if absorbed.details else set()
    if survivor.details is not None:
        kept = tuple(
            one for one in survivor.details.identities if one in before or one not in theirs
        )
        details = msgspec.structs.replace(survivor.details, identities=kept)
        yield CarryDetailsOver(contact_id=event.contact_id, details=details)
