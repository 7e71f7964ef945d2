"""One sender number, one lane, one holder at a time: a lease with a fencing token.

The lease stands in PostgreSQL beside the events, so it survives the loss of Redis, and its token is
checked in the transaction that records an attempt. A holder also asks its own clock right before
each call: a process that was stopped for longer than its lease calls nobody when it wakes up.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg import Connection

from domain.identity import TenantId
from infrastructure.postgres.connections import HubPool, store_errors

LEASE_S: Final = 4.0
"""How long a holder that says nothing keeps its lane."""

RENEWAL_S: Final = 1.0
"""How often a holder says that it is alive."""

MARGIN_S: Final = 0.5
"""So long before the end of its lease a holder stops calling."""

_LEASE: Final = timedelta(seconds=LEASE_S)

LANE_LOST: Final = "LH002"
"""The error with which the database refuses an attempt of a former holder."""


class HeldLane(NamedTuple):
    """A lane as its holder knows it. `token` is larger than that of every earlier holder."""

    tenant_id: TenantId
    sender_number_id: UUID
    token: int


class Leases:
    """The lanes that one process holds. `holder` is the id of the process in the table of lanes.

    Times are those of the monotonic clock of this process; each lease is counted from the moment
    before it was asked for, so it never lasts longer here than in the table.
    """

    def __init__(self, pool: HubPool, holder: UUID) -> None:
        self._pool = pool
        self.holder = holder
        self._until: dict[HeldLane, float] = {}

    def take(self, tenant_id: TenantId, sender_number_id: UUID) -> HeldLane | None:
        """Take a lane that nobody holds; None when somebody does. Raises StoreUnavailable."""
        asked_at = time.monotonic()
        with store_errors(), self._pool.connection() as connection:
            row = connection.execute(
                """
                INSERT INTO hub.sender_lane AS lane
                    (sender_number_id, tenant_id, token, holder, lease_until)
                VALUES (%(number)s, %(firm)s, 1, %(holder)s, clock_timestamp() + %(lease)s)
                ON CONFLICT (sender_number_id) DO UPDATE SET
                    token = lane.token + 1, holder = %(holder)s,
                    lease_until = clock_timestamp() + %(lease)s
                WHERE lane.lease_until <= clock_timestamp() AND lane.tenant_id = %(firm)s
                RETURNING token
                """,
                {
                    "number": sender_number_id,
                    "firm": tenant_id,
                    "holder": self.holder,
                    "lease": _LEASE,
                },
            ).fetchone()
        if row is None:
            return None
        lane = HeldLane(tenant_id, sender_number_id, row[0])
        self._until[lane] = asked_at + LEASE_S
        return lane

    def renew(self) -> None:
        """Prolong every lane of this process that nobody else has taken. Raises StoreUnavailable.

        A lane that was lost is not held any more afterwards.
        """
        lanes = list(self._until)
        if not lanes:
            return
        asked_at = time.monotonic()
        with store_errors(), self._pool.connection() as connection:
            rows = connection.execute(
                """
                UPDATE hub.sender_lane AS lane
                SET lease_until = clock_timestamp() + %s
                FROM unnest(%s::uuid[], %s::bigint[]) AS held (number, token)
                WHERE lane.sender_number_id = held.number AND lane.token = held.token
                RETURNING lane.sender_number_id, lane.token
                """,
                (
                    _LEASE,
                    [lane.sender_number_id for lane in lanes],
                    [lane.token for lane in lanes],
                ),
            ).fetchall()
        kept = {(number, token) for number, token in rows}
        for lane in lanes:
            if lane not in self._until:
                continue
            if (lane.sender_number_id, lane.token) in kept:
                self._until[lane] = asked_at + LEASE_S
            else:
                del self._until[lane]

    def may_call(self, lane: HeldLane) -> bool:
        """Whether a call of this lane may begin now: asked right before each one."""
        return time.monotonic() < self._until.get(lane, 0.0) - MARGIN_S

    def give_back(self, lanes: Sequence[HeldLane]) -> None:
        """Let others take these lanes at once. Raises StoreUnavailable."""
        for lane in lanes:
            self._until.pop(lane, None)
        if not lanes:
            return
        with store_errors(), self._pool.connection() as connection:
            connection.execute(
                """
                UPDATE hub.sender_lane AS lane SET lease_until = clock_timestamp()
                FROM unnest(%s::uuid[], %s::bigint[]) AS held (number, token)
                WHERE lane.sender_number_id = held.number AND lane.token = held.token
                """,
                ([lane.sender_number_id for lane in lanes], [lane.token for lane in lanes]),
            )


def require_lane(connection: Connection[Any], lane: HeldLane) -> None:
    """Fail unless the lane is still this holder's, and keep it so until the transaction ends.

    Raises an error that `is_lost` tells.
    """
    connection.execute("SELECT hub.require_lane(%s, %s)", (lane.sender_number_id, lane.token))


def is_lost(error: BaseException) -> bool:
    """Whether the database refused because another process holds the lane."""
    return isinstance(error, psycopg.Error) and error.sqlstate == LANE_LOST
