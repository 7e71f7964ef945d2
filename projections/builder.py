"""Making a read model anew beside the live one: copy up to a fixed head, index, catch up."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import msgspec
from psycopg import Connection

from infrastructure.following import positions
from infrastructure.following.event_log import log_head, read_log, read_streams, with_old_names
from projections.builds import drop_build, has_build, physical_name, role_prefix
from projections.projection import Projection, Target

COPY_PAGE_MAX: Final = 25_000
"""Events of one transaction while copying; progress is kept in the same transaction."""

CATCH_UP_PAGE_MAX: Final = 1_500
NEAR_EVENTS: Final = 1_500
"""A build this close to the head can be finished while the live follower waits."""


class Stage(StrEnum):
    """The stages of a rebuild, in their order."""

    COPY = "copy"
    INDEX = "index"
    CATCH_UP = "catch up"
    COMPARE = "compare"
    SWAP = "swap"
    DONE = "done"


class Progress(msgspec.Struct, frozen=True):
    """How far a rebuild is: position out of `head`, as they stand in the event store."""

    name: str
    stage: Stage
    position: int
    head: int


class BuildState(msgspec.Struct):
    """How far a build is. With `is_kept` it is written down, so that a later process can go on."""

    table: str
    build: int
    head: int
    position: int = 0
    is_copied: bool = False
    is_kept: bool = True


def begin_or_resume(connection: Connection[Any], projection: Projection) -> tuple[BuildState, bool]:
    """Go on with an interrupted build of the same definition (True), or begin a new one (False)."""
    live = positions.place_of(connection, projection.name)
    row = connection.execute(
        """
        SELECT build, table_version, head, position, is_copied
        FROM read_model.rebuild WHERE name = %s
        """,
        (projection.name,),
    ).fetchone()
    if row is not None:
        build, table_version, head, position, is_copied = row
        table = physical_name(projection, build)
        is_usable = table_version == projection.version and build > live.build
        if is_usable and has_build(connection, table):
            return BuildState(table, build, head, position, is_copied), True
        drop_build(connection, table)
    build = live.build + 1
    state = BuildState(physical_name(projection, build), build, log_head(connection))
    with connection.transaction():
        drop_build(connection, state.table)
        projection.table.begin(connection, state.table)
        connection.execute(
            """
            INSERT INTO read_model.rebuild (name, build, table_version, head)
            VALUES (%s, %s, %s, %s)
            ON CONFLICT (name) DO UPDATE SET build = excluded.build,
                table_version = excluded.table_version, head = excluded.head,
                position = 0, is_copied = false, started_at = now(), updated_at = now()
            """,
            (projection.name, build, projection.version, state.head),
        )
    return state, False


def begin_for_comparison(connection: Connection[Any], projection: Projection) -> BuildState:
    """Begin a build that is only compared with the live table and never swapped in."""
    state = BuildState(f"{projection.name}__verify", 0, log_head(connection), is_kept=False)
    with connection.transaction():
        drop_build(connection, state.table)
        projection.table.begin(connection, state.table)
    return state


class Builder:
    """Brings a build forward over an autocommit connection.

    `reader`, a second one, lets copying read and write at the same time.
    """

    def __init__(
        self,
        projection: Projection,
        connection: Connection[Any],
        state: BuildState,
        progress: Callable[[Progress], None],
        *,
        reader: Connection[Any] | None = None,
    ) -> None:
        self.projection = projection
        self.connection = connection
        self.state = state
        self._progress = progress
        self._reader = reader
        self._topics = with_old_names(projection.topics)

    def tell(self, stage: Stage) -> None:
        """Report how far the build is."""
        state = self.state
        self._progress(Progress(self.projection.name, stage, state.position, state.head))

    def copy(self) -> None:
        """Copy the events up to the head in, then add keys, indexes and row security."""
        state = self.state
        while not state.is_copied and state.position < state.head:
            self.tell(Stage.COPY)
            target = Target(
                self.connection,
                state.table,
                read_streams,
                reader=self._reader,
                takes_copy=True,
                is_empty=state.position == 0,
            )
            with self.connection.transaction():
                position = self.projection.copy_page(
                    target, after=state.position, through=state.head, limit=COPY_PAGE_MAX
                )
                self._keep(position, is_copied=False)
            state.position = position
        if not state.is_copied:
            self.tell(Stage.INDEX)
            with self.connection.transaction():
                self.projection.table.complete(
                    self.connection, state.table, role_prefix(self.connection)
                )
                self._keep(state.position, is_copied=True)
            state.is_copied = True

    def catch_up(self, *, through: int | None = None) -> None:
        """Handle what came since: up to a position, or until close to the head of the log."""
        state = self.state
        while True:
            end = log_head(self.connection) if through is None else through
            if state.position >= end or (through is None and end - state.position < NEAR_EVENTS):
                return
            state.head = max(state.head, end)
            self.tell(Stage.CATCH_UP)
            with self.connection.transaction():
                page = read_log(
                    self.connection,
                    after=state.position,
                    limit=CATCH_UP_PAGE_MAX,
                    topics=self._topics,
                    through=end,
                )
                if page.events:
                    self.projection.write_page(
                        page.events, Target(self.connection, state.table, read_streams)
                    )
                self._keep(page.position, is_copied=True)
            state.position = page.position

    def has_events_after(self, position: int) -> bool:
        """Whether the build holds events that come after a position."""
        if self.state.position <= position:
            return False
        page = read_log(
            self.connection,
            after=position,
            limit=1,
            topics=self._topics,
            through=self.state.position,
        )
        return bool(page.events)

    def _keep(self, position: int, *, is_copied: bool) -> None:
        if self.state.is_kept:
            self.connection.execute(
                """
                UPDATE read_model.rebuild SET position = %s, is_copied = %s, updated_at = now()
                WHERE name = %s
                """,
                (position, is_copied, self.projection.name),
            )
