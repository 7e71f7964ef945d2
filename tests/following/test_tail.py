"""The shared tail: pages from memory are the pages of the store."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import Connection

from infrastructure.following import tail as tail_module
from infrastructure.following.event_log import CHANNEL, log_head, read_log
from infrastructure.following.listener import Connect, Listener
from infrastructure.following.tail import EventTail
from projections.benchmarks.stories import Firm
from tests.event_store import FIRM, Store
from tests.waiting import until

MESSAGES = frozenset({"message.received.v1"})


@contextlib.contextmanager
def listening(connect: Connect, *, poll_interval_s: float) -> Iterator[EventTail]:
    """A tail that is read by its listener."""
    tail = EventTail()
    listener = Listener(connect, {CHANNEL: tail.look}, poll_interval_s=poll_interval_s)
    listener.start()
    try:
        assert listener.wait_until_listening(10)
        yield tail
    finally:
        listener.stop()


def test_pages_from_memory_are_those_of_the_store(
    follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    firm = Firm(FIRM)
    store(firm.consultation())
    floor = log_head(follow)
    with listening(connect_follow, poll_interval_s=0.05) as tail:
        store(firm.consultation())
        head = log_head(follow)
        until(lambda: page_end(tail, floor) == head, "the tail has read everything")
        assert tail.page(floor - 1, 10, None) is None
        for topics in (None, MESSAGES):
            for limit in (1, 7, 1000):
                for after in range(floor, head + 1, 5):
                    page = tail.page(after, limit, topics)
                    stored = read_log(follow, after=after, limit=limit, topics=topics)
                    assert page is not None
                    assert [one.stored for one in page.events] == [
                        one.stored for one in stored.events
                    ]
                    if page.events:
                        assert page.position >= page.events[-1].position


def page_end(tail: EventTail, after: int) -> int:
    page = tail.page(after, 1000, None)
    return page.position if page is not None else -1


def test_old_events_leave_the_memory(
    follow: Connection[Any],
    connect_follow: Connect,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tail_module, "EVENTS_MAX", 20)
    with listening(connect_follow, poll_interval_s=0.05) as tail:
        store(Firm(FIRM).consultation())
        head = log_head(follow)
        until(lambda: page_end(tail, head - 20) == head, "it has read everything")
        assert tail.page(head - 21, 1, None) is None


def test_only_those_who_want_an_event_are_woken(
    follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    messages, others = threading.Event(), threading.Event()
    with listening(connect_follow, poll_interval_s=600) as tail:
        tail.subscribe("messages", MESSAGES, messages.set)
        tail.subscribe("others", frozenset({"tenant.created.v1"}), others.set)
        store(Firm(FIRM).consultation())
        assert messages.wait(60), "woken by the notification, long before the next poll"
        assert not others.is_set()
