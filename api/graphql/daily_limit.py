"""The daily limit of a number's account, as a screen shows it."""

from uuid import UUID

import strawberry

from api.graphql.wanted import Wanted
from api.reading import Reading
from projections.daily_room import DailyRoomRow, daily_rooms


@strawberry.type(
    description="How many people the numbers of an account may write to first in 24 hours: outside "
    "the service window, by template. Replies count nothing and are never held back."
)
class DailyLimit:
    """The account of a number."""

    people_max: int | None = strawberry.field(
        description="What Meta allows; null without an end, or where Meta has not said."
    )
    reached: int = strawberry.field(
        description="How many were written to first in the last 24 hours, by all its numbers; "
        "counted only where there is a limit."
    )
    room: int | None = strawberry.field(
        description="How many more may be; null where there is no limit."
    )
    waiting: int = strawberry.field(
        description="How many messages wait for room; they go out by themselves."
    )


def load_daily_limits(
    reading: Reading, keys: list[UUID], _wanted: Wanted
) -> dict[UUID, DailyLimit]:
    """Return the daily limits of numbers, by number."""
    rows = reading.rows(daily_rooms(reading.tenant_id, keys))
    return {row.sender_number_id: _shown(row) for row in rows}


def _shown(row: DailyRoomRow) -> DailyLimit:
    return DailyLimit(people_max=row.limit, reached=row.reached, room=row.room, waiting=row.waiting)


def fitting(recipients: int, writes_first: int | None, limit: DailyLimit | None) -> int | None:
    """How many of the recipients of a plan have room now; None where there is no limit."""
    room = None if limit is None else limit.room
    if room is None:
        return None
    first = recipients if writes_first is None else writes_first
    return recipients - max(0, first - room)
