"""The token directory: who a bearer token acts for and what it allows. Knows digests, no tokens."""

from datetime import datetime
from typing import ClassVar, NewType
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.member import (
    MemberAdded,
    MemberRemoved,
    MemberRoleChanged,
    TokenIssued,
    TokenRevoked,
)
from domain.scopes import Scope
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.table import Index, Table

ScopesJson = NewType("ScopesJson", str)
"""JSON text of a list of scopes."""


class TokenRow(msgspec.Struct):
    """A token. It acts while it is neither revoked nor expired; leaving the firm revokes it.

    `role` is the member's role now; `scopes` is what the token was issued for.
    """

    token_sha256: str
    tenant_id: UUID
    token_id: UUID
    member_id: UUID
    role: str
    scopes: ScopesJson
    last_four: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


def scopes_of(row: TokenRow) -> frozenset[Scope]:
    """The scopes that the token was issued for."""
    return frozenset(msgspec.json.decode(row.scopes, type=list[Scope]))


def _issued(page: Page[TokenRow], record: EventRecord, event: TokenIssued) -> None:
    role = ""
    for earlier in page.earlier(event.member_id, record):
        if isinstance(earlier.event, MemberAdded | MemberRoleChanged):
            role = earlier.event.role.value
    page.put(
        TokenRow(
            token_sha256=event.token_sha256,
            tenant_id=record.tenant_id,
            token_id=event.token_id,
            member_id=event.member_id,
            role=role,
            scopes=ScopesJson(msgspec.json.encode(event.scopes).decode()),
            last_four=event.last_four,
            issued_at=record.occurred_at,
            expires_at=event.expires_at,
        )
    )


def _revoked(page: Page[TokenRow], record: EventRecord, event: TokenRevoked) -> None:
    for row in page.matching("token_id", event.token_id):
        row.revoked_at = row.revoked_at or record.occurred_at
        page.put(row)


def _removed(page: Page[TokenRow], record: EventRecord, event: MemberRemoved) -> None:
    for row in page.matching("member_id", event.member_id):
        row.revoked_at = row.revoked_at or record.occurred_at
        page.put(row)


def _role_changed(page: Page[TokenRow], _record: EventRecord, event: MemberRoleChanged) -> None:
    for row in page.matching("member_id", event.member_id):
        row.role = event.role.value
        page.put(row)


class TokenDirectory(StateProjection[TokenRow]):
    """One row per token, found by the SHA-256 of the token."""

    name = "token_directory"
    version = 1
    table = Table(
        "token_directory",
        TokenRow,
        key=("token_sha256",),
        indexes=(
            Index("(member_id)", early=True),
            Index("(token_id)", early=True),
            Index("(tenant_id)"),
        ),
    )
    links = ("member_id", "token_id")
    changes: ClassVar[Changes] = {
        TokenIssued: Change(_issued, looks_back_at="member_id"),
        TokenRevoked: Change(_revoked, by="token_id"),
        MemberRemoved: Change(_removed, by="member_id"),
        MemberRoleChanged: Change(_role_changed, by="member_id"),
    }


def token_by_id(tenant_id: UUID, token_id: UUID) -> Query[TokenRow]:
    """One token of a firm."""
    return Query(
        TokenRow,
        """
        SELECT {columns} FROM read_model.token_directory
        WHERE tenant_id = %(tenant)s AND token_id = %(token)s
        """,
        {"tenant": tenant_id, "token": token_id},
    )
