"""`hub bench projection`: the timeline catches up, exactly once, against the library's runner.

Both read the same events of the same table and write the same rows. The library's ProjectionRunner
handles an event a transaction; the hub's follower handles pages.
"""

import time
from datetime import UTC, datetime
from typing import Any, Final

from eventsourcing.application import Application
from eventsourcing.persistence import JSONTranscoder, Mapper, Notification, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection as LibraryProjection
from eventsourcing.projection import ProjectionRunner
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row

from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.following.event_log import LoggedEvent, StoredEvent, read_log, read_streams
from infrastructure.following.follower import Follower
from infrastructure.following.positions import place_of
from infrastructure.settings import Settings
from projections.benchmarks.filling import BENCH_FIRM, MeasuredStore, measured_store
from projections.benchmarks.stories import Firm
from projections.projection import Target
from projections.projection_unit import ProjectionUnit
from projections.timeline import Timeline

EVENTS: Final = 30_000
LIBRARY_EVENTS: Final = 1_500
WITHIN_S: Final = 60.0
TARGET: Final = 25.0
MUST: Final = 15.0
_RECORDED_AT: Final = datetime(2026, 1, 5, tzinfo=UTC)


def run(settings: Settings) -> list[Figure]:
    """Let the library handle the first events and the hub's follower all of them."""
    with measured_store(settings) as store, store.connect("bench") as connection:
        head = store.fill(connection, Firm(BENCH_FIRM), EVENTS)
        library = _library_rate(store, connection)
        ours = _our_rate(store, connection, head)
    return [
        Figure.at_least(
            "projection",
            ours / library,
            "x",
            baseline=f"the library's ProjectionRunner: {library:,.0f} events/s; "
            f"the follower: {ours:,.0f}/s",
            target=TARGET,
            must=MUST,
        )
    ]


def _our_rate(store: MeasuredStore, connection: Connection[Any], head: int) -> float:
    connection.execute("TRUNCATE read_model.timeline")
    follower = Follower(ProjectionUnit(Timeline()), store.connect, poll_interval_s=0.2)
    began = time.perf_counter()
    follower.start()
    try:
        _wait(lambda: place_of(connection, "timeline").position >= head)
        duration = time.perf_counter() - began
    finally:
        follower.stop()
        follower.join()
    return head / duration


def _wait(is_done: Any) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_done():
        if time.monotonic() > deadline:
            raise MeasurementFailedError(
                f"The timeline was not caught up within {WITHIN_S:g} s. "
                "Measure on a quieter machine."
            )
        time.sleep(0.002)


# --- the same with the library --------------------------------------------------------------------


class _LoggedMapper(Mapper[Any]):
    """Gives the event as the hub's followers read it, content sealed."""

    def to_domain_event(self, stored_event: Any) -> Any:
        position = stored_event.id if isinstance(stored_event, Notification) else 0
        return LoggedEvent(
            StoredEvent(
                position,
                stored_event.originator_id,
                stored_event.originator_version,
                stored_event.topic,
                stored_event.state,
                BENCH_FIRM,
                position,
                _RECORDED_AT,
            )
        )


class _Log(Application[Any]):
    """The event table, as the library sees it."""

    name = "hublog"

    def construct_mapper(self) -> Mapper[Any]:
        return _LoggedMapper(transcoder=JSONTranscoder())


class _View(PostgresTrackingRecorder):
    def write(self, logged: LoggedEvent, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            connection: Connection[Any] = cursor.connection
            rows, connection.row_factory = connection.row_factory, tuple_row
            _TIMELINE.write_page([logged], Target(connection, "timeline", read_streams))
            connection.row_factory = rows


class _LibraryTimeline(LibraryProjection[_View]):
    name = "libtimeline"
    topics = tuple(Timeline.topics)

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.write(domain_event, tracking)


_TIMELINE: Final = Timeline()


def _library_rate(store: MeasuredStore, connection: Connection[Any]) -> float:
    last = read_log(connection, after=0, limit=LIBRARY_EVENTS, topics=Timeline.topics).position
    began = time.perf_counter()
    with ProjectionRunner(
        application_class=_Log,
        projection_class=_LibraryTimeline,
        view_class=_View,
        env=_environment(store.url),
    ) as runner:
        _wait(lambda: (runner.view.max_tracking_id("hublog") or 0) >= last)
        duration = time.perf_counter() - began
    return last / duration


def _environment(url: str) -> dict[str, str]:
    parts = conninfo_to_dict(url)
    return {
        "HUBLOG_PERSISTENCE_MODULE": "infrastructure.postgres.library_factory",
        "LIBTIMELINE_PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(parts["dbname"]),
        "POSTGRES_HOST": str(parts.get("host", "")),
        "POSTGRES_PORT": str(parts.get("port", "5432")),
        "POSTGRES_USER": str(parts["user"]),
        "POSTGRES_PASSWORD": str(parts["password"]),
        "HUBLOG_POSTGRES_SCHEMA": "hub",
        "HUBLOG_CREATE_TABLE": "n",
        "LIBTIMELINE_POSTGRES_SCHEMA": "read_model",
        "HUB_TENANT": str(BENCH_FIRM),
        "HUB_EVENTS_TABLE": "events",
    }
