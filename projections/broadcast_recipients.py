"""The recipients of broadcasts: the frozen words of each (sealed), and what became of them."""

from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec

from domain.broadcast_recipient import BroadcastRecipientExcluded, BroadcastRecipientPlanned
from domain.delivery_state import DeliveryState
from domain.event import EventRecord
from domain.outbound_message import (
    OutboundFailed,
    OutboundRefused,
    OutboundRequested,
    OutboundStatusUpdated,
)
from projections.deliveries import DELIVERY_EVENTS, state_after
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Index, Table

EXCLUDED: Final = "excluded"
"""The contact belongs to the audience and gets nothing."""
PLANNED: Final = "planned"
"""The words are frozen; the message was not asked for yet."""

OPEN_STATES: Final = (
    PLANNED,
    DeliveryState.REQUESTED.value,
    DeliveryState.ATTEMPTING.value,
    DeliveryState.IN_DOUBT.value,
)
"""The states in which it is not settled yet whether the message goes out."""


class BroadcastRecipientRow(msgspec.Struct):
    """A recipient of one plan. `state` is excluded, planned, or the state of the delivery.

    `reason` says why nothing reached the contact: a reason of the plan or of admission, or the code
    of Meta's error.
    """

    outbound_message_id: UUID
    tenant_id: UUID
    broadcast_id: UUID
    plan_id: UUID
    contact_id: UUID
    state: str
    updated_at: datetime
    conversation_id: UUID | None = None
    body_digest: str = ""
    body_sealed: bytes | None = None
    reason: str | None = None


def _planned(
    page: Page[BroadcastRecipientRow], record: EventRecord, event: BroadcastRecipientPlanned
) -> None:
    page.put(
        BroadcastRecipientRow(
            outbound_message_id=event.outbound_message_id,
            tenant_id=record.tenant_id,
            broadcast_id=event.broadcast_id,
            plan_id=event.plan_id,
            contact_id=event.contact_id,
            state=PLANNED,
            updated_at=record.occurred_at,
            conversation_id=event.conversation_id,
            body_digest=event.body_digest,
            body_sealed=sealed_column(event),
        )
    )


def _excluded(
    page: Page[BroadcastRecipientRow], record: EventRecord, event: BroadcastRecipientExcluded
) -> None:
    page.put(
        BroadcastRecipientRow(
            outbound_message_id=event.outbound_message_id,
            tenant_id=record.tenant_id,
            broadcast_id=event.broadcast_id,
            plan_id=event.plan_id,
            contact_id=event.contact_id,
            state=EXCLUDED,
            updated_at=record.occurred_at,
            reason=event.reason,
        )
    )


def _moved(page: Page[BroadcastRecipientRow], record: EventRecord, event: Any) -> None:
    row = page.get(event.outbound_message_id)
    if row is None:
        return
    if isinstance(event, OutboundRequested):
        row.state = DeliveryState.REQUESTED.value
    elif row.state != PLANNED:
        row.state = state_after(DeliveryState(row.state), event).value
    match event:
        case OutboundRefused(reason=reason):
            row.reason = reason
        case OutboundFailed(code=code):
            row.reason = "failed" if code is None else str(code)
        case OutboundStatusUpdated(error_codes=codes) if codes:
            row.reason = row.reason or str(codes[0])
    row.updated_at = record.occurred_at
    page.put(row)


class BroadcastRecipients(StateProjection[BroadcastRecipientRow]):
    """One row per recipient of a plan."""

    name = "broadcast_recipients"
    version = 1
    pace_s = 0.1
    table = Table(
        "broadcast_recipients",
        BroadcastRecipientRow,
        key=("outbound_message_id",),
        indexes=(
            Index("(tenant_id, plan_id, outbound_message_id)"),
            Index("(tenant_id, plan_id, state)"),
        ),
    )
    changes: ClassVar[Changes] = {
        BroadcastRecipientPlanned: Change(_planned),
        BroadcastRecipientExcluded: Change(_excluded),
        OutboundRequested: Change(_moved),
        **dict.fromkeys(DELIVERY_EVENTS, Change(_moved)),
    }


