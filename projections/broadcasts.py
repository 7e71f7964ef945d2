"""The broadcasts of a firm: where each stands, what was planned, how far it has come."""

from datetime import datetime
from typing import Any, ClassVar, NewType, TypeVar
from uuid import UUID

import msgspec

from domain.broadcast import (
    Audience,
    BroadcastApproved,
    BroadcastCancelled,
    BroadcastCompleted,
    BroadcastDrafted,
    BroadcastPaused,
    BroadcastPlanFailed,
    BroadcastPlanned,
    BroadcastPlanRequested,
    BroadcastProgressed,
    BroadcastReleased,
    BroadcastResumed,
    BroadcastRevised,
    BroadcastState,
    BroadcastWithdrawn,
    ForecastLine,
    ReasonCount,
)
from domain.event import Event, EventRecord
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Index, Table

Json = NewType("Json", str)
"""JSON text of what the domain calls it."""

T = TypeVar("T")


class BroadcastRow(msgspec.Struct):
    """A broadcast. `content_sealed` is its title and words, sealed with the firm's own key."""

    broadcast_id: UUID
    tenant_id: UUID
    sender_number_id: UUID
    state: str
    audience: Json
    drafted_at: datetime
    drafted_seq: int
    drafted_by: str
    version: int
    updated_seq: int
    content_sealed: bytes | None = None
    request_id: UUID | None = None
    plan_id: UUID | None = None
    plan_digest: str | None = None
    planned_at: datetime | None = None
    plan_failure: str | None = None
    recipients: int = 0
    excluded: Json = Json("[]")
    forecast: Json = Json("[]")
    approved_at: datetime | None = None
    approved_by: str | None = None
    is_released: bool = False
    requested: int = 0
    paused_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    completed_at: datetime | None = None
    counts: Json = Json("[]")
    writes_first: int | None = None


def audience_of(row: BroadcastRow) -> Audience:
    """Whom the broadcast is for."""
    return msgspec.json.decode(row.audience, type=Audience)


def excluded_of(row: BroadcastRow) -> list[ReasonCount]:
    """Why contacts of the audience get nothing, most frequent reason first."""
    return msgspec.json.decode(row.excluded, type=list[ReasonCount])


def forecast_of(row: BroadcastRow) -> list[ForecastLine]:
    """What Meta will charge for."""
    return msgspec.json.decode(row.forecast, type=list[ForecastLine])


def _json(value: Any) -> Json:
    return Json(msgspec.json.encode(value).decode())


def _drafted(page: Page[BroadcastRow], record: EventRecord, event: BroadcastDrafted) -> None:
    page.put(
        BroadcastRow(
            broadcast_id=event.broadcast_id,
            tenant_id=record.tenant_id,
            sender_number_id=event.sender_number_id,
            state=BroadcastState.DRAFT.value,
            audience=_json(event.audience),
            drafted_at=record.occurred_at,
            drafted_seq=record.tenant_seq or 0,
            drafted_by=record.actor.id,
            version=record.stream_version,
            updated_seq=record.tenant_seq or 0,
            content_sealed=sealed_column(event),
        )
    )


def _happened(page: Page[BroadcastRow], record: EventRecord, event: Any) -> None:
    row = page.get(event.broadcast_id)
    if row is None:
        return
    row.version = record.stream_version
    row.updated_seq = record.tenant_seq or 0
    if not _take_plan(row, record, event):
        _take_course(row, record, event)
    page.put(row)


def _take_plan(row: BroadcastRow, record: EventRecord, event: Event) -> bool:
    match event:
        case BroadcastRevised():
            row.audience = _json(event.audience)
            row.content_sealed = sealed_column(event)
            _forget_plan(row)
            row.state = BroadcastState.DRAFT.value
        case BroadcastPlanRequested():
            _forget_plan(row)
            row.request_id = event.request_id
            row.state = BroadcastState.PLANNING.value
        case BroadcastPlanned():
            row.plan_id, row.plan_digest = event.plan_id, event.plan_digest
            row.planned_at = record.occurred_at
            row.recipients = event.recipients
            row.excluded = _json(event.excluded)
            row.forecast = _json(event.forecast)
            row.writes_first = event.writes_first
            row.state = BroadcastState.PLANNED.value
        case BroadcastPlanFailed():
            if row.state == BroadcastState.PLANNING and row.request_id == event.request_id:
                row.plan_failure = event.reason
                row.state = BroadcastState.DRAFT.value
        case _:
            return False
    return True


