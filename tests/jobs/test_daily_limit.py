"""The daily limit of an account: held back before the call, going on by itself, replies free."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from domain.daily_limit import COUNTED_FOR
from domain.delivery_state import DeliveryState
from domain.identity import SenderNumberId
from domain.outbound_message import OutboundAttemptStarted, OutboundRequested
from domain.outbound_timing import OutboundRescheduled
from domain.ports.journal import AppendRequest, AppendResult
from domain.ports.whatsapp import RetryRule, SendErrorClass, SendRefused
from domain.sender_number import AddSenderNumber
from domain.sender_standing import SenderNumberDailyLimitChanged
from domain.sender_standing_commands import NoteSenderStanding
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.unique_ids import new_id
from jobs.drain_sender import drain_sender
from jobs.outbound.attempts import Begun, Progress, begin_attempts
from jobs.outbound.lease import HeldLane, Leases
from jobs.runtime import SendRuntime
from jobs.tend_outbound import firms_to_tend, tend_outbound
from projections.daily_room import daily_rooms
from projections.outbox import OutboxRow, due_messages_of_sender, outbox_messages
from tests.domain.given import TENANT
from tests.domain.story import SENDER_ID
from tests.jobs.broadcasting import WABA_ID, Broadcasting
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory
from tests.waiting import until

SIZE = 9
PEOPLE = SIZE - 1
"""The first of the list came without its value and gets nothing."""


def told(story: StoredStory, recipients_max: int, number: SenderNumberId = SENDER_ID) -> None:
    """Meta tells how many people the account of a number may write to first."""
    story.clock.advance(seconds=1)
    word = SenderNumberDailyLimitChanged(
        sender_number_id=number, recipients_max=recipients_max, told_at=story.clock.now()
    )
    story.handle(NoteSenderStanding(sender_number_id=number, word=word))


@pytest.fixture
def reminder(story: StoredStory, sending: SendRuntime, follow: Connection[Any]) -> Broadcasting:
    """An approved template to eight contacts, all of whom wrote more than a day ago."""
    broadcasting = Broadcasting(story, sending, follow, SIZE)
    broadcasting.draft_template()
    story.clock.advance(hours=25)
    broadcasting.plan()
    broadcasting.approve()
    broadcasting.work()
    return broadcasting


def due(crowd: Broadcasting) -> Sequence[OutboxRow]:
    crowd.story.catch_up()
    now = crowd.story.clock.now()
    return due_messages_of_sender(TENANT, SENDER_ID, now=now, limit=50).fetch(crowd.follow)


def drain(crowd: Broadcasting, sending: SendRuntime) -> None:
    """Send until nothing is due any more."""

    def is_done() -> bool:
        if due(crowd):
            drain_sender(sending, TENANT, str(SENDER_ID))
        return not due(crowd)

    until(is_done, "everything that is due was sent or put off")


def waiting(crowd: Broadcasting) -> list[OutboxRow]:
    ids = [message_id for message_id, state in crowd.outbox() if state == "due"]
    rows = outbox_messages(TENANT, ids).fetch(crowd.follow)
    return sorted(rows, key=lambda row: row.requested_seq)


def events(crowd: Broadcasting, kind: type) -> list[Any]:
    return [
        record.event
        for message_id, _ in crowd.outbox()
        for record in crowd.runtime.journal.load(TENANT, message_id)
        if isinstance(record.event, kind)
    ]


def test_what_the_limit_has_no_room_for_waits_with_its_reason_and_costs_no_call(
    reminder: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    told(reminder.story, 5)
    drain(reminder, sending)
    assert len(meta.requests) == 5
    held = waiting(reminder)
    assert [row.waits_for for row in held] == ["daily_limit"] * 3
    assert all(row.due_at >= reminder.story.clock.now() + timedelta(hours=24) for row in held)
    assert {row.state for row in held} == {"due"}
    assert {event.reason for event in events(reminder, OutboundRescheduled)} == {"daily_limit"}


def test_what_waits_goes_out_by_itself_when_a_day_has_passed(
    reminder: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    told(reminder.story, 5)
    drain(reminder, sending)
    reminder.story.clock.advance(hours=24)
    drain(reminder, sending)
    assert len(meta.requests) == 5
    reminder.story.clock.advance(minutes=6)
    drain(reminder, sending)
    assert len(meta.requests) == PEOPLE
    assert waiting(reminder) == []


def test_more_than_two_days_of_people_take_three_days(
    reminder: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    told(reminder.story, 3)
    begun = []
    for _ in range(3):
        drain(reminder, sending)
        begun.append(len(meta.requests))
        reminder.story.clock.advance(seconds=COUNTED_FOR.total_seconds())
    assert begun == [3, 6, PEOPLE]
    # Each was put off once: its turn was known from the start.
    assert len(events(reminder, OutboundRescheduled)) == PEOPLE - 3


def test_a_reply_inside_the_window_is_never_held_back(
    reminder: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    told(reminder.story, 0)
    drain(reminder, sending)
    assert meta.requests == []
    reminder.story.writes("Selamat pagi")
    drain(reminder, sending)
    assert len(meta.requests) == 1


def test_a_limit_that_meta_raised_is_used_at_once(
    reminder: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    told(reminder.story, 5)
    drain(reminder, sending)
    told(reminder.story, 7)
    reminder.story.catch_up()
    assert [firm.tenant_id for firm in firms_to_tend(reminder.follow)] == [TENANT]
    tend_outbound(sending, TENANT)
    drain(reminder, sending)
    assert len(meta.requests) == 7
    told(reminder.story, -1)
    reminder.story.catch_up()
    tend_outbound(sending, TENANT)
    drain(reminder, sending)
    assert len(meta.requests) == PEOPLE


def test_nothing_is_called_up_while_there_is_no_room(
    reminder: Broadcasting, sending: SendRuntime
) -> None:
    told(reminder.story, 5)
    drain(reminder, sending)
    before = len(events(reminder, OutboundRescheduled))
    tend_outbound(sending, TENANT)
    assert len(events(reminder, OutboundRescheduled)) == before


def test_whom_meta_certainly_did_not_take_makes_room_for_another(
    reminder: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    told(reminder.story, 5)
    refused = SendRefused(
        "The contact cannot get messages.",
        error_class=SendErrorClass.RECIPIENT_UNREACHABLE,
        retry=RetryRule(retries_max=0),
        next_step="Reach the person another way.",
        meta_code=131026,
    )
    meta.answers = [refused, refused]
    drain(reminder, sending)
    tend_outbound(sending, TENANT)
    drain(reminder, sending)
    assert len(meta.requests) == 7
    assert len(waiting(reminder)) == 1


def test_without_a_word_of_meta_nothing_is_held_back(
    reminder: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    drain(reminder, sending)
    assert len(meta.requests) == PEOPLE


def test_the_numbers_of_an_account_share_the_newest_limit(
    reminder: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    other = SenderNumberId(new_id())
    reminder.story.handle(
        AddSenderNumber(
            sender_number_id=other,
            waba_id=WABA_ID,
            phone_number_id="4711",
            display_phone="+62 21 5550 9999",
            app="main",
            app_fingerprints=("a",),
            access_token_fingerprint="b",
        )
    )
    told(reminder.story, 7)
    told(reminder.story, 2, other)
    drain(reminder, sending)
    assert len(meta.requests) == 2


def lane_of(sending: SendRuntime) -> HeldLane:
    lane = Leases(sending.pool, new_id()).take(TENANT, SENDER_ID)
    assert lane is not None
    return lane


def test_what_the_outbox_does_not_show_yet_counts_as_well(
    reminder: Broadcasting, sending: SendRuntime
) -> None:
    told(reminder.story, 5)
    rows, lane = due(reminder), lane_of(sending)
    assert len(begin_attempts(sending, lane, rows[:4]).attempts) == 4
    begun = begin_attempts(sending, lane, rows[4:])
    assert len(begun.attempts) == 1
    assert {progress for _, progress, _ in begun.others} == {Progress.NOT_VISIBLE}
    assert len(events(reminder, OutboundAttemptStarted)) == 5


def test_two_processes_that_decide_at_the_same_moment_do_not_exceed_the_limit(
    reminder: Broadcasting, sending: SendRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(reminder.story, 5)
    rows, lane = due(reminder), lane_of(sending)
    plain = TransactionJournal.append_many
    by_the_other: list[Begun] = []

    def overtaken(
        journal: TransactionJournal, requests: Sequence[AppendRequest]
    ) -> list[AppendResult]:
        monkeypatch.setattr(TransactionJournal, "append_many", plain)
        by_the_other.append(begin_attempts(sending, lane, rows[4:]))
        return plain(journal, requests)

    monkeypatch.setattr(TransactionJournal, "append_many", overtaken)
    mine = begin_attempts(sending, lane, rows[:4])
    assert len(by_the_other[0].attempts) == 4
    assert len(mine.attempts) == 1
    assert len(events(reminder, OutboundAttemptStarted)) == 5


def test_a_contact_who_counts_already_takes_no_further_place(
    reminder: Broadcasting, sending: SendRuntime, meta: ScriptedMeta, follow: Connection[Any]
) -> None:
    told(reminder.story, PEOPLE)
    drain(reminder, sending)
    again = Broadcasting(reminder.story, sending, follow, 0)
    again.members = reminder.members
    again._reported = reminder.story.clock.now()
    again.draft_template()
    again.plan()
    again.approve()
    again.work()
    drain(again, sending)
    assert len(meta.requests) == 2 * PEOPLE


def requested(crowd: Broadcasting) -> list[UUID]:
    return [event.outbound_message_id for event in events(crowd, OutboundRequested)]


def test_a_message_that_waits_is_still_requested_and_spent_no_attempt(
    reminder: Broadcasting, sending: SendRuntime
) -> None:
    told(reminder.story, 0)
    drain(reminder, sending)
    rows = outbox_messages(TENANT, requested(reminder)).fetch(reminder.follow)
    assert {(row.delivery_state, row.attempt) for row in rows} == {
        (DeliveryState.REQUESTED.value, 0)
    }


def test_a_plan_says_how_many_are_written_to_first(reminder: Broadcasting) -> None:
    plan = reminder.broadcast.plan
    assert plan is not None
    assert (plan.recipients, plan.writes_first) == (PEOPLE, PEOPLE)


def test_the_room_of_a_number_is_told_with_what_waits(
    reminder: Broadcasting, sending: SendRuntime
) -> None:
    told(reminder.story, 5)
    drain(reminder, sending)
    now = reminder.story.clock.now()
    (room,) = daily_rooms(TENANT, [SENDER_ID], now).fetch(reminder.follow)
    assert (room.limit, room.reached, room.room, room.waiting) == (5, 5, 0, 3)
