"""The live tables: made once, and what tells whether they fit this version of the hub."""

from collections.abc import Sequence
from typing import Any, ClassVar

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from domain.errors import HubError
from infrastructure.following import positions
from infrastructure.following.program import program_fingerprint
from projections.projection import Projection
from projections.table import BUILD_SCHEMA, SCHEMA

_ROLE_SUFFIX = "_follow"


class WrongRole(HubError):
    """Read models are made and changed by the followers' role only."""

    code: ClassVar[str] = "WRONG_ROLE"
    hint: ClassVar[str] = "Connect as the role that `hub follow` uses."


def role_prefix(connection: Connection[Any]) -> str:
    """The first part of the names of this hub's roles. Raises WrongRole."""
    row = connection.execute("SELECT current_user::text").fetchone()
    name = str(row[0]) if row is not None else ""
    if not name.endswith(_ROLE_SUFFIX):
        raise WrongRole(f"The database role {name} does not own the read models.")
    return name.removesuffix(_ROLE_SUFFIX)


def physical_name(projection: Projection, build: int) -> str:
    """The name of a build beside the live table."""
    return f"{projection.name}__v{build}"


def create_read_models(connection: Connection[Any], projections: Sequence[Projection]) -> list[str]:
    """Make the tables that are missing; returns their names. May run at any time and again.

    A table whose definition is of another version is left as it is, and its follower is parked
    until `hub projections rebuild` has made the new one beside it.
    """
    prefix = role_prefix(connection)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('read models', 0))")
        positions.register(connection, [projection.name for projection in projections])
        return [
            projection.name for projection in projections if _create(connection, projection, prefix)
        ]


def _create(connection: Connection[Any], projection: Projection, prefix: str) -> bool:
    place = positions.place_of(connection, projection.name, lock=True)
    if place.table_version == projection.version:
        return False
    if place.table_version == 0:
        build = physical_name(projection, 1)
        projection.table.begin(connection, build)
        projection.table.complete(connection, build, prefix)
        take_name(connection, projection, 1)
        return True
    positions.park(
        connection,
        place,
        reason=(
            f"The definition changed from version {place.table_version} to "
            f"{projection.version}; the table is served as it is and takes nothing new. Run "
            f"`hub projections rebuild {projection.name}`."
        ),
        event=None,
        position=place.position,
        program=program_fingerprint(),
    )
    return False


def take_name(connection: Connection[Any], projection: Projection, build: int) -> None:
    """Let a finished build be the live table. The one that was live, if any, must be away."""
    name = projection.name
    connection.execute(
        SQL("ALTER TABLE {} RENAME TO {}").format(
            Identifier(BUILD_SCHEMA, physical_name(projection, build)), Identifier(name)
        )
    )
    connection.execute(
        SQL("ALTER TABLE {} SET SCHEMA {}").format(
            Identifier(BUILD_SCHEMA, name), Identifier(SCHEMA)
        )
    )
    connection.execute(
        """
        UPDATE read_model.follower_position SET table_version = %s, build = %s, parked_at = NULL,
            parked_reason = NULL, parked_event = NULL, parked_position = NULL,
            parked_program = NULL, updated_at = now()
        WHERE name = %s
        """,
        (projection.version, build, name),
    )


def leave_name(connection: Connection[Any], projection: Projection, build: int) -> None:
    """Take the live table away; it keeps its rows under the name of its build."""
    name = projection.name
    connection.execute(
        SQL("ALTER TABLE {} SET SCHEMA {}").format(
            Identifier(SCHEMA, name), Identifier(BUILD_SCHEMA)
        )
    )
    connection.execute(
        SQL("ALTER TABLE {} RENAME TO {}").format(
            Identifier(BUILD_SCHEMA, name), Identifier(physical_name(projection, build))
        )
    )


def drop_build(connection: Connection[Any], name: str) -> None:
    """Remove a build that is not live, if it is there."""
    connection.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(BUILD_SCHEMA, name)))


def drop_other_builds(connection: Connection[Any], projection: Projection) -> None:
    """Remove what earlier rebuilds of a read model left behind."""
    rows = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename ~ %s",
        (BUILD_SCHEMA, f"^{projection.name}__v[0-9]+$"),
    ).fetchall()
    for (name,) in rows:
        drop_build(connection, str(name))


def has_build(connection: Connection[Any], name: str) -> bool:
    """Whether a build of this name stands beside the live tables."""
    row = connection.execute(
        "SELECT to_regclass(format('%%I.%%I', %s::text, %s::text)) IS NOT NULL",
        (BUILD_SCHEMA, name),
    ).fetchone()
    return row is not None and bool(row[0])
