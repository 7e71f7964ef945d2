"""One sender number, one lane: at most one process sends for it at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg

from infrastructure.postgres.connections import HubPool, store_errors

_LOCK_NAME = "lane of sender number {}"


class Lane:
    """A held lane. It is lost with the connection that holds it."""

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self._connection = connection

    def is_held(self) -> bool:
        """Whether the lane is still ours; asked right before every call."""
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True


@contextmanager
def lane_of(pool: HubPool, sender_number_id: UUID) -> Iterator[Lane | None]:
    """Hold the lane of a sender number while the block runs; None when another process has it.

    The lock belongs to the session, so a killed process gives it up at once. Raises
    StoreUnavailable.
    """
    name = _LOCK_NAME.format(sender_number_id)
    with store_errors(), pool.connection() as connection:
        connection.set_autocommit(True)
        try:
            row = connection.execute(
                "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (name,)
            ).fetchone()
            if row is None or not row[0]:
                yield None
                return
            try:
                yield Lane(connection)
            finally:
                if not connection.closed:
                    connection.execute(
                        "SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (name,)
                    )
        finally:
            if not connection.closed:
                connection.set_autocommit(False)
