"""The recorder and the library's own parts work on one table, side by side."""

import time
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import EventStore, IntegrityError, ProgrammingError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder

from infrastructure.postgres.event_mapper import EventMapper
from infrastructure.postgres.event_recorder import HubRecorder, recorder_tenant
from infrastructure.postgres.journal import WriterJournal
from infrastructure.vault.postgres_vault import PostgresVault
from tests.database import HubDatabase
from tests.store.builders import contact_identified, new_tenant, record, stream
from tests.store.library import datastore


def _plain(version: int = 1, state: bytes = b"state") -> StoredEvent:
    return StoredEvent(uuid4(), version, "topic", state)


def test_the_stock_library_reads_what_the_hub_stored(
    database: HubDatabase, journal: WriterJournal
) -> None:
    tenant_id, stream_id = new_tenant(), uuid4()
    stored = journal.append(stream(tenant_id, stream_id, 1, 2)).records
    with datastore(database.follow_url) as store:
        stock = PostgresApplicationRecorder(store, events_table_name="events")
        assert [event.originator_version for event in stock.select_events(stream_id)] == [1, 2]
        notifications = stock.select_notifications(start=None, limit=10)
        assert [one.id for one in notifications] == [one.position for one in stored]
        assert stock.max_notification_id() == stored[-1].position


def test_a_subscription_of_the_stock_library_hears_of_appends(
    database: HubDatabase, journal: WriterJournal
) -> None:
    tenant_id, stream_id = new_tenant(), uuid4()
    with datastore(database.follow_url) as store:
        stock = PostgresApplicationRecorder(store, events_table_name="events")
        with stock.subscribe(gt=0) as subscription:
            journal.append(stream(tenant_id, stream_id, 1))
            assert next(subscription).originator_id == stream_id
            journal.append(stream(tenant_id, stream_id, 2))
            assert next(subscription).originator_version == 2


def test_the_stock_library_in_a_session_of_a_firm_sees_that_firm_only(
    database: HubDatabase, journal: WriterJournal
) -> None:
    ours, theirs = new_tenant(), new_tenant()
    journal.append(stream(ours, uuid4(), 1))
    journal.append(stream(theirs, uuid4(), 1))
    with datastore(database.serve_url, tenant_id=ours) as store:
        stock = PostgresApplicationRecorder(store, events_table_name="events")
        assert len(stock.select_notifications(start=None, limit=10)) == 1


def test_event_records_pass_through_an_event_store_of_the_library(
    database: HubDatabase, journal: WriterJournal, vault: PostgresVault
) -> None:
    tenant_id, contact_id = new_tenant(), uuid4()
    first = record(tenant_id, contact_id, 1, contact_identified(contact_id))
    with datastore(database.serve_url, tenant_id=tenant_id) as store:
        recorder = HubRecorder(store, events_table_name="events", tenant_id=tenant_id)
        events = EventStore[Any](EventMapper(tenant_id, vault), recorder)
        (recording,) = events.put([first])
        assert list(events.get(contact_id)) == [first]
        assert recording.notification.id == journal.load(tenant_id, contact_id)[0].position
        again = events.put([first])
        assert [one.notification.id for one in again] == [recording.notification.id]
    assert journal.load(tenant_id, contact_id)[0].event == first.event


def test_two_applications_in_one_schema_keep_their_events_apart(database: HubDatabase) -> None:
    with datastore(database.admin_url) as store:
        left = HubRecorder(store, events_table_name="left_events", tenant_id=uuid4())
        right = HubRecorder(store, events_table_name="right_events", tenant_id=uuid4())
        left.create_table()
        right.create_table()
        left.insert_events([_plain()])
        assert len(left.select_notifications(start=None, limit=10)) == 1
        assert right.select_notifications(start=None, limit=10) == []


def test_a_conflict_is_an_integrity_error_and_stores_nothing(database: HubDatabase) -> None:
    with datastore(database.admin_url) as store:
        recorder = HubRecorder(store, tenant_id=uuid4())
        recorder.create_table()
        first = _plain()
        recorder.insert_events([first])
        with pytest.raises(IntegrityError):
            recorder.insert_events([_plain(), first])
        with pytest.raises(IntegrityError):
            recorder.insert_events([twice := _plain(), twice])
        assert len(recorder.select_notifications(start=None, limit=10)) == 1


def test_a_call_of_more_than_500_kilobytes_does_not_stall(database: HubDatabase) -> None:
    with datastore(database.admin_url) as store:
        recorder = HubRecorder(store, tenant_id=uuid4())
        recorder.create_table()
        stream_id = uuid4()
        events = [StoredEvent(stream_id, i, "topic", b"x" * 1_000) for i in range(1, 1_501)]
        began = time.monotonic()
        assert recorder.insert_events(events) == list(range(1, 1_501))
        large = _plain(state=b"y" * 1_500_000)
        assert recorder.insert_events([large]) == [1_501]
        assert time.monotonic() - began < 30
        assert len(recorder.select_events(stream_id)) == 1_500


def test_a_recorder_that_belongs_to_no_firm_stores_nothing(database: HubDatabase) -> None:
    with datastore(database.admin_url) as store:
        recorder = HubRecorder(store)
        recorder.create_table()
        with pytest.raises(ProgrammingError, match="tenant_id"):
            recorder.insert_events([_plain()])
        token = recorder_tenant.set(uuid4())
        try:
            assert recorder.insert_events([_plain()]) == [1]
        finally:
            recorder_tenant.reset(token)
