"""A broadcast on the real store: planned, approved as a whole, sent once, stopped at will."""

from typing import Any

import pytest
from psycopg import Connection

from domain.broadcast import BroadcastState
from domain.broadcast_commands import (
    CancelBroadcast,
    PauseBroadcast,
    PlanBroadcast,
    ResumeBroadcast,
)
from domain.broadcast_recipient import BroadcastRecipientPlanned
from domain.contact import ConsentPurpose, MergeReason
from domain.contact_commands import OptOut, StopMarketing
from domain.contact_label_commands import LabelContact, UnlabelContact
from domain.contact_link_commands import MergeContactsByRule
from domain.identity import OutboundMessageId, PlanRequestId
from domain.outbound_body import plain_text
from domain.outbound_commands import DoubtDecision, SettleDoubt
from domain.outbound_message import OutboundRefused, OutboundRequested
from domain.ports.whatsapp import (
    RetryRule,
    SendErrorClass,
    SendOutcomeUnknown,
    SendRefused,
    UnknownCause,
)
from domain.template import TemplateStatus
from infrastructure.unique_ids import new_id
from jobs.drain_sender import drain_sender
from jobs.follow_broadcast import follow_broadcast
from jobs.runtime import SendRuntime
from jobs.table import WORK_KINDS
from jobs.work_items import perform_work_item
from projections.outbox import outbox_messages
from tests.domain.given import OPERATOR, TENANT
from tests.domain.story import CONTACT_ID, SENDER_ID
from tests.jobs.broadcasting import LABEL, Broadcasting
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory

SIZE = 12


@pytest.fixture
def crowd(story: StoredStory, sending: SendRuntime, follow: Connection[Any]) -> Broadcasting:
    """A broadcast to twelve contacts, drafted."""
    broadcasting = Broadcasting(story, sending, follow, SIZE)
    broadcasting.draft()
    return broadcasting


def drain(crowd: Broadcasting, sending: SendRuntime) -> None:
    crowd.story.catch_up()
    drain_sender(sending, TENANT, str(SENDER_ID))
    crowd.story.catch_up()


@pytest.fixture
def reminder(story: StoredStory, sending: SendRuntime, follow: Connection[Any]) -> Broadcasting:
    """A template to a list of twelve contacts, of whom the first came without its value."""
    broadcasting = Broadcasting(story, sending, follow, SIZE)
    broadcasting.draft_template()
    return broadcasting


