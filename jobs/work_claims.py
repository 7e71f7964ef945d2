"""Who works on what until when: the one mutable table about work.

The read model `work_items` says what is to be done and follows from events alone. Attempts and
leases are about running it and stand here; dropping this table loses nothing but the count of
failed attempts.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg import Connection

from infrastructure.postgres.connections import HubPool, tenant_session
from jobs.lease_keeper import kept_lease

LEASE_S: Final = 5.0
"""How long a worker may be silent before another one takes over.

It does not depend on how long the work takes: whoever is at work renews its lease.
"""

RENEWAL_S: Final = 1.0
"""How often a lease is renewed: several may fail before it is lost."""


class WorkKey(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work: its firm, kind (an effect's name) and reference."""

    tenant_id: UUID
    kind: str
    reference: UUID


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A lease on a piece of work. `attempt` counts from 1, `token` rises with every lease."""

    key: WorkKey
    token: int
    attempt: int


def claim(connection: Connection[Any], key: WorkKey, *, lease_s: float = LEASE_S) -> Claim | None:
    """Take the lease, or return None when somebody else holds it or it is not due yet."""
    row = connection.execute(
        """
        INSERT INTO hub.work_attempt AS known
            (kind, reference, tenant_id, attempts, lease_until, lease_token)
        VALUES (%(kind)s, %(reference)s, %(tenant)s, 1,
                clock_timestamp() + make_interval(secs => %(lease)s), 1)
        ON CONFLICT (kind, reference) DO UPDATE SET
            attempts = known.attempts + 1,
            lease_until = excluded.lease_until,
            lease_token = known.lease_token + 1,
            updated_at = clock_timestamp()
        WHERE (known.lease_until IS NULL OR known.lease_until <= clock_timestamp())
          AND known.due_at <= clock_timestamp()
        RETURNING attempts, lease_token
        """,
        {
            "kind": key.kind,
            "reference": key.reference,
            "tenant": key.tenant_id,
            "lease": lease_s,
        },
    ).fetchone()
    return None if row is None else Claim(key=key, attempt=row[0], token=row[1])


def renew(connection: Connection[Any], held: Claim, *, lease_s: float = LEASE_S) -> bool:
    """Prolong the lease from now on; False when somebody else has taken the work over."""
    row = connection.execute(
        """
        UPDATE hub.work_attempt
        SET lease_until = clock_timestamp() + make_interval(secs => %s)
        WHERE kind = %s AND reference = %s AND lease_token = %s AND lease_until IS NOT NULL
        RETURNING 1
        """,
        (lease_s, held.key.kind, held.key.reference, held.token),
    ).fetchone()
    return row is not None


@contextmanager
def kept_alive(
    pool: HubPool, held: Claim, *, lease_s: float = LEASE_S, every_s: float = RENEWAL_S
) -> Iterator[None]:
    """Renew the lease while the block runs, in a thread that ends with the process."""

    def renewed() -> bool:
        with tenant_session(pool, held.key.tenant_id) as connection:
            return renew(connection, held, lease_s=lease_s)

    with kept_lease(renewed, asked_at=time.monotonic(), lease_s=lease_s, every_s=every_s):
        yield


def finish(connection: Connection[Any], held: Claim) -> None:
    """Forget the claim: the completing event is stored."""
    connection.execute(
        "DELETE FROM hub.work_attempt WHERE kind = %s AND reference = %s AND lease_token = %s",
        (held.key.kind, held.key.reference, held.token),
    )


def put_back(
    connection: Connection[Any],
    held: Claim,
    *,
    due_at: datetime,
    error: str,
    counts: bool = True,
) -> None:
    """Give the work back until `due_at`. `error` is a class or a stable reason, never a message.

    With `counts` False the attempt is not counted: the work was not ready.
    """
    connection.execute(
        """
        UPDATE hub.work_attempt SET lease_until = NULL, due_at = %s, last_error = %s,
            attempts = attempts - %s, updated_at = clock_timestamp()
        WHERE kind = %s AND reference = %s AND lease_token = %s
        """,
        (due_at, error, 0 if counts else 1, held.key.kind, held.key.reference, held.token),
    )
