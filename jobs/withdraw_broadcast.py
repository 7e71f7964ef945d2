"""Take the messages of a cancelled broadcast that still wait out of the outbox."""

from typing import Final
from uuid import UUID

import msgspec

from domain.admission import RefusalReason
from domain.broadcast_commands import RecordWithdrawal
from domain.delivery_state import DeliveryState
from domain.effects import WithdrawBroadcast
from domain.errors import HubError
from domain.identity import BroadcastId, BroadcastPlanId, OutboundMessageId, TenantId
from domain.outbound_commands import RefuseSend
from domain.outbound_errors import OutboundNotDue
from domain.scopes import BROADCAST_SCOPES
from infrastructure.following.positions import place_of
from infrastructure.following.retry import TryAgain
from infrastructure.postgres.connections import tenant_session
from jobs.bulk import batch, broadcast_provenance
from jobs.runtime import JobRuntime
from jobs.work_not_ready import WorkNotReady
from projections.broadcast_recipients import delivery_counts
from projections.outbox import Outbox, OutboxRow, waiting_messages_of_broadcast
from projections.work_items import WorkItemRow

PAGE: Final = 250

_WAITING: Final = frozenset({DeliveryState.REQUESTED.value, DeliveryState.ATTEMPTING.value})


class WithdrawalStuck(HubError):
    """Messages of a cancelled broadcast could not be taken out of the outbox yet."""

    code = "WITHDRAWAL_STUCK"


def withdraw_broadcast(runtime: JobRuntime, item: WorkItemRow) -> None:
    """Refuse each waiting message, so that its own story says why it was not sent.

    Raises WorkNotReady as long as the outbox shows messages that wait, or whose attempt is under
    way: it may fail and wait again.
    """
    effect = msgspec.json.decode(item.payload, type=WithdrawBroadcast)
    tenant_id = TenantId(item.tenant_id)
    after: UUID | None = None
    while rows := _waiting(runtime, tenant_id, effect.broadcast_id, after):
        waiting = [row for row in rows if row.delivery_state == DeliveryState.REQUESTED]
        if _refuse(runtime, item, waiting):
            after = rows[-1].outbound_message_id
    runtime.hub.handle(
        RecordWithdrawal(
            broadcast_id=effect.broadcast_id,
            plan_id=effect.plan_id,
            messages=_withdrawn(runtime, item, effect.broadcast_id, effect.plan_id),
        ),
        broadcast_provenance(item),
        BROADCAST_SCOPES,
    )


def give_withdrawal_up(_runtime: JobRuntime, item: WorkItemRow, reason: str) -> None:
    """Keep the work: held messages are not sent meanwhile, and the sweep rings for it again."""
    raise WithdrawalStuck(
        f"The messages of a cancelled broadcast could not be withdrawn ({reason}).",
        hint=f"Nothing of it is sent. Look at the log for the work item {item.reference}.",
    )


def _waiting(
    runtime: JobRuntime, tenant_id: TenantId, broadcast_id: BroadcastId, after: UUID | None
) -> list[OutboxRow]:
    with tenant_session(runtime.pool, tenant_id) as connection:
        return waiting_messages_of_broadcast(
            tenant_id, broadcast_id, limit=PAGE, after=after
        ).fetch(connection)


def _refuse(runtime: JobRuntime, item: WorkItemRow, rows: list[OutboxRow]) -> bool:
    """Refuse these messages; False when somebody else continued one of them meanwhile."""
    try:
        with batch(runtime, broadcast_provenance(item)) as page:
            page.read([row.outbound_message_id for row in rows])
            for row in rows:
                try:
                    page.handle(
                        RefuseSend(
                            outbound_message_id=OutboundMessageId(row.outbound_message_id),
                            reason=RefusalReason.BROADCAST_CANCELLED,
                        )
                    )
                except OutboundNotDue:
                    continue
            page.store()
    except TryAgain:
        return False
    return True


def _withdrawn(
    runtime: JobRuntime,
    item: WorkItemRow,
    broadcast_id: BroadcastId,
    plan_id: BroadcastPlanId,
) -> int:
    """How many messages were withdrawn. Raises WorkNotReady unless nothing waits any more."""
    tenant_id = TenantId(item.tenant_id)
    with tenant_session(runtime.pool, tenant_id) as connection:
        # The outbox follows cancellations: once it has handled this one it shows every message.
        cancelled = connection.execute(
            "SELECT notification_id FROM hub.events WHERE event_id = %s", (item.caused_by,)
        ).fetchone()
        shown = place_of(connection, Outbox.name).position
        waiting = waiting_messages_of_broadcast(tenant_id, broadcast_id, limit=1).first(connection)
        counts = delivery_counts(tenant_id, [plan_id]).fetch(connection)
    is_behind = any(count.state in _WAITING for count in counts)
    if cancelled is None or shown < cancelled[0] or waiting is not None or is_behind:
        raise WorkNotReady
    return sum(
        count.messages for count in counts if count.reason == RefusalReason.BROADCAST_CANCELLED
    )
