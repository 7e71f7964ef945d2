"""The dead letters: what was given up and waits for a person, with its cause and the way back."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NewType
from uuid import UUID

import msgspec

from domain.assessment import AssessmentFailed, AssessmentRecorded
from domain.broadcast import BroadcastPlanned, BroadcastReleased, BroadcastWithdrawn
from domain.dead_letter import (
    DeadLetterDiscarded,
    DeadLetterKind,
    DeadLetterOpened,
    DeadLetterRetried,
)
from domain.dead_letter_causes import cause_of_message
from domain.defect import DEFECTS_MAX, Defect
from domain.draft import DraftSuggested, DraftSuggestionFailed
from domain.event import Event, EventRecord
from domain.media import MediaFailed, MediaRefused, MediaRetryRequested, MediaStored
from domain.outbound_message import (
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundFailed,
    OutboundFoundSent,
    OutboundRefused,
    OutboundStatusUpdated,
)
from domain.outbound_timing import OutboundCancelled, OutboundDoubtParked, OutboundRetried
from domain.template_submission import TemplateSubmitted
from domain.template_sync import TemplateSynced
from projections.projection import Change, Changes, Page, StateProjection
from projections.table import Index, Table

FramesJson = NewType("FramesJson", str)
"""JSON text of a list of places in the hub's code."""


class DeadLetterState(StrEnum):
    """Open: a person has to decide. Mended: it went on or was settled. Discarded: by a person."""

    OPEN = "open"
    MENDED = "mended"
    DISCARDED = "discarded"


class DeadLetterRow(msgspec.Struct):
    """Something that was given up. `item_id` is what the letter is about.

    `cause` is a stable reason: a code of Meta, of the admission or of the work; `words` say it
    where the cause alone does not. It was given up `times` times, first at `first_given_up_at`;
    `digest`, `error` and `frames` are those of the defect of the hub that was the cause, if it was
    one.
    """

    item_id: UUID
    tenant_id: UUID
    kind: str
    state: str
    cause: str
    given_up_at: datetime
    given_up_seq: int
    first_given_up_at: datetime
    times: int = 1
    attempts: int = 0
    words: str | None = None
    conversation_id: UUID | None = None
    contact_id: UUID | None = None
    message_id: UUID | None = None
    digest: str | None = None
    error: str | None = None
    frames: FramesJson = FramesJson("[]")
    discard_reason: str | None = None
    ended_at: datetime | None = None


def frames_of(row: DeadLetterRow) -> list[str]:
    """The places in the hub's code that the defect passed; empty where it was none."""
    return msgspec.json.decode(row.frames, type=list[str])


def _given_up(
    page: Page[DeadLetterRow],
    record: EventRecord,
    item_id: UUID,
    kind: DeadLetterKind,
    cause: str,
) -> DeadLetterRow:
    """The letter about a thing, open as of now; put by the caller."""
    known = page.get(item_id)
    row = DeadLetterRow(
        item_id=item_id,
        tenant_id=record.tenant_id,
        kind=kind.value,
        state=DeadLetterState.OPEN.value,
        cause=cause,
        given_up_at=record.occurred_at,
        given_up_seq=record.tenant_seq or 0,
        first_given_up_at=known.first_given_up_at if known else record.occurred_at,
        times=known.times + 1 if known else 1,
        attempts=known.attempts if known else 0,
    )
    if known is not None and known.state == DeadLetterState.OPEN:
        # The same failure, told twice: by what happened, and by the letter that was opened of it.
        row.times, row.words = known.times, known.words
        row.given_up_at, row.given_up_seq = known.given_up_at, known.given_up_seq
        row.contact_id, row.message_id = known.contact_id, known.message_id
        row.conversation_id = known.conversation_id
        row.digest, row.error, row.frames = known.digest, known.error, known.frames
    return row


def _take_defect(row: DeadLetterRow, defect: Defect | None) -> None:
    if defect is not None:
        row.digest, row.error = defect.digest, defect.error
        row.frames = FramesJson(msgspec.json.encode(defect.frames).decode())


def _message(page: Page[DeadLetterRow], record: EventRecord, event: Any) -> None:
    cause = cause_of_message(event)
    if cause is None:
        _mended(page, record, event.outbound_message_id)
        return
    known = page.get(event.outbound_message_id)
    if isinstance(event, OutboundStatusUpdated) and known and known.state == "open":
        return
    row = _given_up(page, record, event.outbound_message_id, DeadLetterKind.MESSAGE, cause)
    row.words = getattr(event, "words", None)
    row.conversation_id, row.contact_id = event.conversation_id, event.contact_id
    row.message_id = event.outbound_message_id
    row.attempts = getattr(event, "attempt", row.attempts)
    defect = getattr(event, "defect", None)
    if defect is not None:
        _take_defect(row, defect)
        row.attempts = max(row.attempts, DEFECTS_MAX)
    page.put(row)


