"""A broadcast: drafted, planned, approved as a whole by a human, stopped and resumed."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from domain.broadcast import (
    SENDING,
    Audience,
    Broadcast,
    BroadcastApproved,
    BroadcastCancelled,
    BroadcastCompleted,
    BroadcastContent,
    BroadcastDrafted,
    BroadcastNotReady,
    BroadcastPaused,
    BroadcastPlanFailed,
    BroadcastPlanned,
    BroadcastPlanRequested,
    BroadcastProgressed,
    BroadcastReleased,
    BroadcastResumed,
    BroadcastRevised,
    BroadcastState,
    PlanChanged,
    StateCount,
)
from domain.broadcast_commands import (
    AbandonBroadcast,
    ApproveBroadcast,
    BroadcastCommand,
    CancelBroadcast,
    DraftBroadcast,
    FailPlan,
    NoteProgress,
    PauseBroadcast,
    PlanBroadcast,
    RecordPlan,
    RecordRelease,
    ResumeBroadcast,
    ReviseBroadcast,
)
from domain.broadcast_words import TextWords
from domain.errors import AlreadyExists, HubError, HumanRequired, InvalidInput
from domain.identity import BroadcastId, BroadcastPlanId, PlanRequestId, SenderNumberId
from tests.domain.given import ASSISTANT, SYSTEM, TENANT, given
from tests.domain.samples import sample_of

ID = BroadcastId(UUID(int=1))
PLAN = BroadcastPlanId(UUID(int=2))
REQUEST = PlanRequestId(UUID(int=3))
AUDIENCE = Audience(labels=("klien-aktif",))
CONTENT = BroadcastContent(title="Libur", words=TextWords(text="Yth. {contact_name}, kami libur."))
DRAFTED = BroadcastDrafted(
    tenant_id=TENANT,
    broadcast_id=ID,
    sender_number_id=SenderNumberId(UUID(int=4)),
    audience=AUDIENCE,
    content=CONTENT,
)
ASKED = BroadcastPlanRequested(broadcast_id=ID, request_id=REQUEST)
PLANNED = BroadcastPlanned(
    broadcast_id=ID,
    request_id=REQUEST,
    plan_id=PLAN,
    plan_digest="digest",
    recipients=3,
    excluded=(),
    forecast=(),
)
APPROVED = BroadcastApproved(broadcast_id=ID, plan_id=PLAN, plan_digest="digest", recipients=3)
RELEASED = BroadcastReleased(broadcast_id=ID, plan_id=PLAN, requested=3)
PAUSED = BroadcastPaused(broadcast_id=ID)
UNDER_WAY = (DRAFTED, ASKED, PLANNED, APPROVED, RELEASED)
APPROVE = ApproveBroadcast(broadcast_id=ID, plan_digest="digest")
COUNTS = (StateCount(state="accepted", messages=3),)


def draft(**changes: Any) -> DraftBroadcast:
    facts: dict[str, Any] = {
        "tenant_id": TENANT,
        "broadcast_id": ID,
        "sender_number_id": SenderNumberId(UUID(int=4)),
        "audience": AUDIENCE,
        "content": CONTENT,
    }
    return DraftBroadcast(**(facts | changes))


def test_a_broadcast_is_drafted_once() -> None:
    given(Broadcast).when(draft()).then(DRAFTED)
    given(Broadcast, DRAFTED).when(draft()).then_refused(AlreadyExists)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"audience": Audience(labels=())}, ("audience", "labels")),
        ({"audience": Audience(labels=("Budi",))}, ("audience", "labels", "0")),
        (
            {"content": BroadcastContent(title="", words=TextWords(text="x"))},
            ("content", "title"),
        ),
        (
            {"content": BroadcastContent(title="t", words=TextWords(text="{phone}"))},
            ("content", "words", "text"),
        ),
        (
            {"content": BroadcastContent(title="t", words=TextWords(text="x" * 4097))},
            ("content", "words", "text"),
        ),
        (
            {"content": BroadcastContent(title="t", words=TextWords(text="{firm_name}" * 30))},
            ("content", "words", "text"),
        ),
    ],
)
def test_words_and_audience_are_checked_by_their_place(
    changes: dict[str, Any], field: tuple[str, ...]
) -> None:
    given(Broadcast).when(draft(**changes)).then_refused(InvalidInput, field=field)


def test_a_change_before_the_approval_drops_the_plan() -> None:
    other = Audience(labels=("pajak",))
    revise = ReviseBroadcast(tenant_id=TENANT, broadcast_id=ID, audience=other, content=CONTENT)
    given(Broadcast, DRAFTED, ASKED, PLANNED).when(revise).then(
        BroadcastRevised(tenant_id=TENANT, broadcast_id=ID, audience=other, content=CONTENT)
    )
    given(
        Broadcast,
        DRAFTED,
        ASKED,
        PLANNED,
        BroadcastRevised(tenant_id=TENANT, broadcast_id=ID, audience=other, content=CONTENT),
    ).when(APPROVE).then_refused(BroadcastNotReady)
    given(Broadcast, *UNDER_WAY).when(revise).then_refused(BroadcastNotReady)


def test_only_the_plan_that_was_asked_for_last_counts() -> None:
    record = RecordPlan(
        broadcast_id=ID,
        request_id=REQUEST,
        plan_id=PLAN,
        plan_digest="digest",
        recipients=3,
        excluded=(),
        forecast=(),
    )
    given(Broadcast, DRAFTED, ASKED).when(record).then(PLANNED)
    other = BroadcastPlanRequested(broadcast_id=ID, request_id=PlanRequestId(UUID(int=9)))
    given(Broadcast, DRAFTED, other).when(record).then_refused(BroadcastNotReady)
    failed = FailPlan(broadcast_id=ID, request_id=REQUEST, reason="poison")
    given(Broadcast, DRAFTED, ASKED).when(failed).then(
        BroadcastPlanFailed(broadcast_id=ID, request_id=REQUEST, reason="poison")
    )
    given(Broadcast, DRAFTED, ASKED, PLANNED).when(failed).then_nothing()


def test_a_human_approves_exactly_the_plan_that_stands() -> None:
    past = (DRAFTED, ASKED, PLANNED)
    given(Broadcast, *past).when(APPROVE).then(APPROVED)
    other = ApproveBroadcast(broadcast_id=ID, plan_digest="of another plan")
    given(Broadcast, *past).when(other).then_refused(PlanChanged)
    for part in (ASSISTANT, SYSTEM):
        given(Broadcast, *past).when(APPROVE, by=part).then_refused(HumanRequired)
    given(Broadcast, DRAFTED).when(APPROVE).then_refused(BroadcastNotReady)


def test_a_plan_for_nobody_cannot_be_approved() -> None:
    nobody = sample_of(
        BroadcastPlanned, broadcast_id=ID, request_id=REQUEST, plan_digest="digest", recipients=0
    )
    given(Broadcast, DRAFTED, ASKED, nobody).when(APPROVE).then_refused(InvalidInput)


def test_sending_is_paused_by_a_member_and_resumed_by_a_human() -> None:
    pause, resume = PauseBroadcast(broadcast_id=ID), ResumeBroadcast(broadcast_id=ID)
    given(Broadcast, *UNDER_WAY).when(pause).then(PAUSED)
    given(Broadcast, *UNDER_WAY, PAUSED).when(pause).then_nothing()
    given(Broadcast, *UNDER_WAY, PAUSED).when(resume).then(BroadcastResumed(broadcast_id=ID))
    given(Broadcast, *UNDER_WAY, PAUSED).when(resume, by=SYSTEM).then_refused(HumanRequired)
    given(Broadcast, DRAFTED).when(pause).then_refused(BroadcastNotReady)


def test_a_cancelled_broadcast_stays_cancelled() -> None:
    cancel = CancelBroadcast(broadcast_id=ID, reason="wrong date")
    cancelled = BroadcastCancelled(broadcast_id=ID, reason="wrong date", plan_id=PLAN)
    given(Broadcast, *UNDER_WAY).when(cancel).then(cancelled)
    given(Broadcast, DRAFTED).when(cancel).then(
        BroadcastCancelled(broadcast_id=ID, reason="wrong date")
    )
    given(Broadcast, *UNDER_WAY, cancelled).when(cancel).then_refused(BroadcastNotReady)
    given(Broadcast, *UNDER_WAY, cancelled).when(ResumeBroadcast(broadcast_id=ID)).then_refused(
        BroadcastNotReady
    )
    abandon = AbandonBroadcast(broadcast_id=ID, reason="plan_not_as_approved")
    given(Broadcast, *UNDER_WAY, cancelled).when(abandon).then_nothing()


def test_progress_is_recorded_when_it_changed_and_the_end_once() -> None:
    note = NoteProgress(broadcast_id=ID, counts=COUNTS, is_over=False)
    progressed = BroadcastProgressed(broadcast_id=ID, counts=COUNTS)
    given(Broadcast, *UNDER_WAY).when(note).then(progressed)
    given(Broadcast, *UNDER_WAY, progressed).when(note).then_nothing()
    over = NoteProgress(broadcast_id=ID, counts=COUNTS, is_over=True)
    completed = BroadcastCompleted(broadcast_id=ID, counts=COUNTS)
    given(Broadcast, *UNDER_WAY, progressed).when(over).then(completed)
    given(Broadcast, *UNDER_WAY, completed).when(over).then_nothing()
    given(Broadcast, *UNDER_WAY[:4]).when(over).then_nothing()


_ANY_COMMAND = st.sampled_from(
    [
        draft(),
        PlanBroadcast(broadcast_id=ID, request_id=REQUEST),
        PlanBroadcast(broadcast_id=ID, request_id=PlanRequestId(UUID(int=9))),
        RecordPlan(
            broadcast_id=ID,
            request_id=REQUEST,
            plan_id=PLAN,
            plan_digest="digest",
            recipients=3,
            excluded=(),
            forecast=(),
        ),
        FailPlan(broadcast_id=ID, request_id=REQUEST, reason="poison"),
        APPROVE,
        ApproveBroadcast(broadcast_id=ID, plan_digest="of another plan"),
        RecordRelease(broadcast_id=ID, plan_id=PLAN, requested=3),
        PauseBroadcast(broadcast_id=ID),
        ResumeBroadcast(broadcast_id=ID),
        CancelBroadcast(broadcast_id=ID, reason="wrong date"),
        NoteProgress(broadcast_id=ID, counts=COUNTS, is_over=False),
        NoteProgress(broadcast_id=ID, counts=COUNTS, is_over=True),
    ]
)


@for_any(st.lists(st.tuples(_ANY_COMMAND, st.booleans()), max_size=30))
def test_whatever_is_commanded_nothing_may_be_sent_without_a_human_approval_of_this_plan(
    commands: list[tuple[BroadcastCommand, bool]],
) -> None:
    past: list[Any] = []
    for command, is_human in commands:
        sentence = given(Broadcast, *past)
        when = sentence.when(command) if is_human else sentence.when(command, by=SYSTEM)
        try:
            happened = when._carry_out()
        except HubError:
            continue
        assert is_human or BroadcastApproved not in {type(event) for event in happened}
        past += happened
    broadcast = Broadcast.replay(ID, past)
    if broadcast.state in SENDING | {BroadcastState.PAUSED, BroadcastState.COMPLETED}:
        assert broadcast.approved is not None
        assert broadcast.plan is not None
        assert broadcast.approved.plan_digest == broadcast.plan.plan_digest
    over = [event for event in past if isinstance(event, BroadcastCancelled | BroadcastCompleted)]
    assert len(over) <= 1
