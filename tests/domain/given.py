"""Given what happened, when a command comes, then this happens: the sentences of the tests."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import pytest

from domain.aggregate import Aggregate, Command, CommandContext
from domain.body_digest import body_digest
from domain.errors import HubError
from domain.event import Event, EventRecord
from domain.hub import LawyersHub, Outcome
from domain.identity import EventId, MemberId, StreamId, TenantId
from domain.outbound_body import OutboundBody, TextBody
from domain.policies import commands_after, effects_of, provenance_after
from domain.provenance import Actor, ActorKind, Provenance
from domain.reader import JournalReader
from domain.scopes import POLICY_SCOPES, Scope
from tests.domain.memory_journal import START, CountingIds, MemoryJournal, MemoryVault, TestClock

TENANT = TenantId(UUID("11111111-0000-7000-8000-000000000001"))
LAWYER_ID = MemberId(UUID("22222222-0000-7000-8000-000000000002"))
LAWYER = Actor(kind=ActorKind.MEMBER, id=str(LAWYER_ID))
OPERATOR = Actor(kind=ActorKind.OPERATOR, id="command line")
ASSISTANT = Actor(kind=ActorKind.ASSISTANT, id="local")
SYSTEM = Actor(kind=ActorKind.SYSTEM, id="policies")
EVERYTHING = frozenset(Scope)


def digest(body: OutboundBody) -> str:
    """The keyed digest of a body in tests."""
    return body_digest(MemoryVault(), TENANT, body)


def text(words: str) -> TextBody:
    return TextBody(text=words)


class Given:
    """An aggregate with its past; then one command, then what came of it."""

    def __init__(self, kind: type[Aggregate], *past: Event) -> None:
        self._kind = kind
        self._past = past
        self.aggregate: Any = None

    def when(self, command: Command, *, by: Actor = LAWYER, at: datetime = START) -> Self:
        self._command = command
        self._context = CommandContext(now=at, actor=by, digest_body=digest)
        return self

    def _carry_out(self) -> tuple[Event, ...]:
        records = [
            EventRecord(
                event_id=EventId(UUID(int=place + 1)),
                tenant_id=TENANT,
                stream_id=StreamId(self._command.stream_id),
                stream_version=place + 1,
                event=event,
                actor=OPERATOR,
                correlation_id=TENANT,
                occurred_at=START,
            )
            for place, event in enumerate(self._past)
        ]
        self.aggregate = self._kind.replay_records(self._command.stream_id, records)
        self._command.execute(self.aggregate, self._context)
        pending: tuple[Event, ...] = self.aggregate.pending
        return pending

    def then_any(self) -> tuple[Event, ...]:
        return self._carry_out()

    def then(self, *events: Event) -> None:
        assert self._carry_out() == events

    def then_kinds(self, *kinds: type[Event]) -> tuple[Any, ...]:
        happened = self._carry_out()
        assert tuple(type(event) for event in happened) == kinds
        return happened

    def then_nothing(self) -> None:
        assert self._carry_out() == ()

    def then_refused(self, error: type[HubError], *, field: tuple[str, ...] | None = None) -> Any:
        with pytest.raises(error) as caught:
            self._carry_out()
        assert self.aggregate.pending == ()
        assert caught.value.message
        assert caught.value.next_step
        if field is not None:
            assert caught.value.field == field  # type: ignore[attr-defined]
        return caught.value


def given(kind: type[Aggregate], *past: Event) -> Given:
    """Begin a sentence: this aggregate, to which these events have happened."""
    return Given(kind, *past)


class Firm:
    """A whole firm in memory: journal, hub, and the policies that run when asked to."""

    def __init__(self) -> None:
        self.prepare()
        self.refusals: list[HubError] = []
        self.effects: list[Any] = []
        self._seen = 0

    def prepare(self) -> None:
        """Make the parts of the firm; another firm may bring other ones."""
        self.journal = MemoryJournal()
        self.clock = TestClock()
        self.vault: Any = MemoryVault()
        self.hub = LawyersHub(self.journal, self.clock, CountingIds(), self.vault)
        self.reader = JournalReader(self.journal, self.vault, TENANT)

    def handle(
        self,
        command: Command,
        *,
        by: Actor = LAWYER,
        scopes: frozenset[Scope] = EVERYTHING,
        **options: Any,
    ) -> Outcome:
        provenance = Provenance(tenant_id=TENANT, actor=by, correlation_id=command.stream_id)
        return self.hub.handle(command, provenance, scopes, **options)

    def run_policies(self) -> None:
        """Let the policies follow the log to its end, as their follower does."""
        while self._seen < len(self.journal.records):
            record = self.journal.records[self._seen]
            self._seen += 1
            self.effects += effects_of(record)
            for command in commands_after(record, self.reader):
                try:
                    self.hub.handle(command, provenance_after(record), POLICY_SCOPES)
                except HubError as refusal:
                    self.refusals.append(refusal)

    def load(self, kind: type[Any], stream_id: UUID) -> Any:
        return self.reader.load(kind, stream_id)

    def happened(self, kind: type[Any]) -> list[Any]:
        """All events of a kind, oldest first."""
        return [r.event for r in self.journal.records if isinstance(r.event, kind)]

    def topics(self) -> list[str]:
        return [record.topic for record in self.journal.records]
