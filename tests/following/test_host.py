"""Units are followed in order, exactly once, by whoever is there."""

import contextlib
from collections.abc import Iterator
from typing import Any

from psycopg import Connection

from infrastructure.following.event_log import log_head
from infrastructure.following.host import FollowerHost
from infrastructure.following.listener import Connect
from infrastructure.following.positions import all_places
from projections import PROJECTIONS
from projections.benchmarks.stories import Firm
from projections.projection_unit import ProjectionUnit
from tests.event_store import FIRM, Store, count_rows
from tests.waiting import until

UNITS = [ProjectionUnit(projection) for projection in PROJECTIONS]


@contextlib.contextmanager
def running(connect: Connect) -> Iterator[FollowerHost]:
    host = FollowerHost(UNITS, connect, poll_interval_s=0.2)
    host.start()
    try:
        yield host
    finally:
        host.stop()


def is_caught_up(connection: Connection[Any]) -> bool:
    head = log_head(connection)
    return all(place.position == head for place in all_places(connection))


def test_every_read_model_follows_the_log(
    follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    firm = Firm(FIRM)
    store(firm.consultation())
    with running(connect_follow):
        until(lambda: is_caught_up(follow), "caught up with what was there before")
        told = firm.consultation()
        store(told)
        until(lambda: is_caught_up(follow), "caught up with what came while running")
    assert count_rows(follow, "event_history") == 2 * len(told)
    assert count_rows(follow, "inbox") == 2


def test_two_processes_share_the_units(follow: Connection[Any], connect_follow: Connect) -> None:
    with running(connect_follow) as first:
        until(lambda: len(first.running) == len(UNITS), "one process runs all units")
        with running(connect_follow) as second:
            half = -(-len(UNITS) // 2)
            until(
                lambda: (
                    len(first.running) <= half and len(first.running | second.running) == len(UNITS)
                ),
                "both run half of them",
            )
            assert first.running.isdisjoint(second.running)
        until(lambda: len(first.running) == len(UNITS), "the one that stays runs all again")
