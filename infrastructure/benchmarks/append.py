"""`hub bench append`: durable appends of single events, many at once, against the stock library."""

import asyncio
import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import uvloop
from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import (
    DatetimeAsISO,
    EventStore,
    JSONTranscoder,
    Mapper,
    UUIDAsHex,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from domain.conversation import ConversationClosed
from domain.event import EventRecord
from domain.identity import ConversationId, StreamId, TenantId
from domain.ports.journal import AppendOutcome
from domain.provenance import Actor, ActorKind
from infrastructure.benchmarks.database import measured_database
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.postgres.append_call import EncodedEvent, EncodedRequest
from infrastructure.postgres.connections import DatabaseRole, role_url
from infrastructure.postgres.event_writer import EventWriter
from infrastructure.postgres.stored_state import encode_state
from infrastructure.settings import Settings
from infrastructure.unique_ids import new_event_id, new_id

CONCURRENT: Final = 32
ROUNDS: Final = 5
SECONDS: Final = 1.5
TARGET: Final = 20.0
MUST: Final = 10.0

_REASON: Final = "settled by phone; " * 20
"""Makes an event about as large as one with a sealed message."""


@dataclass(frozen=True)
class _Closed(DomainEvent):
    """The same fact as an event of the stock library."""

    tenant_id: UUID
    event_id: UUID
    actor: str
    correlation_id: UUID
    reason: str


def run(settings: Settings) -> list[Figure]:
    """Measure both in turns, on the same server, and compare the medians."""
    with measured_database(settings) as admin_url:
        ours: list[float] = []
        stock: list[float] = []
        for _ in range(ROUNDS):
            stock.append(_stock_rate(admin_url))
            ours.append(_our_rate(role_url(settings, admin_url, DatabaseRole.SERVE)))
    return [figure_of(sorted(ours)[ROUNDS // 2], sorted(stock)[ROUNDS // 2])]


def figure_of(our_rate: float, stock_rate: float) -> Figure:
    """The comparison of two rates in appends per second."""
    return Figure.at_least(
        "append",
        our_rate / stock_rate,
        "x",
        baseline=f"the stock library from {CONCURRENT} threads: {stock_rate:,.0f} durable "
        f"appends/s; ours, {CONCURRENT} at once: {our_rate:,.0f}/s",
        target=TARGET,
        must=MUST,
    )


def _our_rate(url: str) -> float:
    writer = EventWriter(url)
    try:
        return uvloop.run(_append_for(writer, SECONDS))
    finally:
        writer.close()


async def _append_for(writer: EventWriter, seconds: float) -> float:
    tenant_id = TenantId(uuid4())
    actor = Actor(ActorKind.SYSTEM, "bench")
    counter = itertools.count()
    until = time.perf_counter() + seconds

    async def client() -> None:
        while time.perf_counter() < until:
            stream_id = new_id()
            record = EventRecord(
                event_id=new_event_id(),
                tenant_id=tenant_id,
                stream_id=StreamId(stream_id),
                stream_version=1,
                event=ConversationClosed(conversation_id=ConversationId(stream_id), reason=_REASON),
                actor=actor,
                correlation_id=stream_id,
                occurred_at=datetime.now(UTC),
            )
            event = EncodedEvent(
                stream_id, 1, record.topic, encode_state(record, None), record.event_id
            )
            result = await writer.append_async(EncodedRequest(tenant_id, (event,)))
            if result.outcome is not AppendOutcome.STORED:
                raise MeasurementFailedError(f"An append was answered {result.outcome}.")
            next(counter)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CONCURRENT)))
    return next(counter) / (time.perf_counter() - started)


def _stock_rate(admin_url: str) -> float:
    parts = conninfo_to_dict(admin_url)
    with PostgresDatastore(
        dbname=str(parts["dbname"]),
        host=str(parts.get("host", "")),
        port=str(parts.get("port", "5432")),
        user=str(parts["user"]),
        password=str(parts.get("password", "")),
        pool_size=CONCURRENT,
    ) as datastore:
        recorder = PostgresApplicationRecorder(datastore)
        recorder.create_table()
        return uvloop.run(_put_for(EventStore(_stock_mapper(), recorder), SECONDS))


def _stock_mapper() -> Mapper[UUID]:
    transcoder = JSONTranscoder()
    transcoder.register(UUIDAsHex())
    transcoder.register(DatetimeAsISO())
    return Mapper(transcoder)


async def _put_for(store: EventStore[UUID], seconds: float) -> float:
    loop = asyncio.get_running_loop()
    counter = itertools.count()
    until = time.perf_counter() + seconds

    async def client(threads: ThreadPoolExecutor) -> None:
        while time.perf_counter() < until:
            stream_id = new_id()
            event = _Closed(
                originator_id=stream_id,
                originator_version=1,
                timestamp=datetime.now(UTC),
                tenant_id=stream_id,
                event_id=new_event_id(),
                actor="bench",
                correlation_id=stream_id,
                reason=_REASON,
            )
            await loop.run_in_executor(threads, store.put, [event])
            next(counter)

    with ThreadPoolExecutor(CONCURRENT) as threads:
        started = time.perf_counter()
        await asyncio.gather(*(client(threads) for _ in range(CONCURRENT)))
        return next(counter) / (time.perf_counter() - started)
