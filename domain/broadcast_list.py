"""The list of a broadcast: contacts that were named one by one, each with values of its own."""

from typing import ClassVar, Final

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.automatic_text import VARIABLES
from domain.errors import InvalidInput
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import BroadcastListId, ContactId, ListedRecipientId, derived_id
from domain.limits import Field, require_pattern, require_text
from domain.scopes import Scope

LISTED_MAX: Final = 1000
"""Contacts of one list: it is stored together with the broadcast, or not at all."""
OWN_VARIABLES_MAX: Final = 20
OWN_VALUE_CHARACTERS_MAX: Final = 500
_NAME_PATTERN: Final = r"[a-z][a-z0-9_]{0,39}"


class RecipientList(msgspec.Struct, frozen=True, kw_only=True):
    """A list as the broadcast knows it; its contacts stand in events of their own.

    `variables` are the names of the columns, which are no personal content.
    """

    list_id: BroadcastListId
    contacts: int
    variables: tuple[str, ...] = ()


class OwnValues(msgspec.Struct, frozen=True, kw_only=True, tag="listed_recipient"):
    """What is filled in for one contact, by the names of the variables."""

    values: dict[str, str]


class BroadcastRecipientListed(PersonalEvent, frozen=True, kw_only=True):
    """A contact was named for a broadcast, with the values that its words are filled in with."""

    TOPIC: ClassVar[str] = "broadcast_recipient.listed.v1"
    CONTENT: ClassVar[type] = OwnValues

    listed_id: ListedRecipientId
    list_id: BroadcastListId
    contact_id: ContactId
    content: OwnValues | Sealed | Erased | UnsetType = UNSET


class ListedRecipient(Aggregate):
    """A contact on a list: named once."""

    NOUN = "contact on a list"
    EVENTS = (BroadcastRecipientListed,)

    def apply(self, event: Event) -> None:
        """One event is all that happens to it."""


class ListRecipient(Command, frozen=True, kw_only=True):
    """Name a contact for a broadcast."""

    SCOPE = Scope.BROADCASTS_PROPOSE
    AGGREGATE = ListedRecipient
    STREAM = "listed_id"
    FIRST_ONLY = True

    listed_id: ListedRecipientId
    list_id: BroadcastListId
    contact_id: ContactId
    values: dict[str, str]

    def execute(self, listed: ListedRecipient, _context: CommandContext) -> None:
        """Raise InvalidInput for names and values that cannot be filled in."""
        check_values(self.values, ("values",))
        listed.record(
            BroadcastRecipientListed(
                listed_id=self.listed_id,
                list_id=self.list_id,
                contact_id=self.contact_id,
                content=OwnValues(values=self.values),
            )
        )


def listed_id_of(list_id: BroadcastListId, contact_id: ContactId) -> ListedRecipientId:
    """Return the one place of a contact on a list."""
    return ListedRecipientId(derived_id(list_id, "listed", str(contact_id)))


def check_values(values: dict[str, str], field: Field) -> None:
    """Raise InvalidInput for names or values that cannot be filled in."""
    if len(values) > OWN_VARIABLES_MAX:
        raise InvalidInput(
            f"A contact has {len(values)} values; at most {OWN_VARIABLES_MAX} are allowed.",
            field=field,
        )
    for name, text in values.items():
        check_variable(name, field)
        require_text(text, (*field, name), characters_max=OWN_VALUE_CHARACTERS_MAX)


def check_variable(name: str, field: Field) -> None:
    """Raise InvalidInput for a name that no variable of a list can have."""
    require_pattern(name, field, _NAME_PATTERN, "a name like nomor_perkara")
    if name in VARIABLES:
        raise InvalidInput(f"The hub itself fills {name!r} in; choose another name.", field=field)


def check_list(listed: RecipientList, field: Field) -> None:
    """Raise InvalidInput for an empty or too long list, or names that cannot be used."""
    if not 1 <= listed.contacts <= LISTED_MAX:
        raise InvalidInput(
            f"A list has 1 to {LISTED_MAX} contacts, not {listed.contacts}.", field=field
        )
    for name in listed.variables:
        check_variable(name, field)
