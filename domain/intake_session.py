"""The intake of one conversation: consent, then questions with branches, then a person."""

from enum import StrEnum
from uuid import UUID

from domain.aggregate import Aggregate, Command, CommandContext
from domain.errors import InvalidInput
from domain.event import Event, EventRecord
from domain.identity import ContactId, ConversationId, EventId, IntakeSessionId, MessageId
from domain.intake import (
    END_OF_INTAKE,
    HandOverReason,
    IntakeAnswer,
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
from domain.intake_answer import Said, consent_option, matching_option
from domain.ports.assistant import IntakeTopic
from domain.scopes import Scope


class IntakeState(StrEnum):
    """Where an intake stands."""

    NONE = "none"
    CONSENT = "consent"
    ASKING = "asking"
    COMPLETED = "completed"
    REFUSED = "refused"
    HANDED_OVER = "handed_over"


class IntakeSession(Aggregate):
    """The intake session as its events have made it.

    `open_key` is the question that waits for its answer, `is_repeated` whether it was asked twice.
    """

    NOUN = "intake session"
    EVENTS = (
        IntakeStarted,
        IntakeQuestionAsked,
        IntakeQuestionAnswered,
        IntakeConsentGiven,
        IntakeConsentRefused,
        IntakeCompleted,
        IntakeFollowUpReceived,
        IntakeHandedOver,
    )

    state: IntakeState = IntakeState.NONE
    has_consent: bool = False
    started: IntakeStarted
    open_key: str | None = None
    is_repeated: bool = False
    last_answered_topic: str | None = None
    hand_over_reason: HandOverReason | None = None

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.asked_by: dict[str, EventId] = {}
        self.reviews: list[EventId] = []

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case IntakeStarted():
                self.started = event
                self.state = IntakeState.CONSENT
            case IntakeQuestionAsked():
                self.open_key = event.question_key
                self.is_repeated = event.repeated
                if self.has_consent:
                    self.state = IntakeState.ASKING
            case IntakeQuestionAnswered():
                self.open_key = None
                self.last_answered_topic = event.topic
            case IntakeConsentGiven():
                self.open_key = None
                self.has_consent = True
            case IntakeConsentRefused():
                self.open_key = None
                self.state = IntakeState.REFUSED
            case IntakeCompleted():
                self.open_key = None
                self.state = IntakeState.COMPLETED
            case IntakeHandedOver():
                self._hand_over(event.reason)

    def _hand_over(self, reason: HandOverReason) -> None:
        self.open_key = None
        self.state = IntakeState.HANDED_OVER
        self.hand_over_reason = reason
        if reason is HandOverReason.CONSENT_WITHDRAWN:
            self.has_consent = False

    def note_envelope(self, record: EventRecord) -> None:
        """Keep which event asked each question last, and which events asked for a review."""
        match record.event:
            case IntakeQuestionAsked():
                self.asked_by[record.event.question_key] = record.event_id
            case IntakeCompleted() | IntakeFollowUpReceived():
                self.reviews.append(record.event_id)

    @property
    def is_unfinished(self) -> bool:
        """Whether the session still asks questions."""
        return self.state in {IntakeState.CONSENT, IntakeState.ASKING}

    @property
    def may_ask_again(self) -> bool:
        """Whether a message of the contact could still lead to a question."""
        return (
            self.is_unfinished
            or self.state is IntakeState.REFUSED
            or self.hand_over_reason is HandOverReason.NOT_UNDERSTOOD
        )

    def ask(self, flow: IntakeFlow, question: IntakeQuestion, *, repeated: bool = False) -> None:
        """Record that the question is due to be asked."""
        self.record(
            IntakeQuestionAsked(
                session_id=self.started.session_id,
                conversation_id=self.started.conversation_id,
                contact_id=self.started.contact_id,
                question_key=question.key,
                topic=question.topic,
                flow_version=flow.version,
                repeated=repeated,
            )
        )

    def hand_over(self, reason: HandOverReason) -> None:
        """Record that the intake goes on with a person."""
        self.record(
            IntakeHandedOver(
                session_id=self.started.session_id,
                conversation_id=self.started.conversation_id,
                contact_id=self.started.contact_id,
                reason=reason,
            )
        )

    def take(self, flow: IntakeFlow, message_id: MessageId, said: Said) -> None:
        """Decide what a message of the contact means for the intake."""
        if not self.has_consent:
            self._take_consent_answer(flow, message_id, said)
        elif self.state is IntakeState.ASKING:
            self._take_answer(flow, message_id, said)
        else:
            self.record(
                IntakeFollowUpReceived(
                    session_id=self.started.session_id,
                    conversation_id=self.started.conversation_id,
                    contact_id=self.started.contact_id,
                    message_id=message_id,
                )
            )

    def _take_consent_answer(self, flow: IntakeFlow, message_id: MessageId, said: Said) -> None:
        option = consent_option(flow, said)
        if option is not None and option.id == flow.consent_yes:
            answer = IntakeAnswer(text=said.words, option_id=option.id)
            self._give_consent(flow, message_id, answer, branch=option.leads_to)
        elif self.state is not IntakeState.CONSENT:
            return  # a person looks after the contact, who may still agree at any time
        elif option is not None and option.id == flow.consent_no:
            self.record(
                IntakeConsentRefused(
                    session_id=self.started.session_id,
                    conversation_id=self.started.conversation_id,
                    contact_id=self.started.contact_id,
                    message_id=message_id,
                    flow_version=flow.version,
                )
            )
        elif self.is_repeated:
            self.hand_over(HandOverReason.NOT_UNDERSTOOD)
        else:
            self.ask(flow, flow.consent, repeated=True)

    def _give_consent(
        self, flow: IntakeFlow, message_id: MessageId, answer: IntakeAnswer, *, branch: str | None
    ) -> None:
        goes_on = self.may_ask_again
        self.record(
            IntakeConsentGiven(
                session_id=self.started.session_id,
                conversation_id=self.started.conversation_id,
                contact_id=self.started.contact_id,
                message_id=message_id,
                first_message_id=self.started.message_id,
                flow_version=flow.version,
                content=answer,
            )
        )
        if goes_on:
            self._go_on(flow, message_id, _next_key(flow, flow.consent, branch))

    def _take_answer(self, flow: IntakeFlow, message_id: MessageId, said: Said) -> None:
        question = next(q for q in flow.questions if q.key == self.open_key)
        if self._is_another_document(question, said):
            return
        option = matching_option(question, said) if question.options else None
        takes_file = said.is_file and question.topic == IntakeTopic.DOCUMENTS
        understood = option is not None if question.options else said.is_readable or takes_file
        if not understood and not self.is_repeated:
            self.ask(flow, question, repeated=True)
            return
        self.record(
            IntakeQuestionAnswered(
                session_id=self.started.session_id,
                conversation_id=self.started.conversation_id,
                contact_id=self.started.contact_id,
                message_id=message_id,
                question_key=question.key,
                topic=question.topic,
                option_id=option.id if option else None,
                content=IntakeAnswer(text=said.words, option_id=option.id if option else None),
            )
        )
        self._go_on(
            flow, message_id, _next_key(flow, question, option.leads_to if option else None)
        )

    def _is_another_document(self, question: IntakeQuestion, said: Said) -> bool:
        """Whether a file belongs to the documents asked for just before, not to this question."""
        return (
            said.is_file
            and question.topic != IntakeTopic.DOCUMENTS
            and self.last_answered_topic == IntakeTopic.DOCUMENTS
        )

    def _go_on(self, flow: IntakeFlow, message_id: MessageId, key: str) -> None:
        following = next((question for question in flow.questions if question.key == key), None)
        if following is not None:
            self.ask(flow, following)
            return
        self.record(
            IntakeCompleted(
                session_id=self.started.session_id,
                conversation_id=self.started.conversation_id,
                contact_id=self.started.contact_id,
                message_id=message_id,
                flow_version=flow.version,
            )
        )


def _next_key(flow: IntakeFlow, question: IntakeQuestion, branch: str | None) -> str:
    named = branch or question.leads_to
    if named is not None:
        return named
    keys = [flow.consent.key, *(other.key for other in flow.questions)]
    place = keys.index(question.key) + 1
    return keys[place] if place < len(keys) else END_OF_INTAKE


class TakeInboundMessage(Command, frozen=True, kw_only=True):
    """Let a message of the contact start the intake, answer its question, or follow it up.

    `flow` is the version with which the session began, or the latest one for a new session.
    """

    SCOPE = Scope.INTAKE_RUN
    AGGREGATE = IntakeSession
    STREAM = "session_id"

    session_id: IntakeSessionId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    flow: IntakeFlow
    said: Said

    def execute(self, session: IntakeSession, _context: CommandContext) -> None:
        """Raise InvalidInput when the session began with another version of the flow."""
        if not session.exists:
            session.record(
                IntakeStarted(
                    session_id=self.session_id,
                    conversation_id=self.conversation_id,
                    contact_id=self.contact_id,
                    message_id=self.message_id,
                    flow_version=self.flow.version,
                )
            )
            session.ask(self.flow, self.flow.consent)
            return
        if self.flow.version != session.started.flow_version:
            raise InvalidInput(
                f"The session began with version {session.started.flow_version} of the flow.",
                field=("flow", "version"),
                hint="Send the version with which the session began.",
            )
        session.take(self.flow, self.message_id, self.said)


class HandOverIntake(Command, frozen=True, kw_only=True):
    """Let a person go on; no further question is asked."""

    SCOPE = Scope.INTAKE_RUN
    AGGREGATE = IntakeSession
    STREAM = "session_id"

    session_id: IntakeSessionId
    reason: HandOverReason

    def execute(self, session: IntakeSession, _context: CommandContext) -> None:
        """Hand over; a session that will ask nothing more stays as it is."""
        ends_consent = self.reason is HandOverReason.CONSENT_WITHDRAWN and session.has_consent
        if session.may_ask_again or ends_consent:
            session.hand_over(self.reason)


class RepeatOpenQuestion(Command, frozen=True, kw_only=True):
    """Ask the open question again, because the contact came back."""

    SCOPE = Scope.INTAKE_RUN
    AGGREGATE = IntakeSession
    STREAM = "session_id"

    session_id: IntakeSessionId
    flow: IntakeFlow

    def execute(self, session: IntakeSession, _context: CommandContext) -> None:
        """Ask again; a session without an open question stays as it is."""
        for question in (self.flow.consent, *self.flow.questions):
            if session.is_unfinished and question.key == session.open_key:
                session.ask(self.flow, question, repeated=session.is_repeated)
