"""The commands that put labels on a contact and take them off."""

from domain.aggregate import Command, CommandContext
from domain.contact import Contact
from domain.contact_labels import (
    LABELS_MAX,
    ContactLabelled,
    ContactUnlabelled,
    check_labels,
)
from domain.errors import InvalidInput
from domain.identity import ContactId
from domain.scopes import Scope


class LabelContact(Command, frozen=True, kw_only=True):
    """Put labels on the contact. Those that it has already change nothing."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    labels: tuple[str, ...]

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Raise InvalidInput for the form of a label or too many of them."""
        contact.must_be_known()
        check_labels(self.labels)
        added = tuple(label for label in self.labels if label not in contact.labels)
        if len(contact.labels) + len(added) > LABELS_MAX:
            raise InvalidInput(f"A contact has at most {LABELS_MAX} labels.", field=("labels",))
        if added:
            contact.record(ContactLabelled(contact_id=self.contact_id, labels=added))


class UnlabelContact(Command, frozen=True, kw_only=True):
    """Take labels off the contact. Those that it does not have change nothing."""

    SCOPE = Scope.CONTACTS_WRITE
    AGGREGATE = Contact
    STREAM = "contact_id"

    contact_id: ContactId
    labels: tuple[str, ...]

    def execute(self, contact: Contact, _context: CommandContext) -> None:
        """Raise InvalidInput for the form of a label."""
        contact.must_be_known()
        check_labels(self.labels)
        removed = tuple(label for label in self.labels if label in contact.labels)
        if removed:
            contact.record(ContactUnlabelled(contact_id=self.contact_id, labels=removed))
