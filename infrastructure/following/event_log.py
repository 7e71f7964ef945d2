"""Reading the event store as a log: pages by position, content sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw
from psycopg import Connection

from domain.event import UPCASTERS, EventRecord, PersonalEvent
from infrastructure.postgres.stored_state import decode_record

CHANNEL: Final = "events"
"""The channel on which an append is announced."""

SCAN_MAX: Final = 50_000
"""Positions that one page may look through for the few events that a reader wants."""


class StoredEvent(NamedTuple):
    """A row of the event table, as read."""

    position: int
    stream_id: UUID
    stream_version: int
    topic: str
    state: bytes
    tenant_id: UUID
    tenant_seq: int
    recorded_at: datetime


class _StoredFacts(msgspec.Struct):
    data: Raw


_decode_facts: Final = msgspec.json.Decoder(_StoredFacts).decode
_encode_event: Final = msgspec.json.Encoder().encode


class LoggedEvent:
    """An event of the log, decoded when it is first asked for and then shared by all readers."""

    __slots__ = ("_record", "stored")

    def __init__(self, stored: StoredEvent) -> None:
        self.stored = stored
        self._record: EventRecord | None = None

    @property
    def position(self) -> int:
        """The place in the log."""
        return self.stored.position

    @property
    def topic(self) -> str:
        """The stored name."""
        return self.stored.topic

    @property
    def record(self) -> EventRecord:
        """The event in its envelope, content sealed.

        Raises UnknownEventTopic and StoredStateUnreadable.
        """
        if self._record is None:
            stored = self.stored
            self._record = decode_record(
                stored.stream_id,
                stored.stream_version,
                stored.topic,
                stored.state,
                stored.position,
                stored.tenant_id,
                stored.tenant_seq,
                stored.recorded_at,
            )
        return self._record

    @property
    def facts(self) -> bytes:
        """The clear facts as JSON: as stored, or in today's form for an older version."""
        if self.stored.topic not in UPCASTERS:
            return bytes(_decode_facts(self.stored.state).data)
        event = self.record.event
        if isinstance(event, PersonalEvent):
            event = msgspec.structs.replace(event, content=UNSET)
        return _encode_event(event)

    @property
    def has_content(self) -> bool:
        """Whether the event has personal content, sealed or erased."""
        event = self.record.event
        return isinstance(event, PersonalEvent) and event.content is not UNSET

    @property
    def label(self) -> str:
        """How the event is named in messages to operators: no content."""
        stored = self.stored
        return f"{stored.topic} {stored.stream_id} version {stored.stream_version}"


class LogPage(NamedTuple):
    """Events in order, and the position up to which the log was looked through."""

    events: Sequence[LoggedEvent]
    position: int


_NO_END: Final = 2**62
_HEAD: Final = "SELECT coalesce(max(notification_id), 0) FROM hub.events"

_READ: Final = """
    SELECT notification_id, originator_id, originator_version, topic, state,
        tenant_id, tenant_seq, recorded_at
    FROM hub.events
    WHERE notification_id > %(after)s AND notification_id <= %(through)s
      AND (%(topics)s::text[] IS NULL OR topic = ANY(%(topics)s))
    ORDER BY notification_id LIMIT %(limit)s
"""

_READ_STREAMS: Final = """
    SELECT notification_id, originator_id, originator_version, topic, state,
        tenant_id, tenant_seq, recorded_at
    FROM hub.events
    WHERE originator_id = ANY(%(streams)s) AND notification_id <= %(through)s
    ORDER BY notification_id
"""


def with_old_names(topics: frozenset[str] | None) -> frozenset[str] | None:
    """The same stored names, and the older ones that are read as one of them today."""
    if topics is None:
        return None
    names = set(topics)
    for old in UPCASTERS:
        current = old
        while current in UPCASTERS:
            current, _ = UPCASTERS[current]
        if current in topics:
            names.add(old)
    return frozenset(names)


def log_head(connection: Connection[Any]) -> int:
    """The newest position; everything up to it is visible or will never be."""
    row = connection.execute(_HEAD).fetchone()
    return int(row[0]) if row is not None else 0


def read_log(
    connection: Connection[Any],
    *,
    after: int,
    limit: int,
    topics: frozenset[str] | None = None,
    through: int | None = None,
) -> LogPage:
    """The next events after a position, at most `limit`; only those with one of `topics` if given.

    The position of the page may lie behind its last event when nothing more was found up to there.
    """
    if topics is None and through is None:
        # Everything is wanted: what is found tells how far the log goes.
        events = events_between(connection, after, _NO_END, None, limit)
        return LogPage(events, events[-1].position if events else after)
    head = log_head(connection)
    end = min(after + SCAN_MAX, head if through is None else min(head, through))
    if end <= after:
        return LogPage((), after)
    events = events_between(connection, after, end, topics, limit)
    return LogPage(events, events[-1].position if len(events) >= limit else end)


def events_between(
    connection: Connection[Any],
    after: int,
    through: int,
    topics: frozenset[str] | None,
    limit: int,
) -> list[LoggedEvent]:
    """The first events after a position and up to another one, with one of `topics` if given."""
    parameters = {
        "after": after,
        "through": through,
        "topics": None if topics is None else list(topics),
        "limit": limit,
    }
    with connection.cursor(binary=True) as cursor:
        cursor.execute(_READ, parameters)
        return [LoggedEvent(StoredEvent(*row)) for row in cursor.fetchall()]


def read_streams(
    connection: Connection[Any], stream_ids: Sequence[UUID], through: int
) -> list[EventRecord]:
    """The events of some streams up to a position, in the order of the log, content sealed."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(_READ_STREAMS, {"streams": list(stream_ids), "through": through})
        return [LoggedEvent(StoredEvent(*row)).record for row in cursor.fetchall()]


def newest_position_of(
    connection: Connection[Any], tenant_id: UUID, topics: frozenset[str] | None, *, after: int
) -> int:
    """The position of a firm's newest event with one of `topics`; `after` when none is newer."""
    row = connection.execute(
        """
        SELECT notification_id FROM hub.events
        -- IS TRUE: the firm is a filter, never the way to find (decision 0027).
        WHERE notification_id > %(after)s AND (tenant_id = %(tenant)s) IS TRUE
          AND (%(topics)s::text[] IS NULL OR topic = ANY(%(topics)s))
        ORDER BY notification_id DESC LIMIT 1
        """,
        {
            "after": after,
            "tenant": tenant_id,
            "topics": None if topics is None else list(topics),
        },
    ).fetchone()
    return int(row[0]) if row else after
