"""The units of one process: claimed, run, released, and shared fairly with other processes.

Each process shows its presence and looks once a second which units nobody runs and how many
processes there are. It runs at most its fair share; what a killed process ran is free as soon as
PostgreSQL noticed its broken connections.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from psycopg import Connection

from infrastructure.following import locks, positions
from infrastructure.following.event_log import CHANNEL
from infrastructure.following.follower import Follower, Read
from infrastructure.following.listener import Bell, Connect, Listener
from infrastructure.following.positions import Place
from infrastructure.following.program import program_fingerprint
from infrastructure.following.retry import Backoff, passes_by_itself
from infrastructure.following.tail import EventTail
from infrastructure.following.unit import SourcePage, Unit
from infrastructure.telemetry.metrics import FOLLOWER_LAG_EVENTS

log = logging.getLogger(__name__)

LOOK_INTERVAL_S: Final = 1.0
LISTEN_WITHIN_S: Final = 10.0
STOP_WITHIN_S: Final = 8.0


class FollowerHost:
    """Runs a fair share of the units until it is stopped."""

    def __init__(
        self,
        units: Sequence[Unit[Any]],
        connect: Connect,
        *,
        poll_interval_s: float = 1.0,
    ) -> None:
        self._units = {unit.name: unit for unit in units}
        self._connect = connect
        self._poll_interval_s = poll_interval_s
        self._followers: dict[str, Follower[Any]] = {}
        self._stopped = threading.Event()
        self._tail = EventTail()
        self._listener = Listener(connect, self._bells(), poll_interval_s=poll_interval_s)
        self._thread = threading.Thread(target=self._run, name="host", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._listener.start()
        self._thread.start()

    def stop(self) -> None:
        """Finish the pages under way, release all units, and wait for the end."""
        self._stopped.set()
        self._thread.join()
        self._listener.stop()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the host is stopped; False when that takes longer."""
        return self._stopped.wait(timeout_s)

    @property
    def running(self) -> frozenset[str]:
        """The names of the units that this process runs now."""
        return frozenset(
            name for name, follower in list(self._followers.items()) if follower.is_alive
        )

    def _bells(self) -> Mapping[str, Bell]:
        bells: dict[str, Bell] = {CHANNEL: self._tail.look}
        for channel in {unit.channel for unit in self._units.values()} - {CHANNEL}:
            names = [name for name, unit in self._units.items() if unit.channel == channel]
            bells[channel] = partial(self._ring, names)
        return bells

    def _ring(self, names: Sequence[str], _: Connection[Any]) -> None:
        for name in names:
            follower = self._followers.get(name)
            if follower is not None:
                follower.ring()

    def _run(self) -> None:
        # LISTEN before the first pull: what is announced from now on is not missed.
        self._listener.wait_until_listening(LISTEN_WITHIN_S)
        backoff = Backoff()
        while not self._stopped.is_set():
            try:
                with self._connect("host") as connection:
                    positions.register(connection, list(self._units))
                    locks.show_presence(connection)
                    backoff.succeeded()
                    self._share(connection)
            except Exception as error:
                if not passes_by_itself(error):
                    log.exception("Sharing the units failed; it starts again.")
                self._stopped.wait(backoff.next_delay_s())
        self._release(list(self._followers))

    def _share(self, connection: Connection[Any]) -> None:
        while not self._stopped.is_set():
            self._forget_ended()
            places = {place.name: place for place in positions.all_places(connection)}
            self._measure_lag(connection, places)
            runnable = [name for name in self._units if _is_runnable(places.get(name))]
            share = -(-len(runnable) // max(1, locks.processes_present(connection)))
            own = [name for name in self._followers if name in runnable]
            if len(own) > share:
                self._release(own[share:])
            elif len(own) < share:
                free = set(runnable) - locks.units_taken(connection, runnable)
                wanted = [name for name in runnable if name in free and name not in own]
                for name in wanted[: share - len(own)]:
                    self._claim(name)
            self._stopped.wait(LOOK_INTERVAL_S)

    def _measure_lag(self, connection: Connection[Any], places: Mapping[str, Place]) -> None:
        heads: dict[str, int] = {}
        for name, follower in self._followers.items():
            channel = follower.unit.channel
            if channel not in heads:
                heads[channel] = follower.unit.head(connection)
            lag = heads[channel] - places[name].position
            FOLLOWER_LAG_EVENTS.labels(name).set(max(0, lag))

    def _claim(self, name: str) -> None:
        unit = self._units[name]
        read: Read[Any] | None = None
        if unit.channel == CHANNEL:
            read = self._reader(unit)
        follower: Follower[Any] = Follower(
            unit, self._connect, poll_interval_s=self._poll_interval_s, read=read
        )
        self._followers[name] = follower
        if unit.channel == CHANNEL:
            self._tail.subscribe(name, unit.topics, follower.ring)
        follower.start()

    def _reader(self, unit: Unit[Any]) -> Read[Any]:
        def read(connection: Connection[Any], after: int, limit: int) -> SourcePage[Any]:
            page = self._tail.page(after, limit, unit.topics)
            if page is None:
                return unit.read(connection, after, limit)
            return SourcePage(page.events, page.position)

        return read

    def _release(self, names: Sequence[str]) -> None:
        followers = [self._followers[name] for name in names]
        for follower in followers:
            follower.stop()
        for follower in followers:
            follower.join(STOP_WITHIN_S)
        self._forget_ended()

    def _forget_ended(self) -> None:
        for name, follower in list(self._followers.items()):
            if not follower.is_alive:
                del self._followers[name]
                self._tail.unsubscribe(name)


def _is_runnable(place: Place | None) -> bool:
    """Whether a unit may be tried: it is not parked, or was parked by another program."""
    if place is None or place.parked_reason is None:
        return True
    return place.parked_program != program_fingerprint()
