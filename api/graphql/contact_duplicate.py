"""Contacts that may be one person, or that were taken for one."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from api.graphql.access import guarded
from api.graphql.contact import Contact
from api.graphql.context import Info
from api.graphql.enums import DuplicateReason, DuplicateState
from api.graphql.ids import global_id
from api.graphql.node import NOT_LOADED, Maybe, Node, related
from api.reading import Reading
from domain.scopes import Scope
from projections.contact_duplicates import DuplicateRow, duplicates_by_id


@strawberry.type(description="Two contacts that may be one person, or that were taken for one.")
class ContactDuplicate(Node):
    """A question to a member, and how it was settled."""

    state: DuplicateState = strawberry.field(description="Where the question stands.")
    reason: DuplicateReason = strawberry.field(description="Why it is asked.")
    asked_at: datetime = strawberry.field(description="When it came up.")
    settled_at: datetime | None = strawberry.field(
        description="When it was settled last; null while it is open."
    )
    version: int = strawberry.field(
        description="The version of the question, for `expectedVersion` of commands."
    )
    row: strawberry.Private[DuplicateRow]
    loaded_contact: strawberry.Private[Maybe[Contact]] = NOT_LOADED
    loaded_other: strawberry.Private[Maybe[Contact]] = NOT_LOADED

    @guarded(Scope.CONTACTS_READ, "The one of them; it goes on when they are merged.")
    def contact(self, info: Info) -> Contact | None:
        """One contact."""
        return related(self.loaded_contact, info, "Contact", self.row.contact_id)

    @guarded(Scope.CONTACTS_READ, "The other one.")
    def other_contact(self, info: Info) -> Contact | None:
        """The other contact."""
        return related(self.loaded_other, info, "Contact", self.row.other_contact_id)


def contact_duplicate(row: DuplicateRow) -> ContactDuplicate:
    """Return a question about two contacts."""
    return ContactDuplicate(
        id=global_id("ContactDuplicate", row.duplicate_id),
        state=DuplicateState(row.state),
        reason=DuplicateReason(row.reason),
        asked_at=row.asked_at,
        settled_at=row.settled_at,
        version=row.version,
        row=row,
    )


def contact_duplicates_by_id(reading: Reading, keys: list[UUID]) -> dict[Any, Any]:
    """Return the questions with these ids."""
    rows = reading.rows(duplicates_by_id(reading.tenant_id, keys))
    return {row.duplicate_id: contact_duplicate(row) for row in rows}
