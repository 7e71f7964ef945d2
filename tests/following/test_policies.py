"""The policies follower: whenever something happened, then exactly once what the table says."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from domain.conversation import Conversation, ConversationStarted
from domain.event import Event, EventRecord
from domain.identity import OutboundMessageId, TenantId
from domain.inbound_message import MessageReceived
from domain.message_status import MessageStatusReceived
from domain.outbound_message import (
    MetaMessageId,
    OutboundAttemptStarted,
    OutboundRequested,
    OutboundSent,
    OutboundStatusUpdated,
)
from infrastructure.clock import SystemClock
from infrastructure.following.retry import TryAgain
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.vault.postgres_vault import PostgresVault
from jobs.followers.policies import PoliciesUnit
from tests.event_store import FIRM, Store, follow_once
from tests.ingest.gateway import Gateway, Number, add_numbers, notification, status, text_message
from tests.projections.happened import Happened, named

OUTBOUND = OutboundMessageId(named("outbound"))


class Policies:
    """Runs the unit page by page, as its follower does."""

    def __init__(self, connection: Connection[Any], unit: PoliciesUnit) -> None:
        self.unit = unit
        self._connection = connection
        self.position = 0

    def react(self) -> list[bool]:
        """React to everything, reactions included; which pages waited for the disk."""
        lasting: list[bool] = []
        while True:
            page = self.unit.read(self._connection, self.position, self.unit.page_max)
            if page.items:
                with self._connection.transaction():
                    self.unit.handle(self._connection, page.items)
                    shown = self._connection.execute("SHOW synchronous_commit").fetchone()
                    lasting.append(shown != ("off",))
            elif page.position == self.position:
                return lasting
            self.position = page.position


@pytest.fixture
def policies(follow: Connection[Any], follow_vault: PostgresVault) -> Policies:
    return Policies(follow, PoliciesUnit(follow_vault, SystemClock()))


@pytest.fixture
def firm(follow: Connection[Any], store: Store) -> Number:
    number = Number()
    add_numbers(follow, store, [number])
    return number


def unmatched(connection: Connection[Any]) -> int:
    row = connection.execute("SELECT count(*) FROM hub.unmatched_status").fetchone()
    return int(row[0]) if row is not None else -1


def sent(gateway: Gateway, wamid: str) -> list[EventRecord]:
    """A message on its way, and Meta's answer to it."""
    happened = Happened()
    happened.sample(OutboundRequested, outbound_message_id=OUTBOUND)
    happened.sample(OutboundAttemptStarted, outbound_message_id=OUTBOUND, attempt=1)
    happened.sample(
        OutboundSent,
        outbound_message_id=OUTBOUND,
        attempt=1,
        wamid_digest=gateway.vault.digest(FIRM, "wamid", wamid.encode()),
        content=MetaMessageId(wamid=wamid),
    )
    return happened.take()


def test_a_reaction_names_its_cause_and_belongs_to_the_same_story(
    gateway: Gateway, firm: Number, policies: Policies
) -> None:
    gateway.take(notification(text_message("wamid.A"), text_message("wamid.B")))
    policies.react()
    first, _ = gateway.records(MessageReceived)
    (started,) = gateway.records(ConversationStarted)
    assert started.causation_id == first.event_id
    assert started.correlation_id == first.correlation_id
    assert started.actor.id == "policies"


def test_the_same_page_again_changes_nothing(
    gateway: Gateway, firm: Number, policies: Policies
) -> None:
    gateway.take(notification(text_message("wamid.A")))
    policies.react()
    everything = gateway.records(*_all())
    policies.position = 0
    policies.react()
    assert gateway.records(*_all()) == everything


def test_only_a_page_with_a_reaction_waits_for_the_disk(
    gateway: Gateway, firm: Number, policies: Policies, store: Store
) -> None:
    gateway.take(notification(text_message("wamid.A")))
    assert policies.react()[0]
    store(sent(gateway, "wamid.B"))
    assert policies.react() == [False]
    gateway.take(notification(status("wamid.unknown", "delivered")))
    assert policies.react() == [True], "a status is kept whose message is not known"


def _all() -> list[type[Event]]:
    from domain.event import EVENT_TYPES

    return list(EVENT_TYPES.values())


