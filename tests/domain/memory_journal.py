"""A journal, a vault and a clock that live in memory and follow their ports."""

import hashlib
import hmac
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.identity import EventId, TenantId
from domain.ports.journal import AppendOutcome, AppendResult, CommandReceipt

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class MemoryJournal:
    """Streams in a dictionary. Events make a round trip through JSON, as in a real store."""

    def __init__(self) -> None:
        self.records: list[EventRecord] = []
        self._streams: dict[tuple[TenantId, UUID], list[EventRecord]] = {}
        self._receipts: dict[tuple[TenantId, str], CommandReceipt] = {}
        self.before_append: list[list[EventRecord]] = []

    def load(
        self, tenant_id: TenantId, stream_id: UUID, *, after_version: int = 0
    ) -> list[EventRecord]:
        return self._streams.get((tenant_id, stream_id), [])[after_version:]

    def reading(self, tenant_id: TenantId) -> AbstractContextManager[Self]:
        return nullcontext(self)

    def receipt(self, tenant_id: TenantId, key: str) -> CommandReceipt | None:
        return self._receipts.get((tenant_id, key))

    def append(
        self,
        records: Sequence[EventRecord],
        *,
        receipt: CommandReceipt | None = None,
        duplicate_is_success: bool = False,
    ) -> AppendResult:
        if self.before_append:
            self._store(self.before_append.pop(0))
        known = receipt and self.receipt(records[0].tenant_id, receipt.key)
        if receipt and known:
            is_same = known.body_digest == receipt.body_digest
            outcome = AppendOutcome.REPEATED if is_same else AppendOutcome.RECEIPT_CONFLICT
            return AppendResult(outcome=outcome, receipt=known if is_same else None)
        lengths = {key: len(stream) for key, stream in self._streams.items()}
        for record in records:
            key = (record.tenant_id, record.stream_id)
            if lengths.get(key, 0) + 1 != record.stream_version:
                is_duplicate = duplicate_is_success and record.stream_version == 1
                return AppendResult(
                    outcome=AppendOutcome.DUPLICATE if is_duplicate else AppendOutcome.CONFLICT
                )
            lengths[key] = record.stream_version
        stored = self._store(records)
        if receipt:
            self._receipts[records[0].tenant_id, receipt.key] = receipt
        return AppendResult(outcome=AppendOutcome.STORED, records=stored)

    def _store(self, records: Sequence[EventRecord]) -> tuple[EventRecord, ...]:
        stored = []
        for record in records:
            position = len(self.records) + 1
            complete = msgspec.structs.replace(
                record,
                event=_through_json(record.event),
                position=position,
                tenant_seq=position,
                recorded_at=record.occurred_at,
            )
            self.records.append(complete)
            key = (record.tenant_id, record.stream_id)
            self._streams.setdefault(key, []).append(complete)
            stored.append(complete)
        return tuple(stored)


def _through_json(event: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(event), type=type(event))


class MemoryVault:
    """Digests with a fixed key; the domain asks for nothing else."""

    def digest(self, tenant_id: TenantId, purpose: str, data: bytes) -> str:
        key = f"{tenant_id}/{purpose}".encode()
        return hmac.new(key, data, hashlib.sha256).hexdigest()

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"The domain has no business with {name} of the vault.")


class TestClock:
    """A clock that moves when a test says so."""

    __test__ = False

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    def advance(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


class CountingIds:
    """Event ids in order, the same in every run."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> EventId:
        self._last += 1
        return EventId(UUID(int=self._last))
