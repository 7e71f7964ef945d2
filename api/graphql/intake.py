"""Intake: how far a new contact has come, and what was answered."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.access import described, guarded
from api.graphql.content import ContentState, content_state, shown
from api.graphql.context import Info
from api.graphql.enums import IntakeState
from api.graphql.ids import global_id
from api.graphql.node import NOT_LOADED, Maybe, Node, related
from api.reading import Opened, Reading
from domain.intake import IntakeAnswer as Answer
from domain.scopes import Scope
from projections.intake_board import IntakeRow, answers_of

if TYPE_CHECKING:
    from api.graphql.conversation import Conversation

LazyConversation = Annotated["Conversation", strawberry.lazy("api.graphql.conversation")]


@strawberry.type(description="What the contact answered to one question.")
class IntakeAnswer:
    """An answer on the intake board."""

    question_key: str = strawberry.field(description="The key of the question in the flow.")
    topic: str = strawberry.field(description="What the question is about.")
    answered_at: datetime = strawberry.field(description="When it was answered.")
    option_id: str | None = strawberry.field(
        description="The quick reply that the answer matched; null for free words."
    )
    words: strawberry.Private[Opened]

    @described("The answer word for word; null where it is not shown.")
    def text(self, info: Info) -> str | None:
        """The contact's words."""
        return shown(info, self.words, _text)

    @described("Whether the answer is shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why the answer is shown or not."""
        return content_state(info, self.words)


@strawberry.type(description="The guided questions that a new contact is asked.")
class IntakeSession(Node):
    """A row of the intake board."""

    state: IntakeState = strawberry.field(description="How far it has come.")
    flow_version: int = strawberry.field(description="The published version of the questions.")
    version: int = strawberry.field(description="The version of the session.")
    started_at: datetime = strawberry.field(description="When it began.")
    completed_at: datetime | None = strawberry.field(description="When it ended; null if not.")
    open_question_key: str | None = strawberry.field(
        description="The question that waits for an answer; null if none."
    )
    open_topic: str | None = strawberry.field(description="What that question is about.")
    asked_at: datetime | None = strawberry.field(description="When that question was asked.")
    answers: list[IntakeAnswer] = strawberry.field(description="The answers, oldest first.")
    row: strawberry.Private[IntakeRow]
    loaded_conversation: strawberry.Private[Maybe[LazyConversation]] = NOT_LOADED

    @guarded(Scope.CONVERSATIONS_READ, "The conversation in which the questions are asked.")
    def conversation(self, info: Info) -> LazyConversation | None:
        """Where it takes place."""
        key = self.row.conversation_id
        return related(self.loaded_conversation, info, "Conversation", key)


def intake_session(reading: Reading, row: IntakeRow) -> IntakeSession:
    """Return a session of the intake board."""
    return IntakeSession(
        id=global_id("IntakeSession", row.session_id),
        state=IntakeState(row.state),
        flow_version=row.flow_version,
        version=row.version,
        started_at=row.started_at,
        completed_at=row.completed_at,
        open_question_key=row.open_question_key,
        open_topic=row.open_topic,
        asked_at=row.asked_at,
        answers=[
            IntakeAnswer(
                question_key=answer.question_key,
                topic=answer.topic,
                answered_at=answer.at,
                option_id=answer.option_id,
                words=reading.content(answer.sealed),
            )
            for answer in answers_of(row)
        ],
        row=row,
    )


def _text(answer: Answer) -> str:
    return answer.text
