"""The notices of Meta on the page of each sender number, newest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from domain.sender_number import SenderNumberNoticed
from infrastructure.following.event_log import LoggedEvent
from projections.projection import HistoryProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Index, Table

NO_NUMBER: Final = UUID(int=0)
"""Stands in the key for a notice that concerns no number of the firm in particular."""


class SenderNoticeRow(msgspec.Struct):
    """A notice as it concerns one number; a notice of an account has a row for each number."""

    tenant_id: UUID
    seq: int
    sender_number_id: UUID
    event_id: UUID
    field: str
    occurred_at: datetime
    recorded_at: datetime
    is_recognised: bool
    part: str | None = None
    word: str | None = None
    contact_id: UUID | None = None
    content_sealed: bytes | None = None


class SenderNotices(HistoryProjection[SenderNoticeRow]):
    """One row per notice and number."""

    name = "sender_notices"
    version = 1
    table = Table(
        "sender_notices",
        SenderNoticeRow,
        key=("tenant_id", "seq", "sender_number_id"),
        early_key=False,
        indexes=(Index("(tenant_id, sender_number_id, occurred_at DESC, seq DESC)"),),
    )
    topics = frozenset({SenderNumberNoticed.TOPIC})

    def rows_of(self, logged: LoggedEvent) -> Sequence[SenderNoticeRow]:
        """The rows of one notice."""
        record, event = logged.record, logged.record.event
        if not isinstance(event, SenderNumberNoticed):
            return ()
        named = event.sender_number_ids
        if not named and event.sender_number_id is not None:
            named = (event.sender_number_id,)
        return [
            SenderNoticeRow(
                tenant_id=record.tenant_id,
                seq=record.tenant_seq or 0,
                sender_number_id=number,
                event_id=record.event_id,
                field=event.field,
                occurred_at=record.occurred_at,
                recorded_at=record.recorded_at or record.occurred_at,
                is_recognised=event.is_recognised,
                part=event.part,
                word=event.word,
                contact_id=event.contact_id,
                content_sealed=sealed_column(event),
            )
            for number in named or (NO_NUMBER,)
        ]


class NoticePlace(NamedTuple):
    """The place of a notice, newest first."""

    occurred_at: datetime
    seq: int


def notices_of_number(
    tenant_id: UUID, sender_number_id: UUID, *, limit: int, after: NoticePlace | None = None
) -> Query[SenderNoticeRow]:
    """Notices on the page of a number, newest first; those of no number stand on every page."""
    occurred_at, seq = after if after is not None else (None, None)
    return Query(
        SenderNoticeRow,
        """
        SELECT {columns} FROM read_model.sender_notices
        WHERE tenant_id = %(tenant)s AND sender_number_id IN (%(sender)s, %(none)s)
          AND (%(occurred_at)s::timestamptz IS NULL
               OR (occurred_at, seq) < (%(occurred_at)s, %(seq)s::bigint))
        ORDER BY occurred_at DESC, seq DESC LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "sender": sender_number_id,
            "none": NO_NUMBER,
            "occurred_at": occurred_at,
            "seq": seq,
            "limit": limit,
        },
    )