def _work_failed(
    page: Page[DeadLetterRow], record: EventRecord, event: AssessmentFailed | DraftSuggestionFailed
) -> None:
    item_id: UUID
    if isinstance(event, DraftSuggestionFailed):
        item_id, kind = event.draft_id, DeadLetterKind.DRAFT
    else:
        item_id, kind = event.assessment_id, DeadLetterKind.ASSESSMENT
    known = page.get(item_id)
    is_told = known is not None and known.state == DeadLetterState.OPEN
    cause = known.cause if known is not None and is_told else event.reason
    row = _given_up(page, record, item_id, kind, cause)
    row.conversation_id, row.contact_id = event.conversation_id, event.contact_id
    row.message_id = event.message_id
    page.put(row)


def _file_failed(page: Page[DeadLetterRow], record: EventRecord, event: MediaFailed) -> None:
    row = _given_up(page, record, event.media_id, DeadLetterKind.MEDIA, event.reason)
    row.conversation_id, row.contact_id = event.conversation_id, event.contact_id
    row.message_id = event.message_id
    page.put(row)


def _opened(page: Page[DeadLetterRow], record: EventRecord, event: DeadLetterOpened) -> None:
    if event.kind is DeadLetterKind.WEBHOOK:
        # Those stand beside what is to be told, each event for itself.
        return
    row = _given_up(page, record, event.item_id, event.kind, event.cause)
    row.attempts = max(row.attempts, event.attempts)
    row.conversation_id = event.conversation_id or row.conversation_id
    row.contact_id = event.contact_id or row.contact_id
    row.message_id = event.message_id or row.message_id
    _take_defect(row, event.defect)
    page.put(row)


def _went_on(path: str) -> Change:
    """The work that the event names at `path` was done after all."""

    def apply(page: Page[DeadLetterRow], record: EventRecord, event: Event) -> None:
        _mended(page, record, getattr(event, path))

    return Change(apply, by="item_id", value=path)


def _released(page: Page[DeadLetterRow], record: EventRecord, event: BroadcastReleased) -> None:
    # A release that was given up is recorded as one of no message at all.
    if event.requested:
        _mended(page, record, event.release_id)


def _mended(page: Page[DeadLetterRow], record: EventRecord, item_id: UUID) -> None:
    row = page.get(item_id)
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
    version = 3
    pace_s = 0.03
    table = Table(
        "dead_letters",
        DeadLetterRow,
        key=("item_id",),
        indexes=(
            Index("(tenant_id, given_up_at, item_id) WHERE state = 'open'"),
            Index("(kind) WHERE state = 'open'"),
        ),
    )
    changes: ClassVar[Changes] = {
        OutboundFailed: _OF_MESSAGES,
        OutboundRefused: _OF_MESSAGES,
        OutboundDoubtParked: _OF_MESSAGES,
        OutboundStatusUpdated: _OF_MESSAGES,
        OutboundAttemptStarted: _OF_MESSAGES,
        OutboundAttemptFailed: _OF_MESSAGES,
        OutboundFoundSent: _OF_MESSAGES,
        OutboundCancelled: _OF_MESSAGES,
        OutboundRetried: _OF_MESSAGES,
        AssessmentFailed: Change(_work_failed, by="item_id", value="assessment_id"),
        AssessmentRecorded: _went_on("assessment_id"),
        DraftSuggestionFailed: Change(_work_failed, by="item_id", value="draft_id"),
        DraftSuggested: _went_on("draft_id"),
        MediaFailed: Change(_file_failed, by="item_id", value="media_id"),
        MediaStored: _went_on("media_id"),
        MediaRefused: _went_on("media_id"),
        MediaRetryRequested: _went_on("media_id"),
        TemplateSubmitted: _went_on("submission_id"),
        TemplateSynced: _went_on("sync_id"),
        BroadcastPlanned: _went_on("request_id"),
        BroadcastReleased: Change(_released, by="item_id", value="release_id"),
        BroadcastWithdrawn: _went_on("withdrawal_id"),
        DeadLetterOpened: Change(_opened),
        DeadLetterRetried: _went_on("item_id"),
        DeadLetterDiscarded: Change(_discarded),
    }
