"""Look after messages that nobody is sending: old doubts, ended approvals, and waiting ones."""

import logging
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection

from domain.admission import RefusalReason
from domain.delivery_state import DeliveryState
from domain.errors import HubError
from domain.identity import OutboundMessageId, TenantId
from domain.outbound_commands import OutboundCommand, RefuseSend
from domain.outbound_message import OutboundMessage
from domain.outbound_timing_commands import TendDoubt
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import DELIVERY_SCOPES
from domain.sending_rules import approval_ends_at
from domain.tenant import Tenant
from infrastructure.postgres.connections import tenant_session
from infrastructure.telemetry.metrics import SENDS
from jobs.call_up_waiting import call_up_waiting
from jobs.runtime import SendRuntime
from projections.outbox import waiting_messages

log = logging.getLogger(__name__)

TENDER: Final = Actor(kind=ActorKind.SYSTEM, id="tender")
LIMIT: Final = 500
LIMIT_S: Final = 60


class FirmToTend(NamedTuple):
    """A firm with messages that wait for longer than a message usually does."""

    tenant_id: UUID


def firms_to_tend(connection: Connection[Any]) -> list[FirmToTend]:
    """Firms with a doubt that nobody was asked about, or with a message that waits for longer."""
    rows = connection.execute(
        """
        SELECT DISTINCT tenant_id FROM read_model.outbox
        WHERE (state = 'in_doubt' AND NOT parked
               AND attempted_at < clock_timestamp() - interval '1 minute')
           OR (state = 'due' AND requested_at < clock_timestamp() - interval '1 hour')
           OR waits_for = 'daily_limit'
        LIMIT 500
        """
    ).fetchall()
    return [FirmToTend(*row) for row in rows]


def tend_outbound(runtime: SendRuntime, tenant_id: TenantId) -> None:
    """Do what the firm's rules say about doubts, and hand back what is approved no more.

    What waits for the daily limit and has room earlier is called up.
    """
    tenant = runtime.load(Tenant, tenant_id, tenant_id)
    rules, now = tenant.sending_rules, runtime.clock.now()
    query = waiting_messages(
        tenant_id,
        requested_before=now - timedelta(hours=rules.approval_life_hours),
        attempted_before=now - timedelta(minutes=rules.doubt_wait_minutes),
        limit=LIMIT,
    )
    with tenant_session(runtime.pool, tenant_id) as connection:
        rows = query.fetch(connection)
    for row in rows:
        try:
            _tend(runtime, tenant, tenant_id, row.outbound_message_id)
        except HubError as refusal:
            log.warning(
                "A waiting message could not be looked after.",
                extra={"reference": str(row.outbound_message_id), "code": refusal.code},
            )
    call_up_waiting(runtime, tenant_id)


def _tend(
    runtime: SendRuntime, tenant: Tenant, tenant_id: TenantId, outbound_message_id: UUID
) -> None:
    records = runtime.journal.load(tenant_id, outbound_message_id)
    message = OutboundMessage.replay_records(outbound_message_id, records)
    if not records:
        return
    command = _due_command(runtime, tenant, message)
    if command is None:
        return
    provenance = Provenance(
        tenant_id=tenant_id,
        actor=TENDER,
        correlation_id=records[0].correlation_id,
        causation_id=records[-1].event_id,
        traceparent=records[0].traceparent,
    )
    runtime.hub.handle(command, provenance, DELIVERY_SCOPES)
    SENDS.labels("tended").inc()


def _due_command(
    runtime: SendRuntime, tenant: Tenant, message: OutboundMessage
) -> OutboundCommand | None:
    rules = tenant.sending_rules
    outbound_id = OutboundMessageId(message.id)
    if message.state is DeliveryState.IN_DOUBT:
        return TendDoubt(
            outbound_message_id=outbound_id,
            attempt=message.attempt,
            action=rules.action_for(message.requested.purpose),
            decided_by=tenant.sending_rules_by,
        )
    if message.state is DeliveryState.REQUESTED:
        ends_at = approval_ends_at(rules, message.requested)
        if ends_at is not None and runtime.clock.now() >= ends_at:
            return RefuseSend(
                outbound_message_id=outbound_id, reason=RefusalReason.APPROVAL_EXPIRED.value
            )
    return None
