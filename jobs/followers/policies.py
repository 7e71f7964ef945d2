"""The policies follower: whenever something happened, let the policies react, exactly once.

Reactions are stored in the transaction that moves the position on. They are not derived data: a job
may act on them at once, so they are durable before anybody can see them.
"""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from domain.errors import HubError
from domain.event import EventRecord
from domain.hub import LawyersHub
from domain.identity import OutboundMessageId, TenantId
from domain.message_status import MessageStatusReceived
from domain.outbound_message import OutboundSent
from domain.policies import POLICIES, policies_for, provenance_after
from domain.policies_on_drafts import outbound_of
from domain.ports.clock import Clock
from domain.ports.vault import Vault
from domain.reader import JournalReader
from domain.scopes import POLICY_SCOPES
from infrastructure.following.event_log import LoggedEvent, read_streams, with_old_names
from infrastructure.following.event_unit import EventUnit
from infrastructure.following.page_journal import PageJournal
from infrastructure.following.positions import need_not_last
from infrastructure.following.retry import passes_by_itself
from infrastructure.postgres.journal import TransactionJournal, load_streams
from infrastructure.postgres.sealing import open_records
from infrastructure.telemetry.logs import current_tenant
from infrastructure.telemetry.metrics import POLICY_REFUSALS
from infrastructure.telemetry.tracing import span
from infrastructure.unique_ids import new_event_id
from jobs.followers import unmatched_statuses
from projections.message_lookup import messages_by_wamid

log = logging.getLogger(__name__)

PAGE_MAX: Final = 100
"""Events of one transaction. Reactions are stored in one call at its end, so that others can append
meanwhile; somebody who changes the same thing in between costs the page another run.
"""

RETRIED_STATUSES_MAX: Final = 100


class PoliciesUnit(EventUnit):
    """Runs the table of policies over the log."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock
        reacted_to = frozenset(event_type.TOPIC for event_type, _ in POLICIES)
        self._topics = with_old_names(reacted_to | {OutboundSent.TOPIC})

    @property
    def name(self) -> str:
        """See `Unit.name`."""
        return "policies"

    @property
    def topics(self) -> frozenset[str] | None:
        """See `Unit.topics`."""
        return self._topics

    @property
    def page_max(self) -> int:
        """See `Unit.page_max`."""
        return PAGE_MAX

    @property
    def is_derived(self) -> bool:
        """See `Unit.is_derived`."""
        return False

    def handle(self, connection: Connection[Any], items: Sequence[LoggedEvent]) -> None:
        """Let the policies react to each event, in order."""
        reactions = _Reactions(connection, self._vault, self._clock)
        records = open_records(self._vault, [item.record for item in items])
        reactions.look_ahead(records)
        for record in records:
            reactions.to(record)
        if not reactions.store():
            need_not_last(connection)

    def rest(self, connection: Connection[Any]) -> bool:
        """Try again the statuses whose message has become known by another way."""
        with connection.transaction():
            waiting = unmatched_statuses.matched(connection, limit=RETRIED_STATUSES_MAX)
            reactions = _Reactions(connection, self._vault, self._clock)
            reactions.to_waiting(waiting)
            reactions.store()
        return len(waiting) == RETRIED_STATUSES_MAX


class _Reactions:
    """Reactions inside one transaction."""

    def __init__(self, connection: Connection[Any], vault: Vault, clock: Clock) -> None:
        self._connection = connection
        self._vault = vault
        self._journal = PageJournal(TransactionJournal(connection, vault))
        self._hub = LawyersHub(self._journal, clock, new_event_id, vault)
        self._just_sent: dict[tuple[TenantId, str], OutboundMessageId] = {}
        self._waiting = unmatched_statuses.Waiting(connection)
        self._has_kept = False

    def look_ahead(self, records: Sequence[EventRecord]) -> None:
        """Read at once what the policies will read about these events, one by one.

        Most of what happens to a firm that writes to many people is statuses of its messages.
        """
        named: dict[TenantId, set[UUID]] = {}
        sent: dict[TenantId, list[str]] = {}
        for record in records:
            match record.event:
                case MessageStatusReceived(outbound_message_id=UUID() as message_id):
                    named.setdefault(record.tenant_id, set()).add(message_id)
                case OutboundSent() as event:
                    sent.setdefault(record.tenant_id, []).append(event.wamid_digest)
        for tenant_id, message_ids in named.items():
            streams = load_streams(self._connection, self._vault, tenant_id, message_ids)
            found = [record for stream in streams.values() for record in stream]
            self._journal.know(tenant_id, message_ids, found)
        for tenant_id, digests in sent.items():
            self._waiting.look(tenant_id, digests)

    def to(self, record: EventRecord) -> None:
        """React to one event."""
        token = current_tenant.set(str(record.tenant_id))
        try:
            with span("policies", parent=record.traceparent, attributes={"event": record.topic}):
                self._run_policies(record)
                match record.event:
                    case MessageStatusReceived() as status:
                        self._keep_if_unmatched(record, status)
                    case OutboundSent() as sent:
                        key = (record.tenant_id, sent.wamid_digest)
                        self._just_sent[key] = sent.outbound_message_id
                        self.to_waiting(self._waiting.take(record.tenant_id, sent.wamid_digest))
        finally:
            current_tenant.reset(token)

    def store(self) -> bool:
        """Store all reactions together; returns whether there was anything to keep.

        Raises TryAgain when others changed the same things.
        """
        return self._journal.flush() > 0 or self._has_kept

    def to_waiting(self, waiting: Sequence[unmatched_statuses.WaitingStatus]) -> None:
        """React to statuses whose message is known by now."""
        for status in waiting:
            self._has_kept = True
            unmatched_statuses.forget(self._connection, status)
            for record in read_streams(self._connection, [status.stream_id], 2**62):
                self._run_policies(open_records(self._vault, [record])[0])

    def _reader(self, tenant_id: TenantId) -> JournalReader:
        return JournalReader(
            self._journal,
            self._vault,
            tenant_id,
            find_outbound=partial(self._find_outbound, tenant_id),
        )

    def _run_policies(self, record: EventRecord) -> None:
        reader = self._reader(record.tenant_id)
        for policy in policies_for(record):
            try:
                for command in policy(record, reader):
                    self._hub.handle(command, provenance_after(record), POLICY_SCOPES)
            except HubError as refusal:
                if passes_by_itself(refusal):
                    raise
                POLICY_REFUSALS.labels(policy.__name__, refusal.code).inc()
                log.warning(
                    "The domain refused what a policy wanted.",
                    extra={
                        "policy": policy.__name__,
                        "code": refusal.code,
                        "event_id": str(record.event_id),
                    },
                )

    def _find_outbound(self, tenant_id: TenantId, wamid_digest: str) -> OutboundMessageId | None:
        # The read model may be behind the event that is being reacted to.
        known = self._just_sent.get((tenant_id, wamid_digest))
        if known is not None:
            return known
        row = messages_by_wamid(tenant_id, [wamid_digest]).first(self._connection)
        return OutboundMessageId(row.outbound_message_id) if row is not None else None

    def _keep_if_unmatched(self, record: EventRecord, status: MessageStatusReceived) -> None:
        if outbound_of(status, self._reader(record.tenant_id)) is None:
            self._has_kept = True
            self._waiting.keep(record, status.wamid_digest)
