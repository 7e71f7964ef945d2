"""The writer gathers appends into groups without one of them touching another."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.errors import StoreUnavailable
from domain.ports.journal import AppendOutcome, CommandReceipt
from infrastructure.postgres.append_call import (
    CALL_BYTES_MAX,
    AppendCall,
    EncodedEvent,
    EncodedRequest,
    RequestOutcome,
)
from infrastructure.postgres.connections import HubConnection, HubPool, tenant_session
from infrastructure.postgres.event_writer import EventWriter
from infrastructure.unique_ids import new_event_id
from tests.database import HubDatabase

STORED = AppendOutcome.STORED
CONFLICT = AppendOutcome.CONFLICT


def request(
    tenant_id: UUID,
    *streams: tuple[UUID, int],
    receipt: CommandReceipt | None = None,
    state: bytes = b"{}",
) -> EncodedRequest:
    events = tuple(
        EncodedEvent(stream_id, version, "topic.v1", state, new_event_id())
        for stream_id, version in streams
    )
    return EncodedRequest(tenant_id, events, receipt)


def eventually(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, "it did not come about in time"
        threading.Event().wait(0.01)


def append_at_last(writer: EventWriter, one: EncodedRequest, within_s: float = 60.0) -> None:
    """Repeat the same request until the server is there again."""
    until = time.monotonic() + within_s
    while True:
        try:
            assert writer.append(one).outcome is STORED
        except StoreUnavailable:
            assert time.monotonic() < until, "the server did not come back in time"
        else:
            return


class HeldCall(AppendCall):
    """An append call that waits until it is let go, so that a group forms behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_open = threading.Event()
        self.sizes: list[int] = []

    def append(
        self, connection: HubConnection, requests: Sequence[EncodedRequest]
    ) -> list[RequestOutcome]:
        self.is_open.wait(20)
        self.sizes.append(len(requests))
        return super().append(connection, requests)


class Held:
    """A writer whose first group is held back while others queue behind it."""

    def __init__(self, url: str, queue_max: int = 1024) -> None:
        self.call = HeldCall()
        self.writer = EventWriter(url, call=self.call, queue_max=queue_max)
        self.threads = ThreadPoolExecutor(32)
        self.first = self.threads.submit(self.writer.append, request(uuid4(), (uuid4(), 1)))
        eventually(lambda: self.writer.queue_length == 0)

    def submit(self, *requests: EncodedRequest) -> list[Future[RequestOutcome]]:
        futures = []
        for one in requests:
            waiting = self.writer.queue_length
            futures.append(self.threads.submit(self.writer.append, one))
            eventually(lambda: self.writer.queue_length > waiting)  # noqa: B023
        return futures

    def outcomes(self, *requests: EncodedRequest) -> list[AppendOutcome]:
        futures = self.submit(*requests)
        self.call.is_open.set()
        return [future.result(20).outcome for future in futures]

    def close(self) -> None:
        self.call.is_open.set()
        self.writer.close()
        self.threads.shutdown()


@pytest.fixture
def held(database: HubDatabase) -> Held:
    return Held(database.serve_url)


def count(pool: HubPool, tenant_id: UUID) -> int:
    with tenant_session(pool, tenant_id) as connection:
        row = connection.execute("SELECT count(*) FROM hub.events").fetchone()
    return int(row[0]) if row else 0


def test_what_waits_is_stored_in_one_commit(held: Held) -> None:
    tenant_id = uuid4()
    outcomes = held.outcomes(*[request(tenant_id, (uuid4(), 1)) for _ in range(20)])
    held.close()
    assert outcomes == [STORED] * 20
    assert held.call.sizes == [1, 20]


def test_a_losing_request_of_several_events_is_refused_whole_and_alone(
    held: Held, serve_pool: HubPool
) -> None:
    tenant_id, taken = uuid4(), uuid4()
    outcomes = held.outcomes(
        request(tenant_id, (taken, 1)),
        request(tenant_id, (uuid4(), 1), (uuid4(), 1), (uuid4(), 2)),
        request(tenant_id, (uuid4(), 1), (uuid4(), 2)),
        request(tenant_id, (uuid4(), 1), (uuid4(), 1)),
    )
    held.close()
    assert outcomes == [STORED, CONFLICT, CONFLICT, STORED]
    assert held.call.sizes == [1, 4]
    assert count(serve_pool, tenant_id) == 3


