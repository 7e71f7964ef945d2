"""Rebuild: a read model made anew from the first event beside the live one, then swapped in.

The events up to a fixed head are copied in, keys and indexes are made of the full table, the page
path catches up, the rows are compared with the live ones at the same position, and one transaction
gives the build the live name. Readers never see a missing or half-filled table; nobody is told of
the events again. An interrupted rebuild goes on where it stopped.
"""

import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
from psycopg import Connection, errors
from psycopg.sql import SQL

from domain.errors import HubError
from infrastructure.following import positions
from infrastructure.following.listener import Connect
from projections.builder import (
    Builder,
    Progress,
    Stage,
    begin_for_comparison,
    begin_or_resume,
)
from projections.builds import drop_build, drop_other_builds, leave_name, take_name
from projections.comparison import Comparison, compare_tables
from projections.projection import Projection

SETTLE_S: Final = 0.25
"""How long both tables hold the same rows before the swap: longer than a reader's transaction."""

LEVEL_WITHIN_S: Final = 5.0
LEVEL_PAUSE_S: Final = 0.1

SWAP_TRIES: Final = 60
SWAP_PAUSE_S: Final = 0.2
SHORT_LOCK_TIMEOUT: Final = "200ms"
LONG_LOCK_TIMEOUT: Final = "1500ms"
"""Above PostgreSQL's deadlock_timeout, after which a vacuum in the way gives up."""

SHORT_TRIES: Final = 20


class RebuildResult(msgspec.Struct, frozen=True):
    """What a rebuild came to.

    `compared` is None where there was nothing to compare with: the definition changed, or the live
    table stands behind (its follower is parked or not running).
    """

    name: str
    build: int
    position: int
    rows: int
    compared: Comparison | None
    resumed: bool
    duration_s: float


class RebuildUnderway(HubError):
    """Another process rebuilds the same read model."""

    code = "REBUILD_UNDERWAY"
    hint = "Wait until it is done, or stop it; `hub projections status` shows how far it is."


class SwapBlocked(HubError):
    """The live table was in use without a pause."""

    code = "SWAP_BLOCKED"
    hint = "The build is kept: run the same command again when the long-running query is gone."


class NothingToCompare(HubError):
    """The live table does not stand where a comparison would make sense."""

    code = "NOTHING_TO_COMPARE"
    hint = "Start `hub follow`, or run `hub projections rebuild` for a table of another version."


def rebuild(
    projection: Projection,
    connect: Connect,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
) -> RebuildResult:
    """Rebuild one read model and swap it in. `connect` opens autocommit connections (role follow).

    Raises RebuildUnderway, SwapBlocked, NotFound.
    """
    began = time.monotonic()
    with connect(f"rebuild {projection.name}") as connection, connect("gate") as gate:
        connection.execute("SET statement_timeout = 0")
        connection.execute("SET synchronous_commit = off")
        _claim(connection, projection.name)
        state, resumed = begin_or_resume(connection, projection)
        builder = Builder(projection, connection, state, progress, reader=gate)
        builder.copy()
        builder.catch_up()
        compared = _compare(builder, gate)
        _swap(builder, gate)
        drop_other_builds(connection, projection)
        rows = compared.rebuilt_rows if compared is not None else _count(connection, projection)
        builder.tell(Stage.DONE)
    return RebuildResult(
        name=projection.name,
        build=state.build,
        position=state.position,
        rows=rows,
        compared=compared,
        resumed=resumed,
        duration_s=round(time.monotonic() - began, 3),
    )


def _claim(connection: Connection[Any], name: str) -> None:
    row = connection.execute(
        "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (f"rebuild {name}",)
    ).fetchone()
    if row is None or not row[0]:
        raise RebuildUnderway(f"{name} is being rebuilt by another process.")


def _compare(builder: Builder, gate: Connection[Any]) -> Comparison | None:
    """Compare with the live rows in a snapshot in which both tables are at the same position."""
    projection, connection = builder.projection, builder.connection
    deadline = time.monotonic() + LEVEL_WITHIN_S
    while not _level(builder, gate):
        place = positions.place_of(gate, projection.name)
        if place.parked_reason is not None or time.monotonic() > deadline:
            return None
        time.sleep(LEVEL_PAUSE_S)
    try:
        builder.tell(Stage.COMPARE)
        return compare_tables(connection, projection.table, builder.state.table)
    finally:
        connection.execute("COMMIT")


def _level(builder: Builder, gate: Connection[Any]) -> bool:
    """Open a snapshot in which the build stands where the live table stands, if that can be.

    The live follower waits only until the snapshot is taken.
    """
    with gate.transaction():
        place = positions.place_of(gate, builder.projection.name, lock=True)
        if place.table_version != builder.projection.version:
            return False
        builder.catch_up(through=place.position)
        if builder.has_events_after(place.position):
            return False
        builder.connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        builder.connection.execute("SELECT FROM read_model.rebuild")
    return True


def _swap(builder: Builder, gate: Connection[Any]) -> None:
    for attempt in range(SWAP_TRIES):
        builder.tell(Stage.SWAP)
        timeout = SHORT_LOCK_TIMEOUT if attempt < SHORT_TRIES else LONG_LOCK_TIMEOUT
        try:
            with gate.transaction():
                _swap_once(builder, gate, timeout)
        except errors.LockNotAvailable:
            time.sleep(SWAP_PAUSE_S)
            builder.catch_up()
        else:
            return
    raise SwapBlocked(
        f"{builder.projection.name} was read by a long-running query at each of {SWAP_TRIES} tries."
    )


def _swap_once(builder: Builder, gate: Connection[Any], timeout: str) -> None:
    projection, state = builder.projection, builder.state
    # From here on the live follower waits; it goes on with the new table.
    place = positions.place_of(gate, projection.name, lock=True)
    builder.catch_up(through=place.position)
    time.sleep(SETTLE_S)
    gate.execute("SELECT set_config('lock_timeout', %s, true)", (timeout,))
    gate.execute(
        SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(projection.table.identifier())
    )
    leave_name(gate, projection, place.build)
    take_name(gate, projection, state.build)
    gate.execute(
        "UPDATE read_model.follower_position SET position = %s WHERE name = %s",
        (max(state.position, place.position), projection.name),
    )
    gate.execute("DELETE FROM read_model.rebuild WHERE name = %s", (projection.name,))


def _count(connection: Connection[Any], projection: Projection) -> int:
    row = connection.execute(
        SQL("SELECT count(*) FROM {}").format(projection.table.identifier())
    ).fetchone()
    return int(row[0]) if row is not None else 0


def verify(
    projection: Projection,
    connect: Connect,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Comparison:
    """Compare the live table, row by row, with one made anew from the first event.

    Changes nothing and may run while events arrive. Raises RebuildUnderway, NothingToCompare.
    """
    with connect(f"verify {projection.name}") as connection, connect("gate") as gate:
        connection.execute("SET statement_timeout = 0")
        connection.execute("SET synchronous_commit = off")
        _claim(connection, projection.name)
        state = begin_for_comparison(connection, projection)
        builder = Builder(projection, connection, state, progress, reader=gate)
        try:
            builder.copy()
            builder.catch_up()
            compared = _compare(builder, gate)
        finally:
            drop_build(connection, state.table)
        builder.tell(Stage.DONE)
    if compared is None:
        raise NothingToCompare(
            f"{projection.name} cannot be compared: its table is of another version, or its "
            "follower is parked or not running."
        )
    return compared
