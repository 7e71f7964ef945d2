"""Attempts whose sender died, or lost its lane, between their start and their outcome."""

from domain.delivery_state import DeliveryState
from domain.errors import HubError, StoreUnavailable
from domain.identity import OutboundMessageId, TenantId
from domain.outbound_commands import RecordInDoubt
from domain.outbound_message import OutboundMessage
from domain.ports.vault import VaultUnavailable
from domain.scopes import DELIVERY_SCOPES
from infrastructure.telemetry.metrics import SENDS
from jobs.outbound.attempts import provenance_of
from jobs.runtime import SendRuntime
from projections.outbox import OutboxRow


def settle_abandoned_attempt(runtime: SendRuntime, row: OutboxRow) -> None:
    """Mark an attempt as in doubt that has no outcome and whose sender cannot give one any more.

    The caller must hold the lane of the sender number and must not have made the attempt itself.
    """
    records = runtime.journal.load(TenantId(row.tenant_id), row.outbound_message_id)
    message = OutboundMessage.replay_records(row.outbound_message_id, records)
    if message.state is not DeliveryState.ATTEMPTING or message.attempt != row.attempt:
        return
    command = RecordInDoubt(
        outbound_message_id=OutboundMessageId(row.outbound_message_id),
        attempt=message.attempt,
        cause="sender_died",
    )
    try:
        runtime.hub.handle(command, provenance_of(records[0]), DELIVERY_SCOPES)
    except (StoreUnavailable, VaultUnavailable):
        raise
    except HubError:
        # Its outcome or a status came in after all.
        return
    SENDS.labels("in_doubt").inc()
