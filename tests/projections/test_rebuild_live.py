"""A rebuild is noticed by nobody: readers, followers, or the next rebuild after a kill."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg import Connection

from infrastructure.following.event_log import log_head
from infrastructure.following.host import FollowerHost
from infrastructure.following.listener import Connect
from infrastructure.following.positions import place_of
from infrastructure.postgres.connections import HubPool, open_pool, tenant_session
from projections import PROJECTIONS, builder
from projections import rebuild as rebuild_module
from projections.benchmarks.stories import Firm
from projections.builder import Progress, Stage
from projections.event_history import events_of_tenant
from projections.projection import Projection
from projections.projection_unit import ProjectionUnit
from projections.rebuild import RebuildUnderway, rebuild, verify
from tests.database import HubDatabase
from tests.event_store import FIRM, Store, count_rows, follow_once
from tests.waiting import until


def projection(name: str) -> Projection:
    return next(one for one in PROJECTIONS if one.name == name)


@contextlib.contextmanager
def background(work: Callable[[], None]) -> Iterator[list[BaseException]]:
    """Repeats `work` in a thread until the block ends; yields what went wrong."""
    stopped, errors = threading.Event(), list[BaseException]()

    def repeat() -> None:
        try:
            while not stopped.is_set():
                work()
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield errors
    finally:
        stopped.set()
        thread.join()


@pytest.fixture
def readers(database: HubDatabase) -> Iterator[HubPool]:
    with open_pool(database.serve_url, name="tests-readers", max_size=1) as pool:
        yield pool


def test_nobody_notices_a_rebuild_while_events_arrive_and_are_read(
    follow: Connection[Any], connect_follow: Connect, store: Store, readers: HubPool
) -> None:
    firm = Firm(FIRM)
    store(firm.consultation())
    units = [ProjectionUnit(projection(name)) for name in ("event_history", "inbox")]
    host = FollowerHost(units, connect_follow, poll_interval_s=0.1)
    host.start()
    seen = [0]

    def read() -> None:
        with tenant_session(readers, FIRM) as connection:
            rows = events_of_tenant(FIRM, limit=10_000).fetch(connection)
        assert [row.tenant_seq for row in rows] == list(range(1, len(rows) + 1))
        assert len(rows) >= seen[0], "a reader went back in time"
        seen[0] = len(rows)

    def write() -> None:
        store(firm.consultation())
        time.sleep(0.01)

    try:
        with background(read) as read_errors, background(write) as write_errors:
            for _ in range(3):
                for name in ("event_history", "inbox"):
                    result = rebuild(projection(name), connect_follow)
                    assert result.compared is not None
                    assert result.compared.is_equal, result.compared
        assert read_errors == write_errors == []
        until(
            lambda: place_of(follow, "event_history").position == log_head(follow),
            "the live follower goes on with the new table",
        )
        assert count_rows(follow, "event_history") == log_head(follow)
        assert place_of(follow, "event_history").build == 4
        assert verify(projection("event_history"), connect_follow).is_equal
    finally:
        host.stop()


class Interrupted(Exception):
    """Stands for a kill."""


@pytest.mark.parametrize("stage", [Stage.COPY, Stage.INDEX, Stage.CATCH_UP, Stage.SWAP])
@pytest.mark.parametrize("name", ["timeline", "inbox"])
def test_an_interrupted_rebuild_goes_on_where_it_stopped(
    stage: Stage,
    name: str,
    follow: Connection[Any],
    connect_follow: Connect,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(builder, "COPY_PAGE_MAX", 5)
    monkeypatch.setattr(builder, "CATCH_UP_PAGE_MAX", 10)
    monkeypatch.setattr(builder, "NEAR_EVENTS", 5)
    monkeypatch.setattr(rebuild_module, "LEVEL_WITHIN_S", 0.2)
    firm, told = Firm(FIRM), list[Progress]()
    store(firm.consultation())
    follow_once(follow, [name])

    def interrupt(progress: Progress) -> None:
        told.append(progress)
        if progress.stage is Stage.INDEX and stage is not Stage.INDEX:
            store(firm.consultation())
        if progress.stage is stage and progress.position >= (40 if stage is Stage.COPY else 0):
            raise Interrupted

    with pytest.raises(Interrupted):
        rebuild(projection(name), connect_follow, progress=interrupt)
    reached = told[-1].position
    assert count_rows(follow, name) > 0
    follow_once(follow, [name])

    again = list[Progress]()
    result = rebuild(projection(name), connect_follow, progress=again.append)
    assert result.resumed
    assert again[0].position == reached
    assert result.compared is not None
    assert result.compared.is_equal
    assert not rebuild(projection(name), connect_follow).resumed


def test_one_rebuild_of_a_read_model_at_a_time(
    connect_follow: Connect, follow: Connection[Any]
) -> None:
    def second(_: Progress) -> None:
        with pytest.raises(RebuildUnderway):
            rebuild(projection("inbox"), connect_follow)

    rebuild(projection("inbox"), connect_follow, progress=second)


def test_a_rebuild_mends_a_table_and_says_what_differed(
    follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    store(Firm(FIRM).consultation())
    follow_once(follow, ["inbox"])
    follow.execute("UPDATE read_model.inbox SET unread_count = 99")
    compared = verify(projection("inbox"), connect_follow)
    assert not compared.is_equal
    assert [difference.columns for difference in compared.differences] == [("unread_count",)]

    follow.execute("DELETE FROM read_model.inbox")
    compared = verify(projection("inbox"), connect_follow)
    assert [difference.missing_in for difference in compared.differences] == ["the live table"]
    result = rebuild(projection("inbox"), connect_follow)
    assert result.compared is not None
    assert not result.compared.is_equal
    assert verify(projection("inbox"), connect_follow).is_equal


def test_a_rebuild_tells_nobody_of_events_again(
    follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    store(Firm(FIRM).consultation())
    follow_once(follow, ["work_items", "outbox"])
    with connect_follow("tests-listener") as listener:
        listener.execute("LISTEN work_due")
        listener.execute("LISTEN events")
        for name in ("work_items", "outbox"):
            rebuild(projection(name), connect_follow)
        listener.execute("SELECT 1")
        assert list(listener.notifies(timeout=0, stop_after=1)) == []
