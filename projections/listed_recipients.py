"""The lists of broadcasts: who was named, with the values to fill in (sealed)."""

from typing import ClassVar
from uuid import UUID

import msgspec

from domain.broadcast_list import BroadcastRecipientListed
from domain.event import EventRecord
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Index, Table


class ListedRecipientRow(msgspec.Struct):
    """A contact on a list. `values_sealed` is what its words are filled in with."""

    listed_id: UUID
    tenant_id: UUID
    list_id: UUID
    contact_id: UUID
    values_sealed: bytes | None = None


def _listed(
    page: Page[ListedRecipientRow], record: EventRecord, event: BroadcastRecipientListed
) -> None:
    page.put(
        ListedRecipientRow(
            listed_id=event.listed_id,
            tenant_id=record.tenant_id,
            list_id=event.list_id,
            contact_id=event.contact_id,
            values_sealed=sealed_column(event),
        )
    )


class ListedRecipients(StateProjection[ListedRecipientRow]):
    """One row per contact of a list."""

    name = "listed_recipients"
    version = 1
    table = Table(
        "listed_recipients",
        ListedRecipientRow,
        key=("listed_id",),
        indexes=(Index("(tenant_id, list_id, contact_id)"),),
    )
    changes: ClassVar[Changes] = {BroadcastRecipientListed: Change(_listed)}


def listed_recipients(
    tenant_id: UUID, list_id: UUID, contact_ids: list[UUID]
) -> Query[ListedRecipientRow]:
    """Those of these contacts that are on a list."""
    return Query(
        ListedRecipientRow,
        """
        SELECT {columns} FROM read_model.listed_recipients
        WHERE tenant_id = %(tenant)s AND list_id = %(list)s AND contact_id = ANY(%(contacts)s)
        """,
        {"tenant": tenant_id, "list": list_id, "contacts": contact_ids},
    )
