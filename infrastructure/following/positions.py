"""How far each unit is, and whether it waits for a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from domain.defect import Defect
from domain.errors import NotFound


class Place(msgspec.Struct, frozen=True):
    """Where a unit stands. `parked_reason` says why it stopped and what to do; None while it runs.

    `table_version` is the version of the definition that the live table has, `build` the number of
    its build (0 for units without a table).
    """

    name: str
    position: int
    table_version: int
    build: int
    updated_at: datetime
    parked_at: datetime | None = None
    parked_reason: str | None = None
    parked_event: str | None = None
    parked_position: int | None = None
    parked_program: str | None = None
    parked_defect: Defect | None = None


_MOVED: Final = "LH001"

_SELECT: Final = """
    SELECT name, position, table_version, build, updated_at,
        parked_at, parked_reason, parked_event, parked_position, parked_program, parked_defect
    FROM read_model.follower_position
"""


def register(connection: Connection[Any], names: list[str]) -> None:
    """Make sure that each unit has a row; new ones start at the beginning."""
    connection.execute(
        """
        INSERT INTO read_model.follower_position (name) SELECT unnest(%s::text[])
        ON CONFLICT (name) DO NOTHING
        """,
        (names,),
    )


def all_places(connection: Connection[Any]) -> list[Place]:
    """Where every unit stands, by name."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(_SELECT + " ORDER BY name")
        return [_place(row) for row in cursor.fetchall()]


def place_of(connection: Connection[Any], name: str, *, lock: bool = False) -> Place:
    """Where one unit stands; with `lock` nobody moves it until the transaction ends.

    Raises NotFound.
    """
    with connection.cursor(binary=True) as cursor:
        cursor.execute(_SELECT + " WHERE name = %s" + (" FOR UPDATE" if lock else ""), (name,))
        row = cursor.fetchone()
    if row is None:
        raise NotFound(
            f"There is no follower unit named {name!r}.",
            hint="`hub projections status` lists the units.",
        )
    return _place(row)


def _place(row: Sequence[Any]) -> Place:
    defect = None if row[-1] is None else msgspec.convert(row[-1], Defect)
    facts = [*row[:-1], defect]
    return Place(*facts)


def advance(connection: Connection[Any], place: Place, position: int) -> None:
    """Move the unit from where it stands to `position`; first statement of a page's transaction.

    Fails with an error that `has_moved` tells when it does not stand there any more.
    """
    connection.execute(
        "SELECT read_model.advance(%s, %s, %s, %s)",
        (place.name, place.position, position, place.build),
    )


def need_not_last(connection: Connection[Any]) -> None:
    """Let the page under way be committed without waiting for the disk.

    For a page that writes nothing but the position: after a crash it is handled again, as if it had
    not been handled yet.
    """
    connection.execute("SET LOCAL synchronous_commit = off")


def has_moved(error: BaseException) -> bool:
    """Whether `advance` failed because the unit was rebuilt, reset, parked or taken over."""
    return isinstance(error, psycopg.Error) and error.sqlstate == _MOVED


def park(
    connection: Connection[Any],
    place: Place,
    *,
    reason: str,
    event: str | None,
    position: int | None,
    program: str,
    defect: Defect | None = None,
) -> None:
    """Stop the unit until a person, or another version of the program, lets it go on."""
    connection.execute(
        """
        UPDATE read_model.follower_position SET parked_at = now(), parked_reason = %s,
            parked_event = %s, parked_position = %s, parked_program = %s, parked_defect = %s,
            updated_at = now()
        WHERE name = %s
        """,
        (
            reason,
            event,
            position,
            program,
            None if defect is None else Jsonb(msgspec.to_builtins(defect)),
            place.name,
        ),
    )


def resume(connection: Connection[Any], name: str) -> bool:
    """Let a parked unit go on; returns False when it was not parked. Raises NotFound."""
    place_of(connection, name)
    cursor = connection.execute(
        """
        UPDATE read_model.follower_position SET parked_at = NULL, parked_reason = NULL,
            parked_event = NULL, parked_position = NULL, parked_program = NULL,
            parked_defect = NULL, updated_at = now()
        WHERE name = %s AND parked_reason IS NOT NULL
        """,
        (name,),
    )
    return cursor.rowcount == 1
