"""Show the contact that a member read its message, or writes, if the firm wants that shown."""

from datetime import timedelta
from typing import Final

import msgspec

from domain.effects import ShowReadReceipt
from domain.identity import EventId, StreamId, TenantId
from domain.inbound_message import InboundMessage
from domain.ports.receipts import ReceiptCall, ReceiptRefused
from domain.provenance import Actor, ActorKind, Provenance
from domain.read_receipt import (
    TYPING_SHOWN_S,
    FailReadReceipt,
    ReadReceipt,
    RecordReadReceipt,
)
from domain.scopes import DELIVERY_SCOPES
from domain.sender_number import SenderNumber
from domain.tenant import Tenant
from infrastructure.telemetry.tracing import current_traceparent
from jobs.runtime import SendRuntime
from projections.work_items import WorkItemRow

RECEIPTS: Final = Actor(kind=ActorKind.SYSTEM, id="read-receipts")


def show_read_receipt(runtime: SendRuntime, item: WorkItemRow) -> None:
    """Tell WhatsApp, once. Raises ReceiptRefused where trying again may help."""
    effect = msgspec.json.decode(item.payload, type=ShowReadReceipt)
    tenant_id = TenantId(item.tenant_id)
    receipt = runtime.load(ReadReceipt, tenant_id, effect.receipt_id)
    if receipt.is_over:
        # The list of work shows what was done a moment later.
        return
    call = _call(runtime, tenant_id, effect, receipt)
    if isinstance(call, str):
        fail_read_receipt(runtime, item, call)
        return
    age = runtime.clock.now() - item.requested_at
    if effect.typing and age > timedelta(seconds=TYPING_SHOWN_S):
        fail_read_receipt(runtime, item, "Too late: nobody writes any more.")
        return
    try:
        runtime.receipts.show(call)
    except ReceiptRefused as refusal:
        if refusal.is_temporary:
            raise
        fail_read_receipt(runtime, item, refusal.words)
        return
    command = RecordReadReceipt(receipt_id=StreamId(effect.receipt_id))
    runtime.hub.handle(command, _provenance(item), DELIVERY_SCOPES)


def fail_read_receipt(runtime: SendRuntime, item: WorkItemRow, reason: str) -> None:
    """Record that nothing was shown."""
    effect = msgspec.json.decode(item.payload, type=ShowReadReceipt)
    command = FailReadReceipt(receipt_id=StreamId(effect.receipt_id), words=reason)
    runtime.hub.handle(command, _provenance(item), DELIVERY_SCOPES)


def _call(
    runtime: SendRuntime, tenant_id: TenantId, effect: ShowReadReceipt, receipt: ReadReceipt
) -> ReceiptCall | str:
    """The call to make, or why none is made."""
    firm = runtime.load(Tenant, tenant_id, tenant_id)
    if firm.is_suspended:
        return "The firm is suspended."
    if not (firm.shows_typing if effect.typing else firm.shows_read_receipts):
        return "The firm does not want it shown."
    message = runtime.load(InboundMessage, tenant_id, effect.message_id)
    if receipt.requested is None or message.content is None:
        return "The message was erased."
    number = runtime.load(SenderNumber, tenant_id, receipt.requested.sender_number_id)
    token = runtime.access_token(tenant_id, number.id, number.access_token_fingerprint)
    if number.is_paused or token is None:
        return "The sender number is paused or has no access token."
    return ReceiptCall(
        phone_number_id=number.phone_number_id,
        access_token=token,
        wamid=message.content.wamid,
        typing=effect.typing,
        graph_url=number.graph_url,
    )


def _provenance(item: WorkItemRow) -> Provenance:
    return Provenance(
        tenant_id=TenantId(item.tenant_id),
        actor=RECEIPTS,
        correlation_id=item.correlation_id,
        causation_id=EventId(item.caused_by),
        traceparent=current_traceparent.get(),
    )
