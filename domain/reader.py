"""What a policy may read: aggregates of its own firm, as they stand in its own transaction."""

from collections.abc import Callable
from typing import Protocol, TypeVar
from uuid import UUID

from domain.aggregate import Aggregate
from domain.body_digest import body_digest
from domain.identity import OutboundMessageId, TenantId
from domain.outbound_body import OutboundBody
from domain.ports.journal import Streams
from domain.ports.vault import Vault

SomeAggregate = TypeVar("SomeAggregate", bound=Aggregate)


class Reader(Protocol):
    """Reads for one firm."""

    def load(self, aggregate_type: type[SomeAggregate], stream_id: UUID) -> SomeAggregate:
        """The aggregate as it stands; one without events when there is none."""
        ...

    def digest_body(self, body: OutboundBody) -> str:
        """The keyed digest of a body."""
        ...

    def outbound_with(self, wamid_digest: str) -> OutboundMessageId | None:
        """The outbound message that Meta knows by this id, if it was sent from here."""
        ...


class JournalReader:
    """Reads for one firm from streams.

    `find_outbound` finds an outbound message by the keyed digest of Meta's id, for a status that
    came back without the callback data of its attempt.
    """

    def __init__(
        self,
        streams: Streams,
        vault: Vault,
        tenant_id: TenantId,
        *,
        find_outbound: Callable[[str], OutboundMessageId | None] = lambda _: None,
    ) -> None:
        self._streams = streams
        self._vault = vault
        self._tenant_id = tenant_id
        self._find_outbound = find_outbound

    def load(self, aggregate_type: type[SomeAggregate], stream_id: UUID) -> SomeAggregate:
        """The aggregate as it stands; one without events when there is none."""
        records = self._streams.load(self._tenant_id, stream_id)
        return aggregate_type.replay_records(stream_id, records)

    def digest_body(self, body: OutboundBody) -> str:
        """The keyed digest of a body."""
        return body_digest(self._vault, self._tenant_id, body)

    def outbound_with(self, wamid_digest: str) -> OutboundMessageId | None:
        """The outbound message that Meta knows by this id, if it was sent from here."""
        return self._find_outbound(wamid_digest)
