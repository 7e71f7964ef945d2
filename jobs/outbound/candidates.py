"""Which messages of a lane may be attempted next: by priority, in order within a conversation."""

import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from jobs.outbound.attempts import Progress
from projections.outbox import OutboxRow, is_bulk

NOT_VISIBLE_PAUSE_S: Final = 0.02
"""How soon a message is looked at again for which the inbox was not new enough."""

ASIDE_S: Final = 5.0
"""How long a message is left alone that could not be attempted for no reason of its own."""

_UNDERWAY: Final = float("inf")

Order = tuple[UUID, bool]
"""Within this order is kept: a conversation, and whether it is about messages to many."""


class DueMessages(NamedTuple):
    """What is due, and how far the outbox had followed the log before it was read.

    `is_full` says that the outbox may show more than what was read.
    """

    position: int
    rows: Sequence[OutboxRow]
    is_full: bool


class Candidates:
    """What one lane may attempt, and what it knows that the outbox shows only a moment later.

    The outbox follows the events; until it shows what this lane has stored about a message, its row
    there is out of date. Each message is remembered with the position of the log after which the
    outbox is right about it.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._rows: list[OutboxRow] = []
        self._known: dict[UUID, float] = {}
        self._blocked: dict[Order, float] = {}
        self._busy: set[Order] = set()
        self._aside: dict[Order, float] = {}

    def refill(self, due: DueMessages) -> None:
        """Take over what the outbox shows as due."""
        shown = due.position
        self._known = {key: at for key, at in self._known.items() if at > shown}
        self._blocked = {key: at for key, at in self._blocked.items() if at > shown}
        rows = [row for row in due.rows if row.outbound_message_id not in self._known]
        self._rows = sorted(rows, key=lambda row: (row.priority, row.requested_seq))

    def take(self, limit: int, *, better_than: int | None = None) -> list[OutboxRow]:
        """The next messages to attempt, at most one of each conversation; they are underway now.

        With `better_than` only messages that come before one of that priority.
        """
        taken: list[OutboxRow] = []
        rest: list[OutboxRow] = []
        now = self._monotonic()
        for row in self._rows:
            is_wanted = better_than is None or row.priority < better_than
            if len(taken) < limit and is_wanted and self._is_free(_order_of(row), now):
                taken.append(row)
                self._busy.add(_order_of(row))
                self._known[row.outbound_message_id] = _UNDERWAY
            else:
                rest.append(row)
        self._rows = rest
        return taken

    def finish(self, row: OutboxRow, progress: Progress, position: int) -> None:
        """Take over what became of a message; `position` 0 when nothing was stored about it."""
        order = _order_of(row)
        self._busy.discard(order)
        self._known[row.outbound_message_id] = float(position)
        if progress is not Progress.SETTLED:
            # What was requested later waits until the outbox shows when this one is due again.
            self._blocked[order] = float(position)
        if not position:
            is_behind = progress is Progress.NOT_VISIBLE
            pause_s = NOT_VISIBLE_PAUSE_S if is_behind else ASIDE_S
            self._aside[order] = self._monotonic() + pause_s

    def set_aside(self, row: OutboxRow, pause_s: float) -> None:
        """Leave a message that was taken, and what follows it in its order, for a while."""
        order = _order_of(row)
        self._busy.discard(order)
        self._known.pop(row.outbound_message_id, None)
        self._aside[order] = self._monotonic() + pause_s

    @property
    def best_priority(self) -> int | None:
        """The priority of the message that `take` would return first."""
        now = self._monotonic()
        return next((r.priority for r in self._rows if self._is_free(_order_of(r), now)), None)

    @property
    def next_look_at(self) -> float:
        """When something that was set aside may be looked at again (monotonic clock)."""
        return min(self._aside.values(), default=float("inf"))

    def is_remembered(self, row: OutboxRow) -> bool:
        """Whether this lane knows more about the message than the outbox shows."""
        return row.outbound_message_id in self._known

    @property
    def remembered(self) -> int:
        """How many messages the outbox may still show although they are none to begin."""
        return len(self._known)

    def _is_free(self, order: Order, now: float) -> bool:
        if order in self._busy or order in self._blocked:
            return False
        until = self._aside.get(order)
        if until is None or until <= now:
            self._aside.pop(order, None)
            return True
        return False


def _order_of(row: OutboxRow) -> Order:
    return row.conversation_id, is_bulk(row)
