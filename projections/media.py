"""The files of conversations: where each one stands, and what is needed to open it (sealed)."""

from datetime import datetime
from typing import Any, ClassVar, Final, NewType
from uuid import UUID

import msgspec

from domain.announced_file import announced_file_kind
from domain.echoed_message import MessageEchoed
from domain.event import EventRecord
from domain.identity import media_id_of
from domain.inbound_message import MessageReceived
from domain.media import (
    MediaDeleted,
    MediaFailed,
    MediaRefused,
    MediaRetryRequested,
    MediaState,
    MediaStored,
    MediaUploaded,
    MediaUploadRefused,
    PreviewFacts,
    state_after_failure,
)
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Index, Table

PreviewsJson = NewType("PreviewsJson", str)
"""JSON text of a list of `PreviewFacts`."""


class MediaRow(msgspec.Struct):
    """A file. `failure` is a stable reason; `content_sealed` opens to `domain.media.FileContent`.

    `uploaded_by` is the member, or integration, that brought it; None for one of the contact.
    `since` is when the state began.
    """

    media_id: UUID
    tenant_id: UUID
    conversation_id: UUID
    contact_id: UUID
    kind: str
    state: str
    announced_at: datetime
    since: datetime
    version: int
    message_id: UUID | None = None
    content_type: str | None = None
    size_bytes: int | None = None
    file_digest: str | None = None
    verdict: str | None = None
    failure: str | None = None
    previews: PreviewsJson = PreviewsJson("[]")
    content_sealed: bytes | None = None
    uploaded_by: UUID | None = None


def previews_of(row: MediaRow) -> list[PreviewFacts]:
    """The pictures that are kept beside the file, in their order."""
    return msgspec.json.decode(row.previews, type=list[PreviewFacts])


def _announced(
    page: Page[MediaRow], record: EventRecord, event: MessageReceived | MessageEchoed
) -> None:
    kind = announced_file_kind(event)
    if kind is None:
        return
    page.put(
        MediaRow(
            media_id=media_id_of(event.message_id),
            tenant_id=record.tenant_id,
            conversation_id=event.conversation_id,
            contact_id=event.contact_id,
            kind=kind,
            state=MediaState.ANNOUNCED.value,
            announced_at=record.occurred_at,
            since=record.occurred_at,
            version=0,
            message_id=event.message_id,
        )
    )


def _stored(page: Page[MediaRow], record: EventRecord, event: MediaStored) -> None:
    row = page.get(event.media_id)
    if row is None:
        return
    row.content_type = event.content_type
    row.size_bytes = event.size_bytes
    row.file_digest = event.file_digest
    row.previews = PreviewsJson(msgspec.json.encode(event.previews).decode())
    row.content_sealed = sealed_column(event)
    row.verdict = row.failure = None
    _move(page, row, record, MediaState.STORED)


def _uploaded(page: Page[MediaRow], record: EventRecord, event: MediaUploaded) -> None:
    row = _brought(record, event)
    row.content_type = event.content_type
    row.size_bytes = event.size_bytes
    row.file_digest = event.file_digest
    row.previews = PreviewsJson(msgspec.json.encode(event.previews).decode())
    row.content_sealed = sealed_column(event)
    _move(page, row, record, MediaState.STORED)


def _upload_refused(page: Page[MediaRow], record: EventRecord, event: MediaUploadRefused) -> None:
    row = _brought(record, event)
    row.verdict, row.failure = event.verdict.value, event.reason
    _move(page, row, record, MediaState.REFUSED)


def _brought(record: EventRecord, event: MediaUploaded | MediaUploadRefused) -> MediaRow:
    """The row of a file that somebody of the firm brought; no message announced it."""
    return MediaRow(
        media_id=event.media_id,
        tenant_id=record.tenant_id,
        conversation_id=event.conversation_id,
        contact_id=event.contact_id,
        kind=event.kind,
        state=MediaState.ANNOUNCED.value,
        announced_at=record.occurred_at,
        since=record.occurred_at,
        version=0,
        uploaded_by=event.member_id,
    )


def _refused(page: Page[MediaRow], record: EventRecord, event: MediaRefused) -> None:
    row = page.get(event.media_id)
    if row is not None:
        row.verdict, row.failure = event.verdict.value, event.reason
        _move(page, row, record, MediaState.REFUSED)


