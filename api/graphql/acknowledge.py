"""Showing the contact that a member read, or writes: if the firm wants it shown."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import strawberry

from api.graphql.assembly import load
from api.graphql.commands import (
    CommandPayload,
    Done,
    Given,
    Intention,
    carry_out,
    cause_of,
)
from api.graphql.context import Info, RequestContext
from api.graphql.conversation import Conversation
from api.graphql.ids import identifier_of
from api.graphql.message_target import message_of_conversation
from api.graphql.sending_rules import known_conversation
from api.graphql.user_errors import Refusal, UserErrorCode
from api.graphql.wanted import wanted_below
from domain.errors import NotFound, VersionConflict
from domain.identity import ContactId, ConversationId, MessageId, SenderNumberId
from domain.read_receipt import ReadReceipt, RequestReadReceipt, receipt_id_of, typing_id_of
from domain.tenant import Tenant
from projections.timeline_queries import entries_before

_CONVERSATION_ID = ("input", "conversationId")
RECEIPT_AGE_MAX: Final = timedelta(days=30)
"""How old a message may be to be marked as read (Cloud API, mark messages as read)."""


@strawberry.input(description="Show the contact that its messages were read.")
class MarkReadInput:
    """What a member has read."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    up_to_message_id: strawberry.ID | None = strawberry.field(
        default=None, description="The newest message that was read; the newest of all if left out."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the conversation that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Show the contact for 25 seconds that somebody writes.")
class ShowTypingInput:
    """Where a member writes."""

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


@strawberry.type(description="The answer to `markRead`.")
class MarkReadPayload(CommandPayload):
    """After the reading."""

    conversation: Conversation | None = strawberry.field(
        description="The conversation; null if nothing was done."
    )


@strawberry.type(description="The answer to `showTyping`.")
class ShowTypingPayload(CommandPayload):
    """After the sign."""

    conversation: Conversation | None = strawberry.field(
        description="The conversation; null if nothing was done."
    )


async def mark_read(info: Info, given: MarkReadInput) -> MarkReadPayload:
    """Show the contact that its messages were read."""

    def intend(context: RequestContext, is_new: bool) -> Intention:
        key = identifier_of(given.conversation_id, "Conversation", field=_CONVERSATION_ID)
        named = message_of_conversation(
            context, key, given.up_to_message_id, field=("input", "upToMessageId")
        )
        message_id = named or _newest_message(context, key)
        return _intention(
            context,
            key,
            message_id,
            is_new=is_new,
            typing=False,
            expected_version=given.expected_version,
        )

    done = await carry_out(info, _given("markRead", given, upTo=given.up_to_message_id), intend, {})
    return MarkReadPayload(conversation=await _shown(info, done), **done.common)


async def show_typing(info: Info, given: ShowTypingInput) -> ShowTypingPayload:
    """Show the contact that somebody writes; this also marks its messages as read."""

    def intend(context: RequestContext, is_new: bool) -> Intention:
        key = identifier_of(given.conversation_id, "Conversation", field=_CONVERSATION_ID)
        message_id = _newest_message(context, key)
        return _intention(
            context,
            key,
            message_id,
            is_new=is_new,
            typing=True,
            expected_version=given.expected_version,
        )

    done = await carry_out(info, _given("showTyping", given), intend, {})
    return ShowTypingPayload(conversation=await _shown(info, done), **done.common)


def _newest_message(context: RequestContext, conversation_id: UUID) -> MessageId:
    query = entries_before(context.tenant_id, [conversation_id], limit=1, kinds=("inbound",))
    read_models = context.services.read_models
    entry = read_models.ask(context.tenant_id, lambda reading: reading.first(query))
    if entry is None:
        raise NotFound("The contact wrote nothing in a conversation with this id.")
    if context.services.clock.now() - entry.occurred_at > RECEIPT_AGE_MAX:
        raise Refusal(
            UserErrorCode.REFUSED,
            "The contact's newest message is older than 30 days.",
            hint="WhatsApp shows no receipt for it any more.",
        )
    return MessageId(entry.entity_id)


def _intention(
    context: RequestContext,
    conversation_id: UUID,
    message_id: MessageId,
    *,
    is_new: bool,
    typing: bool,
    expected_version: int | None,
) -> Intention:
    row = known_conversation(context, conversation_id)
    if is_new and expected_version not in {None, row.version}:
        raise VersionConflict(expected_version=expected_version or 0, current_version=row.version)
    services, tenant_id = context.services, context.tenant_id
    firm = Tenant.replay_records(tenant_id, services.journal.load(tenant_id, tenant_id))
    if is_new and not (firm.shows_typing if typing else firm.shows_read_receipts):
        raise Refusal(
            UserErrorCode.REFUSED,
            "The firm does not want this shown to contacts.",
            hint="Nothing has to be done; an owner can change it with `setReceipts`.",
        )
    key = ConversationId(conversation_id)
    command = RequestReadReceipt(
        receipt_id=typing_id_of(key, services.clock.now()) if typing else receipt_id_of(message_id),
        conversation_id=key,
        contact_id=ContactId(row.contact_id),
        sender_number_id=SenderNumberId(row.sender_number_id),
        message_id=message_id,
        typing=typing,
    )
    return Intention(command, cause_of(services.journal.load(tenant_id, message_id)))


def _given(name: str, given: MarkReadInput | ShowTypingInput, **body: Any) -> Given:
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
    receipt = done.outcome.aggregate
    if not isinstance(receipt, ReadReceipt) or receipt.requested is None:
        return None
    key = receipt.requested.conversation_id
    wanted = wanted_below(info).below("conversation")
    found = await info.context.read(lambda reading: load(reading, "Conversation", [key], wanted))
    conversation: Conversation | None = found.get(key)
    return conversation