def _forget_plan(row: BroadcastRow) -> None:
    row.request_id = row.plan_id = row.plan_digest = row.planned_at = row.plan_failure = None
    row.recipients, row.writes_first = 0, None
    row.excluded = row.forecast = Json("[]")


def _take_course(row: BroadcastRow, record: EventRecord, event: Event) -> None:
    match event:
        case BroadcastApproved():
            row.approved_at, row.approved_by = record.occurred_at, record.actor.id
            row.state = BroadcastState.APPROVED.value
        case BroadcastReleased():
            row.is_released, row.requested = True, event.requested
            if row.state == BroadcastState.APPROVED:
                row.state = BroadcastState.RUNNING.value
        case BroadcastPaused():
            row.paused_at = record.occurred_at
            row.state = BroadcastState.PAUSED.value
        case BroadcastResumed():
            row.paused_at = None
            resumed = BroadcastState.RUNNING if row.is_released else BroadcastState.APPROVED
            row.state = resumed.value
        case BroadcastCancelled():
            row.cancelled_at, row.cancel_reason = record.occurred_at, event.reason
            row.state = BroadcastState.CANCELLED.value
        case BroadcastProgressed():
            row.counts = _json(event.counts)
        case BroadcastCompleted():
            row.counts = _json(event.counts)
            row.completed_at = record.occurred_at
            row.state = BroadcastState.COMPLETED.value


class Broadcasts(StateProjection[BroadcastRow]):
    """One row per broadcast."""

    name = "broadcasts"
    version = 2
    table = Table(
        "broadcasts",
        BroadcastRow,
        key=("broadcast_id",),
        indexes=(
            Index("(tenant_id, drafted_seq DESC)"),
            Index("(state) WHERE state IN ('running', 'paused')"),
        ),
    )
    changes: ClassVar[Changes] = {
        BroadcastDrafted: Change(_drafted),
        **dict.fromkeys(
            (
                BroadcastRevised,
                BroadcastPlanRequested,
                BroadcastPlanned,
                BroadcastPlanFailed,
                BroadcastApproved,
                BroadcastReleased,
                BroadcastPaused,
                BroadcastResumed,
                BroadcastCancelled,
                BroadcastWithdrawn,
                BroadcastProgressed,
                BroadcastCompleted,
            ),
            Change(_happened),
        ),
    }

    def is_news(self, row: BroadcastRow) -> bool:
        """Whether its progress is to be looked after."""
        return row.state == BroadcastState.RUNNING


def broadcasts_of_tenant(
    tenant_id: UUID, *, limit: int, state: str | None = None, before: int | None = None
) -> Query[BroadcastRow]:
    """The broadcasts of a firm, newest first; `before` is the place of the last row before."""
    return Query(
        BroadcastRow,
        """
        SELECT {columns} FROM read_model.broadcasts
        WHERE tenant_id = %(tenant)s
          AND (%(state)s::text IS NULL OR state = %(state)s)
          AND (%(before)s::bigint IS NULL OR drafted_seq < %(before)s)
        ORDER BY drafted_seq DESC LIMIT %(limit)s
        """,
        {"tenant": tenant_id, "state": state, "before": before, "limit": limit},
    )


def broadcasts_by_id(tenant_id: UUID, broadcast_ids: list[UUID]) -> Query[BroadcastRow]:
    """The broadcasts with these ids, in no particular order."""
    return Query(
        BroadcastRow,
        """
        SELECT {columns} FROM read_model.broadcasts
        WHERE tenant_id = %(tenant)s AND broadcast_id = ANY(%(broadcasts)s)
        """,
        {"tenant": tenant_id, "broadcasts": broadcast_ids},
    )
