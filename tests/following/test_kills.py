"""Processes that die at any moment lose nothing and do nothing twice."""

import random
from typing import Any

from psycopg import Connection

from domain.inbound_message import MessageReceived
from infrastructure.following.event_log import log_head
from infrastructure.following.listener import Connect
from infrastructure.following.locks import units_taken
from infrastructure.following.positions import all_places, place_of
from projections import PROJECTIONS
from projections.benchmarks.stories import Firm
from projections.rebuild import verify
from tests.database import HubDatabase
from tests.event_store import FIRM, Store, count_rows
from tests.following.processes import follow_process, kill
from tests.ingest.gateway import Gateway, Number, add_numbers, notification, text_message
from tests.waiting import until

NAMES = ["ingest", "policies", *(projection.name for projection in PROJECTIONS)]


def is_caught_up(connection: Connection[Any]) -> bool:
    head = log_head(connection)
    places = {place.name: place for place in all_places(connection)}
    return all(
        places[name].position == head for name in NAMES if name in places and name != "ingest"
    )


def test_every_page_is_written_once_however_often_the_process_is_killed(
    database: HubDatabase, follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    firm, chance = Firm(FIRM), random.Random(7)  # noqa: S311 - the same moments every time
    for _ in range(4):
        with follow_process(database) as process:
            before = log_head(follow)
            for _ in range(3):
                store(firm.consultation())
            some = before + chance.randint(1, 150)
            until(
                lambda some=some: any(place.position > some for place in all_places(follow)),  # type: ignore[misc]
                "some of it was followed",
                by=[process],
            )
            kill(process)
    with follow_process(database) as last:
        until(lambda: is_caught_up(follow), "caught up after the last kill", by=[last])
        assert count_rows(follow, "event_history") == log_head(follow)
        for name in ("timeline", "inbox", "outbox", "feed"):
            (projection,) = (one for one in PROJECTIONS if one.name == name)
            assert verify(projection, connect_follow).is_equal, name


def test_what_a_killed_process_ran_is_taken_over_within_seconds(
    database: HubDatabase, follow: Connection[Any]
) -> None:
    with follow_process(database) as first:
        until(
            lambda: len(units_taken(follow, NAMES)) == len(NAMES),
            "one process runs everything",
            by=[first],
        )
        with follow_process(database) as second:
            kill(first)
            until(lambda: len(units_taken(follow, NAMES)) < len(NAMES), "the kill was noticed")
            until(
                lambda: len(units_taken(follow, NAMES)) == len(NAMES),
                "the other process took everything over",
                6,
                by=[second],
            )


def test_forty_copies_under_kills_are_one_event_each(
    database: HubDatabase, gateway: Gateway, follow: Connection[Any], store: Store
) -> None:
    add_numbers(follow, store, [Number()])
    wamids = [f"wamid.{number}" for number in range(10)]
    with follow_process(database) as first, follow_process(database) as second:
        for copy in range(40):
            wamids = wamids[3:] + wamids[:3]
            changes = [text_message(wamid) for wamid in wamids]
            gateway.post(notification(*changes[:4]), notification(*changes[4:]))
            if copy == 20:
                kill(first)
        (last,) = follow.execute("SELECT max(id) FROM hub.webhook_inbox").fetchone() or (0,)
        until(
            lambda: place_of(follow, "ingest").position == last,
            "all copies were taken in",
            by=[second],
        )
    received = gateway.records(MessageReceived)
    contents: list[Any] = [record.event.content for record in received]  # type: ignore[attr-defined]
    assert sorted(content.wamid for content in contents) == sorted(wamids)
    assert gateway.held() == []