def test_requests_that_share_a_stream_are_decided_one_after_the_other(
    held: Held, serve_pool: HubPool
) -> None:
    tenant_id, stream_id = uuid4(), uuid4()
    outcomes = held.outcomes(
        request(tenant_id, (stream_id, 1)),
        request(tenant_id, (stream_id, 1), (uuid4(), 1)),
        request(tenant_id, (stream_id, 2)),
        request(tenant_id, (uuid4(), 1)),
    )
    held.close()
    assert outcomes == [STORED, CONFLICT, STORED, STORED]
    assert count(serve_pool, tenant_id) == 3


def test_of_two_commands_with_one_idempotency_key_one_is_carried_out(held: Held) -> None:
    tenant_id = uuid4()
    receipt = CommandReceipt(key="key", body_digest="body", result=b"first")
    outcomes = held.outcomes(
        request(tenant_id, (uuid4(), 1), receipt=receipt),
        request(tenant_id, (uuid4(), 1), receipt=receipt),
        request(uuid4(), (uuid4(), 1), receipt=receipt),
    )
    held.close()
    assert outcomes == [STORED, AppendOutcome.REPEATED, STORED]


def test_a_request_that_cannot_be_stored_fails_alone(held: Held, serve_pool: HubPool) -> None:
    tenant_id = uuid4()
    nul = EncodedRequest(tenant_id, (EncodedEvent(uuid4(), 1, "topic\x00", b"{}", new_event_id()),))
    good, bad, also_good = held.submit(
        request(tenant_id, (uuid4(), 1)), nul, request(tenant_id, (uuid4(), 1))
    )
    held.call.is_open.set()
    assert (good.result(20).outcome, also_good.result(20).outcome) == (STORED, STORED)
    with pytest.raises(psycopg.DataError):
        bad.result(20)
    held.close()
    assert count(serve_pool, tenant_id) == 2


def test_a_full_queue_refuses_instead_of_growing(database: HubDatabase) -> None:
    held = Held(database.serve_url, queue_max=3)
    waiting = held.submit(*[request(uuid4(), (uuid4(), 1)) for _ in range(3)])
    with pytest.raises(StoreUnavailable, match="3 writes are waiting"):
        held.writer.append(request(uuid4(), (uuid4(), 1)))
    held.call.is_open.set()
    assert [future.result(20).outcome for future in waiting] == [STORED] * 3
    held.close()


def test_closing_stores_what_waits_and_refuses_what_comes_later(held: Held) -> None:
    waiting = held.submit(*[request(uuid4(), (uuid4(), 1)) for _ in range(5)])
    held.close()
    assert [future.result(0).outcome for future in waiting] == [STORED] * 5
    with pytest.raises(StoreUnavailable, match="closed"):
        held.writer.append(request(uuid4(), (uuid4(), 1)))


def test_a_request_larger_than_a_call_is_still_stored_whole_or_not_at_all(
    writer: EventWriter, serve_pool: HubPool
) -> None:
    tenant_id, stream_id = uuid4(), uuid4()
    large = request(tenant_id, *[(stream_id, i) for i in range(1, 41)], state=b"x" * 50_000)
    assert large.size > 4 * CALL_BYTES_MAX
    outcome = writer.append(large)
    assert outcome.outcome is STORED
    assert [place.tenant_seq for place in outcome.places] == list(range(1, 41))
    assert writer.append(large) == outcome
    # Its last chunk meets a taken version, so nothing of it may stay.
    losing = request(
        tenant_id, *[(uuid4(), 1) for _ in range(30)], (stream_id, 40), state=b"x" * 50_000
    )
    assert writer.append(losing).outcome is CONFLICT
    assert count(serve_pool, tenant_id) == 40


