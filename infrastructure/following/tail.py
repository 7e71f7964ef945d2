"""The newest events of the store, read once per process and shared by all units that keep up.

A unit that is close behind takes its pages from memory; one that is far behind reads the store by
itself. Events never change and their positions are in the order of commits, so it makes no
difference where a page comes from.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from psycopg import Connection

from infrastructure.following.event_log import LoggedEvent, LogPage, log_head, read_log

EVENTS_MAX: Final = 4_000
BYTES_MAX: Final = 8 * 1024 * 1024
READ_MAX: Final = 1_000


class EventTail:
    """Keeps the newest events, and wakes the units that want one of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: deque[LoggedEvent] = deque()
        self._bytes = 0
        self._floor: int | None = None
        self._head = 0
        self._sleepers: dict[str, tuple[frozenset[str] | None, Callable[[], None]]] = {}

    def look(self, connection: Connection[Any]) -> None:
        """Read what is new and wake those who want it; called by one thread, the listener's."""
        if self._floor is None:
            head = log_head(connection)
            with self._lock:
                self._floor = self._head = head
            self._wake_all()
        while True:
            page = read_log(connection, after=self._head, limit=READ_MAX)
            if page.position > self._head:
                self._add(page)
            if len(page.events) < READ_MAX:
                return

    def subscribe(self, name: str, topics: frozenset[str] | None, wake: Callable[[], None]) -> None:
        """Call `wake` whenever an event with one of `topics` (None: any) was read."""
        with self._lock:
            self._sleepers[name] = (topics, wake)

    def unsubscribe(self, name: str) -> None:
        """Call it no more."""
        with self._lock:
            self._sleepers.pop(name, None)

    def page(self, after: int, limit: int, topics: frozenset[str] | None) -> LogPage | None:
        """The next events after a position, or None when they are no longer (or not yet) here."""
        with self._lock:
            if self._floor is None or after < self._floor:
                return None
            wanted: list[LoggedEvent] = []
            for logged in reversed(self._events):
                if logged.position <= after:
                    break
                if topics is None or logged.topic in topics:
                    wanted.append(logged)
            head = max(self._head, after)
        wanted.reverse()
        if len(wanted) <= limit:
            return LogPage(wanted, head)
        return LogPage(wanted[:limit], wanted[limit - 1].position)

    def _add(self, page: LogPage) -> None:
        with self._lock:
            for logged in page.events:
                self._events.append(logged)
                self._bytes += len(logged.stored.state)
            self._head = page.position
            while len(self._events) > EVENTS_MAX or self._bytes > BYTES_MAX:
                oldest = self._events.popleft()
                self._bytes -= len(oldest.stored.state)
                self._floor = oldest.position
            seen = {logged.topic for logged in page.events}
            woken = [
                wake
                for topics, wake in self._sleepers.values()
                if topics is None or not seen.isdisjoint(topics)
            ]
        for wake in woken:
            wake()

    def _wake_all(self) -> None:
        with self._lock:
            woken = [wake for _, wake in self._sleepers.values()]
        for wake in woken:
            wake()
