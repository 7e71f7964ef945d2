"""A member of the firm (a lawyer, a customer-service person, an auditor, an owner) and the tokens that act for it."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import MemberId
from domain.scopes import Role, Scope


class MemberDetails(msgspec.Struct, frozen=True, kw_only=True, tag="member_details"):
    """Name and mail address of a member: personal content."""

    name: str
    email: str


class MemberAdded(PersonalEvent, frozen=True, kw_only=True):
    """A person joined the firm with a role."""

    TOPIC: ClassVar[str] = "member.added.v1"
    CONTENT: ClassVar[type] = MemberDetails
    SUBJECT: ClassVar[str] = "member_id"

    member_id: MemberId
    role: Role
    content: MemberDetails | Sealed | Erased | UnsetType = UNSET


class MemberRoleChanged(Event, frozen=True, kw_only=True):
    """The role of a member changed."""

    TOPIC: ClassVar[str] = "member.role_changed.v1"

    member_id: MemberId
    role: Role


class MemberRemoved(Event, frozen=True, kw_only=True):
    """A member left the firm; its tokens stop at once."""

    TOPIC: ClassVar[str] = "member.removed.v1"

    member_id: MemberId


class TokenIssued(Event, frozen=True, kw_only=True):
    """A bearer token was issued for a member. Only its SHA-256 and its last four characters are kept."""

    TOPIC: ClassVar[str] = "member.token_issued.v1"

    member_id: MemberId
    token_id: UUID
    token_sha256: str
    last_four: str
    scopes: tuple[Scope, ...]
    expires_at: datetime


class TokenRevoked(Event, frozen=True, kw_only=True):
    """A token was revoked before its time."""

    TOPIC: ClassVar[str] = "member.token_revoked.v1"

    member_id: MemberId
    token_id: UUID
