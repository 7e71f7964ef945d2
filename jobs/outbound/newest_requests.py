"""Messages that were requested a moment ago, taken from the log before the outbox shows them.

A person waits for a reply, and the read models may be busy with what a broadcast leads to.
"""

from datetime import datetime
from typing import Any, Final

from psycopg import Connection

from domain.outbound_message import OutboundRequested
from domain.outbound_timing import OutboundRetried
from infrastructure.following.event_log import events_between, with_old_names
from jobs.outbound.lease import HeldLane
from projections.outbox import OutboxRow, conversations_that_wait, is_bulk, row_of_request

SPAN: Final = 20_000
"""How many positions behind its newest events the outbox may be for them to be read here."""

EVENTS_MAX: Final = 500
"""Requests and retries of one look; what is left is read with the next one."""

_TOPICS: Final = with_old_names(frozenset({OutboundRequested.TOPIC, OutboundRetried.TOPIC}))


class NewestRequests:
    """The requests of one lane that the outbox does not show yet, those of broadcasts left out."""

    def __init__(self, lane: HeldLane) -> None:
        self._lane = lane
        self._read_until = 0
        self._retried_at = 0
        self._requests: list[tuple[int, OutboxRow]] = []

    def after(self, connection: Connection[Any], position: int, now: datetime) -> list[OutboxRow]:
        """What was requested to be sent at once after `position`, up to which the outbox shows all.

        Left out is what has to wait for another message of its conversation.
        """
        self._requests = [each for each in self._requests if each[0] > position]
        self._read(connection, position)
        if self._retried_at > position or not self._requests:
            # Which conversation the message is of that somebody retried, the outbox will show.
            return []
        rows = [row for _, row in self._requests]
        conversations = [row.conversation_id for row in rows]
        query = conversations_that_wait(self._lane.tenant_id, conversations, now=now)
        waiting = {found.conversation_id for found in query.fetch(connection)}
        return [row for row in rows if row.conversation_id not in waiting]

    def _read(self, connection: Connection[Any], position: int) -> None:
        after = max(position, self._read_until)
        events = events_between(connection, after, position + SPAN, _TOPICS, EVENTS_MAX)
        for logged in events:
            record = logged.record
            if isinstance(record.event, OutboundRetried):
                self._retried_at = logged.position
            elif isinstance(record.event, OutboundRequested):
                row = row_of_request(record, record.event)
                if self._is_wanted(row):
                    self._requests.append((logged.position, row))
        if events:
            self._read_until = events[-1].position

    def _is_wanted(self, row: OutboxRow) -> bool:
        is_own = row.sender_number_id == self._lane.sender_number_id
        return is_own and not is_bulk(row) and row.due_at == row.requested_at
