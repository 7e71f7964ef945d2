"""How far the import of the phone app's history has come, for each number."""

from datetime import datetime
from typing import ClassVar, NewType
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.sender_number import SenderNumberNoticed
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.table import Table

ChunksJson = NewType("ChunksJson", str)
"""JSON text: phase -> the orders of the chunks that came, ascending."""


class HistoryImportRow(msgspec.Struct):
    """The import of a number. Chunks come in any order and more than once.

    `phase` is the furthest one, `progress` its percentage as far as Meta told. `error_code` is
    Meta's, where the import was refused.
    """

    sender_number_id: UUID
    tenant_id: UUID
    started_at: datetime
    updated_at: datetime
    phase: int = 0
    progress: int = 0
    chunks: ChunksJson = ChunksJson("{}")
    error_code: int | None = None

    def known_chunks(self) -> dict[int, list[int]]:
        """The chunks that came, by phase."""
        return msgspec.json.decode(self.chunks, type=dict[int, list[int]], strict=False)

    def missing_chunks(self) -> list[tuple[int, int]]:
        """The chunks, as (phase, order), that have not come although a later one has."""
        return [
            (phase, order)
            for phase, orders in sorted(self.known_chunks().items())
            for order in range(1, max(orders, default=0))
            if order not in orders
        ]


def _noticed(page: Page[HistoryImportRow], record: EventRecord, event: SenderNumberNoticed) -> None:
    told, number = event.import_progress, event.sender_number_id
    if told is None or number is None:
        return
    row = page.get(number) or HistoryImportRow(
        sender_number_id=number,
        tenant_id=record.tenant_id,
        started_at=record.occurred_at,
        updated_at=record.occurred_at,
    )
    row.started_at = min(row.started_at, record.occurred_at)
    row.updated_at = max(row.updated_at, record.occurred_at)
    row.error_code = told.error_code if told.error_code is not None else row.error_code
    row.phase, row.progress = max((row.phase, row.progress), (told.phase or 0, told.progress or 0))
    if told.chunk is not None:
        chunks = row.known_chunks()
        orders = {*chunks.get(told.phase or 0, ()), told.chunk}
        chunks[told.phase or 0] = sorted(orders)
        row.chunks = ChunksJson(msgspec.json.encode(dict(sorted(chunks.items()))).decode())
    page.put(row)


class HistoryImports(StateProjection[HistoryImportRow]):
    """One row per number whose history is imported."""

    name = "history_imports"
    version = 1
    table = Table("history_imports", HistoryImportRow, key=("sender_number_id",))
    changes: ClassVar[Changes] = {SenderNumberNoticed: Change(_noticed)}


def imports_of(tenant_id: UUID, sender_number_ids: list[UUID]) -> Query[HistoryImportRow]:
    """The imports of these numbers, in no particular order."""
    return Query(
        HistoryImportRow,
        """
        SELECT {columns} FROM read_model.history_imports
        WHERE tenant_id = %(tenant)s AND sender_number_id = ANY(%(senders)s)
        """,
        {"tenant": tenant_id, "senders": sender_number_ids},
    )
