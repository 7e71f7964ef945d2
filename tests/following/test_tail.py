"""The shared tail: pages from memory are the pages of the store."""

import threading
from typing import Any

import pytest
from psycopg import Connection

from infrastructure.following import tail as tail_module
from infrastructure.following.event_log import log_head, read_log
from infrastructure.following.listener import Connect, Listener
from infrastructure.following.tail import EventTail
from projections.benchmarks.stories import Firm
from tests.event_store import FIRM, Store
from tests.waiting import until

MESSAGES = frozenset({"message.received.v1"})


def test_pages_from_memory_are_those_of_the_store(
    follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    firm = Firm(FIRM)
    store(firm.consultation())
    floor = log_head(follow)
    tail = EventTail(connect_follow, poll_interval_s=0.05)
    tail.start()
    try:
        until(lambda: tail.page(floor, 10, None) is not None, "the tail has begun")
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
    finally:
        tail.stop()


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
    tail = EventTail(connect_follow, poll_interval_s=0.05)
    tail.start()
    try:
        until(lambda: tail.page(0, 1, None) is not None, "the tail has begun")
        store(Firm(FIRM).consultation())
        head = log_head(follow)
        until(lambda: tail.page(head, 1, None) is not None, "it goes on")
        until(lambda: page_end(tail, head - 20) == head, "it has read everything")
        assert tail.page(head - 21, 1, None) is None
    finally:
        tail.stop()


def test_only_those_who_want_an_event_are_woken(
    follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    messages, others = threading.Event(), threading.Event()
    tail = EventTail(connect_follow, poll_interval_s=30)
    listener = Listener(connect_follow, {"events": tail.ring})
    listener.start()
    assert listener.wait_until_listening(10)
    tail.start()
    try:
        until(lambda: tail.page(0, 1, None) is not None, "the tail has begun")
        tail.subscribe("messages", MESSAGES, messages.set)
        tail.subscribe("others", frozenset({"tenant.created.v1"}), others.set)
        store(Firm(FIRM).consultation())
        assert messages.wait(5), "woken by the notification, long before the next poll"
        assert not others.is_set()
    finally:
        tail.stop()
        listener.stop()
