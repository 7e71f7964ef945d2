"""The flow directory: every published version of every firm's intake flow, with its words."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.intake import IntakeFlow, IntakeFlowPublished
from projections.projection import Change, Changes, Page, StateProjection
from projections.table import Index, Table


class FlowRow(msgspec.Struct):
    """A published version. `flow` is JSON text of an `IntakeFlow`."""

    event_id: UUID
    tenant_id: UUID
    version: int
    language: str
    flow: str
    published_at: datetime
    published_by: str


def flow_of(row: FlowRow) -> IntakeFlow:
    """The flow that the row holds."""
    return msgspec.json.decode(row.flow, type=IntakeFlow)


def _published(page: Page[FlowRow], record: EventRecord, event: IntakeFlowPublished) -> None:
    page.put(
        FlowRow(
            event_id=record.event_id,
            tenant_id=record.tenant_id,
            version=event.flow.version,
            language=event.flow.language,
            flow=msgspec.json.encode(event.flow).decode(),
            published_at=record.occurred_at,
            published_by=record.actor.id,
        )
    )


class FlowDirectory(StateProjection[FlowRow]):
    """One row per published version."""

    name = "flow_directory"
    version = 1
    table = Table(
        "flow_directory", FlowRow, key=("event_id",), indexes=(Index("(tenant_id, version DESC)"),)
    )
    changes: ClassVar[Changes] = {IntakeFlowPublished: Change(_published)}
