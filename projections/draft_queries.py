"""Questions to the draft queue in every state."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from projections.draft_queue import DraftRow
from projections.query import Query


class DraftPlace(NamedTuple):
    """The place of a draft among those of its state: most urgent first, then oldest first."""

    urgency_rank: int
    suggested_at: datetime
    draft_id: UUID


def drafts_in_state(
    tenant_id: UUID, state: str, *, limit: int, after: DraftPlace | None = None
) -> Query[DraftRow]:
    """Drafts in one state, most urgent first, then oldest first."""
    rank, suggested_at, draft_id = after if after is not None else (None, None, None)
    return Query(
        DraftRow,
        """
        SELECT {columns} FROM read_model.draft_queue
        WHERE tenant_id = %(tenant)s AND state = %(state)s
          AND (%(rank)s::bigint IS NULL OR (urgency_rank, suggested_at, draft_id)
               > (%(rank)s, %(suggested_at)s::timestamptz, %(draft)s::uuid))
        ORDER BY urgency_rank, suggested_at, draft_id LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "state": state,
            "rank": rank,
            "suggested_at": suggested_at,
            "draft": draft_id,
            "limit": limit,
        },
    )
