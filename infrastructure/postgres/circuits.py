"""Circuits that several processes share: their state is one row, read often and written rarely.

A success of a closed circuit costs no statement: it is counted here and told with the next failure.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from domain.circuit import (
    CLOSED,
    SENDING,
    Circuit,
    CircuitKind,
    CircuitRules,
    Permit,
    ask,
    failed,
    succeeded,
    tripped,
)
from domain.ports.clock import Clock
from infrastructure.postgres.connections import HubConnection, HubPool, enter_tenant, store_errors

REFRESH_S: Final = 0.2
"""How old the known state of a circuit may be."""


class CircuitKey(NamedTuple):
    """What a circuit protects. `tenant_id` is None for what no firm owns."""

    kind: CircuitKind
    reference: str
    tenant_id: UUID | None = None


class Circuits:
    """Circuits by their key. Safe for threads; raises StoreUnavailable."""

    def __init__(
        self,
        pool: HubPool,
        clock: Clock,
        random: Callable[[], float],
        *,
        rules: CircuitRules = SENDING,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._random = random
        self._rules = rules
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: dict[CircuitKey, tuple[Circuit, float]] = {}
        self._successes: dict[CircuitKey, int] = {}

    def now(self, key: CircuitKey) -> Circuit:
        """The circuit as it stood at most `REFRESH_S` ago."""
        with self._lock:
            known, read_at = self._known.get(key, (CLOSED, float("-inf")))
            if self._monotonic() - read_at < REFRESH_S:
                return known
            with self._transaction(key) as connection:
                return self._learn(key, _load(connection, key))

    def permit(self, key: CircuitKey) -> Permit:
        """Whether to call, to probe or to wait; of all who ask only one gets the probe."""
        _, permit = ask(self.now(key), self._clock.now(), self._rules)
        if permit is not Permit.PROBE:
            return permit
        with self._lock, self._transaction(key) as connection:
            circuit, permit = ask(
                _load(connection, key, for_update=True), self._clock.now(), self._rules
            )
            _save(connection, key, self._learn(key, circuit))
            return permit

    def note_success(self, key: CircuitKey) -> Circuit:
        """A call succeeded. Returns the circuit after it."""
        with self._lock:
            known, _ = self._known.get(key, (CLOSED, 0.0))
            self._successes[key] = self._successes.get(key, 0) + 1
            if not known.is_open and known.failures_in_row == 0 and known.openings == 0:
                return known
            return self._write(key, lambda circuit, _: circuit)

    def note_failure(self, key: CircuitKey, cause: str) -> Circuit:
        """A call or probe failed. Returns the circuit after it."""
        with self._lock:
            return self._write(
                key,
                lambda circuit, now: failed(circuit, now, cause, self._random(), self._rules),
            )

    def trip(self, key: CircuitKey, cause: str) -> Circuit:
        """A call failed for a reason that does not pass by itself. Returns the circuit after it."""
        with self._lock:
            return self._write(
                key,
                lambda circuit, now: tripped(circuit, now, cause, self._random(), self._rules),
            )

    def _write(self, key: CircuitKey, change: Callable[[Circuit, datetime], Circuit]) -> Circuit:
        now = self._clock.now()
        with self._transaction(key) as connection:
            circuit = _load(connection, key, for_update=True)
            successes = self._successes.get(key, 0)
            if successes:
                circuit = succeeded(circuit, now, self._rules, calls=successes)
            circuit = change(circuit, now)
            _save(connection, key, circuit)
        self._successes.pop(key, None)
        return self._learn(key, circuit)

    def _learn(self, key: CircuitKey, circuit: Circuit) -> Circuit:
        self._known[key] = (circuit, self._monotonic())
        return circuit

    @contextmanager
    def _transaction(self, key: CircuitKey) -> Iterator[HubConnection]:
        with store_errors(), self._pool.connection() as connection, connection.transaction():
            if key.tenant_id is not None:
                enter_tenant(connection, key.tenant_id)
            yield connection


_FIND: Final = """
    SELECT state FROM hub.circuit
    WHERE tenant_id IS NOT DISTINCT FROM %s AND kind = %s AND reference = %s
"""


def _load(connection: HubConnection, key: CircuitKey, *, for_update: bool = False) -> Circuit:
    row: Any = connection.execute(
        _FIND + (" FOR UPDATE" if for_update else ""), (key.tenant_id, key.kind, key.reference)
    ).fetchone()
    return CLOSED if row is None else msgspec.convert(row[0], Circuit)


def _save(connection: HubConnection, key: CircuitKey, circuit: Circuit) -> None:
    connection.execute(
        """
        INSERT INTO hub.circuit (tenant_id, kind, reference, state) VALUES (%s, %s, %s, %s)
        ON CONFLICT (tenant_id, kind, reference)
        DO UPDATE SET state = excluded.state, updated_at = clock_timestamp()
        """,
        (key.tenant_id, key.kind, key.reference, Jsonb(msgspec.to_builtins(circuit))),
    )
