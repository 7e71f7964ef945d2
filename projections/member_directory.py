"""The member directory: the people of the firm; names and addresses are sealed."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.member import MemberAdded, MemberRemoved, MemberRoleChanged
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Index, Table


class MemberRow(msgspec.Struct):
    """A member of the firm. `removed_at` is set for those who left."""

    member_id: UUID
    tenant_id: UUID
    role: str
    added_at: datetime
    version: int
    details_sealed: bytes | None = None
    removed_at: datetime | None = None


def _added(page: Page[MemberRow], record: EventRecord, event: MemberAdded) -> None:
    page.put(
        MemberRow(
            member_id=event.member_id,
            tenant_id=record.tenant_id,
            role=event.role.value,
            added_at=record.occurred_at,
            version=record.stream_version,
            details_sealed=sealed_column(event),
        )
    )


def _role_changed(page: Page[MemberRow], record: EventRecord, event: MemberRoleChanged) -> None:
    row = page.get(event.member_id)
    if row is not None:
        row.role = event.role.value
        row.version = record.stream_version
        page.put(row)


def _removed(page: Page[MemberRow], record: EventRecord, event: MemberRemoved) -> None:
    row = page.get(event.member_id)
    if row is not None:
        row.removed_at = record.occurred_at
        row.version = record.stream_version
        page.put(row)


class MemberDirectory(StateProjection[MemberRow]):
    """One row per member."""

    name = "member_directory"
    version = 1
    table = Table(
        "member_directory", MemberRow, key=("member_id",), indexes=(Index("(tenant_id)"),)
    )
    changes: ClassVar[Changes] = {
        MemberAdded: Change(_added),
        MemberRoleChanged: Change(_role_changed),
        MemberRemoved: Change(_removed),
    }


def members_of_tenant(tenant_id: UUID) -> Query[MemberRow]:
    """The members of a firm, in the order in which they joined; those who left are included."""
    return Query(
        MemberRow,
        """
        SELECT {columns} FROM read_model.member_directory
        WHERE tenant_id = %(tenant)s ORDER BY added_at, member_id
        """,
        {"tenant": tenant_id},
    )


def members_by_id(tenant_id: UUID, member_ids: list[UUID]) -> Query[MemberRow]:
    """The members with these ids, in no particular order."""
    return Query(
        MemberRow,
        """
        SELECT {columns} FROM read_model.member_directory
        WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s)
        """,
        {"tenant": tenant_id, "members": member_ids},
    )