def test_a_page_that_somebody_else_overtook_is_tried_again(
    gateway: Gateway,
    firm: Number,
    policies: Policies,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gateway.take(notification(text_message("wamid.A")))
    (received,) = gateway.records(MessageReceived)
    event = received.event
    assert isinstance(event, MessageReceived)
    overtaking = ConversationStarted(
        conversation_id=event.conversation_id,
        contact_id=event.contact_id,
        sender_number_id=event.sender_number_id,
        first_message_id=event.message_id,
    )
    happened = Happened()
    happened.add(overtaking, at=datetime(2026, 11, 21, tzinfo=UTC))
    decide = Conversation.apply

    def decide_late(self: Conversation, applied: Event) -> None:
        decide(self, applied)
        if records := happened.take():
            store(records)

    monkeypatch.setattr(Conversation, "apply", decide_late)
    with pytest.raises(TryAgain):
        policies.react()
    policies.react()
    assert len(gateway.records(ConversationStarted)) == 1


def test_a_status_without_callback_data_is_matched_by_metas_id(
    gateway: Gateway, firm: Number, policies: Policies, store: Store, follow: Connection[Any]
) -> None:
    store(sent(gateway, "wamid.S"))
    follow_once(follow, ["message_lookup"])
    gateway.take(notification(status("wamid.S", "delivered")))
    policies.react()
    (updated,) = gateway.records(OutboundStatusUpdated)
    assert isinstance(updated.event, OutboundStatusUpdated)
    assert updated.event.state == "delivered"
    assert unmatched(follow) == 0


def test_a_status_that_overtakes_the_answer_of_meta_waits_for_it(
    gateway: Gateway, firm: Number, policies: Policies, store: Store, follow: Connection[Any]
) -> None:
    requested, started, answer = sent(gateway, "wamid.S")
    store([requested, started])
    gateway.take(notification(status("wamid.S", "read"), status("wamid.S", "delivered")))
    policies.react()
    assert unmatched(follow) == 2
    store([answer])
    policies.react()
    words = [record.event.status for record in gateway.records(OutboundStatusUpdated)]  # type: ignore[attr-defined]
    assert words == ["read", "delivered"]
    assert unmatched(follow) == 0


def test_a_status_and_the_answer_of_meta_after_it_find_each_other_in_one_page(
    gateway: Gateway, firm: Number, policies: Policies, store: Store, follow: Connection[Any]
) -> None:
    requested, started, answer = sent(gateway, "wamid.S")
    store([requested, started])
    gateway.take(notification(status("wamid.S", "read")))
    store([answer])
    policies.react()
    assert len(gateway.records(OutboundStatusUpdated)) == 1
    assert unmatched(follow) == 0


def test_the_messages_that_a_page_of_statuses_is_about_are_read_at_once(
    gateway: Gateway,
    firm: Number,
    policies: Policies,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store(sent(gateway, "wamid.S"))
    echoed = f"{OUTBOUND}.1"
    words = ("sent", "delivered", "read")
    gateway.take(notification(*(status("wamid.S", word, callback_data=echoed) for word in words)))
    one_by_one: list[Any] = []
    load = TransactionJournal.load

    def noted(self: TransactionJournal, tenant_id: TenantId, stream_id: UUID) -> Any:
        one_by_one.append(stream_id)
        return load(self, tenant_id, stream_id)

    monkeypatch.setattr(TransactionJournal, "load", noted)
    policies.react()
    assert len(gateway.records(OutboundStatusUpdated)) == len(words)
    assert OUTBOUND not in one_by_one


def test_a_waiting_status_is_also_found_by_the_look_up_that_was_behind(
    gateway: Gateway, firm: Number, policies: Policies, store: Store, follow: Connection[Any]
) -> None:
    store(sent(gateway, "wamid.S"))
    policies.react()
    gateway.take(notification(status("wamid.S", "sent")))
    policies.react()
    assert unmatched(follow) == 1
    assert not policies.unit.rest(follow)
    assert unmatched(follow) == 1
    follow_once(follow, ["message_lookup"])
    policies.unit.rest(follow)
    assert unmatched(follow) == 0
    assert len(gateway.records(OutboundStatusUpdated)) == 1


def test_a_refusal_of_the_domain_stops_nothing(
    gateway: Gateway, firm: Number, policies: Policies
) -> None:
    unknown = f"{named('a message of nobody')}.1"
    gateway.take(notification(status("wamid.S", "sent", callback_data=unknown)))
    gateway.take(notification(text_message("wamid.A")))
    policies.react()
    assert len(gateway.records(MessageStatusReceived)) == 1
    assert len(gateway.records(ConversationStarted)) == 1


def test_the_content_of_an_erased_contact_stops_nothing(
    gateway: Gateway, firm: Number, policies: Policies
) -> None:
    gateway.take(notification(text_message("wamid.A")))
    (received,) = gateway.records(MessageReceived)
    event = received.event
    assert isinstance(event, MessageReceived)
    gateway.vault.erase_subject(FIRM, event.contact_id)
    gateway.vault.forget(FIRM, event.contact_id)
    policies.react()
    assert len(gateway.records(ConversationStarted)) == 1
