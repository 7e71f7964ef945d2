"""Note how far a broadcast has come, and that it is over."""

from uuid import UUID

from domain.broadcast import StateCount
from domain.broadcast_commands import NoteProgress
from domain.identity import BroadcastId, TenantId
from domain.provenance import Provenance
from domain.scopes import BROADCAST_SCOPES
from infrastructure.postgres.connections import tenant_session
from jobs.bulk import BROADCASTER, load_broadcast
from jobs.runtime import JobRuntime
from projections.broadcast_recipients import OPEN_STATES, DeliveryCount, delivery_counts


def follow_broadcast(runtime: JobRuntime, tenant_id: TenantId, broadcast_id: str) -> None:
    """Record the progress of a broadcast that is being sent; nothing where nothing changed."""
    identifier = BroadcastId(UUID(broadcast_id))
    broadcast = load_broadcast(runtime, tenant_id, identifier)
    if broadcast.approved is None or broadcast.approval is None or not broadcast.is_released:
        return
    with tenant_session(runtime.pool, tenant_id) as connection:
        counts = delivery_counts(tenant_id, [broadcast.approved.plan_id]).fetch(connection)
    runtime.hub.handle(
        NoteProgress(
            broadcast_id=identifier,
            counts=tuple(_count(count) for count in counts),
            is_over=bool(counts) and not any(count.state in OPEN_STATES for count in counts),
        ),
        Provenance(
            tenant_id=tenant_id,
            actor=BROADCASTER,
            correlation_id=broadcast.id,
            causation_id=broadcast.approval.event_id,
        ),
        BROADCAST_SCOPES,
    )


def _count(count: DeliveryCount) -> StateCount:
    return StateCount(state=count.state, messages=count.messages, reason=count.reason)
