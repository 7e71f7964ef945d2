"""Members of the firm, and whoever else acts."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.graphql.access import described, guarded
from api.graphql.content import ContentState, content_state, shown
from api.graphql.context import Info
from api.graphql.enums import ActorKind, Role
from api.graphql.ids import global_id, uuid_of
from api.graphql.node import NOT_LOADED, Maybe, Node, related
from api.reading import Opened, Reading
from domain.member import MemberDetails
from domain.scopes import Scope
from projections.member_directory import MemberRow


@strawberry.type(description="A member of the firm.")
class Member(Node):
    """A row of the member directory."""

    role: Role = strawberry.field(description="What the member may do.")
    joined_at: datetime = strawberry.field(description="When the member joined the firm.")
    left_at: datetime | None = strawberry.field(description="When the member left; null if not.")
    details: strawberry.Private[Opened]

    @described("The name; null where `contentState` is not VISIBLE.")
    def name(self, info: Info) -> str | None:
        """The name, if it may be seen."""
        return shown(info, self.details, _name)

    @described("Whether the name is shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why the name is shown or not."""
        return content_state(info, self.details)


def _name(details: MemberDetails) -> str:
    return details.name


def member(reading: Reading, row: MemberRow) -> Member:
    """Return a member of the directory."""
    return Member(
        id=global_id("Member", row.member_id),
        role=Role(row.role),
        joined_at=row.added_at,
        left_at=row.removed_at,
        details=reading.content(row.details_sealed),
    )


@strawberry.type(description="Who caused an event.")
class Actor:
    """The actor in the envelope of an event."""

    kind: ActorKind = strawberry.field(description="What kind of actor it is.")
    actor_id: strawberry.Private[str]
    acting_member: strawberry.Private[Maybe[Member]] = NOT_LOADED

    @described("The name of the part of the hub that acted; null for persons and programs.")
    def part(self) -> str | None:
        """Parts have names, persons have records."""
        is_part = self.kind in {ActorKind.SYSTEM, ActorKind.ASSISTANT, ActorKind.META}
        return self.actor_id if is_part else None

    @guarded(Scope.MEMBERS_READ, "The member who acted, if it was one.")
    def member(self, info: Info) -> Member | None:
        """The member behind the actor."""
        key = self.member_id
        return None if key is None else related(self.acting_member, info, "Member", key)

    @property
    def member_id(self) -> UUID | None:
        """The member's id, if it was one."""
        return uuid_of(self.actor_id) if self.kind is ActorKind.MEMBER else None


def actor(kind: str, actor_id: str) -> Actor:
    """Return the actor of an event."""
    return Actor(kind=ActorKind(kind), actor_id=actor_id)
