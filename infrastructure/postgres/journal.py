"""Journals: the event store as the domain sees it, with content sealed and opened on the way."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, Protocol, Self
from uuid import UUID

from psycopg import Connection

from domain.event import EventRecord
from domain.identity import TenantId
from domain.ports.journal import (
    AppendOutcome,
    AppendRequest,
    AppendResult,
    CommandReceipt,
    Streams,
)
from domain.ports.vault import Vault
from infrastructure.postgres.append_call import (
    AppendCall,
    EncodedRequest,
    RequestOutcome,
    group_requests,
)
from infrastructure.postgres.connections import HubConnection, HubPool, tenant_session
from infrastructure.postgres.sealing import append_result, encode_requests, open_records
from infrastructure.postgres.stored_state import decode_record

# `IS TRUE`: the firm is a filter, never the way to find a stream (migration 1500).
_SELECT_STREAM: Final = """
    SELECT originator_id, originator_version, topic, state,
        notification_id, tenant_id, tenant_seq, recorded_at
    FROM hub.events
    WHERE originator_id = %b AND originator_version > %b AND (tenant_id = %b) IS TRUE
    ORDER BY originator_version
"""
_SELECT_STREAMS: Final = """
    SELECT originator_id, originator_version, topic, state,
        notification_id, tenant_id, tenant_seq, recorded_at
    FROM hub.events
    WHERE originator_id = ANY(%b) AND (tenant_id = %b) IS TRUE
    ORDER BY originator_id, originator_version
"""
_SELECT_RECEIPT: Final = """
    SELECT key, body_digest, result FROM hub.command_receipt WHERE tenant_id = %b AND key = %b
"""


class Appender(Protocol):
    """What brings an encoded request into the store and waits until it is durable."""

    def append(self, request: EncodedRequest) -> RequestOutcome:
        """Raises StoreUnavailable."""
        ...


class WriterJournal:
    """The journal of a process that answers requests: appends join the process's group commit."""

    def __init__(self, pool: HubPool, writer: Appender, vault: Vault) -> None:
        self._pool = pool
        self._writer = writer
        self._vault = vault

    def load(
        self, tenant_id: TenantId, stream_id: UUID, *, after_version: int = 0
    ) -> list[EventRecord]:
        """See `Journal.load`."""
        with tenant_session(self._pool, tenant_id) as connection:
            records = _select(connection, tenant_id, stream_id, after_version)
        return open_records(self._vault, records)

    @contextmanager
    def reading(self, tenant_id: TenantId) -> Iterator[Streams]:
        """See `Journal.reading`."""
        with tenant_session(self._pool, tenant_id) as connection:
            yield TransactionJournal(connection, self._vault)

    def append(
        self,
        records: Sequence[EventRecord],
        *,
        receipt: CommandReceipt | None = None,
        duplicate_is_success: bool = False,
    ) -> AppendResult:
        """See `Journal.append`."""
        if not records:
            return AppendResult(outcome=AppendOutcome.STORED)
        request = AppendRequest(
            records=tuple(records), receipt=receipt, duplicate_is_success=duplicate_is_success
        )
        (encoded,) = encode_requests(self._vault, [request])
        return append_result(request, self._writer.append(encoded))

    def receipt(self, tenant_id: TenantId, key: str) -> CommandReceipt | None:
        """See `Journal.receipt`."""
        with tenant_session(self._pool, tenant_id) as connection:
            return _receipt(connection, tenant_id, key)


class TransactionJournal:
    """The journal inside a follower's own transaction: its events commit with its position.

    From the first append until the transaction ends nobody else can append: collect what a page
    leads to and append it at the end with `append_many`.
    """

    def __init__(self, connection: HubConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._call = AppendCall()

    def load(
        self, tenant_id: TenantId, stream_id: UUID, *, after_version: int = 0
    ) -> list[EventRecord]:
        """See `Journal.load`."""
        records = _select(self._connection, tenant_id, stream_id, after_version)
        return open_records(self._vault, records)

    def reading(self, tenant_id: TenantId) -> AbstractContextManager[Self]:  # noqa: ARG002
        """See `Journal.reading`."""
        return nullcontext(self)

    def append(
        self,
        records: Sequence[EventRecord],
        *,
        receipt: CommandReceipt | None = None,
        duplicate_is_success: bool = False,
    ) -> AppendResult:
        """See `Journal.append`."""
        if not records:
            return AppendResult(outcome=AppendOutcome.STORED)
        request = AppendRequest(
            records=tuple(records), receipt=receipt, duplicate_is_success=duplicate_is_success
        )
        (result,) = self.append_many([request])
        return result

    def append_many(self, requests: Sequence[AppendRequest]) -> list[AppendResult]:
        """Append many requests in as few calls as possible; each is whole or not at all.

        A request without records is answered STORED. Requests that share a stream are stored in
        their order.
        """
        wanted = [request for request in requests if request.records]
        encoded = encode_requests(self._vault, wanted)
        outcomes: list[RequestOutcome] = []
        for group in group_requests(encoded):
            outcomes += self._call.append(self._connection, group)
        done = iter(zip(wanted, outcomes, strict=True))
        return [append_result(*next(done)) if request.records else _NOTHING for request in requests]

    def receipt(self, tenant_id: TenantId, key: str) -> CommandReceipt | None:
        """See `Journal.receipt`."""
        return _receipt(self._connection, tenant_id, key)


def load_streams(
    connection: Connection[Any], vault: Vault, tenant_id: TenantId, stream_ids: Collection[UUID]
) -> dict[UUID, list[EventRecord]]:
    """The events of many streams at once, each stream in its order, content opened (or `Erased`).

    Streams without events are missing. Raises VaultUnavailable.
    """
    with connection.cursor(binary=True) as cursor:
        cursor.execute(_SELECT_STREAMS, (list(stream_ids), tenant_id))
        records = [decode_record(*row) for row in cursor]
    streams: dict[UUID, list[EventRecord]] = {}
    for record in open_records(vault, records):
        streams.setdefault(record.stream_id, []).append(record)
    return streams


_NOTHING: Final = AppendResult(outcome=AppendOutcome.STORED)


def _select(
    connection: Connection[Any], tenant_id: TenantId, stream_id: UUID, after_version: int
) -> list[EventRecord]:
    with connection.cursor(binary=True) as cursor:
        cursor.execute(_SELECT_STREAM, (stream_id, after_version, tenant_id))
        return [decode_record(*row) for row in cursor]


def _receipt(connection: Connection[Any], tenant_id: TenantId, key: str) -> CommandReceipt | None:
    row = connection.execute(_SELECT_RECEIPT, (tenant_id, key)).fetchone()
    return row and CommandReceipt(key=row[0], body_digest=row[1], result=bytes(row[2]))
