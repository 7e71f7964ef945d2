"""The work items: side effects that policies asked for, until an event says that they are done."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, NewType
from uuid import UUID

import msgspec

from domain.assessment import AssessmentFailed, AssessmentRecorded
from domain.broadcast import (
    BroadcastPlanFailed,
    BroadcastPlanned,
    BroadcastReleased,
    BroadcastWithdrawn,
)
from domain.dead_letter import DeadLetterRetried
from domain.draft import DraftSuggested, DraftSuggestionFailed
from domain.effects import Effect
from domain.event import Event, EventRecord
from domain.media import MediaFailed, MediaRefused, MediaStored
from domain.outbound_file import OutboundFilePrepared, OutboundFileRejected
from domain.policies import EFFECTS, effects_of
from domain.read_receipt import ReadReceiptFailed, ReadReceiptShown
from domain.template_submission import TemplateSubmissionRefused, TemplateSubmitted
from domain.template_sync import TemplateSynced, TemplateSyncFailed
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.table import Index, Table

PayloadJson = NewType("PayloadJson", str)
"""JSON text of an effect: ids only."""


class WorkState(StrEnum):
    """Whether work is still to be done; `abandoned` means that it failed for good."""

    DUE = "due"
    DONE = "done"
    ABANDONED = "abandoned"


class WorkItemRow(msgspec.Struct):
    """A side effect. `reference` identifies it once, `kind` is the stable name of the effect."""

    reference: UUID
    tenant_id: UUID
    kind: str
    payload: PayloadJson
    state: str
    requested_at: datetime
    requested_seq: int
    caused_by: UUID
    correlation_id: UUID
    conversation_id: UUID | None = None
    traceparent: str | None = None
    ended_at: datetime | None = None


class Completion(NamedTuple):
    """How an event ends work: its attribute with the reference, and the state it leads to."""

    reference: str
    state: WorkState


COMPLETIONS: dict[type[Event], Completion] = {
    AssessmentRecorded: Completion("assessment_id", WorkState.DONE),
    AssessmentFailed: Completion("assessment_id", WorkState.ABANDONED),
    DraftSuggested: Completion("draft_id", WorkState.DONE),
    DraftSuggestionFailed: Completion("draft_id", WorkState.ABANDONED),
    TemplateSynced: Completion("sync_id", WorkState.DONE),
    TemplateSyncFailed: Completion("sync_id", WorkState.ABANDONED),
    ReadReceiptShown: Completion("receipt_id", WorkState.DONE),
    ReadReceiptFailed: Completion("receipt_id", WorkState.ABANDONED),
    TemplateSubmitted: Completion("submission_id", WorkState.DONE),
    TemplateSubmissionRefused: Completion("submission_id", WorkState.ABANDONED),
    MediaStored: Completion("fetch_id", WorkState.DONE),
    MediaRefused: Completion("fetch_id", WorkState.DONE),
    MediaFailed: Completion("fetch_id", WorkState.ABANDONED),
    OutboundFilePrepared: Completion("preparation_id", WorkState.DONE),
    OutboundFileRejected: Completion("preparation_id", WorkState.ABANDONED),
    BroadcastPlanned: Completion("request_id", WorkState.DONE),
    BroadcastPlanFailed: Completion("request_id", WorkState.ABANDONED),
    BroadcastReleased: Completion("release_id", WorkState.DONE),
    BroadcastWithdrawn: Completion("withdrawal_id", WorkState.DONE),
}
"""The events that end work."""


def _happened(page: Page[WorkItemRow], record: EventRecord, event: Event) -> None:
    completion = COMPLETIONS.get(type(event))
    if completion is not None:
        row = page.get(getattr(event, completion.reference))
        if row is not None and row.state == WorkState.DUE:
            row.state = completion.state.value
            row.ended_at = record.occurred_at
            page.put(row)
    for effect in effects_of(record):
        if page.get(effect.reference) is None:
            page.put(_row_of(record, effect))


def _retried(page: Page[WorkItemRow], _record: EventRecord, event: DeadLetterRetried) -> None:
    row = page.get(event.item_id)
    if row is not None and row.state == WorkState.ABANDONED:
        row.state, row.ended_at = WorkState.DUE.value, None
        page.put(row)


def _row_of(record: EventRecord, effect: Effect) -> WorkItemRow:
    return WorkItemRow(
        reference=effect.reference,
        tenant_id=record.tenant_id,
        kind=effect.NAME,
        conversation_id=getattr(effect, "conversation_id", None),
        payload=PayloadJson(msgspec.json.encode(effect).decode()),
        state=WorkState.DUE.value,
        requested_at=record.occurred_at,
        requested_seq=record.tenant_seq or 0,
        caused_by=record.event_id,
        correlation_id=record.correlation_id,
        traceparent=record.traceparent,
    )


class WorkItems(StateProjection[WorkItemRow]):
    """One row per side effect."""

    name = "work_items"
    version = 2
    table = Table(
        "work_items",
        WorkItemRow,
        key=("reference",),
        indexes=(
            Index("(kind, requested_seq) WHERE state = 'due'"),
            Index("(tenant_id, conversation_id)"),
        ),
    )
    changes: ClassVar[Changes] = {
        **dict.fromkeys(
            (*COMPLETIONS, *(event_type for event_type, _ in EFFECTS)), Change(_happened)
        ),
        DeadLetterRetried: Change(_retried),
    }

    def is_news(self, row: WorkItemRow) -> bool:
        """Whether it may be worked on now."""
        return row.state == WorkState.DUE

    def concerned(self, record: EventRecord) -> Iterator[tuple[str, Any]]:
        """The work that an event completes, and the work that it asks for."""
        if isinstance(record.event, DeadLetterRetried):
            yield "reference", record.event.item_id
        completion = COMPLETIONS.get(type(record.event))
        if completion is not None:
            yield "reference", getattr(record.event, completion.reference)
        for effect in effects_of(record):
            yield "reference", effect.reference


def due_work(*, limit: int) -> Query[WorkItemRow]:
    """Work of all firms that is to be done, oldest first (role follow)."""
    return Query(
        WorkItemRow,
        """
        SELECT {columns} FROM read_model.work_items
        WHERE state = 'due' ORDER BY kind, requested_seq LIMIT %(limit)s
        """,
        {"limit": limit},
    )


def work_item(tenant_id: UUID, kind: str, reference: UUID) -> Query[WorkItemRow]:
    """One piece of work."""
    return Query(
        WorkItemRow,
        """
        SELECT {columns} FROM read_model.work_items
        WHERE tenant_id = %(tenant)s AND kind = %(kind)s AND reference = %(reference)s
        """,
        {"tenant": tenant_id, "kind": kind, "reference": reference},
    )
