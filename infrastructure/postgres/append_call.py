"""The call of the server function that appends: from encoded requests to one outcome for each."""

from collections.abc import Collection, Hashable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from weakref import WeakSet

import msgspec
from psycopg import Connection, sql
from psycopg.rows import tuple_row

from domain.ports.journal import AppendOutcome, CommandReceipt
from infrastructure.postgres.arrays import (
    BigintArray,
    BooleanArray,
    ByteaArray,
    TextArray,
    UuidArray,
    register_arrays,
)

CALL_BYTES_MAX: Final = 400_000
"""Larger calls were seen to stall for ever on a Unix socket; a larger request goes in chunks."""

GROUP_REQUESTS_MAX: Final = 256
GROUP_BYTES_MAX: Final = 256_000
"""Where a group of requests ends, so that one commit stays short."""

HUB_FUNCTION: Final = sql.SQL("hub.append_events")

_EVENT_OVERHEAD_BYTES: Final = 150

_OUTCOMES: Final = (
    AppendOutcome.STORED,
    AppendOutcome.STORED,
    AppendOutcome.DUPLICATE,
    AppendOutcome.CONFLICT,
    AppendOutcome.REPEATED,
    AppendOutcome.RECEIPT_CONFLICT,
)
_WHOLE: Final = ({AppendOutcome.STORED}, {AppendOutcome.DUPLICATE})
_NEW: Final = 0
_STORED_BEFORE: Final = 1
_REPEATED: Final = 4


class EncodedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as it goes into its row."""

    stream_id: UUID
    stream_version: int
    topic: str
    state: bytes
    event_id: UUID

    @property
    def size(self) -> int:
        """About how many bytes it takes in a call."""
        return len(self.state) + _EVENT_OVERHEAD_BYTES


class EncodedRequest(msgspec.Struct, frozen=True):
    """Events of one firm that are stored together or not at all."""

    tenant_id: UUID
    events: tuple[EncodedEvent, ...]
    receipt: CommandReceipt | None = None
    is_lenient: bool = False

    @property
    def claims(self) -> Collection[Hashable]:
        """What no other request of the same call may claim: its streams and its receipt key."""
        if len(self.events) == 1 and self.receipt is None:
            return (self.events[0].stream_id,)
        claims: set[Hashable] = {event.stream_id for event in self.events}
        if self.receipt:
            claims.add((self.tenant_id, self.receipt.key))
        return claims

    @property
    def size(self) -> int:
        """About how many bytes it takes in a call."""
        receipt = len(self.receipt.result) + 200 if self.receipt else 0
        return receipt + sum([len(event.state) + _EVENT_OVERHEAD_BYTES for event in self.events])


class StoredPlace(msgspec.Struct, frozen=True, gc=False):
    """Where an event came to stand."""

    position: int
    tenant_seq: int
    recorded_at: datetime


class RequestOutcome(msgspec.Struct, frozen=True):
    """What became of one request; `places` in the order of its events when it is stored."""

    outcome: AppendOutcome
    places: tuple[StoredPlace, ...] = ()
    receipt_result: bytes | None = None


class AppendCall:
    """Appends to one event table through its server function."""

    def __init__(self, function: sql.Composable = HUB_FUNCTION) -> None:
        placeholders = sql.SQL(", ").join([sql.SQL("%b")] * 14)
        self._ready: WeakSet[Connection[Any]] = WeakSet()
        self._statement = sql.SQL("SELECT * FROM {}({})").format(function, placeholders)

    def append(
        self, connection: Connection[Any], requests: Sequence[EncodedRequest]
    ) -> list[RequestOutcome]:
        """Append `requests`, no two of which may share a stream or a receipt key.

        The caller keeps them below `CALL_BYTES_MAX` together, or passes one alone. On an autocommit
        connection the call is one transaction; otherwise it is part of the caller's, and the
        positions stay locked until that ends.
        """
        if len(requests) == 1 and requests[0].size > CALL_BYTES_MAX:
            return [self._append_in_chunks(connection, requests[0])]
        return self._call(connection, requests)

    def _call(
        self, connection: Connection[Any], requests: Sequence[EncodedRequest]
    ) -> list[RequestOutcome]:
        if connection not in self._ready:
            register_arrays(connection)
            self._ready.add(connection)
        with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            cursor.execute(self._statement, _parameters(requests), prepare=True)
            row = cursor.fetchone()
        if row is None:
            raise RuntimeError("The function that appends returned nothing.")
        return _outcomes(requests, row)

    def _append_in_chunks(
        self, connection: Connection[Any], request: EncodedRequest
    ) -> RequestOutcome:
        """Append a request that is too large for one call; still all or nothing."""
        places: tuple[StoredPlace, ...] = ()
        kinds: set[AppendOutcome] = set()
        with connection.transaction() as transaction:
            for chunk in _chunks(request):
                (outcome,) = self._call(connection, [chunk])
                kinds.add(outcome.outcome)
                places += outcome.places
                if kinds not in _WHOLE:
                    transaction.force_rollback = True
                    alone = len(kinds) == 1
                    return outcome if alone else RequestOutcome(AppendOutcome.CONFLICT)
        return RequestOutcome(kinds.pop(), places)


def group_requests(requests: Sequence[EncodedRequest]) -> Iterator[list[EncodedRequest]]:
    """`requests` in their order, in groups that one call can take."""
    group: list[EncodedRequest] = []
    size = 0
    claimed: set[Hashable] = set()
    for request in requests:
        if group and (
            len(group) >= GROUP_REQUESTS_MAX
            or size + request.size > GROUP_BYTES_MAX
            or not claimed.isdisjoint(request.claims)
        ):
            yield group
            group, size, claimed = [], 0, set()
        group.append(request)
        size += request.size
        claimed.update(request.claims)
    if group:
        yield group


def _chunks(request: EncodedRequest) -> Iterator[EncodedRequest]:
    """Parts of a request below the largest size of a call; the first one carries the receipt."""
    receipt = request.receipt
    events: list[EncodedEvent] = []
    size = 0
    for event in request.events:
        if events and size + event.size > CALL_BYTES_MAX:
            yield EncodedRequest(request.tenant_id, tuple(events), receipt, request.is_lenient)
            receipt, events, size = None, [], 0
        events.append(event)
        size += event.size
    yield EncodedRequest(request.tenant_id, tuple(events), receipt, request.is_lenient)


def _parameters(requests: Sequence[EncodedRequest]) -> tuple[Any, ...]:
    ordinals: list[int] = []
    is_first: list[bool] = []
    tenants: list[UUID] = []
    events: list[EncodedEvent] = []
    for ordinal, request in enumerate(requests):
        seen: set[UUID] = set()
        for event in request.events:
            ordinals.append(ordinal)
            is_first.append(event.stream_id not in seen)
            seen.add(event.stream_id)
            tenants.append(request.tenant_id)
            events.append(event)
    receipts = [
        (ordinal, request.tenant_id, request.receipt)
        for ordinal, request in enumerate(requests)
        if request.receipt is not None
    ]
    return (
        BigintArray(ordinals),
        BooleanArray(is_first),
        UuidArray([event.stream_id for event in events]),
        BigintArray([event.stream_version for event in events]),
        TextArray([event.topic for event in events]),
        ByteaArray([event.state for event in events]),
        UuidArray(tenants),
        UuidArray([event.event_id for event in events]),
        BigintArray([ordinal for ordinal, request in enumerate(requests) if request.is_lenient]),
        BigintArray([ordinal for ordinal, _, _ in receipts]),
        UuidArray([tenant_id for _, tenant_id, _ in receipts]),
        TextArray([receipt.key for _, _, receipt in receipts]),
        TextArray([receipt.body_digest for _, _, receipt in receipts]),
        ByteaArray([receipt.result for _, _, receipt in receipts]),
    )


def _outcomes(requests: Sequence[EncodedRequest], row: tuple[Any, ...]) -> list[RequestOutcome]:
    codes, moment, positions, seqs, known_positions, known_seqs, known_moments, results = row
    new = iter(zip(positions or (), seqs or (), strict=True))
    known = iter(
        zip(known_positions or (), known_seqs or (), known_moments or (), strict=True),
    )
    known_results = iter(results or ())
    outcomes: list[RequestOutcome] = []
    for request, code in zip(requests, codes, strict=True):
        places: tuple[StoredPlace, ...] = ()
        result = None
        if code == _NEW:
            places = tuple([StoredPlace(*next(new), moment) for _ in request.events])
        elif code == _STORED_BEFORE:
            places = tuple([StoredPlace(*next(known)) for _ in request.events])
        elif code == _REPEATED:
            result = next(known_results)
        outcomes.append(RequestOutcome(_OUTCOMES[code], places, result))
    return outcomes
