"""The timeline: everything that happened in a conversation, in the order people lived it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from domain.outbound_message import OutboundRequested
from infrastructure.following.event_log import LoggedEvent, with_old_names
from projections.deliveries import DELIVERY_EVENTS, Delivery
from projections.projection import Projection, Target
from projections.table import Index, Table
from projections.timeline_deliveries import Move, move_deliveries
from projections.timeline_encoding import COPY_OUT, EncodedPage, copied_rows
from projections.timeline_entries import ENTRIES, EntryKind, TimelineRow, row_of

__all__ = ["EntryKind", "Timeline", "TimelineRow"]

LARGE_PAGE: Final = 100
"""Pages from this size on are written as COPY data; below it, one statement is quicker."""

ROWS_PER_WRITE: Final = 200
"""Rows of one network write while copying."""


class Timeline(Projection):
    """One row per event of a conversation; the rows of outbound messages follow their delivery."""

    name = "timeline"
    version = 5
    table = Table(
        "timeline",
        TimelineRow,
        key=("tenant_id", "entry_seq"),
        early_key=False,
        indexes=(
            Index("(tenant_id, conversation_id, occurred_at, envelope_order, entry_seq)"),
            Index("(entity_id) WHERE entry_kind = 'outbound'", unique=True, early=True),
            Index("(entity_id) WHERE entry_kind IN ('inbound', 'echo')"),
        ),
    )
    topics = frozenset(event_type.TOPIC for event_type in (*ENTRIES, *DELIVERY_EVENTS))

    def write_page(self, events: Sequence[LoggedEvent], target: Target) -> None:
        """Add the entries of the page and move the deliveries of the messages that it concerns."""
        if len(events) < LARGE_PAGE:
            self._write_small_page(events, target)
        else:
            self._write_large_page(events, target)

    def copy_page(self, target: Target, *, after: int, through: int, limit: int) -> int:
        """Copy the next events out of the store and, while they come, into a build."""
        page = EncodedPage()
        end = min(through, after + limit)
        topics = sorted(with_old_names(self.topics) or ())
        reader = target.reader or target.connection
        with (
            reader.cursor() as source,
            source.copy(COPY_OUT, (after, end, topics)) as events,
            self.table.copying(target.connection, target.physical_name) as rows,
        ):
            for data in copied_rows(events):
                page.add_copied(data)
                if len(page.rows) >= ROWS_PER_WRITE:
                    rows.write(page.take_rows())
            rows.write(page.finish())
        move_deliveries(target, self.table, page.moves)
        return end

    def _write_small_page(self, events: Sequence[LoggedEvent], target: Target) -> None:
        rows: list[TimelineRow] = []
        requested: dict[UUID, TimelineRow] = {}
        moves: dict[UUID, list[Move]] = {}
        for logged in events:
            record = logged.record
            if isinstance(record.event, DELIVERY_EVENTS):
                move = Move(record.event, record.occurred_at)
                moves.setdefault(record.stream_id, []).append(move)
            entry = ENTRIES.get(type(record.event))
            row = row_of(logged, entry) if entry is not None else None
            if row is not None:
                rows.append(row)
                if isinstance(record.event, OutboundRequested):
                    requested[record.event.outbound_message_id] = row
        for message_id, row in requested.items():
            delivery = Delivery()
            for move in moves.pop(message_id, ()):
                delivery.take(move.event, move.occurred_at)
            for field in Delivery.__struct_fields__:
                setattr(row, field, getattr(delivery, field))
        move_deliveries(target, self.table, moves)
        self.table.insert(target.connection, target.physical_name, rows)

    def _write_large_page(self, events: Sequence[LoggedEvent], target: Target) -> None:
        page = EncodedPage()
        for logged in events:
            page.add_logged(logged)
        move_deliveries(target, self.table, page.moves)
        self.table.insert_copied(target.connection, target.physical_name, page.finish())