def _failed(page: Page[MediaRow], record: EventRecord, event: MediaFailed) -> None:
    row = page.get(event.media_id)
    if row is not None:
        row.verdict, row.failure = None, event.reason
        _move(page, row, record, state_after_failure(event.reason))


def _asked_again(page: Page[MediaRow], record: EventRecord, event: MediaRetryRequested) -> None:
    row = page.get(event.media_id)
    if row is not None:
        row.verdict = row.failure = None
        _move(page, row, record, MediaState.ANNOUNCED)


def _deleted(page: Page[MediaRow], record: EventRecord, event: MediaDeleted) -> None:
    row = page.get(event.media_id)
    if row is not None:
        row.failure = event.reason
        row.content_sealed, row.previews = None, PreviewsJson("[]")
        _move(page, row, record, MediaState.DELETED)


def _move(page: Page[MediaRow], row: MediaRow, record: EventRecord, state: MediaState) -> None:
    row.state = state.value
    row.since = record.occurred_at
    row.version = record.stream_version
    page.put(row)


class MediaFiles(StateProjection[MediaRow]):
    """One row per file."""

    name = "media"
    version = 4
    table = Table(
        "media",
        MediaRow,
        key=("media_id",),
        indexes=(
            Index("(tenant_id, message_id)"),
            Index("(tenant_id, conversation_id, announced_at)"),
            Index("(contact_id) WHERE state = 'stored'"),
        ),
    )
    changes: ClassVar[Changes] = {
        MessageReceived: Change(_announced),
        MessageEchoed: Change(_announced),
        MediaStored: Change(_stored),
        MediaRefused: Change(_refused),
        MediaFailed: Change(_failed),
        MediaRetryRequested: Change(_asked_again),
        MediaDeleted: Change(_deleted),
        MediaUploaded: Change(_uploaded),
        MediaUploadRefused: Change(_upload_refused),
    }

    def concerned(self, record: EventRecord) -> Any:
        """The file of an event; a message announces the one that follows from its id."""
        event = record.event
        if not isinstance(event, MessageReceived | MessageEchoed):
            yield from super().concerned(record)


def media_by_id(tenant_id: UUID, media_ids: list[UUID]) -> Query[MediaRow]:
    """The files with these ids, in no particular order."""
    return Query(
        MediaRow,
        """
        SELECT {columns} FROM read_model.media
        WHERE tenant_id = %(tenant)s AND media_id = ANY(%(ids)s)
        """,
        {"tenant": tenant_id, "ids": media_ids},
    )


def media_of_messages(tenant_id: UUID, message_ids: list[UUID]) -> Query[MediaRow]:
    """The files that these messages announce, in no particular order."""
    return Query(
        MediaRow,
        """
        SELECT {columns} FROM read_model.media
        WHERE tenant_id = %(tenant)s AND message_id = ANY(%(ids)s)
        """,
        {"tenant": tenant_id, "ids": message_ids},
    )


WENT_NOWHERE: Final = ("consent_asked", "running", "refused")
"""States of an intake that nobody finished and no person took over."""


def due_media(tenant_id: UUID, before: datetime, *, limit: int) -> Query[MediaRow]:
    """Files of intakes that went nowhere and were silent since `before`, without a legal hold.

    Of a person whose contacts are joined none is due while any of the conversations went on.
    """
    return Query(
        MediaRow,
        """
        SELECT {columns} FROM read_model.media
        WHERE tenant_id = %(tenant)s AND state = 'stored'
          AND conversation_id IN (
            SELECT talk.conversation_id FROM read_model.inbox AS talk
            WHERE talk.tenant_id = %(tenant)s AND talk.intake_state = ANY(%(states)s)
              AND talk.assigned_member_id IS NULL AND talk.last_activity_at < %(before)s
              AND NOT EXISTS (
                SELECT FROM read_model.inbox AS other
                WHERE other.tenant_id = %(tenant)s
                  AND (other.conversation_id = talk.joined_into
                       OR other.joined_into = talk.conversation_id)
                  AND (other.intake_state = ANY(%(states)s) AND other.assigned_member_id IS NULL
                       AND other.last_activity_at < %(before)s) IS NOT TRUE))
          AND contact_id NOT IN (
            SELECT contact_id FROM read_model.legal_holds
            WHERE tenant_id = %(tenant)s AND is_placed)
        ORDER BY since LIMIT %(limit)s
        """,
        {"tenant": tenant_id, "before": before, "limit": limit, "states": list(WENT_NOWHERE)},
    )
