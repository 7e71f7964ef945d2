"""What the outbox shows of one lane, and how far it has to come before it may be believed."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from infrastructure.following.event_log import newest_position_of, with_old_names
from infrastructure.following.positions import place_of
from infrastructure.postgres.connections import tenant_session
from jobs.outbound.attempts import Attempt
from jobs.outbound.candidates import DueMessages
from jobs.outbound.lease import HeldLane
from jobs.outbound.newest_requests import NewestRequests
from jobs.runtime import SendRuntime
from projections.inbound_rate import EVENTS_MAX, inbound_in_last_second
from projections.outbox import (
    Outbox,
    OutboxRow,
    attempts_of_sender,
    due_messages_of_sender,
    is_bulk,
)

_SHOWN: Final = with_old_names(Outbox.topics)
"""The events that the outbox shows; it need not have come to others."""


NEAR_S: Final = 1.0
"""How long the outbox is expected to show at any moment what was begun."""


def first_due(
    connection: Connection[Any], tenant_id: UUID, number: UUID, *, now: datetime, limit: int
) -> list[OutboxRow]:
    """The first messages of a number that are due, read in their order and no further.

    Told that there are few, PostgreSQL would rather read and sort all of them.
    """
    connection.execute("SET LOCAL enable_sort = off")
    return due_messages_of_sender(tenant_id, number, now=now, limit=limit).fetch(connection)


class LaneView:
    """Reads for the holder of a lane what the outbox shows, and what it will show in a moment."""

    def __init__(self, runtime: SendRuntime, lane: HeldLane) -> None:
        self._runtime = runtime
        self._lane = lane
        self._newest = NewestRequests(lane)
        self._position = 0
        self._looked_around_at = 0
        self._horizon = 0
        self._begun_until = 0
        self._begun_at = float("-inf")

    def due(self, limit: int) -> DueMessages:
        """What is due now: at most `limit` messages of the outbox, and newer requests.

        Nothing until all is shown that was stored before the first look: a message could overtake
        one of a former holder.
        """
        tenant_id, number, _ = self._lane
        now = self._runtime.clock.now() + timedelta(milliseconds=1)
        with tenant_session(self._runtime.pool, tenant_id) as connection:
            # First the position: the rows are at least as new as that.
            position = self._position = place_of(connection, Outbox.name).position
            if not self._horizon:
                self._horizon = newest_position_of(connection, tenant_id, _SHOWN, after=position)
            if position < self._horizon:
                return DueMessages(position, (), is_full=False)
            rows = first_due(connection, tenant_id, number, now=now, limit=limit)
            is_full = len(rows) >= limit
            if not is_full or is_bulk(rows[-1]):
                # Nothing that comes before them was left in the outbox.
                rows = [*rows, *self._newest.after(connection, position, now)]
            return DueMessages(position, rows, is_full)

    @property
    def is_behind(self) -> bool:
        """Whether nothing may be begun yet, as of the last look."""
        return self._position < self._horizon

    def note_begun(self, attempts: Sequence[Attempt]) -> None:
        """Others of their conversations may have waited for these to be begun: nobody rings."""
        positions = [attempt.position for attempt in attempts if not is_bulk(attempt.row)]
        if positions:
            self._begun_until, self._begun_at = max(positions), time.monotonic()

    @property
    def is_news_near(self) -> bool:
        """Whether the outbox is about to show something for which nobody rings."""
        is_shown = self._position >= self._begun_until
        return not is_shown and time.monotonic() - self._begun_at < NEAR_S

    def around(self) -> tuple[Sequence[OutboxRow], int]:
        """The attempts without an outcome, and how many messages came in within a second.

        Not to be asked more often than once a second.
        """
        tenant_id, number, _ = self._lane
        with tenant_session(self._runtime.pool, tenant_id) as connection:
            rows = attempts_of_sender(tenant_id, number).fetch(connection)
            after, self._looked_around_at = self._looked_around_at, self._position
            if not after:
                after = max(0, self._position - EVENTS_MAX)
            return rows, inbound_in_last_second(connection, tenant_id, number, after=after)
