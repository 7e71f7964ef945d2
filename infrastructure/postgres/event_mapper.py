"""The stored form of events for the event sourcing library: `EventRecord` in, `EventRecord` out."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, Notification, StoredEvent

from domain.event import EventRecord
from domain.identity import TenantId
from domain.ports.vault import Vault
from infrastructure.postgres.sealing import open_records, seal_records
from infrastructure.postgres.stored_state import decode_record, encode_state


@dataclass(frozen=True)
class StoredHubEvent(StoredEvent):
    """A stored event that knows its event id, by which a repetition is told from a conflict."""

    event_id: UUID


class EventMapper(Mapper[UUID]):
    """Maps the events of one firm, sealing their content on the way in and opening it again.

    The library's transcoder, cipher and compressor play no part: the stored form is that of
    `infrastructure.postgres.stored_state`.
    """

    def __init__(self, tenant_id: TenantId, vault: Vault) -> None:
        super().__init__(transcoder=JSONTranscoder())
        self._tenant_id = tenant_id
        self._vault = vault

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredHubEvent:
        """The stored form of an `EventRecord`. Raises VaultUnavailable."""
        if not isinstance(domain_event, EventRecord) or domain_event.tenant_id != self._tenant_id:
            raise TypeError(f"This mapper takes event records of the firm {self._tenant_id} only.")
        (sealed,) = seal_records(self._vault, [domain_event])
        return StoredHubEvent(
            originator_id=domain_event.stream_id,
            originator_version=domain_event.stream_version,
            topic=domain_event.topic,
            state=encode_state(domain_event, sealed),
            event_id=domain_event.event_id,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The `EventRecord` that was stored, its content opened or `Erased`.

        `position` is known when the stored event is a `Notification`. Raises UnknownEventTopic,
        StoredStateUnreadable, VaultUnavailable, ContentTampered.
        """
        if not isinstance(stored_event.originator_id, UUID):
            raise TypeError("Streams of the hub have UUIDs.")
        record = decode_record(
            stored_event.originator_id,
            stored_event.originator_version,
            stored_event.topic,
            stored_event.state,
            stored_event.id if isinstance(stored_event, Notification) else None,
            self._tenant_id,
            None,
            None,
        )
        return open_records(self._vault, [record])[0]
