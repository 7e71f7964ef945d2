"""What units that read the event store have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from infrastructure.following.event_log import CHANNEL, LoggedEvent, log_head, read_log
from infrastructure.following.unit import PAGE_MAX, SourcePage


class EventUnit(ABC):
    """A unit that handles events of the store, in the order of the log."""

    channel = CHANNEL

    @property
    @abstractmethod
    def name(self) -> str:
        """See `Unit.name`."""

    @property
    @abstractmethod
    def topics(self) -> frozenset[str] | None:
        """See `Unit.topics`."""

    @property
    def page_max(self) -> int:
        """See `Unit.page_max`."""
        return PAGE_MAX

    @property
    def pace_s(self) -> float:
        """See `Unit.pace_s`."""
        return 0.0

    @property
    def is_derived(self) -> bool:
        """See `Unit.is_derived`."""
        return True

    def read(self, connection: Connection[Any], after: int, limit: int) -> SourcePage[LoggedEvent]:
        """See `Unit.read`."""
        page = read_log(connection, after=after, limit=limit, topics=self.topics)
        return SourcePage(page.events, page.position)

    def head(self, connection: Connection[Any]) -> int:
        """See `Unit.head`."""
        return log_head(connection)

    @abstractmethod
    def handle(self, connection: Connection[Any], items: Sequence[LoggedEvent]) -> None:
        """See `Unit.handle`."""

    def committed(self, items: Sequence[LoggedEvent]) -> None:  # noqa: B027 - most tell nobody
        """See `Unit.committed`."""

    def set_aside(
        self,
        connection: Connection[Any],  # noqa: ARG002 - an event has no other place
        item: LoggedEvent,  # noqa: ARG002
        error: Exception,  # noqa: ARG002
    ) -> bool:
        """See `Unit.set_aside`: an event has no other place, so the unit is parked."""
        return False

    def rest(self, connection: Connection[Any]) -> bool:  # noqa: ARG002 - nothing but events
        """See `Unit.rest`."""
        return False
