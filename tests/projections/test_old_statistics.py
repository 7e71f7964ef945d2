"""What is read to find something does not grow with what a firm has, whatever the statistics know.

PostgreSQL's statistics are as old as its last look at a table. About a firm that is new to them it
expects a single row, and any way to find that seems as good as another.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from domain.event import Event
from domain.inbound_message import MessageReceived
from domain.outbound_message import OutboundRequested
from infrastructure.following.event_log import log_head, newest_position_of
from infrastructure.postgres.connections import HubPool, open_pool, tenant_session
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.vault.postgres_vault import PostgresVault
from jobs.outbound.lane_view import first_due
from jobs.outbound.lease import HeldLane
from jobs.outbound.newest_requests import NewestRequests
from projections.inbound_rate import inbound_in_last_second
from tests.database import HubDatabase
from tests.event_store import FIRM, OTHER_FIRM, Store, follow_once
from tests.projections.happened import BEGINNING, Happened, named

MANY = 400
"""Things of a firm that was there before, and of one that is new."""

FEW = 20


@pytest.fixture
def work_pool(database: HubDatabase) -> Iterator[HubPool]:
    with open_pool(database.work_url, name="tests-work") as pool:
        yield pool


@contextmanager
def rows_read(connection: Connection[Any], table: str) -> Iterator[list[int]]:
    """How many rows of a table were read inside the block; one that was read whole counts whole."""

    def so_far() -> int:
        row = connection.execute(
            """
            SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
            FROM pg_stat_xact_all_tables WHERE relid = %s::regclass
            """,
            (table,),
        ).fetchone()
        assert row is not None
        return int(row[0])

    before, read = so_far(), [0]
    yield read
    read[0] = so_far() - before


def happened_to(firm: Any, kind: type[Event], count: int, **shared: Any) -> Happened:
    """As many events, each of a stream and a conversation of its own."""
    happened = Happened(firm)
    key = "outbound_message_id" if kind is OutboundRequested else "message_id"
    for number in range(count):
        own = {key: named(f"{firm} {number}"), "conversation_id": named(f"talk {firm} {number}")}
        happened.sample(kind, **(own | shared))
    return happened


def know(database: HubDatabase, table: str) -> None:
    """Let the statistics of a table know what stands in it by now, and nothing later."""
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute(f"ANALYZE {table}")


def test_the_streams_of_a_new_firm_are_read_without_its_other_events(
    store: Store, database: HubDatabase, work_pool: HubPool, follow_vault: PostgresVault
) -> None:
    store(happened_to(FIRM, MessageReceived, MANY).take())
    know(database, "hub.events")
    store(happened_to(OTHER_FIRM, MessageReceived, MANY).take())
    wanted: list[UUID] = [named(f"{OTHER_FIRM} {number}") for number in range(3)]
    with tenant_session(work_pool, OTHER_FIRM) as connection:
        journal = TransactionJournal(connection, follow_vault)
        with rows_read(connection, "hub.events") as read:
            for stream in wanted:
                assert len(journal.load(OTHER_FIRM, stream)) == 1
        assert read[0] == len(wanted)


def test_what_a_lane_waits_for_is_found_among_the_newest_events(
    store: Store, database: HubDatabase, work_pool: HubPool
) -> None:
    store(happened_to(FIRM, MessageReceived, MANY).take())
    know(database, "hub.events")
    store(happened_to(OTHER_FIRM, MessageReceived, MANY).take())
    with tenant_session(work_pool, OTHER_FIRM) as connection:
        head = log_head(connection)
        with rows_read(connection, "hub.events") as read:
            assert newest_position_of(connection, OTHER_FIRM, None, after=head - FEW) == head
        assert read[0] <= 2 * FEW


def test_whether_something_has_changed_is_asked_stream_by_stream(
    store: Store, database: HubDatabase, work_pool: HubPool
) -> None:
    store(happened_to(FIRM, MessageReceived, FEW).take())
    know(database, "hub.events")
    streams = [named(f"{OTHER_FIRM} {number}") for number in range(3)]
    with tenant_session(work_pool, OTHER_FIRM) as connection:
        for _ in range(9):
            # By now PostgreSQL keeps the plan that it made while the table was small.
            connection.execute("SELECT hub.require_unchanged(%s, %s)", (streams, [1, 1, 1]))
    store(happened_to(OTHER_FIRM, MessageReceived, MANY).take())
    with (
        tenant_session(work_pool, OTHER_FIRM) as connection,
        rows_read(connection, "hub.events") as read,
    ):
        connection.execute("SELECT hub.require_unchanged(%s, %s)", (streams, [1, 1, 1]))
    assert read[0] == 0


def test_the_look_of_a_lane_reads_what_it_shows_and_not_all_that_is_due(
    follow: Connection[Any], store: Store, database: HubDatabase, work_pool: HubPool
) -> None:
    number = named("number")
    store(happened_to(FIRM, OutboundRequested, MANY).take())
    follow_once(follow, ["outbox"])
    know(database, "read_model.outbox")
    requested = happened_to(OTHER_FIRM, OutboundRequested, MANY, sender_number_id=number)
    store(requested.take())
    follow_once(follow, ["outbox"])
    assert due_rows_read(work_pool, number) <= 3 * FEW


def test_the_look_of_a_lane_is_not_misled_by_all_that_is_no_longer_due(
    follow: Connection[Any], store: Store, database: HubDatabase, work_pool: HubPool
) -> None:
    number = named("number")
    store(happened_to(FIRM, OutboundRequested, 4 * MANY).take())
    store(happened_to(OTHER_FIRM, OutboundRequested, MANY, sender_number_id=number).take())
    follow_once(follow, ["outbox"])
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute(
            "UPDATE read_model.outbox SET state = 'accepted' WHERE tenant_id = %s", (FIRM,)
        )
    know(database, "read_model.outbox")
    assert due_rows_read(work_pool, number) <= 3 * FEW


def due_rows_read(pool: HubPool, number: UUID) -> int:
    later = BEGINNING + timedelta(days=30)
    with tenant_session(pool, OTHER_FIRM) as connection:
        with rows_read(connection, "read_model.outbox") as read:
            assert len(first_due(connection, OTHER_FIRM, number, now=later, limit=FEW)) == FEW
        return read[0]


def test_what_came_in_a_moment_ago_is_counted_without_what_came_before(
    store: Store, database: HubDatabase, work_pool: HubPool
) -> None:
    number = named("number")
    store(happened_to(FIRM, MessageReceived, MANY).take())
    know(database, "hub.events")
    store(happened_to(OTHER_FIRM, MessageReceived, MANY, sender_number_id=number).take())
    with tenant_session(work_pool, OTHER_FIRM) as connection:
        after = log_head(connection) - FEW
        with rows_read(connection, "hub.events") as read:
            assert inbound_in_last_second(connection, OTHER_FIRM, number, after=after) == FEW
    assert read[0] <= 2 * FEW


def test_the_newest_requests_are_read_without_what_was_before_them(
    store: Store, database: HubDatabase, work_pool: HubPool
) -> None:
    number = named("number")
    store(happened_to(FIRM, MessageReceived, MANY).take())
    know(database, "hub.events")
    at_once = {"sender_number_id": number, "send_at": None, "priority": 3}
    store(happened_to(OTHER_FIRM, OutboundRequested, MANY, **at_once).take())
    newest = NewestRequests(HeldLane(OTHER_FIRM, number, 1))
    with tenant_session(work_pool, OTHER_FIRM) as connection:
        after = log_head(connection) - FEW
        with rows_read(connection, "hub.events") as read:
            assert len(newest.after(connection, after, BEGINNING)) == FEW
    assert read[0] <= 2 * FEW
