"""Who runs what: advisory locks that end with the connection, so a killed process blocks nobody."""

import zlib
from typing import Any, Final

from psycopg import Connection

_UNIT_CLASS: Final = 0x4C484655  # "LHFU"
_PRESENCE_CLASS: Final = 0x4C484650  # "LHFP"

_HELD: Final = """
    SELECT objid::bigint FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND classid = %s
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def _number(name: str) -> int:
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


def try_unit(connection: Connection[Any], name: str) -> bool:
    """Take the unit for as long as the connection lives; False when another process has it."""
    row = connection.execute(
        "SELECT pg_try_advisory_lock(%s, %s)", (_UNIT_CLASS, _number(name))
    ).fetchone()
    return row is not None and bool(row[0])


def show_presence(connection: Connection[Any]) -> None:
    """Let other processes count this one for as long as the connection lives."""
    connection.execute("SELECT pg_advisory_lock(%s, pg_backend_pid())", (_PRESENCE_CLASS,))


def processes_present(connection: Connection[Any]) -> int:
    """How many processes share the units of this database."""
    return len(connection.execute(_HELD, (_PRESENCE_CLASS,)).fetchall())


def units_taken(connection: Connection[Any], names: list[str]) -> set[str]:
    """Those of the named units that some process runs."""
    held = {row[0] for row in connection.execute(_HELD, (_UNIT_CLASS,)).fetchall()}
    return {name for name in names if _number(name) in held}
