"""The commands that take two contacts for one person, and take that back."""

from domain.aggregate import Command, CommandContext
from domain.contact import (
    ConsentPurpose,
    Contact,
    ContactAbsorbed,
    ContactMerged,
    ContactSeparated,
    MergeReason,
)
from domain.contact_commands import ChangeContactDetails
from domain.contact_standing import Blocked
from domain.errors import HubError, HumanRequired, InvalidInput
from domain.identity import ContactId
from domain.scopes import Scope


class ContactsAlreadyJoined(HubError):
    """The two contacts are one already, or one of them goes on in a third."""

    code = "CONTACTS_ALREADY_JOINED"
    hint = "Load the contacts: join those in which they go on, or separate them first."


class ContactsNotJoined(HubError):
    """The two contacts are not joined."""

    code = "CONTACTS_NOT_JOINED"
    hint = "There is nothing to separate."


class MergeContacts(Command, frozen=True, kw_only=True):
    """Let another contact go on in this one, because a member found that they are one person.

    `other_blocks` and `other_consents` are what the other one has forbidden and agreed to.
    """

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    absorbed_contact_id: ContactId
    other_blocks: tuple[Blocked, ...] = ()
    other_consents: tuple[ConsentPurpose, ...] = ()

    def execute(self, contact: Contact, context: CommandContext) -> None:
        """Raise HumanRequired, InvalidInput for one contact, ContactsAlreadyJoined."""
        if not context.actor.is_human:
            raise HumanRequired("Only a person of the firm finds that two contacts are one.")
        self.merge(contact, MergeReason.MEMBER_DECIDED)

    def merge(self, contact: Contact, reason: MergeReason) -> None:
        """Record the merge."""
        contact.must_be_known()
        other = self.absorbed_contact_id
        if other == self.contact_id:
            raise InvalidInput("Name two different contacts.", field=("absorbed_contact_id",))
        if contact.merged_into is not None or other in contact.absorbed:
            raise ContactsAlreadyJoined("These contacts are joined already.")
        blocks = contact.standing.blocks | set(self.other_blocks)
        contact.record(
            ContactMerged(
                contact_id=self.contact_id,
                absorbed_contact_id=other,
                reason=reason,
                other_blocks=self.other_blocks,
                other_consents=self.other_consents,
                opted_out=Blocked.MESSAGES in blocks,
                marketing_stopped=Blocked.MARKETING in blocks,
                consents=tuple(sorted(contact.consents & set(self.other_consents))),
            )
        )


class MergeContactsByRule(MergeContacts, frozen=True, kw_only=True):
    """Let another contact go on in this one, because Meta says that they are one person."""

    SCOPE = Scope.MESSAGES_INGEST

    reason: MergeReason

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Raise InvalidInput for one contact, ContactsAlreadyJoined."""
        self.merge(contact, self.reason)


class NoteAbsorbed(Command, frozen=True, kw_only=True):
    """Keep in a contact that it goes on in another one. Again for the same one changes nothing."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    into_contact_id: ContactId
    other_blocks: tuple[Blocked, ...] = ()
    other_consents: tuple[ConsentPurpose, ...] = ()

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Raise ContactsAlreadyJoined where it goes on in a third one."""
        contact.must_exist()
        if contact.merged_into == self.into_contact_id:
            return
        if contact.merged_into is not None or self.into_contact_id in contact.absorbed:
            raise ContactsAlreadyJoined("The contact is joined with another one already.")
        blocks = contact.standing.blocks | set(self.other_blocks)
        contact.record(
            ContactAbsorbed(
                contact_id=self.contact_id,
                into_contact_id=self.into_contact_id,
                other_blocks=self.other_blocks,
                other_consents=self.other_consents,
                opted_out=Blocked.MESSAGES in blocks,
                marketing_stopped=Blocked.MARKETING in blocks,
                consents=tuple(sorted(contact.consents & set(self.other_consents))),
            )
        )


class NoteAbsorbedByRule(NoteAbsorbed, frozen=True, kw_only=True):
    """The same, by the follower that takes webhooks in."""

    SCOPE = Scope.MESSAGES_INGEST


class SeparateContacts(Command, frozen=True, kw_only=True):
    """Undo a merge: the two are different people, or are to be kept as two."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    from_contact_id: ContactId

    def execute(self, contact: Contact, context: CommandContext) -> None:
        """Raise HumanRequired, ContactsNotJoined."""
        contact.must_exist()
        if not context.actor.is_human:
            raise HumanRequired("Only a person of the firm undoes a merge.")
        if self.from_contact_id not in contact.absorbed:
            raise ContactsNotJoined("The other contact does not go on in this one.")
        _separate(contact, self.contact_id, self.from_contact_id)


class NoteSeparated(Command, frozen=True, kw_only=True):
    """Keep in the other contact that the merge was undone. Not joined any more changes nothing."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    from_contact_id: ContactId

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Record it."""
        contact.must_exist()
        if contact.merged_into == self.from_contact_id:
            _separate(contact, self.contact_id, self.from_contact_id)


def _separate(contact: Contact, contact_id: ContactId, other: ContactId) -> None:
    contact.standing.part(other)
    contact.record(
        ContactSeparated(
            contact_id=contact_id,
            from_contact_id=other,
            opted_out=contact.has_opted_out,
            marketing_stopped=contact.has_stopped_marketing,
            consents=tuple(sorted(contact.consents)),
        )
    )


class CarryDetailsOver(ChangeContactDetails, frozen=True, kw_only=True):
    """Take over the identities of a contact that was merged or separated."""

    SCOPE = Scope.CONTACTS_WRITE
