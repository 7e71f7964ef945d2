"""From what Meta reports of a person to a contact of the firm: found, begun, or made current."""

from datetime import datetime
from typing import Final

import msgspec

from domain.contact import (
    IDENTITIES_MAX,
    Contact,
    ContactDetails,
    ContactDetailsChanged,
    ContactIdentified,
    ContactIdentity,
    IdentityKind,
)
from domain.contact_commands import ChangeContactDetails, IdentifyContact
from domain.identity import ContactId, EventId, StreamId
from domain.ports.vault import Vault
from domain.provenance import Actor, ActorKind
from domain.sender_number import NoteNotice, NoticeContent, SenderNumberNoticed
from infrastructure.following.page_journal import PageJournal
from infrastructure.unique_ids import new_id
from infrastructure.whatsapp.updates import ContactIdentity as ReportedIdentity
from infrastructure.whatsapp.updates import IdentityChangeKind, SystemIdentityChange
from jobs.followers.contact_book import ContactBook, identities_of
from jobs.followers.received import META, Origin, Recorder

CONFLICT_FIELD: Final = "contact_identity"
CONFLICT_WORD: Final = "belongs_to_several_contacts"


class _Known(msgspec.Struct):
    """A contact as its stream tells, and since when its details are what they are."""

    contact_id: ContactId
    details: ContactDetails
    changed_at: datetime


class ContactResolution:
    """Finds and keeps contacts within one page."""

    def __init__(
        self, journal: PageJournal, book: ContactBook, recorder: Recorder, vault: Vault
    ) -> None:
        self._journal = journal
        self._book = book
        self._recorder = recorder
        self._vault = vault

    def contact_of(
        self, reported: ReportedIdentity, origin: Origin, occurred_at: datetime, story: EventId
    ) -> ContactId:
        """The contact that a person is, with everything that is newly known of it recorded."""
        identities = identities_of(reported)
        known = self._find(identities, origin, occurred_at)
        if known is None:
            details = ContactDetails(
                identities=identities,
                profile_name=reported.profile_name,
                username=reported.username,
            )
            return self._begin(details, origin, occurred_at, story)
        is_newer = occurred_at >= known.changed_at
        details = ContactDetails(
            identities=_merged(known.details.identities, identities, is_newer=is_newer),
            profile_name=_newer(known.details.profile_name, reported.profile_name, is_newer),
            username=_newer(known.details.username, reported.username, is_newer),
        )
        self._keep(known, details, origin, occurred_at, story)
        self._book.assign(origin.tenant_id, known.contact_id, identities)
        return known.contact_id

    def change_identity(
        self, change: SystemIdentityChange, origin: Origin, occurred_at: datetime, story: EventId
    ) -> ContactId:
        """Take over a new identity. The old number may come with another person one day."""
        before, after = identities_of(change.before), identities_of(change.after)
        known = self._find((*before, *after), origin, occurred_at)
        if known is None:
            details = ContactDetails(identities=after)
            return self._begin(details, origin, occurred_at, story)
        is_newer = occurred_at >= known.changed_at
        gone = _gone(known.details.identities, before, after, change.change, is_newer=is_newer)
        kept = tuple(one for one in known.details.identities if one not in gone)
        details = msgspec.structs.replace(
            known.details, identities=_merged(kept, after, is_newer=is_newer)
        )
        self._keep(known, details, origin, occurred_at, story)
        for identity in gone:
            self._book.give_up(origin.tenant_id, known.contact_id, identity)
        self._book.assign(origin.tenant_id, known.contact_id, after)
        return known.contact_id

    def _find(
        self, identities: tuple[ContactIdentity, ...], origin: Origin, occurred_at: datetime
    ) -> _Known | None:
        found = [
            known
            for contact_id in self._book.owners(origin.tenant_id, identities)
            if (known := self._load(origin, contact_id)) is not None
        ]
        if len(found) > 1:
            self._note_conflict([known.contact_id for known in found], origin, occurred_at)
        return found[0] if found else None

    def _load(self, origin: Origin, contact_id: ContactId) -> _Known | None:
        """The contact, or None for one that was erased: whoever writes again begins anew."""
        records = self._journal.load(origin.tenant_id, contact_id)
        contact = Contact.replay_records(contact_id, records)
        if contact.is_erased or contact.details is None:
            return None
        changed = [
            record.occurred_at
            for record in records
            if isinstance(record.event, ContactIdentified | ContactDetailsChanged)
        ]
        return _Known(contact_id, contact.details, max(changed))

    def _begin(
        self, details: ContactDetails, origin: Origin, occurred_at: datetime, story: EventId
    ) -> ContactId:
        contact_id = ContactId(new_id())
        command = IdentifyContact(contact_id=contact_id, details=details)
        actor = Actor(ActorKind.CONTACT, str(contact_id))
        self._recorder.record(command, origin, actor, occurred_at, story=story)
        # What an erased contact had is taken over; a living one would have been found.
        self._book.assign(origin.tenant_id, contact_id, details.identities, taking_over=True)
        return contact_id

    def _keep(
        self,
        known: _Known,
        details: ContactDetails,
        origin: Origin,
        occurred_at: datetime,
        story: EventId,
    ) -> None:
        if details != known.details:
            command = ChangeContactDetails(contact_id=known.contact_id, details=details)
            actor = Actor(ActorKind.CONTACT, str(known.contact_id))
            self._recorder.record(command, origin, actor, occurred_at, story=story)

    def _note_conflict(
        self, contact_ids: list[ContactId], origin: Origin, occurred_at: datetime
    ) -> None:
        """Tell the firm that one person seems to be several contacts; nobody is merged silently."""
        ids = sorted(map(str, contact_ids))
        notice_id = self._vault.digest_id(
            origin.tenant_id, "contact_conflict", "\n".join(ids).encode()
        )
        if self._journal.load(origin.tenant_id, notice_id):
            return
        notice = SenderNumberNoticed(
            tenant_id=origin.tenant_id,
            field=CONFLICT_FIELD,
            word=CONFLICT_WORD,
            sender_number_id=origin.sender_number_id,
            content=NoticeContent(value=msgspec.json.encode({"contacts": ids}).decode()),
        )
        command = NoteNotice(notice_id=StreamId(notice_id), notice=notice)
        self._recorder.record(command, origin, META, occurred_at)


