"""The job that a doorbell rings for: serve the lane of a sender number, and others that wait."""

import time
from uuid import UUID

from domain.identity import TenantId
from jobs.outbound.host import LIMIT_S, LaneHost, LaneName
from jobs.queues import Doorbells, QueueName
from jobs.runtime import SendRuntime


def drain_sender(runtime: SendRuntime, tenant_id: TenantId, sender_number_id: str) -> None:
    """Send the due messages of a sender number, and of every other one that nobody looks after.

    Lanes that another process holds are left to it. What waits for the firm, because it or the
    number may not send, is looked at again by the sweep.
    """
    first = LaneName(tenant_id, UUID(sender_number_id))
    for name in runtime.runner.run(LaneHost(runtime, runtime.is_stopped).run(first)):
        ring_for_sender(runtime.doorbells, name.tenant_id, name.sender_number_id, firm=runtime.firm)


def ring_for_sender(
    doorbells: Doorbells,
    tenant_id: TenantId,
    sender_number_id: UUID,
    *,
    firm: TenantId | None = None,
) -> None:
    """Ask for a run, a moment later than the present bucket of time."""
    bucket = int(time.time()) + 1
    doorbells.ring(
        QueueName.OUTBOUND,
        "drain_sender",
        tenant_id,
        sender_number_id,
        bucket=bucket,
        limit_s=LIMIT_S,
        firm=firm,
    )
