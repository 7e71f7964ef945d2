"""The daily limit: how many people the numbers of an account may write to first in 24 hours.

To write first is to send a template outside the service window. Meta counts the people whom all
numbers of a business portfolio have reached that way in the last 24 hours (Cloud API reference,
section 11); replies inside the window count nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final
from uuid import UUID

import msgspec

from domain.admission import CLOCK_SKEW_MAX, Sending, is_service_window_open

DAILY_LIMIT: Final = "daily_limit"
"""The reason of a message that waits until the limit has room for its contact."""

COUNTED_FOR: Final = timedelta(hours=24) + CLOCK_SKEW_MAX
"""How long a person counts: a day, and as long as Meta's clock and the call may be behind ours."""


def writes_first(sending: Sending) -> bool:
    """Whether a message would go out outside the service window."""
    return not is_service_window_open(sending.last_inbound_at, sending.now)


class Place(Enum):
    """Whether there is room for one more person."""

    FREE = auto()
    UNSURE = auto()
    """What others have begun is not told yet: it is known in a moment."""
    FULL = auto()


class DailyRoom(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an account at one moment.

    `reached` people count, `counted` of those that are asked about among them. `unseen` attempts of
    the firm were begun that may count and of which the read model does not tell yet.
    """

    limit: int
    reached: int
    unseen: int
    counted: frozenset[UUID] = frozenset()

    def place_for(self, contact_id: UUID, taken: Collection[UUID]) -> Place:
        """Whether a contact may be written to first, after `taken` places were given away."""
        if contact_id in self.counted or contact_id in taken:
            return Place.FREE
        certain = self.reached + len(taken)
        if certain >= self.limit:
            return Place.FULL
        return Place.FREE if certain + self.unseen < self.limit else Place.UNSURE

    def still_holds(self, taken: Collection[UUID], begun_by_others: int) -> bool:
        """Whether the places given away are within the limit, whatever others began meanwhile."""
        if not taken:
            return True
        return self.reached + self.unseen + len(taken) + begun_by_others <= self.limit


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Those who wait for room: `before` of them come first.

    Each takes the place of one who counts now; when all places are given away, a day later again.
    """

    room: DailyRoom
    taken: int
    before: int

    @property
    def turn(self) -> tuple[int, int]:
        """Whose place becomes free for the next in the queue, oldest first, and days after that."""
        people = self.room.reached + self.taken
        ahead = max(0, people - self.room.limit) + self.before
        days, place = divmod(ahead, max(1, people))
        return place, days


def free_at(reached_at: datetime, days: int) -> datetime:
    """When the place of somebody who was reached then is free, `days` turns later."""
    return reached_at + COUNTED_FOR * (days + 1)