def _newer(known: str | None, reported: str | None, is_newer: bool) -> str | None:
    return reported if reported is not None and (is_newer or known is None) else known


def _gone(
    known: tuple[ContactIdentity, ...],
    before: tuple[ContactIdentity, ...],
    after: tuple[ContactIdentity, ...],
    change: IdentityChangeKind,
    *,
    is_newer: bool,
) -> tuple[ContactIdentity, ...]:
    """The numbers that a change ends: nobody is written to under them any more.

    A new user id means a new number as well, which need not be told (reference, 4.3).
    """
    if change is IdentityChangeKind.IDENTITY_KEY_CHANGED:
        return ()
    former = dict.fromkeys((*before, *known) if is_newer else before)
    return tuple(one for one in former if one.kind is IdentityKind.PHONE and one not in after)


def _merged(
    known: tuple[ContactIdentity, ...],
    reported: tuple[ContactIdentity, ...],
    *,
    is_newer: bool,
) -> tuple[ContactIdentity, ...]:
    """All identities; of each kind the one that was reported last comes first, to be written to."""
    new = tuple(identity for identity in reported if identity not in known)
    together = (*known, *new)
    if is_newer:
        of_kind = {
            kind: iter((*_of(kind, reported), *(o for o in _of(kind, known) if o not in reported)))
            for kind in IdentityKind
        }
        together = tuple(next(of_kind[one.kind]) for one in together)
    return together[:IDENTITIES_MAX]


def _of(kind: IdentityKind, identities: tuple[ContactIdentity, ...]) -> tuple[ContactIdentity, ...]:
    return tuple(one for one in identities if one.kind is kind)
