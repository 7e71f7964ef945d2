"""Whatever comes in whatever order: one attempt at a time, approved words only, never backwards."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.aggregate import Command
from domain.delivery_state import DeliveryState
from domain.errors import HubError
from domain.event import Event
from domain.identity import EventId
from domain.outbound_commands import (
    DoubtDecision,
    RecordAttemptFailure,
    RecordFailure,
    RecordInDoubt,
    RecordSent,
    RefuseSend,
    SettleDoubt,
    StartAttempt,
    TakeStatus,
)
from domain.outbound_message import (
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundFailed,
    OutboundFoundSent,
    OutboundInDoubt,
    OutboundMessage,
    OutboundSent,
    OutboundStatusUpdated,
)
from tests.domain.given import LAWYER, SYSTEM, digest, given, text
from tests.domain.memory_journal import START
from tests.domain.test_outbound_message import ID, WORDS, request

STATUSES = some.sampled_from(["sent", "delivered", "read", "played", "failed", "warning"])
ATTEMPTS = some.integers(min_value=0, max_value=4)
LEFT = (
    DeliveryState.ACCEPTED,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
    DeliveryState.PLAYED,
)
ORDER = [
    DeliveryState.ATTEMPTING,
    DeliveryState.IN_DOUBT,
    DeliveryState.ACCEPTED,
    DeliveryState.SENT,
    DeliveryState.FAILED,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
    DeliveryState.PLAYED,
]


class OutboundMachine(RuleBasedStateMachine):
    """A message to which anything happens. A crash is simply that nothing follows an attempt."""

    def __init__(self) -> None:
        super().__init__()
        self.past: list[Event] = []
        self.statuses = 0

    def happen(self, command: Command, **how: Any) -> None:
        before = OutboundMessage.replay(ID, self.past)
        try:
            events = given(OutboundMessage, *self.past).when(command, **how)._carry_out()
        except HubError:
            return
        self.past += events
        self.check(before, OutboundMessage.replay(ID, self.past), events)

    def check(
        self, before: OutboundMessage, after: OutboundMessage, events: tuple[Event, ...]
    ) -> None:
        if before.version == 0:
            return
        retried = any(isinstance(event, OutboundAttemptFailed) for event in events)
        if before.state in ORDER and not retried:
            assert ORDER.index(after.state) >= ORDER.index(before.state)
        if retried:
            assert before.state in {DeliveryState.ATTEMPTING, DeliveryState.IN_DOUBT}
        if any(isinstance(event, OutboundAttemptStarted) for event in events):
            assert before.state is DeliveryState.REQUESTED

    @initialize()
    def ask(self) -> None:
        self.happen(request(), by=SYSTEM)

    @rule(words=some.sampled_from([WORDS, text("Other words")]))
    def start(self, words: Any) -> None:
        self.happen(StartAttempt(outbound_message_id=ID, body_digest=digest(words)))

    @rule(attempt=ATTEMPTS, wamid=some.sampled_from(["a", "b"]))
    def answer(self, attempt: int, wamid: str) -> None:
        self.happen(
            RecordSent(outbound_message_id=ID, attempt=attempt, wamid=wamid, wamid_digest=wamid)
        )

    @rule(attempt=ATTEMPTS)
    def fail_attempt(self, attempt: int) -> None:
        self.happen(
            RecordAttemptFailure(
                outbound_message_id=ID, attempt=attempt, code=1, words="busy", due_at=START
            )
        )

    @rule(attempt=ATTEMPTS)
    def fail(self, attempt: int) -> None:
        self.happen(RecordFailure(outbound_message_id=ID, attempt=attempt, code=1, words="no"))

    @rule(attempt=ATTEMPTS)
    def lose_the_answer(self, attempt: int) -> None:
        self.happen(RecordInDoubt(outbound_message_id=ID, attempt=attempt, cause="timeout"))

    @rule(status=STATUSES, attempt=some.none() | ATTEMPTS, again=some.booleans())
    def report(self, status: str, attempt: int | None, again: bool) -> None:
        self.statuses += 0 if again else 1
        self.happen(
            TakeStatus(
                outbound_message_id=ID,
                status=status,
                attempt=attempt,
                provider_time=START,
                status_event_id=EventId(UUID(int=self.statuses)),
            )
        )

    @rule()
    def refuse(self) -> None:
        self.happen(RefuseSend(outbound_message_id=ID, reason="consent_missing"))

    @rule(decision=some.sampled_from(DoubtDecision), actor=some.sampled_from([LAWYER, SYSTEM]))
    def settle(self, decision: DoubtDecision, actor: Any) -> None:
        self.happen(SettleDoubt(outbound_message_id=ID, decision=decision), by=actor)

    @invariant()
    def each_attempt_had_its_outcome_before_the_next_began(self) -> None:
        is_open = False
        for event in self.past:
            match event:
                case OutboundAttemptStarted():
                    assert not is_open
                    is_open = True
                case OutboundAttemptFailed():
                    is_open = False
                case OutboundSent() | OutboundFailed() | OutboundFoundSent():
                    pass  # nothing is attempted after these; the state check above sees to it

    @invariant()
    def attempts_are_numbered_and_carry_the_approved_words(self) -> None:
        started = [e for e in self.past if isinstance(e, OutboundAttemptStarted)]
        assert [event.attempt for event in started] == list(range(1, len(started) + 1))
        assert all(event.body_digest == digest(WORDS) for event in started)

    @invariant()
    def what_left_is_never_attempted_again(self) -> None:
        left = False
        for event in self.past:
            if isinstance(event, OutboundAttemptStarted):
                assert not left
            if isinstance(event, OutboundStatusUpdated):
                left = left or event.state in LEFT
            left = left or isinstance(event, OutboundSent | OutboundFoundSent)

    @invariant()
    def every_status_event_is_kept_once(self) -> None:
        kept = [e.status_event_id for e in self.past if isinstance(e, OutboundStatusUpdated)]
        assert len(kept) == len(set(kept))

    @invariant()
    def the_doubt_is_only_left_by_a_status_an_answer_or_a_person(self) -> None:
        for event, following in zip(self.past, self.past[1:], strict=False):
            if isinstance(event, OutboundInDoubt):
                assert not isinstance(following, OutboundAttemptStarted)


TestOutboundMachine = pytest.mark.timeout(60)(OutboundMachine.TestCase)
TestOutboundMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_the_order_of_the_states_leaves_none_out() -> None:
    unsent = {DeliveryState.REQUESTED, DeliveryState.REFUSED, DeliveryState.CANCELLED}
    assert {*ORDER} | unsent == set(DeliveryState)
