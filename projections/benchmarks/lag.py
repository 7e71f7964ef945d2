"""`hub bench lag`: from the answer to an append until its row can be read, at a steady rate.

All read models are followed by a process of their own, as in a running hub; the time of the
timeline is taken, the largest of them.
"""

import math
import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection as Pipe
from typing import Final

from domain.event import EventRecord
from domain.ports.journal import AppendRequest
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.following.event_log import LoggedEvent
from infrastructure.following.host import FollowerHost
from infrastructure.postgres.connections import connect
from infrastructure.postgres.event_writer import EventWriter
from infrastructure.postgres.sealing import encode_requests
from infrastructure.settings import Settings
from projections import PROJECTIONS
from projections.benchmarks.filling import BENCH_FIRM, MeasuredStore, measured_store
from projections.benchmarks.stories import Firm
from projections.projection_unit import ProjectionUnit
from projections.timeline import Timeline

RATE_PER_S: Final = 200
EVENTS: Final = 2_000
WARM_UP: Final = 200
WITHIN_S: Final = 30.0
TARGET_MS: Final = 15.0
MUST_MS: Final = 50.0
_READ_MODEL: Final = Timeline()


def run(settings: Settings) -> list[Figure]:
    """Append at a steady rate and compare times with the process that follows."""
    with measured_store(settings) as store:
        parent_end, child_end = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=_follow, args=(store.url, child_end), daemon=True)
        process.start()
        try:
            _expect(parent_end, "the followers did not start")
            appended = _append_steadily(store)
            parent_end.send(appended[-1][0])
            _expect(parent_end, "the followers did not catch up")
            visible: dict[int, float] = parent_end.recv()
        finally:
            process.kill()
            process.join()
    return [_figure(appended, visible)]


def _figure(appended: Sequence[tuple[int, float, float]], visible: dict[int, float]) -> Figure:
    """`appended`: position, when the append began, when it was answered."""
    lags = sorted((visible[position] - answered) * 1000 for position, _, answered in appended)
    appends = sorted((answered - began) * 1000 for _, began, answered in appended)
    return Figure.at_most(
        "lag",
        _percentile(lags, 0.99),
        "ms",
        baseline=f"p99 of {len(lags)} rows at {RATE_PER_S}/s; p50 {_percentile(lags, 0.5):.1f} ms; "
        f"the append itself p50 {_percentile(appends, 0.5):.1f}, "
        f"p99 {_percentile(appends, 0.99):.1f} ms",
        target=TARGET_MS,
        must=MUST_MS,
    )


def _percentile(ascending: Sequence[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, math.ceil(share * len(ascending)) - 1)]


def _append_steadily(store: MeasuredStore) -> list[tuple[int, float, float]]:
    """The events that the read model shows, without those of the warm-up."""
    firm, records = Firm(BENCH_FIRM), list[EventRecord]()
    while len(records) < WARM_UP + EVENTS:
        records += firm.consultation()
    requests = encode_requests(
        store.vault, [AppendRequest(records=(record,)) for record in records[: WARM_UP + EVENTS]]
    )
    writer = EventWriter(store.url)
    appended = []
    try:
        start = time.monotonic()
        for number, (record, request) in enumerate(zip(records, requests, strict=False)):
            time.sleep(max(0.0, start + number / RATE_PER_S - time.monotonic()))
            began = time.monotonic()
            (place,) = writer.append(request).places
            answered = time.monotonic()
            if number >= WARM_UP and record.topic in _READ_MODEL.topics:
                appended.append((place.position, began, answered))
    finally:
        writer.close()
    return appended


def _expect(pipe: "Pipe[object, object]", failure: str) -> None:
    if not pipe.poll(WITHIN_S):
        raise MeasurementFailedError(f"Within {WITHIN_S:g} s {failure}; run `hub doctor`.")
    pipe.recv()


# --- the process that follows ---------------------------------------------------------------------


class _TimedUnit(ProjectionUnit):
    """Notes when the rows of a page became visible."""

    def __init__(self) -> None:
        super().__init__(_READ_MODEL)
        self.visible: dict[int, float] = {}

    def committed(self, items: Sequence[LoggedEvent]) -> None:
        now = time.monotonic()
        self.visible |= {item.position: now for item in items}


def _follow(url: str, pipe: "Pipe[object, object]") -> None:
    timed = _TimedUnit()
    units = [timed, *(ProjectionUnit(one) for one in PROJECTIONS if one.name != _READ_MODEL.name)]
    host = FollowerHost(units, lambda name: connect(url, name=name, autocommit=True))
    host.start()
    while len(host.running) < len(units):
        time.sleep(0.01)
    pipe.send("ready")
    last = pipe.recv()
    while last not in timed.visible:
        time.sleep(0.01)
    host.stop()
    pipe.send("caught up")
    pipe.send(timed.visible)
