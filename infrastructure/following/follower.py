"""One unit, followed: pages in order, each with its position in one transaction.

A failure of the surroundings is waited out. An item that cannot be handled is found by halving its
page; the unit then sets it aside or is parked with a message, and no other unit is harmed.
"""

import logging
import threading
import traceback
import zlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from time import monotonic
from typing import Any, Final, Generic

import msgspec
import psycopg
from psycopg import Connection

from domain.errors import HubError
from infrastructure.failpoints import failpoint
from infrastructure.following import positions
from infrastructure.following.locks import try_unit
from infrastructure.following.positions import Place, has_moved
from infrastructure.following.program import program_fingerprint
from infrastructure.following.retry import Backoff, TryAgain, passes_by_itself
from infrastructure.following.unit import AnItem, SourcePage, Unit
from infrastructure.telemetry.defects import defect_of
from infrastructure.telemetry.metrics import FOLLOWER_EVENTS, FOLLOWER_PARKED

log = logging.getLogger(__name__)

UNWRITTEN_POSITIONS_MAX: Final = 1_000
"""How many uninteresting positions may pass before the position is written out of turn."""

REST_LONGEST_S: Final = 0.02
"""A unit that keeps up lets as long pass as its page took, and not more than this: where pages take
long it handles more with each, and leaves the processor to what somebody waits for."""

SENT_AT_ONCE_MAX: Final = 20
"""Items of a page whose statements are sent together; larger calls were seen to stall."""

Read = Callable[[Connection[Any], int, int], SourcePage[AnItem]]


class _Parked(Exception):
    """The unit waits for a person."""


