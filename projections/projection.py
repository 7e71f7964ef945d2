"""What every read model is: a table, the events it listens to, and a handler of pages.

A page of events is folded in memory and written with one statement, in the transaction that also
writes the position. A handler that needs an earlier state reads it in that transaction. Handlers
see content only as ciphertext; they know neither clock nor chance, so that a rebuild gives the same
rows.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar, Final, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

import msgspec
from psycopg import Connection

from domain.event import Event, EventRecord
from infrastructure.following.event_log import LoggedEvent, read_log, with_old_names
from projections.table import Table

R = TypeVar("R", bound=msgspec.Struct)


class EarlierEvents(Protocol):
    """Reads the events of streams up to a position, in order, content sealed."""

    def __call__(
        self, connection: Connection[Any], stream_ids: Sequence[UUID], through: int
    ) -> Sequence[EventRecord]:
        """The events of `stream_ids` whose position is at most `through`."""
        ...


class Target(NamedTuple):
    """Where a page is written: the live table, or a build beside it.

    `reader` is a second connection to read the store with while the first one is busy writing;
    `takes_copy` says that the table has no row security yet, so COPY may be used; `is_empty` that
    it has no rows either; `is_live` that others wait for news of it.
    """

    connection: Connection[Any]
    physical_name: str
    earlier: EarlierEvents
    reader: Connection[Any] | None = None
    takes_copy: bool = False
    is_empty: bool = False
    is_live: bool = False


WORK_DUE: Final = "work_due"
"""Notified when something may have become due that is not due by its time alone."""


class Projection(ABC):
    """A read model. `version` rises with every change of the table or of what is put into it."""

    name: ClassVar[str]
    version: ClassVar[int]
    table: ClassVar[Table[Any]]
    topics: ClassVar[frozenset[str] | None]
    """Stored names of the events that it listens to; None for all."""
    pace_s: ClassVar[float] = 0.0
    """Seconds between two pages; above 0 for what no screen waits for."""

    @abstractmethod
    def write_page(self, events: Sequence[LoggedEvent], target: Target) -> None:
        """Bring the table from the state before `events` to the state after them."""

    def copy_page(self, target: Target, *, after: int, through: int, limit: int) -> int:
        """Read the next events up to a position and write them to a build; returns where it is."""
        page = read_log(
            target.connection,
            after=after,
            limit=limit,
            topics=with_old_names(self.topics),
            through=through,
        )
        if page.events:
            self.write_page(page.events, target)
        return page.position


class Page(Generic[R]):
    """The rows that a page of events concerns, as they stand so far, and what happened before."""

    def __init__(self, table: Table[R], links: Sequence[str]) -> None:
        self._key = table.key[0]
        self._links = links
        self._rows: dict[Any, R] = {}
        self._by_link: dict[tuple[str, Any], dict[Any, None]] = defaultdict(dict)
        self._changed: dict[Any, None] = {}
        self._streams: dict[UUID, list[EventRecord]] = defaultdict(list)

    def get(self, key: Any) -> R | None:
        """The row with this key, if there is one."""
        return self._rows.get(key)

    def matching(self, link: str, value: Any) -> list[R]:
        """The rows whose column `link` has this value, oldest key first."""
        found = (self._rows[key] for key in sorted(self._by_link[link, value]))
        return [row for row in found if getattr(row, link) == value]

    def put(self, row: R) -> None:
        """Keep a new or changed row."""
        key = self._remember(row)
        self._changed[key] = None

    def earlier(self, stream_id: UUID, before: EventRecord) -> list[EventRecord]:
        """The events of a stream that were stored before `before`."""
        last = before.position or 0
        return [record for record in self._streams[stream_id] if (record.position or 0) < last]

    def add_known(self, rows: Sequence[R]) -> None:
        """Take over rows as they stand in the table."""
        for row in rows:
            if getattr(row, self._key) not in self._rows:
                self._remember(row)

    def add_earlier(self, records: Sequence[EventRecord]) -> None:
        """Take over the events of streams that handlers look back at."""
        for record in records:
            self._streams[record.stream_id].append(record)

    def changed(self) -> list[R]:
        """The rows to be written."""
        return [self._rows[key] for key in self._changed]

    def _remember(self, row: R) -> Any:
        key = getattr(row, self._key)
        self._rows[key] = row
        for link in self._links:
            self._by_link[link, getattr(row, link)][key] = None
        return key


class Change(NamedTuple):
    """What an event does to rows.

    `apply` is called with the page, the record and its event. The rows it may touch are those whose
    column `by` equals the event's `value` (both default to the key; a path such as
    `approval.reference`, or an attribute of the record). When there is no such row yet, the stream
    that the event names in `looks_back_at` is at hand in `page.earlier`.
    """

    apply: Callable[[Page[Any], EventRecord, Any], None]
    by: str | None = None
    value: str | None = None
    looks_back_at: str | None = None


Changes = Mapping[type[Event], Change]
"""What each event does; the events that a projection listens to are its keys."""


class StateProjection(Projection, Generic[R]):
    """A read model with one row per thing, changed by the events of the thing."""

    changes: ClassVar[Changes]
    links: ClassVar[tuple[str, ...]] = ()
    """Columns other than the key by which handlers find rows."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "changes" in cls.__dict__:
            cls.topics = frozenset(event_type.TOPIC for event_type in cls.changes)

    def write_page(self, events: Sequence[LoggedEvent], target: Target) -> None:
        """Load the rows that the page concerns, fold it into them, write those that changed."""
        records = [logged.record for logged in events]
        page: Page[R] = Page(self.table, self.links)
        if not target.is_empty:
            self._load_rows(page, records, target)
        self._load_streams(page, records, target)
        for record in records:
            self.changes[type(record.event)].apply(page, record, record.event)
        changed = page.changed()
        if target.is_empty:
            self.table.copy_in(target.connection, target.physical_name, changed)
        else:
            self.table.upsert(target.connection, target.physical_name, changed)
        if target.is_live and any(map(self.is_news, changed)):
            target.connection.execute("SELECT pg_notify(%s, '')", (WORK_DUE,))

    def is_news(self, row: R) -> bool:  # noqa: ARG002 - of most read models nothing is
        """Whether a row that changed may be work that is due now: `WORK_DUE` is notified.

        What is announced without need costs all who listen a look at the tables.
        """
        return False

    def concerned(self, record: EventRecord) -> Iterator[tuple[str, Any]]:
        """The rows that an event may touch, as column and value."""
        change = self.changes[type(record.event)]
        column = change.by or self.table.key[0]
        yield column, _value(record, change.value or column)

    def _load_rows(self, page: Page[R], records: Sequence[EventRecord], target: Target) -> None:
        wanted: dict[str, dict[Any, None]] = defaultdict(dict)
        for record in records:
            for column, value in self.concerned(record):
                if value is not None:
                    wanted[column][value] = None
        for column, values in wanted.items():
            page.add_known(
                self.table.load(target.connection, target.physical_name, column, list(values))
            )

    def _load_streams(self, page: Page[R], records: Sequence[EventRecord], target: Target) -> None:
        streams: dict[UUID, None] = {}
        for record in records:
            path = self.changes[type(record.event)].looks_back_at
            if path is None or self._is_known(page, record):
                continue
            stream_id = _value(record, path)
            if stream_id is not None:
                streams[stream_id] = None
        if streams:
            through = records[-1].position or 0
            page.add_earlier(target.earlier(target.connection, list(streams), through))

    def _is_known(self, page: Page[R], record: EventRecord) -> bool:
        key = self.table.key[0]
        return any(
            column == key and page.get(value) is not None
            for column, value in self.concerned(record)
        )


def _value(record: EventRecord, path: str) -> Any:
    """The value at `path` of the event, or of the record where the event has no such attribute."""
    holder = record.event if hasattr(record.event, path.partition(".")[0]) else record
    return attrgetter(path)(holder)


class HistoryProjection(Projection, Generic[R]):
    """A read model with rows that are added and never changed."""

    @abstractmethod
    def rows_of(self, logged: LoggedEvent) -> Sequence[R]:
        """The rows that one event adds."""

    def write_page(self, events: Sequence[LoggedEvent], target: Target) -> None:
        """Add the rows of the page."""
        rows = [row for logged in events for row in self.rows_of(logged)]
        if target.takes_copy:
            self.table.copy_in(target.connection, target.physical_name, rows)
        else:
            self.table.insert(target.connection, target.physical_name, rows)
