"""The daily limit of a batch: who of those that are written to first has room, and when the others.

What was begun is counted by the outbox, which follows the log a moment later; every attempt of the
firm that it does not show yet is taken for one that counts. After the append, while nobody else can
begin anything, it is looked at once more whether somebody was quicker.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from domain.daily_limit import DAILY_LIMIT, DailyRoom, Place, Queue, free_at, writes_first
from domain.identity import TenantId
from domain.outbound_message import OutboundAttemptStarted
from domain.sending_rules import Postponed
from infrastructure.following.positions import place_of
from jobs.outbound.admission import Candidate
from projections.daily_room import counted_among, counted_people, daily_rooms

# `IS TRUE`: the firm is a filter, never the way to find an event (decision 0027).
_UNSEEN: Final = """
    SELECT count(*) FROM hub.events
    WHERE notification_id > %s AND (tenant_id = %s) IS TRUE AND topic = %s
"""

PLACES_AT_ONCE: Final = 100
"""Places that are asked for together: a batch has fewer, and the next in the queue is the next
place."""


class RoomTaken(Exception):
    """Somebody else has begun attempts while the batch was decided; it is to be decided again."""


class BatchRoom:
    """The places of one account while a batch is decided, inside the batch's transaction."""

    def __init__(
        self,
        connection: Connection[Any],
        tenant_id: TenantId,
        numbers: list[UUID],
        room: DailyRoom,
        *,
        position: int,
        waiting: int,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._numbers = numbers
        self._room = room
        self._position = position
        self._waiting = waiting
        self._now = now
        self._taken: set[UUID] = set()
        self._places: dict[int, datetime] = {}

    def place_for(self, candidate: Candidate) -> Place:
        """Take the place of a message that is admitted otherwise; replies need none."""
        contact_id = candidate.row.contact_id
        if not writes_first(candidate.sending):
            return Place.FREE
        place = self._room.place_for(contact_id, self._taken)
        if place is Place.FREE and contact_id not in self._room.counted:
            self._taken.add(contact_id)
        return place

    def postponed(self) -> Postponed:
        """Until when the next message without a place waits."""
        queue = Queue(room=self._room, taken=len(self._taken), before=self._waiting)
        self._waiting += 1
        place, days = queue.turn
        return Postponed(until=free_at(self._reached_at(place), days), reason=DAILY_LIMIT)

    def _reached_at(self, place: int) -> datetime:
        """When the person was reached whose place it is; those who were reached now are last."""
        if place not in self._places:
            query = counted_people(
                self._tenant_id, self._numbers, self._now, after=place, limit=PLACES_AT_ONCE
            )
            people = enumerate(query.fetch(self._connection), start=place)
            self._places |= {number: person.reached_at for number, person in people}
        return self._places.setdefault(place, self._now)

    def require(self, started: int) -> None:
        """Fail if others have taken the room; asked after `started` attempts were appended.

        Raises RoomTaken.
        """
        if not self._taken:
            return
        unseen = _unseen(self._connection, self._tenant_id, self._position)
        by_others = unseen - self._room.unseen - started
        if not self._room.still_holds(self._taken, by_others):
            raise RoomTaken


def room_of(
    connection: Connection[Any],
    tenant_id: TenantId,
    candidates: Sequence[Candidate],
    now: datetime,
) -> BatchRoom | None:
    """The room of a batch of one number; None where nobody is written to first, or without end."""
    first = [candidate.row for candidate in candidates if writes_first(candidate.sending)]
    if not first:
        return None
    # First the position: what is counted is at least as new as that.
    position = place_of(connection, "outbox").position
    known = daily_rooms(tenant_id, [first[0].sender_number_id], now).first(connection)
    if known is None or known.limit is None:
        return None
    contacts = [row.contact_id for row in first]
    counted = counted_among(tenant_id, known.numbers, contacts, now).fetch(connection)
    room = DailyRoom(
        limit=known.limit,
        reached=known.reached,
        unseen=_unseen(connection, tenant_id, position),
        counted=frozenset(person.contact_id for person in counted),
    )
    return BatchRoom(
        connection,
        tenant_id,
        known.numbers,
        room,
        position=position,
        waiting=known.waiting - known.called_up,
        now=now,
    )


def _unseen(connection: Connection[Any], tenant_id: TenantId, position: int) -> int:
    topic = OutboundAttemptStarted.TOPIC
    row = connection.execute(_UNSEEN, (position, tenant_id, topic)).fetchone()
    return 0 if row is None else int(row[0])
