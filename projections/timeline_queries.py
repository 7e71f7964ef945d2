"""Questions to the timeline."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from projections.query import Query
from projections.timeline_entries import TimelineRow


class MessageEntryRow(TimelineRow):
    """The entry of a message; with the digest of Meta's id where it was asked for by that."""

    wamid_digest: str | None = None


class TimelinePlace(NamedTuple):
    """The place of an entry in the order in which people read."""

    occurred_at: datetime
    envelope_order: int
    entry_seq: int


_OF_ONE: Final = "conversation_id = %(conversation)s"
_OF_SEVERAL: Final = "conversation_id = ANY(%(conversations)s)"


def _of(conversation_ids: Sequence[UUID], statement: LiteralString) -> LiteralString:
    """The statement; of a single conversation entries come out of the index in their order."""
    is_single = len(conversation_ids) == 1
    return statement if is_single else statement.replace(_OF_ONE, _OF_SEVERAL)


def entries_after(
    tenant_id: UUID,
    conversation_ids: Sequence[UUID],
    *,
    limit: int,
    after: TimelinePlace | None = None,
    kinds: tuple[str, ...] | None = None,
) -> Query[TimelineRow]:
    """Entries from the oldest on, after a place; only of some kinds if given.

    `conversation_ids` are one conversation, or all of a person whose contacts are joined.
    """
    occurred_at, envelope_order, entry_seq = after if after is not None else (None, None, None)
    return Query(
        TimelineRow,
        _of(
            conversation_ids,
            """
        SELECT {columns} FROM read_model.timeline
        WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s
          AND (%(occurred_at)s::timestamptz IS NULL
               OR (occurred_at, envelope_order, entry_seq)
                  > (%(occurred_at)s, %(order)s::bigint, %(seq)s::bigint))
          AND (%(kinds)s::text[] IS NULL OR entry_kind = ANY(%(kinds)s))
        ORDER BY occurred_at, envelope_order, entry_seq LIMIT %(limit)s
        """,
        ),
        {
            "tenant": tenant_id,
            "conversation": conversation_ids[0],
            "conversations": list(conversation_ids),
            "occurred_at": occurred_at,
            "order": envelope_order,
            "seq": entry_seq,
            "kinds": None if kinds is None else list(kinds),
            "limit": limit,
        },
    )


def entries_before(
    tenant_id: UUID,
    conversation_ids: Sequence[UUID],
    *,
    limit: int,
    before: TimelinePlace | None = None,
    kinds: tuple[str, ...] | None = None,
) -> Query[TimelineRow]:
    """Entries from the newest back, before a place; only of some kinds if given.

    `conversation_ids` as in `entries_after`.
    """
    occurred_at, envelope_order, entry_seq = before if before is not None else (None, None, None)
    return Query(
        TimelineRow,
        _of(
            conversation_ids,
            """
        SELECT {columns} FROM read_model.timeline
        WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s
          AND (%(occurred_at)s::timestamptz IS NULL
               OR (occurred_at, envelope_order, entry_seq)
                  < (%(occurred_at)s, %(order)s::bigint, %(seq)s::bigint))
          AND (%(kinds)s::text[] IS NULL OR entry_kind = ANY(%(kinds)s))
        ORDER BY occurred_at DESC, envelope_order DESC, entry_seq DESC LIMIT %(limit)s
        """,
        ),
        {
            "tenant": tenant_id,
            "conversation": conversation_ids[0],
            "conversations": list(conversation_ids),
            "occurred_at": occurred_at,
            "order": envelope_order,
            "seq": entry_seq,
            "kinds": None if kinds is None else list(kinds),
            "limit": limit,
        },
    )


def entries_by_position(tenant_id: UUID, positions: list[int]) -> Query[TimelineRow]:
    """The entries at these positions of the firm, by position (for items of the feed)."""
    return Query(
        TimelineRow,
        """
        SELECT {columns} FROM read_model.timeline
        WHERE tenant_id = %(tenant)s AND entry_seq = ANY(%(positions)s) ORDER BY entry_seq
        """,
        {"tenant": tenant_id, "positions": positions},
    )


def outbound_entries(tenant_id: UUID, outbound_message_ids: list[UUID]) -> Query[TimelineRow]:
    """The entries of these outbound messages with their delivery, in no particular order."""
    return Query(
        TimelineRow,
        """
        SELECT {columns} FROM read_model.timeline
        WHERE tenant_id = %(tenant)s AND entry_kind = 'outbound'
          AND entity_id = ANY(%(messages)s)
        """,
        {"tenant": tenant_id, "messages": outbound_message_ids},
    )


def entries_of_messages(
    tenant_id: UUID, message_ids: list[UUID], wamid_digests: list[str]
) -> Query[MessageEntryRow]:
    """The entries of messages of either side, by their ids or by digests of Meta's ids."""
    return Query(
        MessageEntryRow,
        """
        SELECT {columns} FROM (
            SELECT *, NULL::text AS wamid_digest FROM read_model.timeline
            WHERE tenant_id = %(tenant)s AND entry_kind IN ('inbound', 'echo')
              AND entity_id = ANY(%(messages)s)
            UNION ALL
            SELECT entry.*, sent.wamid_digest FROM read_model.message_lookup AS sent
            JOIN read_model.timeline AS entry
              ON entry.entry_kind = 'outbound' AND entry.entity_id = sent.outbound_message_id
            WHERE sent.tenant_id = %(tenant)s AND sent.wamid_digest = ANY(%(digests)s)
        ) AS entries
        """,
        {"tenant": tenant_id, "messages": message_ids, "digests": wamid_digests},
    )