async def test_many_callers_on_an_event_loop_get_their_own_result(writer: EventWriter) -> None:
    tenant_id, taken = uuid4(), uuid4()
    await writer.append_async(request(tenant_id, (taken, 1)))
    wanted = [
        request(tenant_id, (taken, 1)) if number % 10 == 0 else request(tenant_id, (uuid4(), 1))
        for number in range(200)
    ]
    results = await asyncio.gather(*[writer.append_async(one) for one in wanted])
    outcomes = [result.outcome for result in results]
    assert outcomes == [CONFLICT if number % 10 == 0 else STORED for number in range(200)]
    seqs = sorted(place.tenant_seq for result in results for place in result.places)
    assert seqs == list(range(2, 182))


async def test_a_caller_that_gives_up_does_not_disturb_the_others(writer: EventWriter) -> None:
    impatient = asyncio.ensure_future(writer.append_async(request(uuid4(), (uuid4(), 1))))
    await asyncio.sleep(0)
    impatient.cancel()
    result = await writer.append_async(request(uuid4(), (uuid4(), 1)))
    assert result.outcome is STORED


def test_sixteen_writers_number_the_events_of_a_firm_without_a_gap(
    database: HubDatabase, follower: HubConnection
) -> None:
    tenant_id = uuid4()
    writers = [EventWriter(database.serve_url) for _ in range(4)]

    def append_some(number: int) -> None:
        taken = uuid4()
        for turn in range(20):
            streams = [(uuid4(), 1) for _ in range(1 + turn % 3)]
            if turn % 5 == 4:
                streams.append((taken, 1))
            writers[number % 4].append(request(tenant_id, *streams))

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(append_some, range(16)))
    for writer in writers:
        writer.close()
    rows = follower.execute(
        "SELECT tenant_seq FROM hub.events WHERE tenant_id = %s ORDER BY notification_id",
        (tenant_id,),
    ).fetchall()
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) > 16 * 20


def _kill_writers(admin: HubConnection) -> None:
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'hub-event-writer' AND datname = current_database()"
    )


def test_losing_the_connection_loses_and_doubles_nothing(
    database: HubDatabase, admin: HubConnection, follower: HubConnection
) -> None:
    writer = EventWriter(database.serve_url)
    tenant_id = uuid4()
    acknowledged: list[UUID] = []

    def append_some(_: int) -> None:
        for _ in range(60):
            stream_id = uuid4()
            assert writer.append(request(tenant_id, (stream_id, 1))).outcome is STORED
            acknowledged.append(stream_id)

    with ThreadPoolExecutor(8) as threads:
        done = [threads.submit(append_some, number) for number in range(8)]
        for step in range(1, 6):
            eventually(lambda: len(acknowledged) >= step * 60, 30)  # noqa: B023
            _kill_writers(admin)
        for one in done:
            one.result(60)
    writer.close()
    rows = follower.execute("SELECT originator_id FROM hub.events").fetchall()
    assert sorted(row[0] for row in rows) == sorted(acknowledged)


def test_a_server_that_dies_and_recovers_keeps_what_was_acknowledged(
    database: HubDatabase, admin: HubConnection
) -> None:
    writer = EventWriter(database.serve_url)
    tenant_id = uuid4()
    acknowledged: list[UUID] = []
    has_died = threading.Event()

    def append_some(_: int) -> None:
        while not (has_died.is_set() and len(acknowledged) > 300):
            stream_id = uuid4()
            append_at_last(writer, request(tenant_id, (stream_id, 1)))
            acknowledged.append(stream_id)

    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(append_some, number) for number in range(4)]
        eventually(lambda: len(acknowledged) > 100, 30)
        victim = admin.execute(
            "SELECT pid FROM pg_stat_activity "
            "WHERE application_name = 'hub-event-writer' AND datname = current_database()"
        ).fetchone()
        assert victim is not None
        # The postmaster answers the death of a backend by restarting all of them from the log.
        os.kill(victim[0], signal.SIGKILL)
        has_died.set()
        for one in done:
            one.result(60)
    writer.close()
    with psycopg.connect(database.follow_url) as connection:
        rows = connection.execute("SELECT originator_id FROM hub.events").fetchall()
    assert sorted(row[0] for row in rows) == sorted(acknowledged)


