"""`hub bench rebuild`: the timeline made anew from the events, against the server copying its rows.

Both fill an empty table with the same rows, sealed content included, and give it the same key,
indexes and row security. The server's INSERT … SELECT takes the finished rows of the live table and
no event leaves PostgreSQL: it is what no rebuild can beat.
"""

import time
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL

from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.settings import Settings
from projections.benchmarks.filling import BENCH_FIRM, MeasuredStore, measured_store
from projections.benchmarks.stories import Firm
from projections.builder import Builder, begin_for_comparison
from projections.builds import drop_build, role_prefix
from projections.rebuild import rebuild
from projections.timeline import Timeline

EVENTS: Final = 60_000
ROUNDS: Final = 3
TARGET: Final = 0.45
MUST: Final = 0.30

_TIMELINE: Final = Timeline()
_COPY: Final = "timeline__bench"


def run(settings: Settings) -> list[Figure]:
    """Measure both in turns on the same events and compare the medians."""
    with measured_store(settings) as store, store.connect("bench") as connection:
        store.fill(connection, Firm(BENCH_FIRM), EVENTS)
        connection.execute("SET synchronous_commit = off")
        rebuild(_TIMELINE, store.connect)
        rounds = [(_server_rate(connection), _our_rate(store, connection)) for _ in range(ROUNDS)]
    server = sorted(rate for rate, _ in rounds)[ROUNDS // 2]
    ours = sorted(rate for _, rate in rounds)[ROUNDS // 2]
    return [
        Figure.at_least(
            "rebuild",
            ours / server,
            "x",
            baseline=f"the server copies its own rows: {server:,.0f} rows/s; "
            f"from the events: {ours:,.0f} rows/s",
            target=TARGET,
            must=MUST,
        )
    ]


def _server_rate(connection: Connection[Any]) -> float:
    table = _TIMELINE.table
    began = time.perf_counter()
    with connection.transaction():
        table.begin(connection, _COPY)
        cursor = connection.execute(
            SQL("INSERT INTO {} SELECT * FROM {}").format(
                table.identifier(_COPY), table.identifier()
            )
        )
        table.complete(connection, _COPY, role_prefix(connection))
    duration = time.perf_counter() - began
    drop_build(connection, _COPY)
    return cursor.rowcount / duration


def _our_rate(store: MeasuredStore, connection: Connection[Any]) -> float:
    with store.connect("reader") as reader:
        began = time.perf_counter()
        state = begin_for_comparison(connection, _TIMELINE)
        Builder(_TIMELINE, connection, state, lambda _: None, reader=reader).copy()
        duration = time.perf_counter() - began
    rows = connection.execute(
        SQL("SELECT count(*) FROM {}").format(_TIMELINE.table.identifier(state.table))
    ).fetchone()
    drop_build(connection, state.table)
    if rows is None or not rows[0]:
        raise MeasurementFailedError("The rebuild made no rows; run `hub doctor`.")
    return float(rows[0] / duration)