def recipients_of_plan(
    tenant_id: UUID,
    plan_id: UUID,
    *,
    limit: int,
    states: tuple[str, ...] | None = None,
    after: UUID | None = None,
) -> Query[BroadcastRecipientRow]:
    """Recipients of a plan by the ids of their messages; `after` is the last one of the page."""
    return Query(
        BroadcastRecipientRow,
        """
        SELECT {columns} FROM read_model.broadcast_recipients
        WHERE tenant_id = %(tenant)s AND plan_id = %(plan)s
          AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
          AND (%(after)s::uuid IS NULL OR outbound_message_id > %(after)s)
        ORDER BY outbound_message_id LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "plan": plan_id,
            "states": None if states is None else list(states),
            "after": after,
            "limit": limit,
        },
    )


def messages_of_plan(
    tenant_id: UUID, plan_id: UUID, *, limit: int, after: UUID | None = None
) -> Query[BroadcastRecipientRow]:
    """Recipients of a plan who get a message, by the ids of their messages."""
    return Query(
        BroadcastRecipientRow,
        """
        SELECT {columns} FROM read_model.broadcast_recipients
        WHERE tenant_id = %(tenant)s AND plan_id = %(plan)s AND state <> 'excluded'
          AND (%(after)s::uuid IS NULL OR outbound_message_id > %(after)s)
        ORDER BY outbound_message_id LIMIT %(limit)s
        """,
        {"tenant": tenant_id, "plan": plan_id, "after": after, "limit": limit},
    )


class PlanEntry(msgspec.Struct):
    """What the digest of a plan is made of."""

    outbound_message_id: UUID
    body_digest: str


def plan_entries(tenant_id: UUID, plan_id: UUID) -> Query[PlanEntry]:
    """Every message of a plan with the digest of its words."""
    return Query(
        PlanEntry,
        """
        SELECT {columns} FROM read_model.broadcast_recipients
        WHERE tenant_id = %(tenant)s AND plan_id = %(plan)s AND state <> 'excluded'
        """,
        {"tenant": tenant_id, "plan": plan_id},
    )


class DeliveryCount(msgspec.Struct):
    """How many recipients are in one state, for one reason."""

    plan_id: UUID
    state: str
    reason: str | None
    messages: int


def delivery_counts(tenant_id: UUID, plan_ids: list[UUID]) -> Query[DeliveryCount]:
    """How far the messages of plans have come; the excluded are not among them."""
    return Query(
        DeliveryCount,
        """
        SELECT plan_id, state, reason, count(*) AS messages FROM read_model.broadcast_recipients
        WHERE tenant_id = %(tenant)s AND plan_id = ANY(%(plans)s) AND state <> 'excluded'
        GROUP BY plan_id, state, reason ORDER BY plan_id, state, reason
        """,
        {"tenant": tenant_id, "plans": plan_ids},
    )


class SampleRow(msgspec.Struct):
    """The frozen words of one recipient."""

    plan_id: UUID
    body_sealed: bytes | None


def samples_of_plans(tenant_id: UUID, plan_ids: list[UUID], *, each: int) -> Query[SampleRow]:
    """The words of the first recipients of each plan."""
    return Query(
        SampleRow,
        """
        SELECT plan.id AS plan_id, sample.body_sealed
        FROM unnest(%(plans)s::uuid[]) AS plan (id)
        CROSS JOIN LATERAL (
            SELECT body_sealed FROM read_model.broadcast_recipients
            WHERE tenant_id = %(tenant)s AND plan_id = plan.id AND state <> 'excluded'
            ORDER BY outbound_message_id LIMIT %(each)s
        ) AS sample
        """,
        {"tenant": tenant_id, "plans": plan_ids, "each": each},
    )
