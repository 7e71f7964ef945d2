"""The standing of sender numbers with Meta: blocks, restrictions, limits, quality and names."""

from datetime import datetime
from typing import Any, ClassVar, NewType
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.sender_number import SenderNumberAdded
from domain.sender_standing import (
    Restriction,
    SenderNumberBlocked,
    SenderNumberDailyLimitChanged,
    SenderNumberNameDecided,
    SenderNumberQualityChanged,
    SenderNumberRestricted,
    SenderNumberThroughputChanged,
    SenderNumberUnblocked,
    SenderNumberUsernameChanged,
)
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.table import Table

JsonText = NewType("JsonText", str)
"""JSON text."""


class SenderStandingRow(msgspec.Struct):
    """What Meta last said about a number.

    `blocks` maps each cause to the time of the block, `restrictions` is a list of
    `domain.sender_standing.Restriction`, both as JSON. `daily_recipients_max` is -1 without an end;
    `daily_limit_told_at` is when Meta said so.
    """

    sender_number_id: UUID
    tenant_id: UUID
    blocks: JsonText = JsonText("{}")
    restrictions: JsonText = JsonText("[]")
    messages_per_second: int | None = None
    daily_recipients_max: int | None = None
    daily_limit_told_at: datetime | None = None
    is_flagged: bool = False
    name: str | None = None
    name_decision: str | None = None
    name_reason: str | None = None
    username: str | None = None
    username_status: str | None = None

    def known_blocks(self) -> dict[str, datetime]:
        """The causes that nothing goes out for, with the time of each."""
        return msgspec.json.decode(self.blocks, type=dict[str, datetime])

    def known_restrictions(self) -> tuple[Restriction, ...]:
        """What Meta restricts."""
        return msgspec.json.decode(self.restrictions, type=tuple[Restriction, ...])


def _added(page: Page[SenderStandingRow], record: EventRecord, event: SenderNumberAdded) -> None:
    page.put(SenderStandingRow(sender_number_id=event.sender_number_id, tenant_id=record.tenant_id))


def _told(page: Page[SenderStandingRow], _record: EventRecord, event: Any) -> None:
    row = page.get(event.sender_number_id)
    if row is None:
        return
    match event:
        case SenderNumberBlocked() | SenderNumberUnblocked():
            blocks = row.known_blocks()
            blocks.pop(event.cause.value, None)
            if isinstance(event, SenderNumberBlocked):
                blocks[event.cause.value] = event.told_at
            row.blocks = JsonText(msgspec.json.encode(blocks, order="sorted").decode())
        case SenderNumberRestricted():
            row.restrictions = JsonText(msgspec.json.encode(event.restrictions).decode())
        case SenderNumberThroughputChanged():
            row.messages_per_second = event.messages_per_second
        case SenderNumberDailyLimitChanged():
            row.daily_recipients_max = event.recipients_max
            row.daily_limit_told_at = event.told_at
        case SenderNumberQualityChanged():
            row.is_flagged = event.is_flagged
        case SenderNumberNameDecided():
            row.name, row.name_decision = event.name, event.decision
            row.name_reason = event.reason
        case SenderNumberUsernameChanged():
            row.username, row.username_status = event.username, event.status
    page.put(row)


_TOLD = Change(_told)


class SenderStanding(StateProjection[SenderStandingRow]):
    """One row per number."""

    name = "sender_standing"
    version = 2
    table = Table("sender_standing", SenderStandingRow, key=("sender_number_id",))
    changes: ClassVar[Changes] = {
        SenderNumberAdded: Change(_added),
        SenderNumberBlocked: _TOLD,
        SenderNumberUnblocked: _TOLD,
        SenderNumberRestricted: _TOLD,
        SenderNumberThroughputChanged: _TOLD,
        SenderNumberDailyLimitChanged: _TOLD,
        SenderNumberQualityChanged: _TOLD,
        SenderNumberNameDecided: _TOLD,
        SenderNumberUsernameChanged: _TOLD,
    }


def standings_of(tenant_id: UUID, sender_number_ids: list[UUID]) -> Query[SenderStandingRow]:
    """The standing of these numbers, in no particular order."""
    return Query(
        SenderStandingRow,
        """
        SELECT {columns} FROM read_model.sender_standing
        WHERE tenant_id = %(tenant)s AND sender_number_id = ANY(%(senders)s)
        """,
        {"tenant": tenant_id, "senders": sender_number_ids},
    )
