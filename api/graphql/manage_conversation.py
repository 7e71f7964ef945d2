"""Looking after conversations: who does, and whether they go on."""

from typing import Any
from uuid import UUID

import strawberry

from api.graphql.assembly import load
from api.graphql.commands import (
    Cause,
    CommandPayload,
    Done,
    Given,
    Intend,
    Intention,
    Names,
    carry_out,
    cause_of,
)
from api.graphql.context import Info, RequestContext
from api.graphql.conversation import Conversation
from api.graphql.ids import identifier_of
from api.graphql.wanted import wanted_below
from domain.aggregate import Command
from domain.conversation import AssignConversation, CloseConversation, ReopenConversation
from domain.errors import InvalidInput
from domain.identity import ConversationId, MemberId
from projections.member_directory import members_by_id

_CONVERSATION_ID = ("input", "conversationId")
_NAMES: Names = {("reason",): "reason"}


@strawberry.input(description="Give a conversation to a member, or to nobody.")
class AssignConversationInput:
    """Who is to look after it."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    member_id: strawberry.ID | None = strawberry.field(
        default=None, description="The member; null for nobody."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the conversation that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Close a conversation; nothing is sent until it is open again.")
class CloseConversationInput:
    """That it is over."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    reason: str = strawberry.field(
        description="Why, without personal content: it is kept readable for ever."
    )
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the conversation that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Open a closed conversation again.")
class ReopenConversationInput:
    """That it goes on."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the conversation that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.interface(description="The answer to a command on a conversation.")
class ConversationPayload(CommandPayload):
    """The conversation after the command."""

    conversation: Conversation | None = strawberry.field(
        description="The conversation; null if nothing was done."
    )


@strawberry.type(description="The answer to `assignConversation`.")
class AssignConversationPayload(ConversationPayload):
    """After the assignment."""


@strawberry.type(description="The answer to `closeConversation`.")
class CloseConversationPayload(ConversationPayload):
    """After the closing."""


@strawberry.type(description="The answer to `reopenConversation`.")
class ReopenConversationPayload(ConversationPayload):
    """After the reopening."""


async def assign_conversation(
    info: Info, given: AssignConversationInput
) -> AssignConversationPayload:
    """Give the conversation to a member of the firm."""

    def command(context: RequestContext, conversation_id: UUID) -> Command:
        return AssignConversation(
            conversation_id=ConversationId(conversation_id),
            member_id=_known_member(context, given.member_id),
            expected_version=given.expected_version,
        )

    key = _given("assignConversation", given, memberId=given.member_id)
    done = await carry_out(info, key, _intend(given, command), _NAMES)
    return AssignConversationPayload(conversation=await _shown(info, done), **done.common)


async def close_conversation(info: Info, given: CloseConversationInput) -> CloseConversationPayload:
    """End the conversation."""

    def command(_context: RequestContext, conversation_id: UUID) -> Command:
        return CloseConversation(
            conversation_id=ConversationId(conversation_id),
            reason=given.reason,
            expected_version=given.expected_version,
        )

    key = _given("closeConversation", given, reason=given.reason)
    done = await carry_out(info, key, _intend(given, command), _NAMES)
    return CloseConversationPayload(conversation=await _shown(info, done), **done.common)


async def reopen_conversation(
    info: Info, given: ReopenConversationInput
) -> ReopenConversationPayload:
    """Let the conversation go on."""

    def command(_context: RequestContext, conversation_id: UUID) -> Command:
        return ReopenConversation(
            conversation_id=ConversationId(conversation_id),
            expected_version=given.expected_version,
        )

    done = await carry_out(
        info, _given("reopenConversation", given), _intend(given, command), _NAMES
    )
    return ReopenConversationPayload(conversation=await _shown(info, done), **done.common)


_AnyInput = AssignConversationInput | CloseConversationInput | ReopenConversationInput


def _intend(given: _AnyInput, command: Any) -> Intend:
    def intend(context: RequestContext, _is_new: bool) -> Intention:
        key = identifier_of(given.conversation_id, "Conversation", field=_CONVERSATION_ID)
        records = context.services.journal.load(context.tenant_id, key)
        newest = cause_of(records)
        # A member's own decision continues the story and is caused by nothing but the member.
        return Intention(command(context, key), Cause(newest.correlation_id))

    return intend


def _known_member(context: RequestContext, value: str | None) -> MemberId | None:
    """The member of the firm that an id names. Raises InvalidId, InvalidInput."""
    if value is None:
        return None
    field = ("input", "memberId")
    key = identifier_of(value, "Member", field=field)
    query = members_by_id(context.tenant_id, [key])
    row = context.services.read_models.ask(context.tenant_id, lambda reading: reading.first(query))
    if row is None or row.removed_at is not None:
        raise InvalidInput("There is no member of the firm with this id.", field=field)
    return MemberId(key)


def _given(name: str, given: _AnyInput, **body: Any) -> Given:
    return Given(
        name=name,
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={
            "conversationId": given.conversation_id,
            "expectedVersion": given.expected_version,
            **body,
        },
    )


async def _shown(info: Info, done: Done) -> Conversation | None:
    if done.outcome is None:
        return None
    key = done.outcome.aggregate.id
    wanted = wanted_below(info).below("conversation")
    found = await info.context.read(lambda reading: load(reading, "Conversation", [key], wanted))
    return found.get(key)
