"""Old doubts and old approvals do not wait for ever; quiet hours hold replies back."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from psycopg import Connection

from domain.admission import RefusalReason
from domain.change_sending_rules import ChangeSendingRules
from domain.delivery_state import DeliveryState
from domain.outbound_commands import DoubtDecision, SettleDoubt
from domain.outbound_message import MessagePurpose, OutboundRefused
from domain.ports.whatsapp import SendOutcomeUnknown, UnknownCause
from domain.sending_rules import DoubtAction, SendingRules
from jobs.runtime import SendRuntime
from jobs.tend_outbound import firms_to_tend, tend_outbound
from projections.dead_letter_queries import letters_by_id
from projections.outbox import outbox_messages
from tests.domain.given import OPERATOR, TENANT
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_sending import drain, message, ready, replied, texts

__all__ = ["ready"]


def set_rules(story: StoredStory, **rules: Any) -> None:
    command = ChangeSendingRules(tenant_id=TENANT, rules=SendingRules(**rules))
    story.handle(command, by=OPERATOR)


def tend(story: StoredStory, sending: SendRuntime) -> None:
    story.catch_up()
    tend_outbound(sending, TENANT)
    story.catch_up()


def lost(meta: ScriptedMeta) -> None:
    meta.answers = [SendOutcomeUnknown(UnknownCause.CONNECTION_LOST)]


def test_a_doubt_is_left_to_statuses_for_a_while_and_then_a_person_is_asked_once(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, follow: "Connection[Any]"
) -> None:
    lost(meta)
    sent = replied(ready)
    drain(ready, sending)
    ready.clock.advance(minutes=14)
    tend(ready, sending)
    assert not message(ready, sent).is_parked
    ready.clock.advance(minutes=1)
    tend(ready, sending)
    assert message(ready, sent).is_parked
    version = message(ready, sent).version
    tend(ready, sending)
    assert message(ready, sent).version == version
    assert firms_to_tend(follow) == []
    (row,) = outbox_messages(TENANT, [sent]).fetch(follow)
    assert (row.state, row.parked) == ("in_doubt", True)


def test_a_second_doubt_about_a_message_is_brought_to_a_person_as_the_first_was(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, follow: "Connection[Any]"
) -> None:
    sent = replied(ready)
    for decision in (DoubtDecision.SEND_AGAIN, None):
        lost(meta)
        drain(ready, sending)
        (row,) = outbox_messages(TENANT, [sent]).fetch(follow)
        assert (row.state, row.parked) == ("in_doubt", False)
        ready.clock.advance(minutes=15)
        tend(ready, sending)
        assert message(ready, sent).is_parked
        if decision is not None:
            settle = SettleDoubt(outbound_message_id=sent, decision=decision)
            ready.handle(settle, by=OPERATOR)
    (letter,) = letters_by_id([sent], tenant_id=TENANT).fetch(follow)
    assert (letter.state, letter.cause, letter.times) == ("open", "in_doubt", 2)


def test_what_waits_for_its_time_or_never_expires_keeps_no_doubt_from_a_person(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.tend_outbound.LIMIT", 1)
    set_rules(ready, approval_life_hours=1)
    later = replied(ready, "besok", send_at=ready.clock.now() + timedelta(hours=20))
    ready.clock.advance(hours=2)
    ready.writes("Masih di sana?")
    lost(meta)
    sent = replied(ready)
    drain(ready, sending)
    ready.clock.advance(hours=2)
    tend(ready, sending)
    assert message(ready, sent).is_parked
    assert message(ready, later).state is DeliveryState.REQUESTED


def test_a_doubt_of_a_purpose_that_a_person_marked_is_sent_once_more(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    set_rules(ready, doubt_actions={MessagePurpose.REPLY: DoubtAction.RESEND})
    lost(meta)
    sent = replied(ready)
    drain(ready, sending)
    ready.clock.advance(minutes=15)
    tend(ready, sending)
    drain(ready, sending)
    assert [request.callback_data for request in meta.requests] == [f"{sent}.1", f"{sent}.2"]
    assert message(ready, sent).state is DeliveryState.ACCEPTED


def test_a_message_whose_approval_ended_goes_back_although_its_number_is_silent(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    set_rules(ready, approval_life_hours=2)
    sent = replied(ready)
    ready.clock.advance(minutes=119)
    tend(ready, sending)
    assert message(ready, sent).state is DeliveryState.REQUESTED
    ready.clock.advance(minutes=1)
    tend(ready, sending)
    refusal = ready.journal.load(TENANT, sent)[-1].event
    assert isinstance(refusal, OutboundRefused)
    assert refusal.reason == RefusalReason.APPROVAL_EXPIRED
    drain(ready, sending)
    assert meta.requests == []


def test_quiet_hours_that_begin_while_a_message_waits_let_it_wait_for_their_end(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    ready.clock.moment = datetime(2026, 11, 20, 13, tzinfo=UTC)
    ready.writes("Saya tunggu kabarnya")
    sent = replied(ready)
    set_rules(ready, quiet_from=time(21), quiet_until=time(7))
    ready.clock.moment = datetime(2026, 11, 20, 15, tzinfo=UTC)
    drain(ready, sending)
    assert "Kami akan bantu." not in texts(meta)
    assert message(ready, sent).due_at == datetime(2026, 11, 21, 0, tzinfo=UTC)
    ready.clock.moment = datetime(2026, 11, 21, 0, tzinfo=UTC)
    drain(ready, sending)
    assert "Kami akan bantu." in texts(meta)


def test_a_message_for_later_holds_back_none_that_is_written_meanwhile(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    set_rules(ready, quiet_from=time(1), quiet_until=time(2))
    ready.clock.moment = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    ready.writes("Selamat malam")
    first = replied(ready, "di jam tenang")
    set_rules(ready)
    replied(ready, "sekarang")
    drain(ready, sending)
    assert texts(meta)[-1] == "sekarang"
    assert message(ready, first).state is DeliveryState.REQUESTED