def test_a_template_reaches_everybody_of_a_list_whose_window_has_closed(
    reminder: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    reminder.story.handle(
        StopMarketing(
            contact_id=reminder.members[1].contact_id,
            decided_at=reminder.story.clock.now(),
            source="member",
        )
    )
    reminder.story.clock.advance(hours=25)
    plan = reminder.plan()
    assert {one.reason: one.contacts for one in plan.excluded} == {
        "variable_missing": 1,
        "marketing_stopped": 1,
    }
    assert [(line.category, line.messages) for line in plan.forecast] == [("marketing", SIZE - 2)]
    reminder.approve()
    reminder.work()
    drain(reminder, sending)
    assert {plain_text(request.body) for request in meta.requests} == {
        f"Yth. {member.name}, sidang pada hari ke-{number}."
        for number, member in enumerate(reminder.members)
        if number > 1
    }


def test_a_template_that_is_paused_has_no_recipients(reminder: Broadcasting) -> None:
    reminder.hear_of_template(TemplateStatus.PAUSED)
    plan = reminder.plan()
    assert plan.recipients == 0
    assert {one.reason: one.contacts for one in plan.excluded} == {"template_paused": SIZE}


def test_a_template_that_is_paused_after_the_approval_goes_to_nobody(
    reminder: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    reminder.plan()
    reminder.approve()
    reminder.work()
    reminder.hear_of_template(TemplateStatus.PAUSED)
    drain(reminder, sending)
    assert meta.requests == []
    assert {event.reason for event in stored(reminder, OutboundRefused)} == {"template_paused"}


def test_a_list_is_planned_only_once_all_of_it_is_visible(reminder: Broadcasting) -> None:
    reminder.story.catch_up()
    reminder.follow.execute(
        "DELETE FROM read_model.listed_recipients WHERE contact_id = %s",
        (reminder.members[3].contact_id,),
    )
    reminder.story.handle(
        PlanBroadcast(broadcast_id=reminder.broadcast_id, request_id=PlanRequestId(new_id()))
    )
    reminder.work()
    assert reminder.state is BroadcastState.PLANNING
    assert len(reminder.due()) == 1


def test_a_plan_freezes_the_words_of_each_contact(crowd: Broadcasting) -> None:
    plan = crowd.plan()
    assert plan.recipients == SIZE
    assert [(line.country, line.category, line.messages) for line in plan.forecast] == [
        ("ID", "service", SIZE)
    ]
    assert crowd.state is BroadcastState.PLANNED
    planned = stored(crowd, BroadcastRecipientPlanned)
    assert {event.content.body.text for event in planned} == {
        f"Yth. {member.name}, kantor Kantor Hukum Melati tutup pada hari Senin."
        for member in crowd.members
    }


def test_contacts_who_may_not_be_written_to_are_counted_by_reason(crowd: Broadcasting) -> None:
    crowd.story.handle(OptOut(contact_id=crowd.members[0].contact_id))
    crowd.story.handle(LabelContact(contact_id=CONTACT_ID, labels=(LABEL,)))
    plan = crowd.plan()
    assert plan.recipients == SIZE - 1
    reasons = {count.reason: count.contacts for count in plan.excluded}
    assert reasons == {"contact_opted_out": 1, "consent_missing": 1}


def join(crowd: Broadcasting, into: int, absorbed: int) -> None:
    """Two members of the crowd turn out to be one person."""
    crowd.story.handle(
        MergeContactsByRule(
            contact_id=crowd.members[into].contact_id,
            absorbed_contact_id=crowd.members[absorbed].contact_id,
            reason=MergeReason.NUMBER_CHANGED,
            other_consents=tuple(ConsentPurpose),
        )
    )
    crowd.story.run_policies()


def test_a_person_with_several_contacts_gets_one_message_where_it_goes_on(
    crowd: Broadcasting,
) -> None:
    join(crowd, into=1, absorbed=0)
    join(crowd, into=2, absorbed=1)
    plan = crowd.plan()
    assert (plan.recipients, plan.excluded) == (SIZE - 2, ())
    planned = {event.contact_id for event in stored(crowd, BroadcastRecipientPlanned)}
    assert planned == {member.contact_id for member in crowd.members[2:]}


def test_a_person_gets_its_message_although_the_label_stands_at_former_contacts(
    crowd: Broadcasting,
) -> None:
    join(crowd, into=1, absorbed=0)
    join(crowd, into=2, absorbed=1)
    crowd.story.handle(UnlabelContact(contact_id=crowd.members[2].contact_id, labels=(LABEL,)))
    assert crowd.plan().recipients == SIZE - 2
    planned = {event.contact_id for event in stored(crowd, BroadcastRecipientPlanned)}
    assert planned == {crowd.members[1].contact_id, *(m.contact_id for m in crowd.members[3:])}


def test_a_person_that_is_named_twice_on_a_list_gets_one_message(reminder: Broadcasting) -> None:
    join(reminder, into=2, absorbed=1)
    assert reminder.plan().recipients == SIZE - 2
    planned = {event.contact_id for event in stored(reminder, BroadcastRecipientPlanned)}
    assert reminder.members[1].contact_id not in planned


def test_contacts_whose_window_has_closed_are_left_out(crowd: Broadcasting) -> None:
    crowd.story.clock.advance(hours=25)
    plan = crowd.plan()
    assert plan.recipients == 0
    assert {count.reason for count in plan.excluded} == {"service_window_closed"}


def test_every_recipient_is_called_once_with_the_frozen_words(
    crowd: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    crowd.plan()
    crowd.approve()
    crowd.work()
    assert crowd.broadcast.is_released
    for _ in range(2):
        drain(crowd, sending)
    assert sorted(request.recipient.phone or "" for request in meta.requests) == [
        member.phone for member in crowd.members
    ]
    assert plain_text(meta.requests[0].body).endswith("tutup pada hari Senin.")
    follow_broadcast(sending, TENANT, str(crowd.broadcast_id))
    assert crowd.state == BroadcastState.COMPLETED
    assert [(one.state, one.messages) for one in crowd.broadcast.counts] == [("accepted", SIZE)]


def test_a_release_needs_no_further_event_to_begin(crowd: Broadcasting) -> None:
    crowd.plan()
    crowd.approve()
    crowd.story.catch_up()
    ((kind, reference),) = crowd.due()
    # A read model writes its position only when an event concerns it; the approval does not.
    crowd.follow.execute(
        """
        UPDATE read_model.follower_position SET position = (SELECT max(notification_id)
            FROM hub.events WHERE topic = 'broadcast_recipient.planned.v1')
        WHERE name = 'broadcast_recipients'
        """
    )
    perform_work_item(WORK_KINDS, crowd.runtime, TENANT, kind, reference)
    assert len(stored(crowd, OutboundRequested)) == SIZE


def test_a_release_that_runs_twice_asks_for_nothing_twice(crowd: Broadcasting) -> None:
    crowd.plan()
    crowd.approve()
    crowd.story.catch_up()
    crowd.work()
    crowd.follow.execute(
        "UPDATE read_model.work_items SET state = 'due' WHERE kind = 'release_broadcast.v1'"
    )
    crowd.work()
    assert len(stored(crowd, OutboundRequested)) == SIZE


def test_a_plan_that_was_changed_after_the_approval_sends_nothing(
    crowd: Broadcasting, meta: ScriptedMeta
) -> None:
    crowd.plan()
    crowd.approve()
    crowd.story.catch_up()
    crowd.follow.execute(
        "UPDATE read_model.broadcast_recipients SET body_digest = 'other' WHERE contact_id = %s",
        (crowd.members[0].contact_id,),
    )
    crowd.work_to_the_end()
    assert crowd.state is BroadcastState.CANCELLED
    assert crowd.outbox() == []
    assert meta.requests == []


def test_a_paused_broadcast_sends_nothing_and_goes_on_where_it_was(
    crowd: Broadcasting, sending: SendRuntime, meta: ScriptedMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd.plan()
    crowd.approve()
    crowd.work()
    crowd.story.handle(PauseBroadcast(broadcast_id=crowd.broadcast_id))
    with monkeypatch.context() as begun_before:
        # A lane that was there before does not wait until the outbox shows the pause.
        begun_before.setattr("jobs.outbound.lane_view.newest_position_of", lambda *_, **_kw: 1)
        drain_sender(sending, TENANT, str(SENDER_ID))
    assert meta.requests == []
    drain(crowd, sending)
    assert {state for _, state in crowd.outbox()} == {"held"}
    crowd.story.handle(ResumeBroadcast(broadcast_id=crowd.broadcast_id))
    drain(crowd, sending)
    assert len(meta.requests) == SIZE


def test_a_release_waits_while_the_broadcast_is_paused(crowd: Broadcasting) -> None:
    crowd.plan()
    crowd.approve()
    crowd.story.handle(PauseBroadcast(broadcast_id=crowd.broadcast_id))
    crowd.work()
    assert crowd.outbox() == []
    crowd.story.handle(ResumeBroadcast(broadcast_id=crowd.broadcast_id))
    crowd.work_to_the_end()
    assert len(crowd.outbox()) == SIZE


def test_a_cancelled_broadcast_refuses_what_waits_and_says_so_in_each_message(
    crowd: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    crowd.plan()
    crowd.approve()
    crowd.work()
    crowd.story.handle(CancelBroadcast(broadcast_id=crowd.broadcast_id, reason="wrong date"))
    crowd.work_to_the_end()
    drain(crowd, sending)
    assert meta.requests == []
    refused = stored(crowd, OutboundRefused)
    assert [event.reason for event in refused] == ["broadcast_cancelled"] * SIZE
    assert crowd.broadcast.is_withdrawn
    assert crowd.due() == []


def test_a_message_of_a_cancelled_broadcast_that_is_to_be_sent_again_is_refused_not_held(
    crowd: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    meta.answers = [SendOutcomeUnknown(UnknownCause.CONNECTION_LOST)]
    crowd.plan()
    crowd.approve()
    crowd.work()
    drain(crowd, sending)
    crowd.story.handle(CancelBroadcast(broadcast_id=crowd.broadcast_id, reason="wrong date"))
    crowd.work_to_the_end()
    ((doubtful, _),) = [row for row in crowd.outbox() if row[1] == "in_doubt"]
    calls = len(meta.requests)
    crowd.story.handle(
        SettleDoubt(
            outbound_message_id=OutboundMessageId(doubtful), decision=DoubtDecision.SEND_AGAIN
        ),
        by=OPERATOR,
    )
    drain(crowd, sending)
    assert dict(crowd.outbox())[doubtful] == "refused"
    assert len(meta.requests) == calls


def test_an_opt_out_after_the_approval_is_heeded(
    crowd: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    crowd.plan()
    crowd.approve()
    crowd.work()
    crowd.story.handle(OptOut(contact_id=crowd.members[0].contact_id))
    drain(crowd, sending)
    assert len(meta.requests) == SIZE - 1
    (refused,) = stored(crowd, OutboundRefused)
    assert refused.contact_id == crowd.members[0].contact_id
    assert refused.reason == "contact_opted_out"


def test_each_message_carries_the_approval_of_the_whole(crowd: Broadcasting) -> None:
    crowd.plan()
    crowd.approve()
    crowd.work()
    approval = crowd.broadcast.approval
    assert approval is not None
    requested = stored(crowd, OutboundRequested)
    assert len(requested) == SIZE
    for event in requested:
        assert event.approval.event_id == approval.event_id
        assert event.approval.reference == crowd.broadcast_id
        assert event.priority == 10


def stored(crowd: Broadcasting, kind: type[Any]) -> list[Any]:
    """The events of a kind that jobs stored, opened, in their order."""
    from infrastructure.following.event_log import read_log
    from infrastructure.postgres.sealing import open_records

    page = read_log(crowd.follow, after=0, limit=10_000, topics=frozenset({kind.TOPIC}))
    records = open_records(crowd.runtime.vault, [item.record for item in page.events])
    return [record.event for record in records]


def test_an_account_that_has_used_up_its_calls_is_left_alone_and_no_attempt_is_spent(
    crowd: Broadcasting, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    crowd.plan()
    crowd.approve()
    crowd.work()
    meta.answers = [
        SendRefused(
            "The WhatsApp account made too many calls.",
            error_class=SendErrorClass.ACCOUNT_THROTTLED,
            retry=RetryRule(retries_max=None, wait_seconds=60, spends_attempt=False),
            next_step="Nothing: the message is sent again more slowly.",
            meta_code=80007,
        )
        for _ in range(SIZE)
    ]
    drain(crowd, sending)
    assert 1 <= len(meta.requests) <= SIZE // 2
    ids = [message_id for message_id, _ in crowd.outbox()]
    assert {row.delivery_state for row in outbox_messages(TENANT, ids).fetch(crowd.follow)} == {
        "requested"
    }