class Follower(Generic[AnItem]):
    """Runs a unit in a thread of its own until it is stopped, parked, or run by somebody else."""

    def __init__(
        self,
        unit: Unit[AnItem],
        connect: Callable[[str], Connection[Any]],
        *,
        poll_interval_s: float,
        read: Read[AnItem] | None = None,
    ) -> None:
        """`connect` opens an autocommit connection; `read` replaces the unit's own way to read."""
        self.unit = unit
        self._connect = connect
        self._read = read or unit.read
        self._poll_interval_s = poll_interval_s
        self._bell = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=unit.name, daemon=True)
        self.is_parked = False

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def ring(self) -> None:
        """Look for new items now."""
        self._bell.set()

    def stop(self) -> None:
        """Ask for the end; the page under way is finished."""
        self._stopped.set()
        self._bell.set()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait for the end."""
        self._thread.join(timeout_s)

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        backoff = Backoff()
        while not self._stopped.is_set():
            try:
                with self._connect(self.unit.name) as connection:
                    if not try_unit(connection, self.unit.name):
                        return
                    self._follow(connection, backoff)
                    return
            except _Parked:
                self.is_parked = True
                return
            except Exception as error:
                if passes_by_itself(error):
                    log.warning(
                        "A follower waits for its surroundings.",
                        extra={"unit": self.unit.name, "reason": type(error).__name__},
                    )
                else:
                    log.exception(
                        "A follower failed; it starts again.", extra={"unit": self.unit.name}
                    )
                self._stopped.wait(backoff.next_delay_s())

    def _follow(self, connection: Connection[Any], backoff: Backoff) -> None:
        unit = self.unit
        if unit.is_derived:
            connection.execute("SET synchronous_commit = off")
        place = positions.place_of(connection, unit.name)
        if place.parked_reason is not None:
            self._unpark_after_upgrade(connection, place)
            place = positions.place_of(connection, unit.name)
        FOLLOWER_PARKED.labels(unit.name).set(0)
        rest_at = monotonic() + self._poll_interval_s * _phase_of(unit.name)
        while not self._stopped.is_set():
            # Cleared before reading: a ring during the work leads to another look.
            self._bell.clear()
            try:
                place, position = self._step(connection, place, rest_at)
                if monotonic() >= rest_at:
                    place = self._rest(connection, place, position)
                    rest_at = monotonic() + self._poll_interval_s
            except TryAgain:
                continue
            except psycopg.Error as error:
                if not has_moved(error):
                    raise
                place = positions.place_of(connection, unit.name)
                if place.parked_reason is not None:
                    raise _Parked from None
            backoff.succeeded()

    def _step(self, connection: Connection[Any], place: Place, rest_at: float) -> tuple[Place, int]:
        """Handle the next page, or wait for one; returns how far the source was looked through."""
        unit = self.unit
        page = self._read(connection, place.position, unit.page_max)
        if page.items:
            began = monotonic()
            place = self._handle(connection, place, page.items, page.position)
            if len(page.items) < unit.page_max:
                rest_s = min(monotonic() - began, REST_LONGEST_S)
                self._stopped.wait(max(unit.pace_s, rest_s))
        elif page.position - place.position > UNWRITTEN_POSITIONS_MAX:
            place = self._move(connection, place, page.position)
        else:
            self._bell.wait(max(0.0, rest_at - monotonic()))
        return place, max(page.position, place.position)

    def _rest(self, connection: Connection[Any], place: Place, position: int) -> Place:
        """About once per poll interval: write the position reached, look after the rest."""
        if position > place.position:
            place = self._move(connection, place, position)
        if self.unit.rest(connection):
            self._bell.set()
        return place

    def _move(self, connection: Connection[Any], place: Place, position: int) -> Place:
        with connection.transaction():
            positions.advance(connection, place, position)
        return _at(place, position)

    def _handle(
        self, connection: Connection[Any], place: Place, items: Sequence[AnItem], position: int
    ) -> Place:
        try:
            with self._sent_at_once(connection, items), connection.transaction():
                positions.advance(connection, place, position)
                self.unit.handle(connection, items)
                failpoint(f"follow.{self.unit.name}.before_commit")
        except Exception as error:
            if passes_by_itself(error) or has_moved(error):
                raise
            return self._isolate(connection, place, items, position, error)
        failpoint(f"follow.{self.unit.name}.after_commit")
        FOLLOWER_EVENTS.labels(self.unit.name).inc(len(items))
        self.unit.committed(items)
        return _at(place, position)

    def _sent_at_once(
        self, connection: Connection[Any], items: Sequence[AnItem]
    ) -> AbstractContextManager[object]:
        """Let the statements of a small page travel together: one round trip instead of five."""
        if self.unit.is_derived and len(items) <= SENT_AT_ONCE_MAX:
            return connection.pipeline()
        return nullcontext()

    def _isolate(
        self,
        connection: Connection[Any],
        place: Place,
        items: Sequence[AnItem],
        position: int,
        error: Exception,
    ) -> Place:
        """Handle what can be handled of a page that failed, and find the item that cannot."""
        if len(items) > 1:
            middle = len(items) // 2
            first, second = items[:middle], items[middle:]
            place = self._handle(connection, place, first, first[-1].position)
            return self._handle(connection, place, second, position)
        if self._set_aside(connection, place, items[0], position, error):
            return _at(place, position)
        self._park(connection, place, items[0], error)
        raise _Parked

    def _set_aside(
        self,
        connection: Connection[Any],
        place: Place,
        item: AnItem,
        position: int,
        error: Exception,
    ) -> bool:
        with connection.transaction() as transaction:
            positions.advance(connection, place, position)
            is_aside = self.unit.set_aside(connection, item, error)
            transaction.force_rollback = not is_aside
        return is_aside

    def _park(
        self, connection: Connection[Any], place: Place, item: AnItem, error: Exception
    ) -> None:
        positions.park(
            connection,
            place,
            reason=_reason(self.unit.name, error),
            event=item.label,
            position=item.position,
            program=program_fingerprint(),
            defect=defect_of(error),
        )
        FOLLOWER_PARKED.labels(self.unit.name).set(1)
        log.error(
            "A follower is parked: it cannot handle one event. `hub projections status` says more.",
            extra={"unit": self.unit.name, "position": item.position},
            exc_info=error,
        )

    def _unpark_after_upgrade(self, connection: Connection[Any], place: Place) -> None:
        if place.parked_program == program_fingerprint():
            FOLLOWER_PARKED.labels(self.unit.name).set(1)
            raise _Parked
        log.info("A parked follower tries again.", extra={"unit": self.unit.name})
        positions.resume(connection, self.unit.name)


def _phase_of(name: str) -> float:
    """When in its interval a unit rests, from 0 to 1: all at the same moment would be a stall."""
    return zlib.crc32(name.encode()) / 2**32


def _at(place: Place, position: int) -> Place:
    return msgspec.structs.replace(place, position=position)


def _reason(name: str, error: Exception) -> str:
    """Why the unit stopped and what to do; without the error's words, which may quote content."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}"
    words = f": {error.message}" if isinstance(error, HubError) else ""
    return (
        f"{type(error).__name__} at {place}{words}. Nothing is lost and the other units go on. "
        f"Correct the cause (an upgrade is tried by itself), then run "
        f"`hub projections resume {name}`."
    )
