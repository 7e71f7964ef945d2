"""Call up messages that wait for room under the daily limit, where there is room earlier.

Each waits for the place of somebody who counts now. There is room before that when Meta raised the
limit, when attempts certainly reached nobody, and for a contact that has written meanwhile.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.daily_limit import DAILY_LIMIT
from domain.errors import HubError
from domain.identity import OutboundMessageId, TenantId
from domain.outbound_timing_commands import PostponeSend
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import DELIVERY_SCOPES
from infrastructure.postgres.connections import tenant_session
from infrastructure.telemetry.metrics import SENDS
from jobs.runtime import SendRuntime
from projections.daily_room import daily_rooms, senders_with_waiting, waiting_for_room
from projections.outbox import OutboxRow

log = logging.getLogger(__name__)

CALLER: Final = Actor(kind=ActorKind.SYSTEM, id="tender")
LIMIT: Final = 500


def call_up_waiting(runtime: SendRuntime, tenant_id: TenantId) -> None:
    """Let those be sent at once for whom there is room; admission decides as for every message."""
    now = runtime.clock.now()
    for row in _those_with_room(runtime, tenant_id, now):
        try:
            _call_up(runtime, tenant_id, row.outbound_message_id, now)
        except HubError as refusal:
            log.info(
                "A message that waited for room does not wait any more.",
                extra={"reference": str(row.outbound_message_id), "code": refusal.code},
            )


def _those_with_room(
    runtime: SendRuntime, tenant_id: TenantId, now: datetime
) -> Sequence[OutboxRow]:
    found: dict[UUID, OutboxRow] = {}
    with tenant_session(runtime.pool, tenant_id) as connection:
        senders = [
            row.sender_number_id for row in senders_with_waiting(tenant_id).fetch(connection)
        ]
        rooms = daily_rooms(tenant_id, senders, now).fetch(connection) if senders else []
        # One account for several numbers, asked once.
        for account in {tuple(sorted(room.numbers)): room for room in rooms}.values():
            limit = LIMIT if account.room is None else min(account.room, LIMIT)
            for is_answer, most in ((True, LIMIT), (False, limit)):
                query = waiting_for_room(
                    tenant_id, account.numbers, now, limit=most, is_answer=is_answer
                )
                found |= {row.outbound_message_id: row for row in query.fetch(connection)}
    return list(found.values())


def _call_up(
    runtime: SendRuntime, tenant_id: TenantId, outbound_message_id: UUID, now: datetime
) -> None:
    records = runtime.journal.load(tenant_id, outbound_message_id)
    provenance = Provenance(
        tenant_id=tenant_id,
        actor=CALLER,
        correlation_id=records[0].correlation_id,
        causation_id=records[-1].event_id,
        traceparent=records[0].traceparent,
    )
    command = PostponeSend(
        outbound_message_id=OutboundMessageId(outbound_message_id),
        due_at=now,
        reason=DAILY_LIMIT,
    )
    runtime.hub.handle(command, provenance, DELIVERY_SCOPES)
    SENDS.labels("called_up").inc()
