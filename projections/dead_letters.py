"""The dead letters: what was given up and waits for a person, with its cause and the way back."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from domain.assessment import AssessmentFailed, AssessmentRecorded
from domain.dead_letter import DeadLetterDiscarded, DeadLetterKind
from domain.draft import DraftSuggested, DraftSuggestionFailed
from domain.event import Event, EventRecord
from domain.outbound_message import (
    DeliveryState,
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundFailed,
    OutboundFoundSent,
    OutboundRefused,
    OutboundStatusUpdated,
)
from domain.outbound_timing import OutboundDoubtParked, OutboundRetried
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.table import Index, Table


class DeadLetterState(StrEnum):
    """Open: a person has to decide. Mended: it went on or was settled. Discarded: by a person."""

    OPEN = "open"
    MENDED = "mended"
    DISCARDED = "discarded"


class DeadLetterRow(msgspec.Struct):
    """Something that was given up. `item_id` is the message, the assessment or the draft.

    `cause` is a stable reason: a code of Meta, of the admission or of the work; `words` say it
    where the cause alone does not.
    """

    item_id: UUID
    tenant_id: UUID
    kind: str
    state: str
    cause: str
    given_up_at: datetime
    given_up_seq: int
    attempts: int = 0
    words: str | None = None
    conversation_id: UUID | None = None
    contact_id: UUID | None = None
    message_id: UUID | None = None
    discard_reason: str | None = None
    ended_at: datetime | None = None


def _given_up(
    page: Page[DeadLetterRow], record: EventRecord, event: Any, kind: DeadLetterKind, cause: str
) -> None:
    known = page.get(_item_of(event))
    page.put(
        DeadLetterRow(
            item_id=_item_of(event),
            tenant_id=record.tenant_id,
            kind=kind.value,
            state=DeadLetterState.OPEN.value,
            cause=cause,
            given_up_at=record.occurred_at,
            given_up_seq=record.tenant_seq or 0,
            attempts=getattr(event, "attempt", known.attempts if known else 0),
            words=getattr(event, "words", None),
            conversation_id=event.conversation_id,
            contact_id=event.contact_id,
            message_id=getattr(event, "message_id", None),
        )
    )


def _item_of(event: Any) -> UUID:
    for name in ("outbound_message_id", "item_id", "assessment_id", "draft_id"):
        found: UUID | None = getattr(event, name, None)
        if found is not None:
            return found
    raise TypeError(f"{type(event).__name__} names no item.")


def _message(page: Page[DeadLetterRow], record: EventRecord, event: Any) -> None:
    match event:
        case OutboundFailed():
            cause = "given_up" if event.code is None else str(event.code)
        case OutboundRefused():
            cause = event.reason
        case OutboundDoubtParked():
            cause = "in_doubt"
        case OutboundStatusUpdated(state=DeliveryState.FAILED):
            cause = str(event.error_codes[0]) if event.error_codes else "failed"
        case _:
            _mended(page, record, event)
            return
    known = page.get(event.outbound_message_id)
    if isinstance(event, OutboundStatusUpdated) and known and known.state == "open":
        return
    _given_up(page, record, event, DeadLetterKind.MESSAGE, cause)


def _work_failed(page: Page[DeadLetterRow], record: EventRecord, event: Any) -> None:
    is_draft = isinstance(event, DraftSuggestionFailed)
    kind = DeadLetterKind.DRAFT if is_draft else DeadLetterKind.ASSESSMENT
    _given_up(page, record, event, kind, event.reason)


def _mended(page: Page[DeadLetterRow], record: EventRecord, event: Event) -> None:
    row = page.get(_item_of(event))
    if row is not None and row.state != DeadLetterState.MENDED:
        row.state = DeadLetterState.MENDED.value
        row.ended_at = record.occurred_at
        page.put(row)


def _discarded(page: Page[DeadLetterRow], record: EventRecord, event: DeadLetterDiscarded) -> None:
    row = page.get(event.item_id)
    if row is not None:
        row.state = DeadLetterState.DISCARDED.value
        row.discard_reason = event.reason
        row.ended_at = record.occurred_at
        page.put(row)


_OF_MESSAGES = Change(_message, by="item_id", value="outbound_message_id")


class DeadLetters(StateProjection[DeadLetterRow]):
    """One row per thing that was given up."""

    name = "dead_letters"
    version = 1
    table = Table(
        "dead_letters",
        DeadLetterRow,
        key=("item_id",),
        indexes=(Index("(tenant_id, given_up_seq) WHERE state = 'open'"),),
    )
    changes: ClassVar[Changes] = {
        OutboundFailed: _OF_MESSAGES,
        OutboundRefused: _OF_MESSAGES,
        OutboundDoubtParked: _OF_MESSAGES,
        OutboundStatusUpdated: _OF_MESSAGES,
        OutboundAttemptStarted: _OF_MESSAGES,
        OutboundAttemptFailed: _OF_MESSAGES,
        OutboundFoundSent: _OF_MESSAGES,
        OutboundRetried: _OF_MESSAGES,
        AssessmentFailed: Change(_work_failed, by="item_id", value="assessment_id"),
        AssessmentRecorded: Change(_mended, by="item_id", value="assessment_id"),
        DraftSuggestionFailed: Change(_work_failed, by="item_id", value="draft_id"),
        DraftSuggested: Change(_mended, by="item_id", value="draft_id"),
        DeadLetterDiscarded: Change(_discarded),
    }


def open_dead_letters(
    tenant_id: UUID, *, limit: int, kind: str | None = None, before: int | None = None
) -> Query[DeadLetterRow]:
    """What waits for a person of the firm, newest first."""
    return Query(
        DeadLetterRow,
        """
        SELECT {columns} FROM read_model.dead_letters
        WHERE tenant_id = %(tenant)s AND state = 'open'
          AND (%(kind)s::text IS NULL OR kind = %(kind)s)
          AND (%(before)s::bigint IS NULL OR given_up_seq < %(before)s)
        ORDER BY given_up_seq DESC LIMIT %(limit)s
        """,
        {"tenant": tenant_id, "kind": kind, "before": before, "limit": limit},
    )


def dead_letters_by_id(tenant_id: UUID, item_ids: list[UUID]) -> Query[DeadLetterRow]:
    """The dead letters about these things, in whatever state."""
    return Query(
        DeadLetterRow,
        """
        SELECT {columns} FROM read_model.dead_letters
        WHERE tenant_id = %(tenant)s AND item_id = ANY(%(items)s)
        """,
        {"tenant": tenant_id, "items": item_ids},
    )


def dead_letters_everywhere(*, limit: int) -> Query[DeadLetterRow]:
    """What waits for a person in all firms, newest first (role follow)."""
    return Query(
        DeadLetterRow,
        """
        SELECT {columns} FROM read_model.dead_letters
        WHERE state = 'open' ORDER BY given_up_at DESC LIMIT %(limit)s
        """,
        {"limit": limit},
    )


def dead_letters_everywhere_by_id(item_ids: list[UUID]) -> Query[DeadLetterRow]:
    """The dead letters about these things in all firms, in whatever state (role follow)."""
    return Query(
        DeadLetterRow,
        "SELECT {columns} FROM read_model.dead_letters WHERE item_id = ANY(%(items)s)",
        {"items": item_ids},
    )
