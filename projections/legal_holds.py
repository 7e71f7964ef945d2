"""The legal holds: which contacts nothing of may be deleted, since when, and why (sealed)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.legal_hold import LegalHoldPlaced, LegalHoldReleased
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Table


class LegalHoldRow(msgspec.Struct):
    """A contact that a hold lies or lay on."""

    contact_id: UUID
    tenant_id: UUID
    is_placed: bool
    since: datetime
    member_id: UUID
    reason_sealed: bytes | None = None


def _placed(page: Page[LegalHoldRow], record: EventRecord, event: LegalHoldPlaced) -> None:
    page.put(
        LegalHoldRow(
            contact_id=event.contact_id,
            tenant_id=record.tenant_id,
            is_placed=True,
            since=record.occurred_at,
            member_id=event.member_id,
            reason_sealed=sealed_column(event),
        )
    )


def _released(page: Page[LegalHoldRow], record: EventRecord, event: LegalHoldReleased) -> None:
    page.put(
        LegalHoldRow(
            contact_id=event.contact_id,
            tenant_id=record.tenant_id,
            is_placed=False,
            since=record.occurred_at,
            member_id=event.member_id,
        )
    )


class LegalHolds(StateProjection[LegalHoldRow]):
    """One row per contact that a hold was placed on."""

    name = "legal_holds"
    version = 1
    table = Table("legal_holds", LegalHoldRow, key=("contact_id",))
    changes: ClassVar[Changes] = {
        LegalHoldPlaced: Change(_placed),
        LegalHoldReleased: Change(_released),
    }


def legal_holds_of(tenant_id: UUID, contact_ids: list[UUID]) -> Query[LegalHoldRow]:
    """The holds on these contacts, in no particular order."""
    return Query(
        LegalHoldRow,
        """
        SELECT {columns} FROM read_model.legal_holds
        WHERE tenant_id = %(tenant)s AND contact_id = ANY(%(ids)s)
        """,
        {"tenant": tenant_id, "ids": contact_ids},
    )
