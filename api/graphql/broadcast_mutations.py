"""The mutations of broadcasts."""

from typing import Annotated

import strawberry

from api.graphql.access import guarded
from api.graphql.broadcast_inputs import (
    ApproveBroadcastInput,
    CancelBroadcastInput,
    DraftBroadcastInput,
    PauseBroadcastInput,
    PlanBroadcastInput,
    ResumeBroadcastInput,
    ReviseBroadcastInput,
)
from api.graphql.context import Info
from api.graphql.manage_broadcast import (
    ApproveBroadcastPayload,
    CancelBroadcastPayload,
    DraftBroadcastPayload,
    PauseBroadcastPayload,
    PlanBroadcastPayload,
    ResumeBroadcastPayload,
    ReviseBroadcastPayload,
    approve_broadcast,
    cancel_broadcast,
    draft_broadcast,
    pause_broadcast,
    plan_broadcast,
    resume_broadcast,
    revise_broadcast,
)
from domain.scopes import Scope

GIVEN = strawberry.argument(description="What is decided.")


@strawberry.type(description="What members decide about broadcasts.")
class BroadcastMutations:
    """Part of the root of mutations."""

    @guarded(Scope.BROADCASTS_WRITE, "Write a broadcast for contacts with certain labels.")
    async def draft_broadcast(
        self,
        info: Info,
        input: Annotated[DraftBroadcastInput, GIVEN],  # noqa: A002 - as above
    ) -> DraftBroadcastPayload | None:
        """See `manage_broadcast`."""
        return await draft_broadcast(info, input)

    @guarded(Scope.BROADCASTS_WRITE, "Change a broadcast that nobody approved yet.")
    async def revise_broadcast(
        self,
        info: Info,
        input: Annotated[ReviseBroadcastInput, GIVEN],  # noqa: A002 - as above
    ) -> ReviseBroadcastPayload | None:
        """See `manage_broadcast`."""
        return await revise_broadcast(info, input)

    @guarded(Scope.BROADCASTS_WRITE, "Find out who would get which words; the plan follows.")
    async def plan_broadcast(
        self,
        info: Info,
        input: Annotated[PlanBroadcastInput, GIVEN],  # noqa: A002 - as above
    ) -> PlanBroadcastPayload | None:
        """See `manage_broadcast`."""
        return await plan_broadcast(info, input)

    @guarded(Scope.BROADCASTS_APPROVE, "Approve a plan as a whole: exactly its messages are sent.")
    async def approve_broadcast(
        self,
        info: Info,
        input: Annotated[ApproveBroadcastInput, GIVEN],  # noqa: A002 - as above
    ) -> ApproveBroadcastPayload | None:
        """See `manage_broadcast`."""
        return await approve_broadcast(info, input)

    @guarded(Scope.BROADCASTS_WRITE, "Send no further message until it is resumed.")
    async def pause_broadcast(
        self,
        info: Info,
        input: Annotated[PauseBroadcastInput, GIVEN],  # noqa: A002 - as above
    ) -> PauseBroadcastPayload | None:
        """See `manage_broadcast`."""
        return await pause_broadcast(info, input)

    @guarded(Scope.BROADCASTS_APPROVE, "Go on sending where it was paused.")
    async def resume_broadcast(
        self,
        info: Info,
        input: Annotated[ResumeBroadcastInput, GIVEN],  # noqa: A002 - as above
    ) -> ResumeBroadcastPayload | None:
        """See `manage_broadcast`."""
        return await resume_broadcast(info, input)

    @guarded(Scope.BROADCASTS_WRITE, "End a broadcast for good; what was sent stays sent.")
    async def cancel_broadcast(
        self,
        info: Info,
        input: Annotated[CancelBroadcastInput, GIVEN],  # noqa: A002 - as above
    ) -> CancelBroadcastPayload | None:
        """See `manage_broadcast`."""
        return await cancel_broadcast(info, input)
