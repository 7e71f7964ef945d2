"""The story of the domain tests on the real store: what is written is sealed and read back."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.event import EventRecord
from domain.hub import LawyersHub
from domain.identity import TenantId
from domain.ports.journal import AppendResult, CommandReceipt, Streams
from domain.ports.vault import Vault
from domain.reader import JournalReader
from infrastructure.postgres.journal import WriterJournal
from infrastructure.unique_ids import new_event_id
from tests.domain.given import TENANT
from tests.domain.memory_journal import TestClock
from tests.domain.story import Story
from tests.event_store import follow_once


class RememberingJournal:
    """A real journal that remembers what passed through it, for the policies of the story."""

    def __init__(self, journal: WriterJournal) -> None:
        self._journal = journal
        self.records: list[EventRecord] = []

    def load(
        self, tenant_id: TenantId, stream_id: UUID, *, after_version: int = 0
    ) -> list[EventRecord]:
        return self._journal.load(tenant_id, stream_id, after_version=after_version)

    def append(
        self,
        records: Sequence[EventRecord],
        *,
        receipt: CommandReceipt | None = None,
        duplicate_is_success: bool = False,
    ) -> AppendResult:
        result = self._journal.append(
            records, receipt=receipt, duplicate_is_success=duplicate_is_success
        )
        for given, stored in zip(records, result.records, strict=False):
            position = {"position": stored.position, "tenant_seq": stored.tenant_seq}
            self.records.append(_with(given, **position))
        return result

    def reading(self, tenant_id: TenantId) -> AbstractContextManager[Streams]:
        return self._journal.reading(tenant_id)

    def receipt(self, tenant_id: TenantId, key: str) -> CommandReceipt | None:
        return self._journal.receipt(tenant_id, key)


def _with(record: EventRecord, **changes: Any) -> EventRecord:
    import msgspec

    return msgspec.structs.replace(record, **changes)


class StoredStory(Story):
    """A firm and its contact in PostgreSQL; read models follow when asked to."""

    def __init__(self, journal: WriterJournal, vault: Vault, follow: Connection[Any]) -> None:
        self._real = (RememberingJournal(journal), vault)
        self._follow = follow
        super().__init__()

    def prepare(self) -> None:
        """Take the real parts instead of those in memory."""
        self.journal: Any = self._real[0]
        self.clock = TestClock()
        self.vault = self._real[1]
        self.hub = LawyersHub(self.journal, self.clock, new_event_id, self.vault)
        self.reader = JournalReader(self.journal, self.vault, TENANT)

    def catch_up(self) -> None:
        """Let all read models follow to the head of the log."""
        follow_once(self._follow)