def test_a_server_process_that_no_longer_answers_is_left_for_another_one(
    database: HubDatabase, admin: HubConnection, follower: HubConnection
) -> None:
    writer = EventWriter(database.serve_url, answer_timeout_s=0.5)
    first, second = (request(uuid4(), (uuid4(), 1)) for _ in range(2))
    assert writer.append(first).outcome is STORED
    stopped = admin.execute(
        "SELECT pid FROM pg_stat_activity "
        "WHERE application_name = 'hub-event-writer' AND datname = current_database()"
    ).fetchone()
    assert stopped is not None
    os.kill(stopped[0], signal.SIGSTOP)
    try:
        assert writer.append(second).outcome is STORED
    finally:
        os.kill(stopped[0], signal.SIGCONT)
    writer.close()
    # The stopped process wakes up with the same call in its hands; it must find it done.
    gone = "SELECT FROM pg_stat_activity WHERE pid = %s"
    eventually(lambda: admin.execute(gone, stopped).fetchone() is None)
    assert follower.execute("SELECT count(*) FROM hub.events").fetchone() == (2,)


def test_a_commit_that_its_standby_never_confirmed_is_not_acknowledged(
    database: HubDatabase, admin: HubConnection, follower: HubConnection
) -> None:
    writer = EventWriter(database.serve_url)
    stuck = (
        "SELECT pid FROM pg_stat_activity "
        "WHERE wait_event = 'SyncRep' AND application_name = 'hub-event-writer'"
    )

    def is_stuck() -> bool:
        return admin.execute(stuck).fetchone() is not None

    def stop_waiting() -> None:
        eventually(is_stuck, 60)
        admin.execute(f"SELECT pg_cancel_backend(pid) FROM ({stuck}) AS stuck")  # noqa: S608

    admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    admin.execute("SELECT pg_reload_conf()")
    try:
        with ThreadPoolExecutor(1) as threads:
            while True:
                one = request(uuid4(), (uuid4(), 1))
                first = threads.submit(writer.append, one)
                # The server takes its time to read the setting; until then it waits for nobody.
                eventually(lambda: first.done() or is_stuck(), 60)  # noqa: B023
                if not first.done():
                    break
            stop_waiting()
            with pytest.raises(StoreUnavailable, match="does not vouch"):
                first.result(60)
            # The event is there, and still the repetition waits for the standby as well.
            again = threads.submit(writer.append, one)
            stop_waiting()
            with pytest.raises(StoreUnavailable, match="does not vouch"):
                again.result(60)
    finally:
        admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
        admin.execute("SELECT pg_reload_conf()")
    assert writer.append(one).outcome is STORED
    writer.close()
    of_firm = "SELECT count(*) FROM hub.events WHERE tenant_id = %s"
    assert follower.execute(of_firm, (one.tenant_id,)).fetchone() == (1,)


def test_a_commit_that_fails_at_its_very_end_is_not_acknowledged(
    database: HubDatabase, admin: HubConnection, serve_pool: HubPool
) -> None:
    admin.execute(
        """
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE EXCEPTION 'refused at commit'; END $$;
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON hub.events
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.refuse();
        """
    )
    writer = EventWriter(database.serve_url)
    tenant_id = uuid4()
    with pytest.raises(psycopg.errors.RaiseException, match="refused at commit"):
        writer.append(request(tenant_id, (uuid4(), 1)))
    writer.close()
    assert count(serve_pool, tenant_id) == 0


def test_without_a_server_the_caller_is_told_soon() -> None:
    writer = EventWriter("postgresql://nobody@/none?host=/nonexistent")
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        writer.append(request(uuid4(), (uuid4(), 1)))
    assert time.monotonic() - began < 10
    writer.close()
