"""How much room the daily limit of each sender number's account has; asked of three read models.

Meta's notices name the account of a number, not its business portfolio; so the numbers of one
account are counted together, and the newest word on any of them is the limit of all.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from domain.admission import SERVICE_WINDOW
from domain.daily_limit import COUNTED_FOR
from domain.sender_standing import UNLIMITED
from projections.outbox import OutboxRow
from projections.query import Query


class DailyRoomRow(msgspec.Struct):
    """The account of a sender number.

    `recipients_max` is None where Meta said nothing. `reached` people were written to first and
    count, `waiting` messages wait for room, `called_up` of them may be sent already.
    """

    sender_number_id: UUID
    numbers: list[UUID]
    recipients_max: int | None
    reached: int
    waiting: int
    called_up: int

    @property
    def limit(self) -> int | None:
        """The limit; None where there is none or none is known."""
        return None if self.recipients_max == UNLIMITED else self.recipients_max

    @property
    def room(self) -> int | None:
        """How many more people may be written to first; None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.reached - self.called_up)


class CountedPerson(msgspec.Struct):
    """A contact that counts towards a limit, and since when."""

    contact_id: UUID
    reached_at: datetime


def daily_rooms(
    tenant_id: UUID, sender_number_ids: list[UUID], now: datetime | None = None
) -> Query[DailyRoomRow]:
    """The accounts of these numbers, one row per number, in no particular order.

    `now` is the moment of the database where none is given.
    """
    return Query(
        DailyRoomRow,
        """
        SELECT {columns} FROM (
            SELECT asked.sender_number_id, account.numbers, told.recipients_max,
                people.reached, queue.waiting, queue.called_up
            FROM read_model.sender_directory AS asked
            CROSS JOIN LATERAL (
                SELECT array_agg(other.sender_number_id) AS numbers
                FROM read_model.sender_directory AS other
                WHERE other.tenant_id = asked.tenant_id AND other.waba_id = asked.waba_id
            ) AS account
            LEFT JOIN LATERAL (
                SELECT standing.daily_recipients_max AS recipients_max
                FROM read_model.sender_standing AS standing
                WHERE standing.tenant_id = asked.tenant_id
                  AND standing.sender_number_id = ANY(account.numbers)
                  AND standing.daily_recipients_max IS NOT NULL
                ORDER BY standing.daily_limit_told_at DESC NULLS LAST,
                    nullif(standing.daily_recipients_max, %(unlimited)s) ASC NULLS LAST
                LIMIT 1
            ) AS told ON true
            CROSS JOIN LATERAL (
                SELECT count(DISTINCT outbox.contact_id) AS reached
                FROM read_model.outbox
                WHERE told.recipients_max <> %(unlimited)s
                  AND outbox.tenant_id = asked.tenant_id
                  AND outbox.sender_number_id = ANY(account.numbers)
                  AND outbox.wrote_first_at
                    > coalesce(%(now)s::timestamptz, statement_timestamp()) - %(counted_for)s
            ) AS people
            CROSS JOIN LATERAL (
                SELECT count(*) AS waiting,
                    count(*) FILTER (
                        WHERE outbox.due_at <= coalesce(%(now)s::timestamptz, statement_timestamp())
                    ) AS called_up
                FROM read_model.outbox
                WHERE outbox.tenant_id = asked.tenant_id
                  AND outbox.sender_number_id = ANY(account.numbers)
                  AND outbox.waits_for = 'daily_limit'
            ) AS queue
            WHERE asked.tenant_id = %(tenant)s
              AND asked.sender_number_id = ANY(%(senders)s)
        ) AS room
        """,
        {
            "tenant": tenant_id,
            "senders": sender_number_ids,
            "counted_for": COUNTED_FOR,
            "now": now,
            "unlimited": UNLIMITED,
        },
    )


def counted_among(
    tenant_id: UUID, numbers: list[UUID], contact_ids: list[UUID], now: datetime
) -> Query[CountedPerson]:
    """Those of these contacts who count already, in no particular order."""
    return Query(
        CountedPerson,
        """
        SELECT contact_id, max(wrote_first_at) FROM read_model.outbox
        WHERE tenant_id = %(tenant)s AND sender_number_id = ANY(%(numbers)s)
          AND wrote_first_at > %(since)s AND contact_id = ANY(%(contacts)s)
        GROUP BY contact_id
        """,
        {
            "tenant": tenant_id,
            "numbers": numbers,
            "contacts": contact_ids,
            "since": now - COUNTED_FOR,
        },
    )


def counted_people(
    tenant_id: UUID, numbers: list[UUID], now: datetime, *, after: int, limit: int
) -> Query[CountedPerson]:
    """The people whose places become free after so many others, in that order."""
    return Query(
        CountedPerson,
        """
        SELECT contact_id, max(wrote_first_at) AS reached_at FROM read_model.outbox
        WHERE tenant_id = %(tenant)s AND sender_number_id = ANY(%(numbers)s)
          AND wrote_first_at > %(since)s
        GROUP BY contact_id ORDER BY reached_at, contact_id
        OFFSET %(after)s LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "numbers": numbers,
            "since": now - COUNTED_FOR,
            "after": after,
            "limit": limit,
        },
    )


def senders_with_waiting(tenant_id: UUID) -> Query["WaitingSender"]:
    """The numbers from which messages wait for room."""
    return Query(
        WaitingSender,
        """
        SELECT DISTINCT {columns} FROM read_model.outbox
        WHERE tenant_id = %(tenant)s AND waits_for = 'daily_limit'
        """,
        {"tenant": tenant_id},
    )


class WaitingSender(msgspec.Struct):
    """A number from which messages wait for room."""

    sender_number_id: UUID


def waiting_for_room(
    tenant_id: UUID, numbers: list[UUID], now: datetime, *, limit: int, is_answer: bool
) -> Query[OutboxRow]:
    """Messages whose turn has not come, first things first.

    With `is_answer` only those whose contact has written meanwhile: they need no room any more.
    """
    return Query(
        OutboxRow,
        """
        SELECT {columns} FROM read_model.outbox
        WHERE tenant_id = %(tenant)s AND sender_number_id = ANY(%(numbers)s)
          AND waits_for = 'daily_limit' AND state = 'due' AND due_at > %(now)s
          AND (NOT %(is_answer)s OR EXISTS (
            SELECT FROM read_model.inbox
            WHERE inbox.tenant_id = outbox.tenant_id
              AND inbox.conversation_id = outbox.conversation_id
              AND inbox.last_inbound_at > %(open_since)s
          ))
        ORDER BY priority, requested_seq LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "numbers": numbers,
            "now": now,
            "limit": limit,
            "is_answer": is_answer,
            "open_since": now - SERVICE_WINDOW,
        },
    )
