"""The feed as a unit of following: after each page the screens of its firms are rung."""

from collections.abc import Sequence
from uuid import UUID

from infrastructure.following.event_log import LoggedEvent
from infrastructure.redis.feed_rings import FeedRings
from projections.feed import Feed
from projections.projection_unit import ProjectionUnit


class FeedUnit(ProjectionUnit):
    """Keeps the feed and rings after the commit."""

    def __init__(self, projection: Feed, rings: FeedRings) -> None:
        super().__init__(projection)
        self._rings = rings

    def committed(self, items: Sequence[LoggedEvent]) -> None:
        """Ring once per firm of the page."""
        newest: dict[UUID, int] = {}
        for item in items:
            newest[item.stored.tenant_id] = item.stored.tenant_seq
        self._rings.ring(newest)
