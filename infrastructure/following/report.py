"""How far every unit is, for operators."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from psycopg import Connection

from infrastructure.following import locks, positions
from infrastructure.following.positions import Place


class UnitReport(msgspec.Struct, frozen=True):
    """How far a unit is. `state` is following, stopped (no process runs it) or parked.

    `behind` counts positions of the source, which may be more than there are items for the unit.
    """

    name: str
    state: str
    position: int
    head: int
    behind: int
    build: int
    table_version: int
    updated_at: datetime
    parked_at: datetime | None = None
    reason: str | None = None
    at_event: str | None = None
    at_position: int | None = None


Head = Callable[[Connection[Any]], int]
"""Tells the newest position of a source."""


def report_units(connection: Connection[Any], heads: Mapping[str, Head]) -> list[UnitReport]:
    """The state of the units that `heads` names, in its order."""
    places = {place.name: place for place in positions.all_places(connection)}
    taken = locks.units_taken(connection, list(heads))
    newest = {head: head(connection) for head in set(heads.values())}
    return [
        _report(places[name], newest[head], is_taken=name in taken)
        for name, head in heads.items()
        if name in places
    ]


def _report(place: Place, head: int, *, is_taken: bool) -> UnitReport:
    state = "following" if is_taken else "stopped"
    return UnitReport(
        name=place.name,
        state="parked" if place.parked_reason is not None else state,
        position=place.position,
        head=head,
        behind=max(0, head - place.position),
        build=place.build,
        table_version=place.table_version,
        updated_at=place.updated_at,
        parked_at=place.parked_at,
        reason=place.parked_reason,
        at_event=place.parked_event,
        at_position=place.parked_position,
    )
