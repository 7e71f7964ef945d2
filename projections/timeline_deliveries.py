"""The delivery columns of outbound messages that stand in the timeline already."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from psycopg.sql import SQL, Identifier

from domain.event import Event
from projections.columns import BinaryArray, columns_of
from projections.deliveries import Delivery
from projections.projection import Target
from projections.query import selected
from projections.table import Table

_COLUMNS = columns_of(Delivery)
_UUID = columns_of(msgspec.defstruct("Key", [("entity_id", UUID)]))[0]


class Move(NamedTuple):
    """An event that moves the delivery of a message, and when it happened."""

    event: Event
    occurred_at: datetime


def move_deliveries(
    target: Target, table: Table[Any], moves: Mapping[UUID, Sequence[Move]]
) -> None:
    """Move the deliveries of messages whose entries were written by earlier pages."""
    if not moves:
        return
    deliveries = _load(target, table, list(moves))
    for message_id, delivery in deliveries.items():
        for move in moves[message_id]:
            delivery.take(move.event, move.occurred_at)
    if deliveries:
        _write(target, table, deliveries)


def _load(target: Target, table: Table[Any], message_ids: list[UUID]) -> dict[UUID, Delivery]:
    with target.connection.cursor(binary=True) as cursor:
        cursor.execute(
            _select(table, target.physical_name), (BinaryArray(_UUID.type, message_ids),)
        )
        return {row[0]: Delivery(*row[1:]) for row in cursor.fetchall()}


def _write(target: Target, table: Table[Any], deliveries: dict[UUID, Delivery]) -> None:
    values = zip(*map(msgspec.structs.astuple, deliveries.values()), strict=True)
    target.connection.execute(
        _update(table, target.physical_name),
        [
            BinaryArray(_UUID.type, list(deliveries)),
            *(
                BinaryArray(column.type, column_values)
                for column, column_values in zip(_COLUMNS, values, strict=True)
            ),
        ],
    )


@cache
def _select(table: Table[Any], physical_name: str) -> bytes:
    return (
        SQL(
            "SELECT entity_id, {} FROM {} "
            "WHERE entry_kind = 'outbound' AND entity_id = ANY(%s::uuid[])"
        )
        .format(selected(Delivery), table.identifier(physical_name))
        .as_bytes(None)
    )


@cache
def _update(table: Table[Any], physical_name: str) -> bytes:
    columns = (_UUID, *_COLUMNS)
    names = SQL(", ").join(Identifier(column.name) for column in columns)
    arrays = SQL(", ").join(SQL("%s::{}[]").format(SQL(column.type.name)) for column in columns)
    changes = SQL(", ").join(
        SQL("{0} = moved.{0}").format(Identifier(column.name)) for column in _COLUMNS
    )
    return (
        SQL(
            "UPDATE {} AS entry SET {} FROM unnest({}) AS moved ({}) "
            "WHERE entry.entry_kind = 'outbound' AND entry.entity_id = moved.entity_id"
        )
        .format(table.identifier(physical_name), changes, arrays, names)
        .as_bytes(None)
    )
