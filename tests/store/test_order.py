"""Whoever follows positions misses nothing, whoever writes and whatever becomes of the writes."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import StoredEvent

from domain.ports.journal import AppendOutcome, AppendRequest
from infrastructure.postgres.connections import connect
from infrastructure.postgres.event_recorder import HubRecorder
from infrastructure.postgres.event_writer import EventWriter
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.vault.postgres_vault import PostgresVault
from tests.database import HubDatabase
from tests.store.builders import new_tenant, stream
from tests.store.library import datastore
from tests.store.test_event_writer import request

PER_WRITER = 120


class Tail:
    """Reads the table from a thread as a follower does: what is behind the last position seen."""

    def __init__(self, url: str) -> None:
        self.seen: list[UUID] = []
        self._url = url
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        position = 0
        with psycopg.connect(self._url, autocommit=True) as connection:
            while True:
                is_last_look = self._is_over.is_set()
                rows = connection.execute(
                    "SELECT notification_id, originator_id FROM hub.events "
                    "WHERE notification_id > %s ORDER BY notification_id LIMIT 50",
                    (position,),
                ).fetchall()
                if rows:
                    position = rows[-1][0]
                    self.seen += [row[1] for row in rows]
                elif is_last_look:
                    return

    def finish(self) -> list[UUID]:
        self._is_over.set()
        self._thread.join(60)
        return self.seen


def test_eight_writers_of_all_kinds_and_a_reader_that_misses_nothing(
    database: HubDatabase, vault: PostgresVault
) -> None:
    tail = Tail(database.follow_url)
    stored: list[UUID] = []
    writers = [EventWriter(database.serve_url) for _ in range(3)]

    def through_a_writer(number: int) -> None:
        for _ in range(PER_WRITER):
            stream_id = uuid4()
            outcome = writers[number % 3].append(request(uuid4(), (stream_id, 1)))
            assert outcome.outcome is AppendOutcome.STORED
            stored.append(stream_id)

    def in_own_transactions(number: int) -> None:
        dice = random.Random(number)  # noqa: S311 - decides on rollbacks only
        with connect(database.follow_url, name="tests-follow") as connection:
            journal = TransactionJournal(connection, vault)
            for _ in range(PER_WRITER // 3):
                tenant_id, streams = new_tenant(), [uuid4() for _ in range(dice.randint(1, 4))]
                journal.append_many(
                    [AppendRequest(records=tuple(stream(tenant_id, one, 1))) for one in streams]
                )
                if dice.random() < 0.3:
                    connection.rollback()
                else:
                    connection.commit()
                    stored.extend(streams)

    def through_the_library(number: int) -> None:
        tenant_id = new_tenant()
        with datastore(database.serve_url, tenant_id=tenant_id) as store:
            recorder = HubRecorder(store, events_table_name="events", tenant_id=tenant_id)
            for _ in range(PER_WRITER // 3):
                stream_id = uuid4()
                recorder.insert_events([StoredEvent(stream_id, 1, "topic.v1", b"{}")])
                stored.append(stream_id)

    kinds = [through_a_writer] * 4 + [in_own_transactions] * 2 + [through_the_library] * 2
    with ThreadPoolExecutor(len(kinds)) as threads:
        for done in [threads.submit(kind, number) for number, kind in enumerate(kinds)]:
            done.result(100)
    for writer in writers:
        writer.close()
    seen = tail.finish()
    assert len(seen) == len(set(seen))
    assert set(seen) == set(stored)
