"""Statuses of messages: every one that Meta reported, also of messages that the hub never sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import NewType
from uuid import UUID

import msgspec

from domain.message_status import MessageStatusReceived
from infrastructure.following.event_log import LoggedEvent
from projections.projection import HistoryProjection
from projections.query import Query
from projections.table import Index, Table

CodesJson = NewType("CodesJson", str)
"""JSON text of a list of Meta's error codes."""


class StatusRow(msgspec.Struct):
    """A status. `occurred_at` is Meta's time; in groups each participant has statuses of its own.

    `outbound_message_id` is set where Meta echoed it; otherwise the digest finds the message.
    """

    tenant_id: UUID
    seq: int
    sender_number_id: UUID
    wamid_digest: str
    status: str
    occurred_at: datetime
    recorded_at: datetime
    error_codes: CodesJson
    outbound_message_id: UUID | None = None
    participant_digest: str | None = None
    pricing_type: str | None = None
    pricing_category: str | None = None


class MessageStatuses(HistoryProjection[StatusRow]):
    """One row per status."""

    name = "message_statuses"
    version = 1
    pace_s = 0.1
    table = Table(
        "message_statuses",
        StatusRow,
        key=("tenant_id", "seq"),
        early_key=False,
        indexes=(
            Index("(tenant_id, wamid_digest)"),
            Index("(tenant_id, outbound_message_id) WHERE outbound_message_id IS NOT NULL"),
            Index(
                "(tenant_id, sender_number_id, occurred_at DESC, seq DESC) "
                "WHERE outbound_message_id IS NULL"
            ),
        ),
    )
    topics = frozenset({MessageStatusReceived.TOPIC})

    def rows_of(self, logged: LoggedEvent) -> Sequence[StatusRow]:
        """The row of one status."""
        record, event = logged.record, logged.record.event
        if not isinstance(event, MessageStatusReceived):
            return ()
        row = StatusRow(
            tenant_id=record.tenant_id,
            seq=record.tenant_seq or 0,
            sender_number_id=event.sender_number_id,
            wamid_digest=event.wamid_digest,
            status=event.status,
            occurred_at=record.occurred_at,
            recorded_at=record.recorded_at or record.occurred_at,
            error_codes=CodesJson(msgspec.json.encode(event.error_codes).decode()),
            outbound_message_id=event.outbound_message_id,
            participant_digest=event.participant_digest,
            pricing_type=event.pricing_type,
            pricing_category=event.pricing_category,
        )
        return (row,)


class StatusOfMessage(StatusRow):
    """A status with the message or digest under which it was asked for."""

    about: str = ""


def statuses_about(
    tenant_id: UUID, outbound_message_ids: list[UUID], wamid_digests: list[str]
) -> Query[StatusOfMessage]:
    """The statuses of messages of the hub, by id, and of others, by digest; oldest first."""
    return Query(
        StatusOfMessage,
        """
        SELECT {columns} FROM (
            SELECT told.*, told.outbound_message_id::text AS about
            FROM read_model.message_statuses AS told
            WHERE told.tenant_id = %(tenant)s AND told.outbound_message_id = ANY(%(messages)s)
            UNION ALL
            SELECT told.*, sent.outbound_message_id::text AS about
            FROM read_model.message_lookup AS sent
            JOIN read_model.message_statuses AS told
              ON told.tenant_id = sent.tenant_id AND told.wamid_digest = sent.wamid_digest
            WHERE sent.tenant_id = %(tenant)s AND sent.outbound_message_id = ANY(%(messages)s)
              AND told.outbound_message_id IS NULL
            UNION ALL
            SELECT told.*, told.wamid_digest AS about
            FROM read_model.message_statuses AS told
            WHERE told.tenant_id = %(tenant)s AND told.wamid_digest = ANY(%(digests)s)
        ) AS statuses
        ORDER BY occurred_at, seq
        """,
        {
            "tenant": tenant_id,
            "messages": outbound_message_ids,
            "digests": wamid_digests,
        },
    )


def statuses_of_others(tenant_id: UUID, sender_number_id: UUID, *, limit: int) -> Query[StatusRow]:
    """The newest statuses of messages that went out of a number without the hub."""
    return Query(
        StatusRow,
        """
        SELECT {columns} FROM read_model.message_statuses AS told
        WHERE tenant_id = %(tenant)s AND sender_number_id = %(sender)s
          AND outbound_message_id IS NULL
          AND NOT EXISTS (
              SELECT FROM read_model.message_lookup AS sent
              WHERE sent.tenant_id = told.tenant_id AND sent.wamid_digest = told.wamid_digest
          )
        ORDER BY occurred_at DESC, seq DESC LIMIT %(limit)s
        """,
        {"tenant": tenant_id, "sender": sender_number_id, "limit": limit},
    )
