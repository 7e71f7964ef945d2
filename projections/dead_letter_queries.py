"""Questions to the dead letters: everything that waits for a person, in one list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from projections.dead_letters import DeadLetterRow
from projections.query import Query


class ListedLetter(DeadLetterRow):
    """A dead letter of the list.

    One of the kind `webhook` is an event that an endpoint could not be told: `endpoint_id` and
    `event_id` say which.
    """

    endpoint_id: UUID | None = None
    event_id: UUID | None = None


class LetterFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which dead letters are asked for; None: all of them.

    `approved_by` is the actor's id of the member who approved the words of a message.
    """

    kind: str | None = None
    cause: str | None = None
    digest: str | None = None
    tenant_id: UUID | None = None
    approved_by: str | None = None


class LetterGroup(msgspec.Struct):
    """Dead letters with the same kind, cause and digest: most probably one fault."""

    kind: str
    cause: str
    digest: str | None
    error: str | None
    count: int
    first_given_up_at: datetime
    given_up_at: datetime


_COLUMNS: Final[LiteralString] = """
    SELECT item_id, tenant_id, kind, state, cause, given_up_at, given_up_seq, first_given_up_at,
        times, attempts, words, conversation_id, contact_id, message_id, digest, error, frames,
        discard_reason, ended_at, NULL::uuid AS endpoint_id, NULL::uuid AS event_id
    FROM read_model.dead_letters
    WHERE (%(tenant)s::uuid IS NULL OR tenant_id = %(tenant)s)
"""
_DELIVERIES: Final[LiteralString] = """
    SELECT md5(endpoint_id::text || event_id::text)::uuid, tenant_id, 'webhook',
        CASE state WHEN 'dead' THEN 'open' ELSE 'discarded' END,
        coalesce(last_failure, 'unanswered'), coalesce(ended_at, created_at), event_seq,
        created_at, 1, attempts, NULL, NULL, NULL, NULL, NULL, NULL, '[]', discard_reason,
        ended_at, endpoint_id, event_id
    FROM hub.webhook_delivery
    WHERE (%(tenant)s::uuid IS NULL OR tenant_id = %(tenant)s)
"""
_OPEN: Final[LiteralString] = (
    "WITH letters AS ("
    + _COLUMNS
    + " AND state = 'open' UNION ALL "
    + _DELIVERIES
    + " AND state = 'dead') "
)
_KNOWN: Final[LiteralString] = (
    "WITH letters AS ("
    + _COLUMNS
    + " UNION ALL "
    + _DELIVERIES
    + " AND state IN ('dead', 'discarded')) "
)
_WANTED: Final[LiteralString] = """
    FROM letters WHERE (%(kind)s::text IS NULL OR kind = %(kind)s)
      AND (%(cause)s::text IS NULL OR cause = %(cause)s)
      AND (%(digest)s::text IS NULL OR digest = %(digest)s)
      AND (%(author)s::text IS NULL OR EXISTS (
        SELECT FROM read_model.timeline AS entry
        WHERE (%(tenant)s::uuid IS NULL OR entry.tenant_id = %(tenant)s)
          AND entry.entity_id = letters.item_id AND entry.entry_kind = 'outbound'
          AND entry.facts::jsonb #>> '{{approval,approved_by,id}}' = %(author)s
      ))
"""


def _parameters(wanted: LetterFilter) -> dict[str, Any]:
    return {
        "tenant": wanted.tenant_id,
        "kind": wanted.kind,
        "cause": wanted.cause,
        "digest": wanted.digest,
        "author": wanted.approved_by,
    }


def open_letters(
    wanted: LetterFilter, *, limit: int, before: tuple[datetime, UUID] | None = None
) -> Query[ListedLetter]:
    """What waits for a person, newest first; of all firms for the role `follow`.

    `before` is (given_up_at, item_id) of the last row of the page before.
    """
    given_up_at, item_id = before if before is not None else (None, None)
    return Query(
        ListedLetter,
        _OPEN
        + " SELECT {columns} "
        + _WANTED
        + """ AND (%(item)s::uuid IS NULL
                   OR (given_up_at, item_id) < (%(given_up_at)s::timestamptz, %(item)s::uuid))
              ORDER BY given_up_at DESC, item_id DESC LIMIT %(limit)s""",
        {**_parameters(wanted), "item": item_id, "given_up_at": given_up_at, "limit": limit},
    )


def letter_groups(wanted: LetterFilter, *, limit: int) -> Query[LetterGroup]:
    """What waits for a person, equal faults together, the most frequent first."""
    return Query(
        LetterGroup,
        _OPEN
        + """ SELECT kind, cause, digest, min(error), count(*), min(first_given_up_at),
                max(given_up_at) """
        + _WANTED
        + """ GROUP BY kind, cause, digest
              ORDER BY count(*) DESC, max(given_up_at) DESC LIMIT %(limit)s""",
        {**_parameters(wanted), "limit": limit},
    )


def letters_by_id(item_ids: Sequence[UUID], *, tenant_id: UUID | None) -> Query[ListedLetter]:
    """The dead letters about these things, in whatever state; None: of all firms (role follow).

    An event that is told again is none any more.
    """
    return Query(
        ListedLetter,
        _KNOWN + " SELECT {columns} " + _WANTED + " AND item_id = ANY(%(items)s)",
        {**_parameters(LetterFilter(tenant_id=tenant_id)), "items": list(item_ids)},
    )
