"""A read model as a unit of following."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from infrastructure.following.event_log import LoggedEvent, read_streams, with_old_names
from infrastructure.following.event_unit import EventUnit
from projections.projection import Projection, Target


class ProjectionUnit(EventUnit):
    """Keeps the live table of a read model up to date."""

    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        self._topics = with_old_names(projection.topics)

    @property
    def name(self) -> str:
        """The name of the read model."""
        return self.projection.name

    @property
    def pace_s(self) -> float:
        """How long events are gathered."""
        return self.projection.pace_s

    @property
    def topics(self) -> frozenset[str] | None:
        """The events that the read model listens to."""
        return self._topics

    def handle(self, connection: Connection[Any], items: Sequence[LoggedEvent]) -> None:
        """Write a page to the live table."""
        target = Target(connection, self.projection.name, read_streams, is_live=True)
        self.projection.write_page(items, target)
