"""The feed and the event history: what happened, by the firm's own positions."""

from typing import Any

import msgspec
from psycopg import Connection

from domain.event import EVENT_TYPES, UNSET, Event, PersonalEvent
from infrastructure.following.event_log import read_log
from projections.event_history import events_of_tenant
from projections.feed import AUDIENCES, Feed, activity, newest_position
from tests.event_store import FIRM, OTHER_FIRM, Store, follow_once
from tests.projections.happened import Happened


def test_the_feed_tells_its_events_once_in_the_order_of_the_firm(
    follow: Connection[Any], store: Store
) -> None:
    kinds = sorted(AUDIENCES, key=lambda kind: kind.TOPIC)
    for tenant_id in (FIRM, OTHER_FIRM):
        happened = Happened(tenant_id)
        for kind in kinds:
            happened.sample(kind)
        store(
            [
                msgspec.structs.replace(r, stream_id=r.event_id, stream_version=1)
                for r in happened.take()
            ]
        )
    follow_once(follow, ["feed"])
    found = []
    after = 0
    while page := activity(FIRM, after=after, limit=7).fetch(follow):
        found += page
        after = page[-1].seq
    assert [item.topic for item in found] == [kind.TOPIC for kind in kinds]
    assert [item.seq for item in found] == list(range(1, len(kinds) + 1))
    (head,) = newest_position(FIRM).fetch(follow)
    assert head.seq == len(kinds)
    assert {item.scope for item in found} == {a.scope.value for a in AUDIENCES.values()}


def test_the_history_has_every_event_with_its_clear_facts_only(
    follow: Connection[Any], store: Store
) -> None:
    happened = Happened()
    for kind in sorted(EVENT_TYPES.values(), key=lambda kind: kind.TOPIC):
        if kind.__module__.startswith("domain."):
            happened.sample(kind)
    records = [
        msgspec.structs.replace(record, stream_id=record.event_id, stream_version=1)
        for record in happened.take()
    ]
    store(records)
    follow_once(follow, ["event_history"])
    rows = events_of_tenant(FIRM, limit=1000).fetch(follow)
    assert [row.event_id for row in rows] == [record.event_id for record in records]
    logged = read_log(follow, after=0, limit=1000).events
    for row, record, event in zip(rows, records, logged, strict=True):
        facts = msgspec.json.decode(row.facts, type=type(record.event))
        assert facts == without_content(record.event)
        assert "content" not in msgspec.json.decode(row.facts)
        assert row.has_content == event.has_content
        assert row.contract == type(record.event).CONTRACT


def without_content(event: Event) -> Event:
    if isinstance(event, PersonalEvent):
        return msgspec.structs.replace(event, content=UNSET)
    return event


def test_the_feed_is_told_with_the_class_that_it_is_about() -> None:
    assert Feed().topics == {kind.TOPIC for kind in AUDIENCES}
