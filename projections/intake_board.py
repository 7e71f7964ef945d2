"""The intake board: how far each new client has come, and what was answered (sealed)."""

from datetime import datetime
from typing import Any, ClassVar, NewType
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.intake import (
    IntakeCompleted,
    IntakeConsentGiven,
    IntakeConsentRefused,
    IntakeFollowUpReceived,
    IntakeHandedOver,
    IntakeQuestionAnswered,
    IntakeQuestionAsked,
    IntakeStarted,
)
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Index, Table

AnswersJson = NewType("AnswersJson", str)
"""JSON text of a list of `AnswerEntry`."""


class AnswerEntry(msgspec.Struct, frozen=True):
    """An answer of the contact; `sealed` is base64 in JSON and opens like any sealed column."""

    question_key: str
    topic: str
    at: datetime
    message_id: UUID
    option_id: str | None = None
    sealed: bytes | None = None


class IntakeRow(msgspec.Struct):
    """An intake session.

    `state` is consent_asked, running, completed, refused or handed_over. `open_question_key` is the
    question that waits for an answer.
    """

    session_id: UUID
    tenant_id: UUID
    conversation_id: UUID
    contact_id: UUID
    state: str
    flow_version: int
    started_at: datetime
    updated_at: datetime
    version: int
    open_question_key: str | None = None
    open_topic: str | None = None
    asked_at: datetime | None = None
    answers: AnswersJson = AnswersJson("[]")
    completed_at: datetime | None = None


def answers_of(row: IntakeRow) -> list[AnswerEntry]:
    """The answers so far, oldest first."""
    return msgspec.json.decode(row.answers, type=list[AnswerEntry])


def _started(page: Page[IntakeRow], record: EventRecord, event: IntakeStarted) -> None:
    page.put(
        IntakeRow(
            session_id=event.session_id,
            tenant_id=record.tenant_id,
            conversation_id=event.conversation_id,
            contact_id=event.contact_id,
            state="consent_asked",
            flow_version=event.flow_version,
            started_at=record.occurred_at,
            updated_at=record.occurred_at,
            version=record.stream_version,
        )
    )


def _touched(page: Page[IntakeRow], record: EventRecord, event: Any) -> IntakeRow | None:
    row = page.get(event.session_id)
    if row is not None:
        row.version = record.stream_version
        row.updated_at = record.occurred_at
        page.put(row)
    return row


def _asked(page: Page[IntakeRow], record: EventRecord, event: IntakeQuestionAsked) -> None:
    row = _touched(page, record, event)
    if row is not None:
        row.open_question_key = event.question_key
        row.open_topic = event.topic
        row.asked_at = record.occurred_at


def _answered(page: Page[IntakeRow], record: EventRecord, event: IntakeQuestionAnswered) -> None:
    row = _touched(page, record, event)
    if row is not None:
        _add_answer(row, record, event, event.question_key, event.topic, event.option_id)


def _consented(page: Page[IntakeRow], record: EventRecord, event: IntakeConsentGiven) -> None:
    row = _touched(page, record, event)
    if row is not None:
        key = row.open_question_key or "consent"
        _add_answer(row, record, event, key, row.open_topic or "consent", None)
        row.state = "running"


def _add_answer(
    row: IntakeRow,
    record: EventRecord,
    event: IntakeQuestionAnswered | IntakeConsentGiven,
    question_key: str,
    topic: str,
    option_id: str | None,
) -> None:
    entry = AnswerEntry(
        question_key=question_key,
        topic=topic,
        at=record.occurred_at,
        message_id=event.message_id,
        option_id=option_id,
        sealed=sealed_column(event),
    )
    row.answers = AnswersJson(msgspec.json.encode([*answers_of(row), entry]).decode())
    row.open_question_key = None
    row.open_topic = None
    row.asked_at = None


_FINAL_STATES: dict[type, str] = {
    IntakeConsentRefused: "refused",
    IntakeCompleted: "completed",
    IntakeHandedOver: "handed_over",
}


def _ended(page: Page[IntakeRow], record: EventRecord, event: Any) -> None:
    row = _touched(page, record, event)
    if row is not None:
        row.state = _FINAL_STATES[type(event)]
        row.completed_at = record.occurred_at
        row.open_question_key = None
        row.open_topic = None
        row.asked_at = None


def _followed_up(page: Page[IntakeRow], record: EventRecord, event: IntakeFollowUpReceived) -> None:
    _touched(page, record, event)


class IntakeBoard(StateProjection[IntakeRow]):
    """One row per intake session."""

    name = "intake_board"
    version = 1
    table = Table(
        "intake_board",
        IntakeRow,
        key=("session_id",),
        indexes=(
            Index("(tenant_id, state, started_at, session_id)"),
            Index("(tenant_id, conversation_id)"),
        ),
    )
    changes: ClassVar[Changes] = {
        IntakeStarted: Change(_started),
        IntakeQuestionAsked: Change(_asked),
        IntakeQuestionAnswered: Change(_answered),
        IntakeConsentGiven: Change(_consented),
        **dict.fromkeys(_FINAL_STATES, Change(_ended)),
        IntakeFollowUpReceived: Change(_followed_up),
    }


def intake_of_conversations(tenant_id: UUID, conversation_ids: list[UUID]) -> Query[IntakeRow]:
    """The intake sessions of these conversations, in no particular order."""
    return Query(
        IntakeRow,
        """
        SELECT {columns} FROM read_model.intake_board
        WHERE tenant_id = %(tenant)s AND conversation_id = ANY(%(conversations)s)
        """,
        {"tenant": tenant_id, "conversations": conversation_ids},
    )


def intake_sessions(
    tenant_id: UUID,
    *,
    limit: int,
    state: str | None = None,
    after: tuple[datetime, UUID] | None = None,
) -> Query[IntakeRow]:
    """Intake sessions, oldest first; `after` is (started_at, session_id) of the page before."""
    started_at, session_id = after if after is not None else (None, None)
    return Query(
        IntakeRow,
        """
        SELECT {columns} FROM read_model.intake_board
        WHERE tenant_id = %(tenant)s AND (%(state)s::text IS NULL OR state = %(state)s)
          AND (%(started_at)s::timestamptz IS NULL
               OR (started_at, session_id) > (%(started_at)s, %(session)s::uuid))
        ORDER BY started_at, session_id LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "state": state,
            "started_at": started_at,
            "session": session_id,
            "limit": limit,
        },
    )
