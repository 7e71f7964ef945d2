"""Intake: consent, then questions with branches, then a person.

The words are the firm's and are published by a human.
"""

from enum import StrEnum
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import ContactId, ConversationId, IntakeSessionId, MessageId, TenantId

END_OF_INTAKE = "end"
"""What a question or an option leads to when nothing more is asked."""


class AnswerOption(msgspec.Struct, frozen=True, kw_only=True):
    """A quick reply to a question and the question it leads to (None: the next one in order)."""

    id: str
    title: str
    leads_to: str | None = None


class IntakeQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question of the flow.

    `topic` is one of the intake topics; `text` may use the flow's declared variables.
    """

    key: str
    topic: str
    text: str
    options: tuple[AnswerOption, ...] = ()
    leads_to: str | None = None


class IntakeFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the firm's intake: every automatic word that may be sent.

    A question leads to the one that the matched option names, else to the one that the question
    names, else to the next one in order; `END_OF_INTAKE` ends the intake.

    `withdrawal_confirmation` answers a consent that is taken back, `safety_text` is what the
    assistant may suggest where somebody seems to be in danger; empty where the firm has none.

    `variables` names what may be filled in (`firm_name`, `contact_name`); nothing else varies.
    """

    version: int
    language: str
    consent: IntakeQuestion
    consent_yes: str
    consent_no: str
    questions: tuple[IntakeQuestion, ...]
    closing: str
    refused: str
    opt_out_confirmation: str
    variables: tuple[str, ...] = ("firm_name", "contact_name")
    withdrawal_confirmation: str = ""
    safety_text: str = ""


class IntakeFlowPublished(Event, frozen=True, kw_only=True):
    """A human published a version of the flow, and by this approved each of its words.

    Stands in the flow's stream.
    """

    TOPIC: ClassVar[str] = "intake.flow_published.v1"

    tenant_id: TenantId
    flow: IntakeFlow


class IntakeStarted(Event, frozen=True, kw_only=True):
    """A new contact's first message started the intake with the flow published at that time."""

    TOPIC: ClassVar[str] = "intake.started.v1"
    CONTRACT: ClassVar[str | None] = "IntakeUpdated"

    session_id: IntakeSessionId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    flow_version: int


class IntakeQuestionAsked(Event, frozen=True, kw_only=True):
    """The next question is due to be asked; a policy requests the outbound message."""

    TOPIC: ClassVar[str] = "intake.question_asked.v1"
    CONTRACT: ClassVar[str | None] = "IntakeUpdated"

    session_id: IntakeSessionId
    conversation_id: ConversationId
    contact_id: ContactId
    question_key: str
    topic: str
    flow_version: int
    repeated: bool = False


class IntakeAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="intake_answer"):
    """What the contact answered, word for word, and the option it matched."""

    text: str
    option_id: str | None = None


class IntakeQuestionAnswered(PersonalEvent, frozen=True, kw_only=True):
    """The contact answered the open question."""

    TOPIC: ClassVar[str] = "intake.question_answered.v1"
    CONTRACT: ClassVar[str | None] = "IntakeUpdated"
    CONTENT: ClassVar[type] = IntakeAnswer

    session_id: IntakeSessionId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    question_key: str
    topic: str
    option_id: str | None = None
    content: IntakeAnswer | Sealed | Erased | UnsetType = UNSET


class IntakeConsentGiven(PersonalEvent, frozen=True, kw_only=True):
    """The consent question was answered with yes.

    `content` repeats question and answer, the proof of consent.
    """

    TOPIC: ClassVar[str] = "intake.consent_given.v1"
    CONTRACT: ClassVar[str | None] = "IntakeUpdated"
    CONTENT: ClassVar[type] = IntakeAnswer

    session_id: IntakeSessionId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    first_message_id: MessageId
    flow_version: int
    content: IntakeAnswer | Sealed | Erased | UnsetType = UNSET


class IntakeConsentRefused(Event, frozen=True, kw_only=True):
    """The consent question was answered with no; the intake ends and a human takes over."""

    TOPIC: ClassVar[str] = "intake.consent_refused.v1"
    CONTRACT: ClassVar[str | None] = "IntakeUpdated"

    session_id: IntakeSessionId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    flow_version: int


class IntakeCompleted(Event, frozen=True, kw_only=True):
    """The last question was answered."""

    TOPIC: ClassVar[str] = "intake.completed.v1"
    CONTRACT: ClassVar[str | None] = "IntakeUpdated"

    session_id: IntakeSessionId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    flow_version: int


class IntakeFollowUpReceived(Event, frozen=True, kw_only=True):
    """A contact whose intake is over wrote again, with consent; the message can be assessed."""

    TOPIC: ClassVar[str] = "intake.follow_up_received.v1"
    CONTRACT: ClassVar[str | None] = "IntakeUpdated"

    session_id: IntakeSessionId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId


class HandOverReason(StrEnum):
    """Why the intake goes on with a person."""

    MEMBER_REPLIED = "member_replied"
    NOT_UNDERSTOOD = "not_understood"
    CONSENT_WITHDRAWN = "consent_withdrawn"


class IntakeHandedOver(Event, frozen=True, kw_only=True):
    """A person took over before the intake was complete; no further question is asked."""

    TOPIC: ClassVar[str] = "intake.handed_over.v1"
    CONTRACT: ClassVar[str | None] = "IntakeUpdated"

    session_id: IntakeSessionId
    conversation_id: ConversationId
    contact_id: ContactId
    reason: HandOverReason = HandOverReason.MEMBER_REPLIED
