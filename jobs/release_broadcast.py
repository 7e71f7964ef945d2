"""Ask for every message of an approved broadcast to be sent."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.automatic_messages import PRIORITIES
from domain.broadcast import OVER, SENDING, Broadcast, BroadcastApproval
from domain.broadcast_commands import AbandonBroadcast, RecordRelease
from domain.broadcast_recipient import RecipientContent, plan_bytes
from domain.effects import ReleaseBroadcast
from domain.errors import HubError
from domain.identity import ContactId, ConversationId, OutboundMessageId, TenantId
from domain.outbound_commands import RequestOutbound
from domain.outbound_message import Approval, ApprovalKind, MessagePurpose
from domain.scopes import BROADCAST_SCOPES
from infrastructure.failpoints import failpoint
from infrastructure.following.retry import TryAgain
from infrastructure.postgres.connections import tenant_session
from infrastructure.postgres.sealing import open_contents
from jobs.bulk import BroadcastMoved, batch, broadcast_provenance, load_broadcast
from jobs.runtime import JobRuntime
from jobs.work_not_ready import WorkNotReady
from projections.broadcast_recipients import (
    BroadcastRecipientRow,
    messages_of_plan,
    plan_entries,
)
from projections.sealed_column import sealed_of
from projections.work_items import WorkItemRow

PAGE: Final = 100
"""Messages of one transaction: replies are asked for in between."""


class PlanNotAsApproved(HubError):
    """What is stored of the plan is not what a human approved; nothing of it is sent."""

    code = "PLAN_NOT_AS_APPROVED"
    hint = "Run `hub projections verify broadcast_recipients`, then plan the broadcast anew."


def release_broadcast(runtime: JobRuntime, item: WorkItemRow) -> None:
    """Ask for the messages of the approved plan.

    Whoever dies in the middle leaves some; the next run goes through all of them, and a message
    that was asked for is not asked for again. Raises WorkNotReady while the broadcast is paused or
    the plan is not visible yet, PlanNotAsApproved.
    """
    effect = msgspec.json.decode(item.payload, type=ReleaseBroadcast)
    tenant_id = TenantId(item.tenant_id)
    broadcast = load_broadcast(runtime, tenant_id, effect.broadcast_id)
    if broadcast.state not in OVER:
        _require_as_approved(runtime, tenant_id, broadcast)
    requested, after = 0, None
    while broadcast.state not in OVER:
        if broadcast.state not in SENDING:
            raise WorkNotReady
        rows = _messages(runtime, tenant_id, effect.plan_id, after)
        if not rows:
            break
        try:
            _request(runtime, item, broadcast, rows)
            requested, after = requested + len(rows), rows[-1].outbound_message_id
        except (BroadcastMoved, TryAgain):
            pass
        broadcast = load_broadcast(runtime, tenant_id, effect.broadcast_id)
    _record(runtime, item, effect, requested)
    failpoint("release.after_record")


def give_release_up(runtime: JobRuntime, item: WorkItemRow, reason: str) -> None:
    """End a broadcast whose messages cannot be asked for; a person sees the reason."""
    effect = msgspec.json.decode(item.payload, type=ReleaseBroadcast)
    runtime.hub.handle(
        AbandonBroadcast(broadcast_id=effect.broadcast_id, reason=reason),
        broadcast_provenance(item),
        BROADCAST_SCOPES,
    )
    _record(runtime, item, effect, 0)


def _record(
    runtime: JobRuntime, item: WorkItemRow, effect: ReleaseBroadcast, requested: int
) -> None:
    runtime.hub.handle(
        RecordRelease(
            broadcast_id=effect.broadcast_id, plan_id=effect.plan_id, requested=requested
        ),
        broadcast_provenance(item),
        BROADCAST_SCOPES,
    )


def _require_as_approved(runtime: JobRuntime, tenant_id: TenantId, broadcast: Broadcast) -> None:
    """Compare what is stored with what was approved, all of it together."""
    approved = broadcast.approved
    if approved is None or broadcast.approval is None:
        raise PlanNotAsApproved("The broadcast was not approved.")
    with tenant_session(runtime.pool, tenant_id) as connection:
        entries = plan_entries(tenant_id, approved.plan_id).fetch(connection)
    if len(entries) < approved.recipients:
        raise WorkNotReady
    stored = plan_bytes(
        approved.plan_id, [(entry.outbound_message_id, entry.body_digest) for entry in entries]
    )
    if runtime.vault.digest(tenant_id, "broadcast-plan", stored) != approved.plan_digest:
        raise PlanNotAsApproved("The stored plan is not the approved one.")


def _messages(
    runtime: JobRuntime, tenant_id: TenantId, plan_id: UUID, after: UUID | None
) -> list[BroadcastRecipientRow]:
    with tenant_session(runtime.pool, tenant_id) as connection:
        return messages_of_plan(tenant_id, plan_id, limit=PAGE, after=after).fetch(connection)


def _request(
    runtime: JobRuntime,
    item: WorkItemRow,
    broadcast: Broadcast,
    rows: Sequence[BroadcastRecipientRow],
) -> None:
    approval, sender = broadcast.approval, broadcast.sender_number_id
    if approval is None or sender is None:
        raise PlanNotAsApproved("The broadcast was not approved.")
    tenant_id = TenantId(item.tenant_id)
    sealed = [sealed_of(row.body_sealed or b"") for row in rows]
    contents: list[Any] = open_contents(runtime.vault, tenant_id, sealed)
    with batch(runtime, broadcast_provenance(item)) as page:
        page.read([row.outbound_message_id for row in rows])
        for row, content in zip(rows, contents, strict=True):
            # Of a contact that was erased meanwhile there are no words any more.
            if isinstance(content, RecipientContent) and row.conversation_id is not None:
                page.handle(
                    RequestOutbound(
                        outbound_message_id=OutboundMessageId(row.outbound_message_id),
                        conversation_id=ConversationId(row.conversation_id),
                        contact_id=ContactId(row.contact_id),
                        sender_number_id=sender,
                        purpose=MessagePurpose.BROADCAST,
                        priority=PRIORITIES[MessagePurpose.BROADCAST],
                        approval=_approval(broadcast, approval, row.body_digest),
                        body=content.body,
                    )
                )
        page.store()
        page.require_unchanged(broadcast)
        failpoint("release.before_page_commit")
    failpoint("release.after_page_commit")


def _approval(broadcast: Broadcast, approval: BroadcastApproval, body_digest: str) -> Approval:
    return Approval(
        kind=ApprovalKind.BROADCAST,
        reference=broadcast.id,
        event_id=approval.event_id,
        approved_by=approval.approved_by,
        approved_at=approval.approved_at,
        body_digest=body_digest,
    )
