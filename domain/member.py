"""A member of the firm, in one of its roles, and the tokens that act for the member."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.errors import AlreadyExists, HubError, InvalidInput, NotFound
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import MemberId
from domain.limits import NAME_CHARACTERS_MAX, require_pattern, require_text, require_time_zone
from domain.scopes import ROLE_SCOPES, Role, Scope


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
    """A bearer token was issued for a member.

    Only its SHA-256 and its last four characters are kept.
    """

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


class MemberAlreadyRemoved(HubError):
    """The member has left the firm."""

    code = "MEMBER_ALREADY_REMOVED"
    hint = "Add the person again as a new member if it came back."


class Member(Aggregate):
    """The member as its events have made it."""

    NOUN = "member"
    EVENTS = (MemberAdded, MemberRoleChanged, MemberRemoved, TokenIssued, TokenRevoked)

    role: Role = Role.AUDITOR
    is_removed: bool = False

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.tokens: dict[UUID, TokenIssued] = {}

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case MemberAdded():
                self.role = event.role
            case MemberRoleChanged():
                self.role = event.role
            case MemberRemoved():
                self.is_removed = True
                self.tokens.clear()
            case TokenIssued():
                self.tokens[event.token_id] = event
            case TokenRevoked():
                self.tokens.pop(event.token_id, None)

    def must_be_present(self) -> None:
        """Raise NotFound or MemberAlreadyRemoved unless the member belongs to the firm."""
        self.must_exist()
        if self.is_removed:
            raise MemberAlreadyRemoved("The member has left the firm.")


class AddMember(Command, frozen=True, kw_only=True):
    """Let a person join the firm with a role."""

    SCOPE = Scope.MEMBERS_MANAGE
    AGGREGATE = Member
    STREAM = "member_id"

    member_id: MemberId
    role: Role
    name: str
    email: str

    def execute(self, member: Member, _context: CommandContext) -> None:
        """Raise InvalidInput for a value out of its limits, AlreadyExists for a known id."""
        if member.exists:
            raise AlreadyExists("There is a member with this id already.")
        require_text(self.name, ("name",), characters_max=NAME_CHARACTERS_MAX)
        require_pattern(
            self.email,
            ("email",),
            r"(?=.{3,254}$)[^@\s]+@[^@\s]+",
            "a mail address, such as name@firm.example",
        )
        member.record(
            MemberAdded(
                member_id=self.member_id,
                role=self.role,
                content=MemberDetails(name=self.name.strip(), email=self.email),
            )
        )


class ChangeRole(Command, frozen=True, kw_only=True):
    """Give a member another role. Its tokens never allow more than the role does."""

    SCOPE = Scope.MEMBERS_MANAGE
    AGGREGATE = Member
    STREAM = "member_id"

    member_id: MemberId
    role: Role

    def execute(self, member: Member, _context: CommandContext) -> None:
        """Change the role; the same role changes nothing."""
        member.must_be_present()
        if member.role is not self.role:
            member.record(MemberRoleChanged(member_id=self.member_id, role=self.role))


class RemoveMember(Command, frozen=True, kw_only=True):
    """Let a member leave the firm; its tokens stop at once."""

    SCOPE = Scope.MEMBERS_MANAGE
    AGGREGATE = Member
    STREAM = "member_id"

    member_id: MemberId

    def execute(self, member: Member, _context: CommandContext) -> None:
        """Raise MemberAlreadyRemoved when the member has left before."""
        member.must_be_present()
        member.record(MemberRemoved(member_id=self.member_id))


class IssueToken(Command, frozen=True, kw_only=True):
    """Let a bearer token act for a member. The token itself is made, shown once and hashed outside.

    `scopes` may not exceed those of the member's role; empty means all of them.
    """

    SCOPE = Scope.TOKENS_MANAGE
    AGGREGATE = Member
    STREAM = "member_id"

    member_id: MemberId
    token_id: UUID
    token_sha256: str
    last_four: str
    expires_at: datetime
    scopes: tuple[Scope, ...] = ()

    def execute(self, member: Member, context: CommandContext) -> None:
        """Raise InvalidInput for a value out of its limits or a scope outside the role."""
        member.must_be_present()
        if self.token_id in member.tokens:
            raise AlreadyExists("There is a token with this id already.")
        require_pattern(
            self.token_sha256, ("token_sha256",), r"[0-9a-f]{64}", "a SHA-256 of 64 hex digits"
        )
        require_pattern(self.last_four, ("last_four",), r".{4}", "four characters")
        require_time_zone(self.expires_at, ("expires_at",))
        if self.expires_at <= context.now:
            raise InvalidInput("expires_at must lie in the future.", field=("expires_at",))
        allowed = ROLE_SCOPES[member.role]
        excess = sorted(set(self.scopes) - allowed)
        if excess:
            raise InvalidInput(
                f"The role {member.role} does not have: {', '.join(excess)}.",
                field=("scopes",),
                hint="Leave these scopes out, or change the member's role.",
            )
        member.record(
            TokenIssued(
                member_id=self.member_id,
                token_id=self.token_id,
                token_sha256=self.token_sha256,
                last_four=self.last_four,
                scopes=tuple(sorted(self.scopes or allowed)),
                expires_at=self.expires_at,
            )
        )


class RevokeToken(Command, frozen=True, kw_only=True):
    """Stop a token before its time."""

    SCOPE = Scope.TOKENS_MANAGE
    AGGREGATE = Member
    STREAM = "member_id"

    member_id: MemberId
    token_id: UUID

    def execute(self, member: Member, _context: CommandContext) -> None:
        """Raise NotFound for a token that is unknown or stopped."""
        member.must_exist()
        if self.token_id not in member.tokens:
            raise NotFound("There is no valid token with this id.")
        member.record(TokenRevoked(member_id=self.member_id, token_id=self.token_id))
