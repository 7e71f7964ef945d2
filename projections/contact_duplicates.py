"""Possible duplicates: two contacts that may be one person, or that were taken for one."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from domain.contact_duplicate import DuplicateSettled, DuplicateState, DuplicateSuspected
from domain.event import EventRecord
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.table import Index, Table


class DuplicateRow(msgspec.Struct):
    """A question about two contacts. `state` is open, merged or kept_apart.

    `reason` is phone_reused, phone_revealed, or merged where nobody was asked before a rule merged
    them. `contact_id` goes on when they are merged.
    """

    duplicate_id: UUID
    tenant_id: UUID
    contact_id: UUID
    other_contact_id: UUID
    state: str
    reason: str
    asked_at: datetime
    version: int
    settled_at: datetime | None = None


def _suspected(page: Page[DuplicateRow], record: EventRecord, event: DuplicateSuspected) -> None:
    page.put(
        DuplicateRow(
            duplicate_id=event.duplicate_id,
            tenant_id=record.tenant_id,
            contact_id=event.contact_id,
            other_contact_id=event.other_contact_id,
            state=DuplicateState.OPEN.value,
            reason=event.reason.value,
            asked_at=record.occurred_at,
            version=record.stream_version,
        )
    )


def _settled(page: Page[DuplicateRow], record: EventRecord, event: DuplicateSettled) -> None:
    row = page.get(event.duplicate_id)
    if row is None:
        row = DuplicateRow(
            duplicate_id=event.duplicate_id,
            tenant_id=record.tenant_id,
            contact_id=event.contact_id,
            other_contact_id=event.other_contact_id,
            state=event.state.value,
            reason="merged",
            asked_at=record.occurred_at,
            version=record.stream_version,
        )
    row.contact_id, row.other_contact_id = event.contact_id, event.other_contact_id
    row.state = event.state.value
    row.settled_at = record.occurred_at
    row.version = record.stream_version
    page.put(row)


class ContactDuplicates(StateProjection[DuplicateRow]):
    """One row per pair of contacts that was ever in question."""

    name = "contact_duplicates"
    version = 1
    table = Table(
        "contact_duplicates",
        DuplicateRow,
        key=("duplicate_id",),
        indexes=(Index("(tenant_id, state, asked_at, duplicate_id)"),),
    )
    changes: ClassVar[Changes] = {
        DuplicateSuspected: Change(_suspected),
        DuplicateSettled: Change(_settled),
    }


def duplicates_in_state(
    tenant_id: UUID,
    *,
    limit: int,
    state: str | None = None,
    after: tuple[datetime, UUID] | None = None,
) -> Query[DuplicateRow]:
    """Questions, oldest first; `after` is (asked_at, duplicate_id) of the page before."""
    asked_at, duplicate_id = after if after is not None else (None, None)
    return Query(
        DuplicateRow,
        """
        SELECT {columns} FROM read_model.contact_duplicates
        WHERE tenant_id = %(tenant)s AND (%(state)s::text IS NULL OR state = %(state)s)
          AND (%(asked_at)s::timestamptz IS NULL
               OR (asked_at, duplicate_id) > (%(asked_at)s, %(duplicate)s::uuid))
        ORDER BY asked_at, duplicate_id LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "state": state,
            "asked_at": asked_at,
            "duplicate": duplicate_id,
            "limit": limit,
        },
    )


def duplicates_by_id(tenant_id: UUID, duplicate_ids: list[UUID]) -> Query[DuplicateRow]:
    """These questions, in no particular order."""
    return Query(
        DuplicateRow,
        """
        SELECT {columns} FROM read_model.contact_duplicates
        WHERE tenant_id = %(tenant)s AND duplicate_id = ANY(%(duplicates)s)
        """,
        {"tenant": tenant_id, "duplicates": duplicate_ids},
    )
