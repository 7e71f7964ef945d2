"""How long each firm keeps files of intakes that went nowhere, where it decided itself."""

from typing import ClassVar
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.tenant import MediaRetentionSet
from projections.projection import Change, Changes, Page, StateProjection
from projections.table import Table


class RetentionPeriodRow(msgspec.Struct):
    """A firm that decided. `media_days` is None where the period of the hub counts again."""

    tenant_id: UUID
    media_days: int | None


def _set(page: Page[RetentionPeriodRow], record: EventRecord, event: MediaRetentionSet) -> None:
    page.put(RetentionPeriodRow(tenant_id=record.tenant_id, media_days=event.days))


class RetentionPeriods(StateProjection[RetentionPeriodRow]):
    """One row per firm that decided."""

    name = "retention_periods"
    version = 1
    table = Table("retention_periods", RetentionPeriodRow, key=("tenant_id",))
    changes: ClassVar[Changes] = {MediaRetentionSet: Change(_set)}
