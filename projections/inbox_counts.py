"""How much there is to do, for the number beside a heading."""

from uuid import UUID

import msgspec

from projections.query import Query

COUNT_MAX = 1000
"""Counting stops here: nobody reads on."""


class InboxCount(msgspec.Struct):
    """A number of conversations."""

    conversations: int


def conversations_needing_reply(tenant_id: UUID) -> Query[InboxCount]:
    """How many open conversations wait for a person of the firm, counted up to `COUNT_MAX`."""
    return Query(
        InboxCount,
        """
        SELECT count(*) AS conversations FROM (
            SELECT FROM read_model.inbox
            WHERE tenant_id = %(tenant)s AND state = 'open' AND needs_reply LIMIT %(max)s
        ) AS waiting
        """,
        {"tenant": tenant_id, "max": COUNT_MAX},
    )
