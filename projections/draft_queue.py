"""The draft queue: replies that wait for a decision, and those that were decided."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import msgspec

from domain.assessment import AssessmentRecorded
from domain.draft import (
    DraftApproved,
    DraftProposed,
    DraftRejected,
    DraftReturned,
    DraftSuggested,
    DraftSuperseded,
    DraftWritten,
)
from domain.event import EventRecord
from domain.outbound_message import ApprovalKind, OutboundRequested
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.ranks import LEAST_URGENT, urgency_rank
from projections.sealed_column import sealed_column
from projections.table import Index, Table


class DraftState(StrEnum):
    """The states of a draft."""

    SUGGESTED = "suggested"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class DraftRow(msgspec.Struct):
    """A draft. `content_sealed` is what was suggested, `approved_content_sealed` what was approved.

    `urgency` and `intent` are those of the assessment that the draft follows; `version` is its
    stream version, for `expected_version`; `proposed_by` is the integration that asked for it,
    `returned_from` the message that was given up and whose words these are.
    """

    draft_id: UUID
    tenant_id: UUID
    conversation_id: UUID
    contact_id: UUID
    state: str
    suggested_at: datetime
    version: int
    message_id: UUID | None = None
    assessment_id: UUID | None = None
    confidence: float | None = None
    model: str | None = None
    content_sealed: bytes | None = None
    approved_content_sealed: bytes | None = None
    rejection_sealed: bytes | None = None
    edited: bool = False
    urgency: str | None = None
    urgency_rank: int = LEAST_URGENT
    intent: str | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    outbound_message_id: UUID | None = None
    proposed_by: UUID | None = None
    returned_from: UUID | None = None


def _suggested(page: Page[DraftRow], record: EventRecord, event: DraftSuggested) -> None:
    row = DraftRow(
        draft_id=event.draft_id,
        tenant_id=record.tenant_id,
        conversation_id=event.conversation_id,
        contact_id=event.contact_id,
        state=DraftState.SUGGESTED.value,
        suggested_at=record.occurred_at,
        version=record.stream_version,
        message_id=event.message_id,
        assessment_id=event.assessment_id,
        confidence=event.confidence,
        model=event.model,
        content_sealed=sealed_column(event),
    )
    if event.assessment_id is not None:
        for earlier in page.earlier(event.assessment_id, record):
            if isinstance(earlier.event, AssessmentRecorded):
                row.urgency = earlier.event.urgency
                row.urgency_rank = urgency_rank(earlier.event.urgency)
                row.intent = earlier.event.intent
    page.put(row)


def _written(
    page: Page[DraftRow],
    record: EventRecord,
    event: DraftWritten | DraftProposed | DraftReturned,
) -> None:
    page.put(
        DraftRow(
            draft_id=event.draft_id,
            tenant_id=record.tenant_id,
            conversation_id=event.conversation_id,
            contact_id=event.contact_id,
            state=DraftState.SUGGESTED.value,
            suggested_at=record.occurred_at,
            version=record.stream_version,
            content_sealed=sealed_column(event),
            proposed_by=event.member_id if isinstance(event, DraftProposed) else None,
            returned_from=(event.outbound_message_id if isinstance(event, DraftReturned) else None),
        )
    )


def _approved(page: Page[DraftRow], record: EventRecord, event: DraftApproved) -> None:
    row = page.get(event.draft_id)
    if row is not None:
        row.state = DraftState.APPROVED.value
        row.approved_content_sealed = sealed_column(event)
        row.edited = event.edited
        _decide(page, row, record, event.member_id)


def _rejected(page: Page[DraftRow], record: EventRecord, event: DraftRejected) -> None:
    row = page.get(event.draft_id)
    if row is not None:
        row.state = DraftState.REJECTED.value
        row.rejection_sealed = sealed_column(event)
        _decide(page, row, record, event.member_id)


def _decide(page: Page[DraftRow], row: DraftRow, record: EventRecord, member_id: UUID) -> None:
    row.decided_by = member_id
    row.decided_at = record.occurred_at
    row.version = record.stream_version
    page.put(row)


def _superseded(page: Page[DraftRow], record: EventRecord, event: DraftSuperseded) -> None:
    row = page.get(event.draft_id)
    if row is not None:
        row.state = DraftState.SUPERSEDED.value
        row.decided_at = record.occurred_at
        row.version = record.stream_version
        page.put(row)


def _requested(page: Page[DraftRow], _record: EventRecord, event: OutboundRequested) -> None:
    row = page.get(event.approval.reference)
    if row is not None and event.approval.kind is ApprovalKind.DRAFT:
        row.outbound_message_id = event.outbound_message_id
        page.put(row)


class DraftQueue(StateProjection[DraftRow]):
    """One row per draft."""

    name = "draft_queue"
    version = 3
    table = Table(
        "draft_queue",
        DraftRow,
        key=("draft_id",),
        indexes=(
            Index("(tenant_id, urgency_rank, suggested_at, draft_id) WHERE state = 'suggested'"),
            Index("(tenant_id, conversation_id, suggested_at)"),
        ),
    )
    changes: ClassVar[Changes] = {
        DraftSuggested: Change(_suggested, looks_back_at="assessment_id"),
        DraftWritten: Change(_written),
        DraftProposed: Change(_written),
        DraftReturned: Change(_written),
        DraftApproved: Change(_approved),
        DraftRejected: Change(_rejected),
        DraftSuperseded: Change(_superseded),
        OutboundRequested: Change(_requested, value="approval.reference"),
    }


def waiting_drafts(
    tenant_id: UUID,
    *,
    limit: int,
    conversation_id: UUID | None = None,
    after: tuple[int, datetime, UUID] | None = None,
) -> Query[DraftRow]:
    """Drafts that wait for a decision, most urgent first, then oldest first.

    `after` is (urgency_rank, suggested_at, draft_id) of the last row of the page before.
    """
    rank, suggested_at, draft_id = after if after is not None else (None, None, None)
    return Query(
        DraftRow,
        """
        SELECT {columns} FROM read_model.draft_queue
        WHERE tenant_id = %(tenant)s AND state = 'suggested'
          AND (%(conversation)s::uuid IS NULL OR conversation_id = %(conversation)s)
          AND (%(rank)s::bigint IS NULL OR (urgency_rank, suggested_at, draft_id)
               > (%(rank)s, %(suggested_at)s::timestamptz, %(draft)s::uuid))
        ORDER BY urgency_rank, suggested_at, draft_id LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "conversation": conversation_id,
            "rank": rank,
            "suggested_at": suggested_at,
            "draft": draft_id,
            "limit": limit,
        },
    )


def drafts_by_id(tenant_id: UUID, draft_ids: list[UUID]) -> Query[DraftRow]:
    """The drafts with these ids, in no particular order."""
    return Query(
        DraftRow,
        """
        SELECT {columns} FROM read_model.draft_queue
        WHERE tenant_id = %(tenant)s AND draft_id = ANY(%(drafts)s)
        """,
        {"tenant": tenant_id, "drafts": draft_ids},
    )
