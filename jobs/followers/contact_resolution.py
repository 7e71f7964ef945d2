"""From what Meta reports of a person to a contact of the firm: found, begun, or made current.

A user id names one person for ever; a number names whoever has it at the time. What Meta says of
one person in one message, or in a notice of a change, is proof enough to take two contacts for one,
as long as neither says otherwise; everything else is a question for a member (decision 0016).
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from domain.contact import (
    Contact,
    ContactDetails,
    ContactDetailsChanged,
    ContactIdentified,
    IdentityKind,
    MergeReason,
)
from domain.contact_commands import ChangeContactDetails, IdentifyContact
from domain.contact_duplicate import (
    ContactDuplicate,
    DuplicateReason,
    DuplicateState,
    SuspectDuplicate,
    duplicate_id_of,
)
from domain.contact_link_commands import MergeContactsByRule, NoteAbsorbedByRule
from domain.errors import HubError
from domain.identity import ContactId, EventId
from domain.provenance import Actor, ActorKind
from infrastructure.following.page_journal import PageJournal
from infrastructure.unique_ids import new_id
from infrastructure.whatsapp.updates import ContactIdentity as ReportedIdentity
from infrastructure.whatsapp.updates import IdentityChangeKind, SystemIdentityChange
from jobs.followers.contact_book import ContactBook, identities_of
from jobs.followers.contact_details import Identities, merged, newer, of_kind, without
from jobs.followers.received import META, Origin, Recorder

PHONE_TRUSTED_FOR: Final = timedelta(days=30)
"""How long after it was last told a number still stands for the same person without a user id.
Numbers get new owners after months (reference, 14)."""

MERGED_INTO_DEPTH_MAX: Final = 20


class ContactUnreadable(HubError):
    """What was just recorded of a contact cannot be read."""

    code = "CONTACT_UNREADABLE"


class _Known(msgspec.Struct):
    """A contact as its stream tells, and since when its details are what they are."""

    contact: Contact
    contact_id: ContactId
    details: ContactDetails
    identified_at: datetime
    changed_at: datetime

    @property
    def user_ids(self) -> Identities:
        return of_kind(IdentityKind.BSUID, self.details.identities)


class _Report(msgspec.Struct):
    """What is told of a person, where and when."""

    identities: Identities
    origin: Origin
    occurred_at: datetime
    story: EventId
    profile_name: str | None = None
    username: str | None = None

    @property
    def phones(self) -> Identities:
        return of_kind(IdentityKind.PHONE, self.identities)

    @property
    def user_ids(self) -> Identities:
        """The user id first, then that of the linked portfolios."""
        return (
            *of_kind(IdentityKind.BSUID, self.identities),
            *of_kind(IdentityKind.PARENT_BSUID, self.identities),
        )


class ContactResolution:
    """Finds and keeps contacts within one page."""

    def __init__(self, journal: PageJournal, book: ContactBook, recorder: Recorder) -> None:
        self._journal = journal
        self._book = book
        self._recorder = recorder

    def contact_of(
        self, reported: ReportedIdentity, origin: Origin, occurred_at: datetime, story: EventId
    ) -> ContactId:
        """The contact that a person is, with everything that is newly known of it recorded."""
        report = _Report(
            identities_of(reported),
            origin,
            occurred_at,
            story,
            profile_name=reported.profile_name,
            username=reported.username,
        )
        by_user = self._holder(report, report.user_ids)
        by_phone = self._holder(report, report.phones)
        if by_user is not None:
            if by_phone is not None and by_phone.contact_id != by_user.contact_id:
                by_user = self._meet(by_user, by_phone, report)
            return self._update(by_user, report)
        if by_phone is None:
            return self._begin(report)
        if self._is_somebody_else(by_phone, report):
            return self._begin_with_number_of(by_phone, report)
        return self._update(by_phone, report)

    def change_identity(
        self, change: SystemIdentityChange, origin: Origin, occurred_at: datetime, story: EventId
    ) -> ContactId:
        """Take over a new identity. The old number may come with another person one day."""
        before = _Report(identities_of(change.before), origin, occurred_at, story)
        after = _Report(identities_of(change.after), origin, occurred_at, story)
        if change.change is IdentityChangeKind.IDENTITY_KEY_CHANGED:
            return self.contact_of(change.after, origin, occurred_at, story)
        former, current = self._former(before), self._current(after)
        if former is not None and current is not None:
            one = self._one_of(former, current, after, MergeReason.NUMBER_CHANGED)
            if one is None:
                # A member keeps them apart: all that is certain is that the number is left.
                self._lose(former, before.phones, before)
                return current.contact_id
            current = one
        known = current or former or self._load(origin, self._begin(after))
        if known is None:
            raise ContactUnreadable("The contact that was just begun cannot be read.")
        self._leave(known, before, after)
        return known.contact_id

    def _holder(self, report: _Report, identities: Identities) -> _Known | None:
        tenant_id = report.origin.tenant_id
        owner = self._book.holder(tenant_id, identities, report.occurred_at)
        return None if owner is None else self._load(report.origin, owner)

    def _load(self, origin: Origin, contact_id: ContactId) -> _Known | None:
        """The contact in which this one goes on, or None for an erased one.

        Whoever writes again after an erasure begins anew.
        """
        for _ in range(MERGED_INTO_DEPTH_MAX):
            records = self._journal.load(origin.tenant_id, contact_id)
            contact = Contact.replay_records(contact_id, records)
            if contact.is_erased or contact.details is None:
                return None
            if contact.merged_into is None:
                told = [
                    record.occurred_at
                    for record in records
                    if isinstance(record.event, ContactIdentified | ContactDetailsChanged)
                ]
                return _Known(contact, contact_id, contact.details, min(told), max(told))
            contact_id = contact.merged_into
        return None

    def _is_somebody_else(self, known: _Known, report: _Report) -> bool:
        """Whether a known number comes with a user id that is not one of its owner."""
        told = of_kind(IdentityKind.BSUID, report.identities)
        return bool(told and known.user_ids) and not set(told) & set(known.user_ids)

    def _begin_with_number_of(self, owner: _Known, report: _Report) -> ContactId:
        """Somebody else has the number of a contact by now, or had it before."""
        if report.occurred_at < owner.changed_at:
            user_ids = without(report.identities, report.phones)
            contact_id = self._begin(msgspec.structs.replace(report, identities=user_ids))
        else:
            self._lose(owner, report.phones, report)
            contact_id = self._begin(report)
        self._suspect(contact_id, owner.contact_id, DuplicateReason.PHONE_REUSED, report)
        return contact_id

    def _meet(self, by_user: _Known, by_phone: _Known, report: _Report) -> _Known:
        """A message names two contacts as one person: by user id and by number."""
        if by_phone.user_ids:
            if report.occurred_at >= by_phone.changed_at:
                self._lose(by_phone, report.phones, report)
            reason = DuplicateReason.PHONE_REUSED
            self._suspect(by_user.contact_id, by_phone.contact_id, reason, report)
            return by_user
        if abs(report.occurred_at - by_phone.changed_at) <= PHONE_TRUSTED_FOR:
            one = self._one_of(by_user, by_phone, report, MergeReason.PHONE_REVEALED)
            if one is None:
                # The number belongs to whom Meta names with it.
                self._lose(by_phone, report.phones, report)
            return one or by_user
        reason = DuplicateReason.PHONE_REVEALED
        self._suspect(by_user.contact_id, by_phone.contact_id, reason, report)
        return by_user

    def _former(self, before: _Report) -> _Known | None:
        """Who had what a change ends."""
        by_user = self._holder(before, before.user_ids)
        by_phone = self._holder(before, before.phones)
        if by_phone is None or self._is_somebody_else(by_phone, before):
            return by_user
        if by_user is None or by_user.contact_id == by_phone.contact_id:
            return by_phone
        return self._one_of(by_user, by_phone, before, MergeReason.PHONE_REVEALED) or by_user

    def _current(self, after: _Report) -> _Known | None:
        """Who is known already by what a change leads to."""
        by_user, by_phone = self._holder(after, after.user_ids), self._new_under(after)
        if by_user is None or by_phone is None or by_user.contact_id == by_phone.contact_id:
            return by_user or by_phone
        return self._one_of(by_user, by_phone, after, MergeReason.PHONE_REVEALED) or by_user

    def _new_under(self, after: _Report) -> _Known | None:
        """Whoever wrote under the new number already, before the notice of it came.

        Whoever had it before the change is somebody else and loses it.
        """
        known = self._holder(after, after.phones)
        if known is None:
            return None
        if not self._is_somebody_else(known, after) and known.identified_at >= after.occurred_at:
            return known
        told = {*of_kind(IdentityKind.BSUID, after.identities)}
        if told & set(known.user_ids):
            return known
        self._lose(known, after.phones, after)
        return None

    def _one_of(
        self, one: _Known, other: _Known, report: _Report, reason: MergeReason
    ) -> _Known | None:
        """Take two contacts for one; the older goes on. None where a member keeps them apart."""
        if one.contact_id == other.contact_id:
            return one
        if self._are_kept_apart(one, other, report):
            return None
        older, younger = sorted(
            (one, other), key=lambda known: (known.identified_at, known.contact_id)
        )
        mine, theirs = older.contact.standing, younger.contact.standing
        commands = (
            MergeContactsByRule(
                contact_id=older.contact_id,
                absorbed_contact_id=younger.contact_id,
                reason=reason,
                other_blocks=tuple(sorted(theirs.blocks)),
                other_consents=tuple(sorted(theirs.purposes)),
            ),
            NoteAbsorbedByRule(
                contact_id=younger.contact_id,
                into_contact_id=older.contact_id,
                other_blocks=tuple(sorted(mine.blocks)),
                other_consents=tuple(sorted(mine.purposes)),
            ),
            ChangeContactDetails(contact_id=older.contact_id, details=_together(older, younger)),
        )
        for command in commands:
            self._recorder.record(
                command, report.origin, META, report.occurred_at, story=report.story
            )
        return self._load(report.origin, older.contact_id)

    def _are_kept_apart(self, one: _Known, other: _Known, report: _Report) -> bool:
        stream_id = duplicate_id_of(one.contact_id, other.contact_id)
        records = self._journal.load(report.origin.tenant_id, stream_id)
        duplicate = ContactDuplicate.replay_records(stream_id, records)
        return duplicate.state is DuplicateState.KEPT_APART

    def _begin(self, report: _Report) -> ContactId:
        contact_id = ContactId(new_id())
        self._journal.know(report.origin.tenant_id, [contact_id], ())
        details = ContactDetails(
            identities=report.identities,
            profile_name=report.profile_name,
            username=report.username,
        )
        command = IdentifyContact(contact_id=contact_id, details=details)
        self._record(command, contact_id, report)
        # What an erased contact had is taken over; a living one would have been found.
        self._book.assign(
            report.origin.tenant_id,
            contact_id,
            details.identities,
            taking_over_at=report.occurred_at,
        )
        return contact_id

    def _update(self, known: _Known, report: _Report) -> ContactId:
        """Keep what is newly known of a contact, but no number that it gave up since."""
        tenant_id, at = report.origin.tenant_id, report.occurred_at
        gone = [
            phone
            for phone in report.phones
            if self._book.gave_up(tenant_id, known.contact_id, phone, at)
        ]
        told = without(report.identities, gone)
        is_newer = at >= known.changed_at
        details = ContactDetails(
            identities=merged(known.details.identities, told, is_newer=is_newer),
            profile_name=newer(known.details.profile_name, report.profile_name, is_newer),
            username=newer(known.details.username, report.username, is_newer),
        )
        self._keep(known, details, report)
        self._book.assign(tenant_id, known.contact_id, told)
        return known.contact_id

    def _leave(self, known: _Known, before: _Report, after: _Report) -> None:
        """Write to the new identities and to no number that the change ends.

        A new user id means a new number as well, which need not be told (reference, 4.3).
        """
        is_newer = after.occurred_at >= known.changed_at
        had = of_kind(IdentityKind.PHONE, known.details.identities) if is_newer else ()
        gone = without(tuple(dict.fromkeys((*before.phones, *had))), after.identities)
        tenant_id = after.origin.tenant_id
        still = [
            phone
            for phone in after.phones
            if self._book.gave_up(tenant_id, known.contact_id, phone, after.occurred_at)
        ]
        told = without(after.identities, still)
        kept = without(known.details.identities, gone)
        # Former user ids stay: what was written under them belongs to the same person.
        ids = merged((*kept, *without(before.user_ids, kept)), told, is_newer=is_newer)
        details = msgspec.structs.replace(known.details, identities=ids)
        self._keep(known, details, after)
        for phone in gone:
            self._book.give_up(tenant_id, known.contact_id, phone, after.occurred_at)
        self._book.assign(tenant_id, known.contact_id, before.user_ids)
        self._book.assign(tenant_id, known.contact_id, told, taking_over_at=after.occurred_at)

    def _lose(self, known: _Known, phones: Identities, report: _Report) -> None:
        """The number belongs to somebody else from now on: nobody is written to under it here."""
        for phone in phones:
            self._book.give_up(
                report.origin.tenant_id,
                known.contact_id,
                phone,
                report.occurred_at - timedelta(microseconds=1),
            )
        ids = without(known.details.identities, phones)
        details = msgspec.structs.replace(known.details, identities=ids)
        self._keep(known, details, report)

    def _keep(self, known: _Known, details: ContactDetails, report: _Report) -> None:
        if details != known.details:
            command = ChangeContactDetails(contact_id=known.contact_id, details=details)
            self._record(command, known.contact_id, report)

    def _record(
        self,
        command: IdentifyContact | ChangeContactDetails,
        contact_id: ContactId,
        report: _Report,
    ) -> None:
        actor = Actor(ActorKind.CONTACT, str(contact_id))
        self._recorder.record(command, report.origin, actor, report.occurred_at, story=report.story)

    def _suspect(
        self, one: ContactId, other: ContactId, reason: DuplicateReason, report: _Report
    ) -> None:
        """Ask a member whether two contacts are one person; nobody is merged silently."""
        command = SuspectDuplicate(
            duplicate_id=duplicate_id_of(one, other),
            contact_id=one,
            other_contact_id=other,
            reason=reason,
        )
        self._recorder.record(command, report.origin, META, report.occurred_at)


def _together(older: _Known, younger: _Known) -> ContactDetails:
    """What is known of both, the newer of both first."""
    is_newer = younger.changed_at >= older.changed_at
    one, other = older.details, younger.details
    return ContactDetails(
        identities=merged(one.identities, other.identities, is_newer=is_newer),
        profile_name=newer(one.profile_name, other.profile_name, is_newer),
        username=newer(one.username, other.username, is_newer),
    )
