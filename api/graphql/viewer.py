"""The viewer: who asks, for which firm, with which scopes."""

import strawberry

from api.graphql.access import described, guarded
from api.graphql.context import Info
from api.graphql.cursors import position_cursor
from api.graphql.enums import Role
from api.graphql.ids import global_id
from api.graphql.member import Member
from api.graphql.node import NOT_LOADED, Node, related
from api.graphql.scalars import Cursor
from api.stream_position import stream_position
from domain.identity import TenantId
from domain.ports.journal import Journal
from domain.scopes import Scope
from domain.tenant import Tenant
from projections.inbox_counts import COUNT_MAX, conversations_needing_reply


@strawberry.type(description="A law firm.")
class Firm(Node):
    """The firm, as its events have made it."""

    name: str = strawberry.field(description="The name of the firm.")
    time_zone: str = strawberry.field(description="The IANA time zone that the firm works in.")
    language: str = strawberry.field(description="The firm's language (ISO 639-1).")
    is_suspended: bool = strawberry.field(
        description="Whether nothing is sent for the firm until it is resumed."
    )


def firm(journal: Journal, tenant_id: TenantId) -> Firm | None:
    """Return a firm, or None. Waits for PostgreSQL."""
    tenant = Tenant.replay_records(tenant_id, journal.load(tenant_id, tenant_id))
    if not tenant.exists:
        return None
    return Firm(
        id=global_id("Firm", tenant_id),
        name=tenant.name,
        time_zone=tenant.time_zone,
        language=tenant.language,
        is_suspended=tenant.is_suspended,
    )


@strawberry.type(description="Who asks. Open to every valid token.")
class Viewer:
    """The principal of the request."""

    @described("The opaque global id of the viewer.")
    def id(self, info: Info) -> strawberry.ID:
        """One viewer per member."""
        return global_id("Viewer", info.context.member.member_id)

    @described("The role of the member now.")
    def role(self, info: Info) -> Role:
        """What the member may do at most."""
        return Role(info.context.member.role.value)

    @described("What this token allows, in the form `nouns:verb`.")
    def scopes(self, info: Info) -> list[str]:
        """The scopes of the token that the role still has."""
        return sorted(scope.value for scope in info.context.member.scopes)

    @guarded(Scope.MEMBERS_READ, "The member that the token acts for.")
    def member(self, info: Info) -> Member | None:
        """The viewer's own record."""
        return related(NOT_LOADED, info, "Member", info.context.member.member_id)

    @described("The firm that the member belongs to.")
    async def firm(self, info: Info) -> Firm | None:
        """The viewer's firm."""
        services = info.context.services
        return await services.read_models.run(firm, services.journal, info.context.tenant_id)

    @guarded(
        Scope.CONVERSATIONS_READ,
        f"How many open conversations wait for a person of the firm, counted up to {COUNT_MAX}.",
    )
    async def conversations_needing_reply(self, info: Info) -> int | None:
        """The number beside the inbox."""
        tenant_id = info.context.tenant_id
        query = conversations_needing_reply(tenant_id)
        count = await info.context.read(lambda reading: reading.first(query))
        return None if count is None else count.conversations

    @described("The position that the lists include now: subscribe to `activity` after it.")
    async def stream_position(self, info: Info) -> Cursor:
        """Where the firm's stream of events stands."""
        seq = await info.context.read(stream_position)
        return position_cursor(info.context.tenant_id, seq)
