"""What work follows from the steps of a broadcast."""

from domain.broadcast import BroadcastApproved, BroadcastCancelled, BroadcastPlanRequested
from domain.effects import Effect, PlanRecipients, ReleaseBroadcast, WithdrawBroadcast
from domain.event import EventRecord, fact_of


def plan_recipients(record: EventRecord) -> Effect:
    """Whenever a member asked for a plan, freeze recipients and words."""
    event = fact_of(record, BroadcastPlanRequested)
    return PlanRecipients(broadcast_id=event.broadcast_id, request_id=event.request_id)


def release_broadcast(record: EventRecord) -> Effect:
    """Whenever a member approved a broadcast, ask for its messages to be sent."""
    event = fact_of(record, BroadcastApproved)
    return ReleaseBroadcast(broadcast_id=event.broadcast_id, plan_id=event.plan_id)


def withdraw_broadcast(record: EventRecord) -> Effect | None:
    """Whenever an approved broadcast was cancelled, take what still waits out of the outbox."""
    event = fact_of(record, BroadcastCancelled)
    if event.plan_id is None:
        return None
    return WithdrawBroadcast(broadcast_id=event.broadcast_id, plan_id=event.plan_id)
