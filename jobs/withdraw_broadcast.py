"""Take the messages of a cancelled broadcast that still wait out of the outbox."""

import time
from typing import Final
from uuid import UUID

import msgspec

from domain.admission import RefusalReason
from domain.broadcast_commands import RecordWithdrawal
from domain.effects import WithdrawBroadcast
from domain.errors import HubError
from domain.identity import BroadcastId, BroadcastPlanId, OutboundMessageId, TenantId
from domain.outbound_commands import RefuseSend
from domain.outbound_errors import OutboundNotDue
from domain.outbound_message import DeliveryState
from domain.scopes import BROADCAST_SCOPES
from infrastructure.following.positions import place_of
from infrastructure.following.retry import TryAgain
from infrastructure.postgres.connections import HubConnection, tenant_session
from jobs.bulk import batch, broadcast_provenance
from jobs.runtime import JobRuntime
from jobs.work_not_ready import WorkNotReady
from projections.broadcast_recipients import BroadcastRecipients, delivery_counts
from projections.outbox import Outbox, OutboxRow, waiting_messages_of_broadcast
from projections.work_items import WorkItemRow

PAGE: Final = 250

SHOWN_WITHIN_S: Final = 3.0
"""How long a run waits for the read models before it is put back."""
_PAUSE_S: Final = 0.05


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
            messages=_withdrawn(runtime, tenant_id, effect.broadcast_id, effect.plan_id),
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
    tenant_id: TenantId,
    broadcast_id: BroadcastId,
    plan_id: BroadcastPlanId,
) -> int:
    """How many messages were withdrawn. Raises WorkNotReady unless nothing waits any more."""
    _wait_until_shown(runtime, tenant_id)
    with tenant_session(runtime.pool, tenant_id) as connection:
        waiting = waiting_messages_of_broadcast(tenant_id, broadcast_id, limit=1).first(connection)
        if waiting is not None:
            raise WorkNotReady
        counts = delivery_counts(tenant_id, [plan_id]).fetch(connection)
    return sum(
        count.messages for count in counts if count.reason == RefusalReason.BROADCAST_CANCELLED
    )


def _wait_until_shown(runtime: JobRuntime, tenant_id: TenantId) -> None:
    """Wait until the read models show all that has happened by now. Raises WorkNotReady."""
    deadline = time.monotonic() + SHOWN_WITHIN_S
    head = 0
    while True:
        with tenant_session(runtime.pool, tenant_id) as connection:
            head = head or _head(connection, tenant_id)
            names = (Outbox.name, BroadcastRecipients.name)
            if min(place_of(connection, name).position for name in names) >= head:
                return
        if time.monotonic() > deadline:
            raise WorkNotReady
        time.sleep(_PAUSE_S)


def _head(connection: HubConnection, tenant_id: TenantId) -> int:
    row = connection.execute(
        "SELECT max(notification_id) FROM hub.events WHERE tenant_id = %s", (tenant_id,)
    ).fetchone()
    return row[0] if row is not None else 0
