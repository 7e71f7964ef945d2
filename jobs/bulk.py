"""Many commands in one transaction: streams read at once, events stored in one call at its end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from domain.aggregate import Command
from domain.broadcast import Broadcast
from domain.event import EventRecord
from domain.hub import LawyersHub, Outcome
from domain.identity import BroadcastId, EventId, TenantId
from domain.ports.journal import AppendOutcome, AppendRequest
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import BROADCAST_SCOPES
from infrastructure.failpoints import failpoint
from infrastructure.following.event_log import read_streams
from infrastructure.following.page_journal import PageJournal
from infrastructure.following.retry import TryAgain
from infrastructure.postgres.append_call import AppendCall, EncodedRequest, group_requests
from infrastructure.postgres.connections import HubConnection, tenant_session
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.postgres.sealing import encode_requests
from infrastructure.telemetry.tracing import current_traceparent
from jobs.runtime import JobRuntime
from projections.work_items import WorkItemRow

BROADCASTER: Final = Actor(kind=ActorKind.SYSTEM, id="broadcasts")

_ACCEPTED: Final = frozenset({AppendOutcome.STORED, AppendOutcome.DUPLICATE})
_EVERYTHING: Final = 2**62


class BroadcastMoved(Exception):
    """The broadcast was paused, cancelled or changed while its messages were being stored."""


class Batch:
    """Commands of one transaction, decided in memory and stored together."""

    def __init__(
        self, runtime: JobRuntime, connection: HubConnection, provenance: Provenance
    ) -> None:
        self.connection = connection
        self._journal = PageJournal(TransactionJournal(connection, runtime.vault))
        self._hub = LawyersHub(self._journal, runtime.clock, runtime.new_event_id, runtime.vault)
        self._provenance = provenance

    def read(self, stream_ids: Sequence[UUID]) -> None:
        """Read streams at once; their content stays sealed."""
        records = read_streams(self.connection, stream_ids, _EVERYTHING)
        self._journal.know(self._provenance.tenant_id, stream_ids, records)

    def handle(self, command: Command) -> Outcome:
        """Decide on one command. Raises what `LawyersHub.handle` raises."""
        return self._hub.handle(command, self._provenance, BROADCAST_SCOPES)

    def store(self) -> int:
        """Store what was decided; returns the number of new events.

        Raises TryAgain when somebody else continued one of the streams meanwhile.
        """
        return self._journal.flush()

    def require_unchanged(self, broadcast: Broadcast) -> None:
        """Raise BroadcastMoved if the broadcast has moved on since it was loaded.

        Asked after `store`: from then on nobody else can append until the transaction ends.
        """
        row = self.connection.execute(
            "SELECT max(originator_version) FROM hub.events WHERE originator_id = %s",
            (broadcast.id,),
        ).fetchone()
        if row is None or row[0] != broadcast.version:
            raise BroadcastMoved


class Beginnings:
    """Commands that each begin a stream, decided without a connection and stored together later."""

    def __init__(self, runtime: JobRuntime, provenance: Provenance) -> None:
        self._hub = runtime.hub
        self._provenance = provenance
        self._requests: list[AppendRequest] = []

    def handle(self, command: Command) -> tuple[EventRecord, ...]:
        """Decide on one command; returns its events. Raises the errors of the command."""
        aggregate = command.AGGREGATE(command.stream_id)
        records = self._hub.decide(command, aggregate, self._provenance, BROADCAST_SCOPES)
        self._requests.append(AppendRequest(records=records, duplicate_is_success=True))
        return records

    def sealed(self, runtime: JobRuntime) -> list[EncodedRequest]:
        """What was decided, in the form that the store takes. Raises VaultUnavailable."""
        return encode_requests(runtime.vault, self._requests)


def store_beginnings(
    runtime: JobRuntime, tenant_id: TenantId, requests: Sequence[EncodedRequest]
) -> None:
    """Store beginnings in one transaction. Raises TryAgain for a stream that is there already."""
    call = AppendCall()
    with tenant_session(runtime.pool, tenant_id) as connection:
        for group in group_requests(requests):
            outcomes = call.append(connection, group)
            if any(one.outcome not in _ACCEPTED for one in outcomes):
                raise TryAgain("A stream was begun by somebody else with other content.")
        failpoint("plan.before_page_commit")
    failpoint("plan.after_page_commit")


@contextmanager
def batch(runtime: JobRuntime, provenance: Provenance) -> Iterator[Batch]:
    """A transaction for many commands; nothing of it is stored if it ends with an error."""
    with tenant_session(runtime.pool, provenance.tenant_id) as connection:
        yield Batch(runtime, connection, provenance)


def broadcast_provenance(item: WorkItemRow) -> Provenance:
    """The origin of what is done for a broadcast: caused by the event that asked for the work."""
    return Provenance(
        tenant_id=TenantId(item.tenant_id),
        actor=BROADCASTER,
        correlation_id=item.correlation_id,
        causation_id=EventId(item.caused_by),
        traceparent=current_traceparent.get(),
    )


def load_broadcast(
    runtime: JobRuntime, tenant_id: TenantId, broadcast_id: BroadcastId
) -> Broadcast:
    """The broadcast as its events have made it."""
    return runtime.load(Broadcast, tenant_id, broadcast_id)
