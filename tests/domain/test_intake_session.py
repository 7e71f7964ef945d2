"""An intake session: any answers in any order lead through it once, and never past a refusal."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.aggregate import Command
from domain.errors import InvalidInput
from domain.event import Event
from domain.identity import ContactId, ConversationId, IntakeSessionId, MessageId
from domain.intake import (
    END_OF_INTAKE,
    AnswerOption,
    HandOverReason,
    IntakeCompleted,
    IntakeConsentGiven,
    IntakeConsentRefused,
    IntakeFlow,
    IntakeFollowUpReceived,
    IntakeHandedOver,
    IntakeQuestion,
    IntakeQuestionAnswered,
    IntakeQuestionAsked,
    IntakeStarted,
)
from domain.intake_answer import Said
from domain.intake_session import (
    HandOverIntake,
    IntakeSession,
    IntakeState,
    RepeatOpenQuestion,
    TakeInboundMessage,
)
from domain.standard_intake import standard_intake
from tests.domain.given import SYSTEM, given

ID = IntakeSessionId(UUID(int=1))
MESSAGE = MessageId(UUID(int=4))
FLOW = standard_intake()
SHORT = msgspec.structs.replace(
    FLOW,
    questions=(
        IntakeQuestion(
            key="help",
            topic="key_facts",
            text="Perlu bantuan apa?",
            options=(
                AnswerOption(id="talk", title="Bicara", leads_to=END_OF_INTAKE),
                AnswerOption(id="write", title="Menulis"),
            ),
        ),
        IntakeQuestion(key="what", topic="key_facts", text="Apa?", leads_to="when"),
        IntakeQuestion(key="where", topic="location_or_court", text="Di mana?"),
        IntakeQuestion(key="when", topic="contact_time", text="Kapan?"),
    ),
)


def take(words: str, *, flow: IntakeFlow = SHORT, **said: Any) -> TakeInboundMessage:
    return TakeInboundMessage(
        session_id=ID,
        conversation_id=ConversationId(UUID(int=2)),
        contact_id=ContactId(UUID(int=3)),
        message_id=MESSAGE,
        flow=flow,
        said=Said(words=words, **said),
    )


def after(*commands: Command) -> list[Event]:
    """The events after these commands, one after the other."""
    past: list[Event] = []
    for command in commands:
        past += given(IntakeSession, *past).when(command, by=SYSTEM)._carry_out()
    return past


def session(past: list[Event]) -> IntakeSession:
    return IntakeSession.replay(ID, past)


def keys(past: list[Event]) -> list[str]:
    return [event.question_key for event in past if isinstance(event, IntakeQuestionAsked)]


HALO = take("Halo")
YES = take("Setuju")
TO_MEMBER = HandOverIntake(session_id=ID, reason=HandOverReason.MEMBER_REPLIED)
WITHOUT_CONSENT = HandOverIntake(session_id=ID, reason=HandOverReason.CONSENT_WITHDRAWN)
REPEAT = RepeatOpenQuestion(session_id=ID, flow=SHORT)


def test_the_first_message_starts_the_session_whatever_it_says() -> None:
    given(IntakeSession).when(take("Setuju"), by=SYSTEM).then_kinds(
        IntakeStarted, IntakeQuestionAsked
    )


def test_an_option_can_end_the_intake() -> None:
    past = after(HALO, YES, take("bicara"))
    assert isinstance(past[-1], IntakeCompleted)
    assert keys(past) == ["consent", "help"]


def test_a_question_can_lead_past_the_next_one() -> None:
    past = after(HALO, YES, take("menulis"), take("Sewa ruko"), take("Besok"))
    assert keys(past) == ["consent", "help", "what", "when"]
    assert session(past).state is IntakeState.COMPLETED


def test_the_yes_of_the_consent_can_lead_to_a_later_question() -> None:
    consent = msgspec.structs.replace(
        SHORT.consent,
        options=(
            AnswerOption(id="agree", title="Setuju", leads_to="when"),
            AnswerOption(id="refuse", title="Tidak"),
        ),
    )
    flow = msgspec.structs.replace(SHORT, consent=consent)
    assert keys(after(take("Halo", flow=flow), take("ok", flow=flow))) == ["consent", "when"]


def test_an_answer_keeps_the_words_and_the_option() -> None:
    past = after(HALO, YES, take("1"))
    answer = next(event for event in past if isinstance(event, IntakeQuestionAnswered))
    assert answer.option_id == "talk"
    assert answer.content.text == "1"  # type: ignore[union-attr]


def test_a_session_refuses_another_version_of_the_flow() -> None:
    other = msgspec.structs.replace(SHORT, version=2)
    given(IntakeSession, *after(HALO)).when(take("ya", flow=other)).then_refused(
        InvalidInput, field=("flow", "version")
    )


@pytest.mark.parametrize("commands", [(HALO,), (HALO, YES), (HALO, take("Tidak"))])
def test_a_member_takes_an_unfinished_or_refused_intake_over(commands: tuple[Command, ...]) -> None:
    past = after(*commands)
    (event,) = given(IntakeSession, *past).when(TO_MEMBER).then_kinds(IntakeHandedOver)
    assert event.reason is HandOverReason.MEMBER_REPLIED
    given(IntakeSession, *past, event).when(TO_MEMBER).then_nothing()


def test_a_finished_or_unknown_intake_is_not_handed_over() -> None:
    given(IntakeSession).when(TO_MEMBER).then_nothing()
    given(IntakeSession).when(WITHOUT_CONSENT).then_nothing()
    given(IntakeSession, *after(HALO, YES, take("1"))).when(TO_MEMBER).then_nothing()


def test_a_withdrawn_consent_ends_also_a_finished_intake() -> None:
    past = after(HALO, YES, take("1"))
    (event,) = given(IntakeSession, *past).when(WITHOUT_CONSENT).then_kinds(IntakeHandedOver)
    given(IntakeSession, *past, event).when(take("Halo?")).then_nothing()
    given(IntakeSession, *past, event).when(YES).then_kinds(IntakeConsentGiven)


def test_the_open_question_is_asked_again_only_while_one_is_open() -> None:
    asked = given(IntakeSession, *after(HALO, YES)).when(REPEAT).then_kinds(IntakeQuestionAsked)
    assert asked[0].question_key == "help"
    given(IntakeSession, *after(HALO)).when(REPEAT).then_kinds(IntakeQuestionAsked)
    given(IntakeSession, *after(HALO, YES, take("1"))).when(REPEAT).then_nothing()
    given(IntakeSession).when(REPEAT).then_nothing()


WORDS = some.sampled_from(
    ["Setuju", "Tidak", "ya", "1", "2", "Bicara", "Menulis", "Suami saya ditahan", "ya tidak", ""]
)


class IntakeMachine(RuleBasedStateMachine):
    """A contact who says anything at any time, members who take over, and consent that ends."""

    def __init__(self) -> None:
        super().__init__()
        self.past: list[Event] = []
        self.messages = 0

    def happen(self, command: Command) -> None:
        events = given(IntakeSession, *self.past).when(command, by=SYSTEM)._carry_out()
        questions = [event for event in events if isinstance(event, IntakeQuestionAsked)]
        assert len(questions) <= 1
        if any(isinstance(event, IntakeCompleted) for event in events):
            assert questions == []
        self.past += events

    @rule(words=WORDS, flags=some.tuples(some.booleans(), some.booleans()))
    def say(self, words: str, flags: tuple[bool, bool]) -> None:
        is_file, is_readable = flags
        self.messages += 1
        self.happen(take(words, is_file=is_file, is_readable=is_readable or not is_file))

    @rule(tapped=some.sampled_from(["consent:agree", "consent:refuse", "help:talk", "help:write"]))
    def tap(self, tapped: str) -> None:
        self.messages += 1
        self.happen(take("x", reply_id=tapped))

    @rule(command=some.sampled_from([TO_MEMBER, WITHOUT_CONSENT, REPEAT]))
    def intervene(self, command: Command) -> None:
        self.happen(command)

    @invariant()
    def it_starts_once_and_is_completed_at_most_once(self) -> None:
        kinds = [type(event) for event in self.past]
        assert kinds.count(IntakeStarted) == (1 if self.messages else 0)
        assert kinds.count(IntakeCompleted) <= 1

    @invariant()
    def nothing_but_the_consent_is_asked_or_assessed_without_consent(self) -> None:
        has_consent = False
        for event in self.past:
            match event:
                case IntakeConsentGiven():
                    assert not has_consent
                    has_consent = True
                case IntakeHandedOver(reason=HandOverReason.CONSENT_WITHDRAWN):
                    has_consent = False
                case IntakeQuestionAsked():
                    assert has_consent is (event.question_key != "consent")
                case IntakeFollowUpReceived() | IntakeCompleted() | IntakeQuestionAnswered():
                    assert has_consent

    @invariant()
    def no_question_is_asked_after_a_member_took_over(self) -> None:
        taken_over = False
        for event in self.past:
            if isinstance(event, IntakeQuestionAsked):
                assert not taken_over
            if isinstance(event, IntakeHandedOver):
                taken_over = taken_over or event.reason is not HandOverReason.NOT_UNDERSTOOD

    @invariant()
    def questions_come_in_order_and_each_is_answered_at_most_once(self) -> None:
        answered = [e.question_key for e in self.past if isinstance(e, IntakeQuestionAnswered)]
        order = [question.key for question in SHORT.questions]
        places = [order.index(key) for key in answered]
        assert places == sorted(set(places))

    @invariant()
    def an_answer_belongs_to_the_open_question(self) -> None:
        open_key = None
        for event in self.past:
            match event:
                case IntakeQuestionAsked():
                    open_key = event.question_key
                case IntakeQuestionAnswered():
                    assert event.question_key == open_key
                    open_key = None
                case IntakeConsentRefused():
                    assert open_key == "consent"


TestIntakeMachine = pytest.mark.timeout(60)(IntakeMachine.TestCase)
TestIntakeMachine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
