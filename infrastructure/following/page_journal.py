"""The journal of one page: decisions are made in memory and stored together at its end.

Whoever appends holds the store's lock until its transaction ends. A page of a follower may take
many decisions, so it reads at once, remembers what it would append, and appends everything in one
call just before it commits.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Self
from uuid import UUID

from domain.event import EventRecord
from domain.identity import TenantId
from domain.ports.journal import AppendOutcome, AppendRequest, AppendResult, CommandReceipt
from infrastructure.following.retry import TryAgain
from infrastructure.postgres.journal import TransactionJournal

_Stream = tuple[TenantId, UUID]
_ACCEPTED = frozenset({AppendOutcome.STORED, AppendOutcome.DUPLICATE})


class PageJournal:
    """Implements `domain.ports.journal.Journal` over a transaction, with the append put off.

    What was appended before is seen by later reads. `flush` stores it.
    """

    def __init__(self, journal: TransactionJournal) -> None:
        self._journal = journal
        self._known: dict[_Stream, list[EventRecord]] = {}
        self._added: dict[_Stream, list[EventRecord]] = {}
        self._requests: list[AppendRequest] = []

    def load(
        self, tenant_id: TenantId, stream_id: UUID, *, after_version: int = 0
    ) -> list[EventRecord]:
        """See `Journal.load`."""
        stream = (tenant_id, stream_id)
        if stream not in self._known:
            self._known[stream] = self._journal.load(tenant_id, stream_id)
        records = [*self._known[stream], *self._added.get(stream, ())]
        return [record for record in records if record.stream_version > after_version]

    def reading(self, tenant_id: TenantId) -> AbstractContextManager[Self]:  # noqa: ARG002
        """See `Journal.reading`."""
        return nullcontext(self)

    def know(
        self, tenant_id: TenantId, stream_ids: Iterable[UUID], records: Iterable[EventRecord]
    ) -> None:
        """Take over streams that the caller has read; one without a record has no events."""
        for stream_id in stream_ids:
            self._known.setdefault((tenant_id, stream_id), [])
        for record in records:
            self._known[tenant_id, record.stream_id].append(record)

    def append(
        self,
        records: Sequence[EventRecord],
        *,
        receipt: CommandReceipt | None = None,
        duplicate_is_success: bool = False,
    ) -> AppendResult:
        """See `Journal.append`; the answer holds as far as this page can know."""
        expected: dict[_Stream, int] = {}
        for record in records:
            stream = (record.tenant_id, record.stream_id)
            version = expected.get(stream, self._version(stream))
            if version is not None and record.stream_version != version + 1:
                is_known = duplicate_is_success and record.stream_version == 1
                return AppendResult(
                    outcome=AppendOutcome.DUPLICATE if is_known else AppendOutcome.CONFLICT
                )
            expected[stream] = record.stream_version
        for record in records:
            self._added.setdefault((record.tenant_id, record.stream_id), []).append(record)
        self._requests.append(
            AppendRequest(
                records=tuple(records),
                receipt=receipt,
                duplicate_is_success=duplicate_is_success,
            )
        )
        return AppendResult(outcome=AppendOutcome.STORED, records=tuple(records))

    def receipt(self, tenant_id: TenantId, key: str) -> CommandReceipt | None:
        """See `Journal.receipt`."""
        return self._journal.receipt(tenant_id, key)

    def mark(self) -> int:
        """A place to go back to."""
        return len(self._requests)

    def go_back(self, mark: int) -> None:
        """Forget what was appended since `mark`."""
        for request in reversed(self._requests[mark:]):
            for record in request.records:
                self._added[record.tenant_id, record.stream_id].pop()
        del self._requests[mark:]

    def flush(self) -> int:
        """Store what was appended; returns the number of events that are new.

        Raises TryAgain when somebody else continued one of the streams meanwhile.
        """
        results = self._journal.append_many(self._requests)
        if any(result.outcome not in _ACCEPTED for result in results):
            raise TryAgain("A stream was continued by somebody else meanwhile.")
        self._requests.clear()
        return sum(len(result.records) for result in results)

    def _version(self, stream: _Stream) -> int | None:
        """The version of a stream as this page knows it; None when it was never read."""
        added = self._added.get(stream)
        if added:
            return added[-1].stream_version
        known = self._known.get(stream)
        if known is None:
            return None
        return known[-1].stream_version if known else 0
