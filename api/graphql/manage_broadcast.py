"""What members decide about broadcasts: draft, plan, approve, pause, resume, cancel."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import strawberry

from api.graphql.assembly import load
from api.graphql.broadcast import Broadcast
from api.graphql.broadcast_inputs import (
    ApproveBroadcastInput,
    CancelBroadcastInput,
    DraftBroadcastInput,
    PauseBroadcastInput,
    PlanBroadcastInput,
    ResumeBroadcastInput,
    ReviseBroadcastInput,
)
from api.graphql.broadcast_writing import audience_of, content_of, written
from api.graphql.commands import (
    Cause,
    CommandPayload,
    Done,
    Given,
    Intend,
    Intention,
    Names,
    carry_out,
    cause_of,
)
from api.graphql.context import Info, RequestContext
from api.graphql.ids import identifier_of
from api.graphql.wanted import wanted_below
from domain.aggregate import Command
from domain.broadcast_commands import (
    ApproveBroadcast,
    CancelBroadcast,
    DraftBroadcast,
    PauseBroadcast,
    PlanBroadcast,
    ResumeBroadcast,
    ReviseBroadcast,
)
from domain.contact_labels import LABELS_MAX
from domain.errors import InvalidInput
from domain.identity import BroadcastId, PlanRequestId, SenderNumberId, derived_id
from infrastructure.unique_ids import new_id
from projections.directory_queries import senders_by_id

_BROADCAST_ID = ("input", "broadcastId")
_NAMES: Names = {
    ("content", "title"): "title",
    ("content", "words", "text"): "text",
    ("content", "words", "body", "values"): "template",
    ("audience", "labels"): "labels",
    ("audience", "excluded_labels"): "excludedLabels",
    ("reason",): "reason",
    **{("audience", "labels", str(place)): "labels" for place in range(LABELS_MAX)},
    **{
        ("audience", "excluded_labels", str(place)): "excludedLabels" for place in range(LABELS_MAX)
    },
}


@strawberry.interface(description="The answer to a command on a broadcast.")
class BroadcastPayload(CommandPayload):
    """The broadcast after the command."""

    broadcast: Broadcast | None = strawberry.field(
        description="The broadcast; null if nothing was done."
    )


@strawberry.type(description="The answer to `draftBroadcast`.")
class DraftBroadcastPayload(BroadcastPayload):
    """After the draft."""


@strawberry.type(description="The answer to `reviseBroadcast`.")
class ReviseBroadcastPayload(BroadcastPayload):
    """After the change."""


@strawberry.type(description="The answer to `planBroadcast`.")
class PlanBroadcastPayload(BroadcastPayload):
    """The plan follows: wait for `broadcast.planned.v1` in `activity`."""


@strawberry.type(description="The answer to `approveBroadcast`.")
class ApproveBroadcastPayload(BroadcastPayload):
    """After the approval."""


@strawberry.type(description="The answer to `pauseBroadcast`.")
class PauseBroadcastPayload(BroadcastPayload):
    """After the pause began."""


@strawberry.type(description="The answer to `resumeBroadcast`.")
class ResumeBroadcastPayload(BroadcastPayload):
    """After the pause ended."""


@strawberry.type(description="The answer to `cancelBroadcast`.")
class CancelBroadcastPayload(BroadcastPayload):
    """After the end."""


async def draft_broadcast(info: Info, given: DraftBroadcastInput) -> DraftBroadcastPayload:
    """Record a draft."""

    def intend(context: RequestContext, _is_new: bool) -> Intention:
        member_id = context.member.member_id
        key = derived_id(context.tenant_id, "broadcast", str(member_id), given.idempotency_key)
        command = DraftBroadcast(
            tenant_id=context.tenant_id,
            broadcast_id=BroadcastId(key),
            sender_number_id=_known_sender(context, given.sender_number_id),
            audience=audience_of(context, BroadcastId(key), given),
            content=content_of(context, given),
            expected_version=given.expected_version,
        )
        return Intention(command, Cause(new_id()))

    wanted = {"senderNumberId": given.sender_number_id, **written(given)}
    done = await carry_out(info, _given("draftBroadcast", given, wanted), intend, _NAMES)
    return DraftBroadcastPayload(broadcast=await _shown(info, done), **done.common)


async def revise_broadcast(info: Info, given: ReviseBroadcastInput) -> ReviseBroadcastPayload:
    """Record other words or another audience."""

    def command(context: RequestContext, broadcast_id: BroadcastId) -> Command:
        return ReviseBroadcast(
            tenant_id=context.tenant_id,
            broadcast_id=broadcast_id,
            audience=audience_of(context, broadcast_id, given),
            content=content_of(context, given),
            expected_version=given.expected_version,
        )

    done = await _carry_out(info, "reviseBroadcast", given, command, written(given))
    return ReviseBroadcastPayload(broadcast=await _shown(info, done), **done.common)


async def plan_broadcast(info: Info, given: PlanBroadcastInput) -> PlanBroadcastPayload:
    """Ask for a plan; it is made by a worker."""

    def command(context: RequestContext, broadcast_id: BroadcastId) -> Command:
        member_id = context.member.member_id
        request = derived_id(broadcast_id, "plan", str(member_id), given.idempotency_key)
        return PlanBroadcast(
            broadcast_id=broadcast_id,
            request_id=PlanRequestId(request),
            expected_version=given.expected_version,
        )

    done = await _carry_out(info, "planBroadcast", given, command)
    return PlanBroadcastPayload(broadcast=await _shown(info, done), **done.common)


async def approve_broadcast(info: Info, given: ApproveBroadcastInput) -> ApproveBroadcastPayload:
    """Approve the whole plan."""

    def command(_context: RequestContext, broadcast_id: BroadcastId) -> Command:
        return ApproveBroadcast(
            broadcast_id=broadcast_id,
            plan_digest=given.plan_digest,
            expected_version=given.expected_version,
        )

    done = await _carry_out(
        info, "approveBroadcast", given, command, {"planDigest": given.plan_digest}
    )
    return ApproveBroadcastPayload(broadcast=await _shown(info, done), **done.common)


async def pause_broadcast(info: Info, given: PauseBroadcastInput) -> PauseBroadcastPayload:
    """Stop sending for now."""

    def command(_context: RequestContext, broadcast_id: BroadcastId) -> Command:
        return PauseBroadcast(broadcast_id=broadcast_id, expected_version=given.expected_version)

    done = await _carry_out(info, "pauseBroadcast", given, command)
    return PauseBroadcastPayload(broadcast=await _shown(info, done), **done.common)


async def resume_broadcast(info: Info, given: ResumeBroadcastInput) -> ResumeBroadcastPayload:
    """Send on."""

    def command(_context: RequestContext, broadcast_id: BroadcastId) -> Command:
        return ResumeBroadcast(broadcast_id=broadcast_id, expected_version=given.expected_version)

    done = await _carry_out(info, "resumeBroadcast", given, command)
    return ResumeBroadcastPayload(broadcast=await _shown(info, done), **done.common)


async def cancel_broadcast(info: Info, given: CancelBroadcastInput) -> CancelBroadcastPayload:
    """End it for good."""

    def command(_context: RequestContext, broadcast_id: BroadcastId) -> Command:
        return CancelBroadcast(
            broadcast_id=broadcast_id,
            reason=given.reason,
            expected_version=given.expected_version,
        )

    done = await _carry_out(info, "cancelBroadcast", given, command, {"reason": given.reason})
    return CancelBroadcastPayload(broadcast=await _shown(info, done), **done.common)


async def _carry_out(
    info: Info,
    name: str,
    given: Any,
    command: Callable[[RequestContext, BroadcastId], Command],
    body: dict[str, Any] | None = None,
) -> Done:
    wanted = {"broadcastId": given.broadcast_id, **(body or {})}
    return await carry_out(info, _given(name, given, wanted), _intend(given, command), _NAMES)


def _intend(given: Any, command: Callable[[RequestContext, BroadcastId], Command]) -> Intend:
    def intend(context: RequestContext, _is_new: bool) -> Intention:
        key: UUID = identifier_of(given.broadcast_id, "Broadcast", field=_BROADCAST_ID)
        newest = cause_of(context.services.journal.load(context.tenant_id, key))
        return Intention(command(context, BroadcastId(key)), Cause(newest.correlation_id))

    return intend


def _known_sender(context: RequestContext, value: str) -> SenderNumberId:
    """The number of the firm that an id names. Raises InvalidId, InvalidInput."""
    field = ("input", "senderNumberId")
    key = identifier_of(value, "SenderNumber", field=field)
    query = senders_by_id(context.tenant_id, [key])
    row = context.services.read_models.ask(context.tenant_id, lambda reading: reading.first(query))
    if row is None:
        raise InvalidInput("There is no number of the firm with this id.", field=field)
    return SenderNumberId(key)


def _given(name: str, given: Any, body: dict[str, Any]) -> Given:
    return Given(
        name=name,
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={"expectedVersion": given.expected_version, **body},
    )


async def _shown(info: Info, done: Done) -> Broadcast | None:
    if done.outcome is None:
        return None
    key = done.outcome.aggregate.id
    wanted = wanted_below(info).below("broadcast")
    found = await info.context.read(lambda reading: load(reading, "Broadcast", [key], wanted))
    return found.get(key)
