"""The hub: the one door for every change. Authorise, load, decide, append."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.aggregate import Aggregate, Command, CommandContext
from domain.body_digest import body_digest
from domain.errors import (
    AlreadyExists,
    Forbidden,
    HubError,
    IdempotencyConflict,
    NotFound,
    StoreUnavailable,
    TooMuchContention,
    VersionConflict,
)
from domain.event import EventRecord
from domain.identity import EventId, StreamId, TenantId
from domain.policies import Policy, policies_at_once, provenance_after
from domain.ports.clock import Clock
from domain.ports.journal import AppendOutcome, AppendResult, CommandReceipt, Journal, Streams
from domain.ports.vault import Vault, VaultUnavailable
from domain.provenance import Provenance
from domain.reader import JournalReader
from domain.scopes import POLICY_SCOPES, Scope

CONFLICT_RETRIES_MAX: Final = 5
"""How often a decision is made again because others changed the thing in between."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a command has done: the aggregate after it and the events it stored.

    `records` is empty when nothing had to change. `repeated` says that this command was carried out
    before under its idempotency key; `receipt` then holds the first result.
    """

    aggregate: Aggregate
    records: tuple[EventRecord, ...] = ()
    repeated: bool = False
    receipt: CommandReceipt | None = None


class LawyersHub:
    """Carries out commands, each with the scopes of its actor."""

    def __init__(
        self, journal: Journal, clock: Clock, new_event_id: Callable[[], EventId], vault: Vault
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._new_event_id = new_event_id
        self._vault = vault

    def handle(
        self,
        command: Command,
        provenance: Provenance,
        scopes: frozenset[Scope],
        *,
        occurred_at: datetime | None = None,
        receipt: CommandReceipt | None = None,
    ) -> Outcome:
        """Carry out one command and return what it changed.

        What `AT_ONCE` says of its events is stored with them, and is no part of the outcome.

        `occurred_at` is Meta's time for what Meta reported; without it the clock tells. With a
        `receipt` the command is carried out once per key: again with the same body it is
        `repeated`, with another body an IdempotencyConflict. A command that changes nothing leaves
        no receipt.

        Raises Forbidden, NotFound for the id of another kind of thing, VersionConflict,
        TooMuchContention, IdempotencyConflict, StoreUnavailable, VaultUnavailable and the errors of
        the command.
        """
        if command.SCOPE not in scopes:
            raise Forbidden(f"This needs the scope {command.SCOPE}.")
        if receipt is not None:
            known = self._journal.receipt(provenance.tenant_id, receipt.key)
            if known is not None:
                return self._repeated(command, provenance.tenant_id, receipt, known)
        for _ in range(1 + CONFLICT_RETRIES_MAX):
            aggregate = self._load(self._journal, command, provenance.tenant_id)
            self._decide(command, aggregate, provenance)
            if not aggregate.pending:
                return Outcome(aggregate=aggregate)
            records = self._records(command, aggregate, provenance, occurred_at)
            result = self._journal.append(
                (*records, *self._reactions(records)),
                receipt=receipt,
                duplicate_is_success=command.FIRST_ONLY,
            )
            outcome = self._outcome(command, aggregate, provenance.tenant_id, receipt, result)
            if outcome is not None:
                return outcome
        raise TooMuchContention("Others changed the same thing at every attempt.")

    def begin_all(
        self, commands: Sequence[Command], provenance: Provenance, scopes: frozenset[Scope]
    ) -> None:
        """Carry out commands of which each begins a stream of its own: all of them, or none.

        Streams that were begun before by the same commands stay as they are. Raises Forbidden,
        AlreadyExists when only some of them are known, StoreUnavailable, VaultUnavailable and the
        errors of the commands.
        """
        records: list[EventRecord] = []
        for command in commands:
            if not command.FIRST_ONLY:
                raise TypeError(f"{type(command).__name__} does not begin a stream.")
            aggregate = command.AGGREGATE(command.stream_id)
            records += self.decide(command, aggregate, provenance, scopes)
        result = self._journal.append(records, duplicate_is_success=True)
        if result.outcome not in {AppendOutcome.STORED, AppendOutcome.DUPLICATE}:
            raise AlreadyExists("Some of these are known already.")

    def decide(
        self,
        command: Command,
        aggregate: Aggregate,
        provenance: Provenance,
        scopes: frozenset[Scope],
    ) -> tuple[EventRecord, ...]:
        """Decide on an aggregate that the caller has at hand; returns what is to be stored.

        For callers that decide on many things and store all of it together. They give the records
        back with `aggregate.note_stored` once they are stored, and drop the aggregate otherwise.

        Raises Forbidden, VersionConflict, VaultUnavailable and the errors of the command.
        """
        if command.SCOPE not in scopes:
            raise Forbidden(f"This needs the scope {command.SCOPE}.")
        self._decide(command, aggregate, provenance)
        return self._records(command, aggregate, provenance, None)

    def _load(self, streams: Streams, command: Command, tenant_id: TenantId) -> Aggregate:
        if command.FIRST_ONLY:
            return command.AGGREGATE(command.stream_id)
        return self._replayed(streams, command.AGGREGATE, tenant_id, command.stream_id)

    def _replayed(
        self,
        streams: Streams,
        aggregate_type: type[Aggregate],
        tenant_id: TenantId,
        stream_id: UUID,
    ) -> Aggregate:
        records = streams.load(tenant_id, stream_id)
        if records and not isinstance(records[0].event, aggregate_type.EVENTS):
            # The id of another thing: its stream takes no events of this one.
            raise NotFound(f"There is no {aggregate_type.NOUN} with this id.")
        return aggregate_type.replay_records(stream_id, records)

    def _known(self, command: Command, tenant_id: TenantId) -> Aggregate:
        return self._replayed(self._journal, command.AGGREGATE, tenant_id, command.stream_id)

    def _decide(self, command: Command, aggregate: Aggregate, provenance: Provenance) -> None:
        expected = command.expected_version
        if expected is not None and expected != aggregate.version:
            raise VersionConflict(expected_version=expected, current_version=aggregate.version)
        command.execute(
            aggregate,
            CommandContext(
                now=self._clock.now(),
                actor=provenance.actor,
                digest_body=lambda body: body_digest(self._vault, provenance.tenant_id, body),
            ),
        )

    def _records(
        self,
        command: Command,
        aggregate: Aggregate,
        provenance: Provenance,
        occurred_at: datetime | None,
    ) -> tuple[EventRecord, ...]:
        moment = occurred_at if occurred_at is not None else self._clock.now()
        return tuple(
            EventRecord(
                event_id=self._new_event_id(),
                tenant_id=provenance.tenant_id,
                stream_id=StreamId(command.stream_id),
                stream_version=version,
                event=event,
                actor=provenance.actor,
                correlation_id=provenance.correlation_id,
                causation_id=provenance.causation_id,
                traceparent=provenance.traceparent,
                occurred_at=moment,
            )
            for version, event in enumerate(aggregate.pending, start=aggregate.version + 1)
        )

    def _reactions(self, records: Sequence[EventRecord]) -> tuple[EventRecord, ...]:
        """What the policies want at once because of events that are about to be stored."""
        wanted = [(record, policy) for record in records for policy in policies_at_once(record)]
        if not wanted:
            return ()
        reactions: list[EventRecord] = []
        with self._journal.reading(records[0].tenant_id) as streams:
            for record, policy in wanted:
                try:
                    reactions += self._reaction(streams, record, policy)
                except (StoreUnavailable, VaultUnavailable):
                    raise
                except HubError:
                    # The follower of the policies meets the same refusal, and tells it.
                    continue
        return tuple(reactions)

    def _reaction(
        self, streams: Streams, record: EventRecord, policy: Policy
    ) -> Iterator[EventRecord]:
        reader = JournalReader(streams, self._vault, record.tenant_id)
        for command in policy(record, reader):
            aggregate = self._load(streams, command, record.tenant_id)
            yield from self.decide(command, aggregate, provenance_after(record), POLICY_SCOPES)

    def _outcome(
        self,
        command: Command,
        aggregate: Aggregate,
        tenant_id: TenantId,
        receipt: CommandReceipt | None,
        result: AppendResult,
    ) -> Outcome | None:
        """Return what the append led to, or None when the decision must be made again."""
        match result.outcome:
            case AppendOutcome.STORED:
                own = tuple(r for r in result.records if r.stream_id == command.stream_id)
                aggregate.note_stored(own)
                return Outcome(aggregate=aggregate, records=own, receipt=receipt)
            case AppendOutcome.DUPLICATE:
                return Outcome(aggregate=self._known(command, tenant_id))
            case AppendOutcome.CONFLICT:
                return None
            case AppendOutcome.REPEATED | AppendOutcome.RECEIPT_CONFLICT:
                return self._repeated(command, tenant_id, receipt, result.receipt)

    def _repeated(
        self,
        command: Command,
        tenant_id: TenantId,
        receipt: CommandReceipt | None,
        known: CommandReceipt | None,
    ) -> Outcome:
        if receipt is None or known is None or known.body_digest != receipt.body_digest:
            raise IdempotencyConflict("This idempotency key was used for another command.")
        return Outcome(
            aggregate=self._known(command, tenant_id),
            repeated=True,
            receipt=known,
        )
