"""Message links: which message is about which earlier one: replies, reactions, edits, deletions.

An original is never changed: what was said about it later stands here, beside it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from domain.echoed_message import MessageEchoed
from domain.inbound_message import MessageReceived
from infrastructure.following.event_log import LoggedEvent
from projections.projection import HistoryProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Index, Table


class MessageLinkRow(msgspec.Struct):
    """A message about an earlier one.

    `target_message_id` is the earlier message if the contact or the phone app wrote it,
    `target_digest` the digest of Meta's id by which a message of the hub is found. `by_firm` says
    that the firm wrote it elsewhere. People read in the order of (`occurred_at`,
    `envelope_order`, `seq`).
    """

    tenant_id: UUID
    seq: int
    message_id: UUID
    conversation_id: UUID
    contact_id: UUID
    relation: str
    target_message_id: UUID
    target_digest: str
    by_firm: bool
    occurred_at: datetime
    envelope_order: int
    content_sealed: bytes | None = None


class MessageLinks(HistoryProjection[MessageLinkRow]):
    """One row per message that is about an earlier one."""

    name = "message_links"
    version = 1
    table = Table(
        "message_links",
        MessageLinkRow,
        key=("tenant_id", "seq"),
        early_key=False,
        indexes=(
            Index("(tenant_id, target_message_id)"),
            Index("(tenant_id, target_digest)"),
        ),
    )
    topics = frozenset({MessageReceived.TOPIC, MessageEchoed.TOPIC})

    def rows_of(self, logged: LoggedEvent) -> Sequence[MessageLinkRow]:
        """The row of one message; none for one that stands for itself."""
        record, event = logged.record, logged.record.event
        if not isinstance(event, MessageReceived | MessageEchoed) or event.target is None:
            return ()
        row = MessageLinkRow(
            tenant_id=record.tenant_id,
            seq=record.tenant_seq or 0,
            message_id=event.message_id,
            conversation_id=event.conversation_id,
            contact_id=event.contact_id,
            relation=event.target.relation.value,
            target_message_id=event.target.message_id,
            target_digest=event.target.wamid_digest,
            by_firm=isinstance(event, MessageEchoed),
            occurred_at=record.occurred_at,
            envelope_order=event.envelope_order,
            content_sealed=sealed_column(event),
        )
        return (row,)


class LinkOfMessage(MessageLinkRow):
    """A link with the id of the earlier message under which it was asked for."""

    about: UUID = UUID(int=0)


def links_about(tenant_id: UUID, message_ids: list[UUID]) -> Query[LinkOfMessage]:
    """Everything but replies that was said about these messages, in the order people read."""
    return Query(
        LinkOfMessage,
        """
        SELECT {columns} FROM (
            SELECT link.*, link.target_message_id AS about FROM read_model.message_links AS link
            WHERE link.tenant_id = %(tenant)s AND link.target_message_id = ANY(%(messages)s)
            UNION ALL
            SELECT link.*, sent.outbound_message_id AS about
            FROM read_model.message_lookup AS sent
            JOIN read_model.message_links AS link
              ON link.tenant_id = sent.tenant_id AND link.target_digest = sent.wamid_digest
            WHERE sent.tenant_id = %(tenant)s AND sent.outbound_message_id = ANY(%(messages)s)
        ) AS links
        WHERE relation <> 'reply' ORDER BY occurred_at, envelope_order, seq
        """,
        {"tenant": tenant_id, "messages": message_ids},
    )
