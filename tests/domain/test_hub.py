"""The hub: authorise, load, decide, append; once per key; again after a conflict."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from domain.aggregate import Command
from domain.contents import COMMANDS
from domain.conversation import (
    AssignConversation,
    CloseConversation,
    Conversation,
    ConversationAlreadyClosed,
    ConversationStarted,
)
from domain.errors import (
    Forbidden,
    IdempotencyConflict,
    NotFound,
    TooMuchContention,
    VersionConflict,
)
from domain.event import EventRecord
from domain.identity import ConversationId, EventId, MemberId, StreamId, TenantId
from domain.inbound_message import MessageReceived, ReceiveMessage
from domain.member import IssueToken
from domain.ports.journal import CommandReceipt
from domain.provenance import Provenance
from domain.tenant import CreateTenant, SuspendTenant, Tenant
from tests.domain.given import EVERYTHING, LAWYER, TENANT, Firm
from tests.domain.memory_journal import START
from tests.domain.samples import sample_of

OTHER = MemberId(UUID(int=77))


@pytest.fixture
def firm() -> Firm:
    return Firm()


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_without_its_scope_a_command_is_forbidden_and_nothing_is_appended(
    kind: type[Command], firm: Firm
) -> None:
    with pytest.raises(Forbidden) as caught:
        firm.handle(sample_of(kind), scopes=EVERYTHING - {kind.SCOPE})
    assert kind.SCOPE in caught.value.message
    assert firm.journal.records == []


def create() -> CreateTenant:
    return CreateTenant(tenant_id=TENANT, name="Firma Satu")


def suspend(**fields: int) -> SuspendTenant:
    return SuspendTenant(tenant_id=TENANT, reason="unpaid", **fields)


def test_the_id_of_another_kind_of_thing_is_an_unknown_id(firm: Firm) -> None:
    firm.handle(create())
    for command in (
        IssueToken(
            member_id=MemberId(TENANT),
            token_id=UUID(int=5),
            token_sha256="0" * 64,
            last_four="abcd",
            expires_at=START + timedelta(days=1),
        ),
        CloseConversation(conversation_id=ConversationId(TENANT), reason="done"),
    ):
        with pytest.raises(NotFound):
            firm.handle(command)
    assert firm.topics() == ["tenant.created.v1"]


def test_a_command_stores_its_events_with_their_whole_origin(firm: Firm) -> None:
    cause = EventId(UUID(int=99))
    provenance = Provenance(
        tenant_id=TENANT,
        actor=LAWYER,
        correlation_id=UUID(int=5),
        causation_id=cause,
        traceparent="00-trace",
    )
    outcome = firm.hub.handle(create(), provenance, EVERYTHING)
    (record,) = outcome.records
    assert record.stream_id == TENANT
    assert record.stream_version == 1
    assert record.actor == LAWYER
    assert record.correlation_id == UUID(int=5)
    assert record.causation_id == cause
    assert record.traceparent == "00-trace"
    assert record.occurred_at == firm.clock.now()
    assert record.tenant_seq == 1
    assert outcome.aggregate.version == 1
    assert outcome.aggregate.pending == ()


def test_what_meta_reported_keeps_metas_time(firm: Firm) -> None:
    moment = firm.clock.now()
    firm.clock.advance(hours=3)
    (record,) = firm.handle(create(), occurred_at=moment).records
    assert record.occurred_at == moment


def test_a_command_that_changes_nothing_appends_nothing(firm: Firm) -> None:
    firm.handle(create())
    firm.handle(suspend())
    outcome = firm.handle(suspend())
    assert outcome.records == ()
    assert not outcome.repeated
    assert len(firm.journal.records) == 2


def test_a_stale_version_is_a_conflict_that_names_both_versions(firm: Firm) -> None:
    firm.handle(create())
    with pytest.raises(VersionConflict) as caught:
        firm.handle(suspend(expected_version=4))
    assert (caught.value.expected_version, caught.value.current_version) == (4, 1)
    firm.handle(suspend(expected_version=1))


def foreign(firm: Firm, version: int) -> EventRecord:
    """A change by somebody else, at this version of the firm."""
    return EventRecord(
        event_id=EventId(UUID(int=1000 + version)),
        tenant_id=TENANT,
        stream_id=StreamId(TENANT),
        stream_version=version,
        event=sample_of(type(firm.journal.records[0].event)),
        actor=LAWYER,
        correlation_id=TENANT,
        occurred_at=firm.clock.now(),
    )


def test_after_a_conflict_the_decision_is_made_again_on_the_newest_state(firm: Firm) -> None:
    firm.handle(create())
    firm.journal.before_append = [[foreign(firm, 2)], [foreign(firm, 3)]]
    outcome = firm.handle(suspend())
    assert [record.stream_version for record in outcome.records] == [4]
    assert outcome.aggregate.version == 4


def test_a_conflict_with_an_expected_version_is_told_and_not_repeated(firm: Firm) -> None:
    firm.handle(create())
    firm.journal.before_append = [[foreign(firm, 2)]]
    with pytest.raises(VersionConflict):
        firm.handle(suspend(expected_version=1))


def test_five_repetitions_are_enough_for_anybody(firm: Firm) -> None:
    firm.handle(create())
    firm.journal.before_append = [[foreign(firm, version)] for version in range(2, 8)]
    with pytest.raises(TooMuchContention):
        firm.handle(suspend())
    assert "tenant.suspended.v1" not in firm.topics()


def receipt(body: str = "body") -> CommandReceipt:
    return CommandReceipt(key="key-1", body_digest=body, result=b"first result")


def test_the_same_key_with_the_same_body_gives_the_first_result_again(firm: Firm) -> None:
    first = firm.handle(create(), receipt=receipt())
    assert not first.repeated
    again = firm.handle(
        create(), receipt=CommandReceipt(key="key-1", body_digest="body", result=b"another")
    )
    assert again.repeated
    assert again.records == ()
    assert again.receipt is not None
    assert again.receipt.result == b"first result"
    assert isinstance(again.aggregate, Tenant)
    assert again.aggregate.name == "Firma Satu"
    assert len(firm.journal.records) == 1


def test_the_same_key_with_another_body_is_a_conflict(firm: Firm) -> None:
    firm.handle(create(), receipt=receipt())
    with pytest.raises(IdempotencyConflict):
        firm.handle(suspend(), receipt=receipt("another body"))
    assert len(firm.journal.records) == 1


def test_a_key_used_in_the_same_moment_is_settled_by_the_store(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm.handle(create(), receipt=receipt())
    known = firm.journal.receipt
    monkeypatch.setattr(firm.journal, "receipt", hidden_once(known))
    assert firm.handle(suspend(), receipt=receipt()).repeated
    monkeypatch.setattr(firm.journal, "receipt", hidden_once(known))
    with pytest.raises(IdempotencyConflict):
        firm.handle(suspend(), receipt=receipt("another body"))
    assert len(firm.journal.records) == 1


LookUp = Callable[[TenantId, str], CommandReceipt | None]


def hidden_once(known: LookUp) -> LookUp:
    """A look-up that misses what another process stores in the same moment."""
    asked: list[str] = []

    def look_up(tenant_id: TenantId, key: str) -> CommandReceipt | None:
        asked.append(key)
        return None if len(asked) == 1 else known(tenant_id, key)

    return look_up


def test_a_redelivered_message_is_a_success_without_a_second_event(firm: Firm) -> None:
    message = sample_of(MessageReceived)
    assert len(firm.handle(ReceiveMessage(message=message)).records) == 1
    again = firm.handle(ReceiveMessage(message=message))
    assert again.records == ()
    assert again.aggregate.exists
    assert len(firm.journal.records) == 1


def test_a_thing_that_does_not_exist_is_not_found_whoever_it_belongs_to(firm: Firm) -> None:
    conversation_id = ConversationId(UUID(int=6))
    with pytest.raises(NotFound) as caught:
        firm.handle(AssignConversation(conversation_id=conversation_id, member_id=OTHER))
    assert caught.value.message == "There is no conversation with this id."


def test_an_error_of_the_command_appends_nothing(firm: Firm) -> None:
    started = sample_of(ConversationStarted)
    close = CloseConversation(conversation_id=started.conversation_id, reason="done")
    record = EventRecord(
        event_id=EventId(UUID(int=1)),
        tenant_id=TENANT,
        stream_id=StreamId(started.conversation_id),
        stream_version=1,
        event=started,
        actor=LAWYER,
        correlation_id=TENANT,
        occurred_at=firm.clock.now(),
    )
    firm.journal.append([record])
    firm.handle(close)
    with pytest.raises(ConversationAlreadyClosed):
        firm.handle(close)
    assert len(firm.journal.records) == 2
    assert firm.load(Conversation, started.conversation_id).is_closed
