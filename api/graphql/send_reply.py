"""Sending a reply in own words: by writing them the member approves them."""

from uuid import UUID

import strawberry

from api.graphql.assembly import load
from api.graphql.commands import (
    Cause,
    CommandPayload,
    Given,
    Intention,
    Names,
    carry_out,
    cause_of,
)
from api.graphql.context import Info, RequestContext
from api.graphql.conversation import Conversation
from api.graphql.draft import Draft
from api.graphql.enums import LegalBasis, domain_basis
from api.graphql.ids import identifier_of
from api.graphql.message_body import MessageBodyInput, as_given, attaching, given_body
from api.graphql.message_target import message_of_conversation
from api.graphql.sending_rules import known_conversation, must_be_sendable
from api.graphql.sending_times import SEND_AT_DESCRIPTION, chosen_time
from api.graphql.wanted import wanted_below
from api.reading import Reading
from domain.body_digest import body_digest
from domain.draft import WriteReply
from domain.errors import InvalidInput, VersionConflict
from domain.identity import ContactId, ConversationId, DraftId, derived_id
from domain.outbound_body import OutboundBody, TextBody
from infrastructure.unique_ids import new_id
from projections.timeline_queries import entries_before

_NAMES: Names = {("body", "text"): "text", ("send_at",): "sendTime"}


@strawberry.input(description="Send a reply in own words.")
class SendReplyInput:
    """What a member writes."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation to reply in.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one reply: sending it again is safe."
    )
    text: str | None = strawberry.field(
        default=None, description="Words, sent exactly like this. Give `text` or `body`."
    )
    body: MessageBodyInput | None = strawberry.field(
        default=None, description="What is sent where it is more than plain words."
    )
    reply_to_message_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The message of the conversation, of either side, that this replies or "
        "reacts to.",
    )
    legal_basis: LegalBasis | None = strawberry.field(
        default=None,
        description="The ground of the law on which this reply rests where the contact has not "
        "agreed; kept with the approval.",
    )
    send_time: str | None = strawberry.field(default=None, description=SEND_AT_DESCRIPTION)
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the conversation that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.type(description="The answer to `sendReply`.")
class SendReplyPayload(CommandPayload):
    """The words, approved, and where they go."""

    draft: Draft | None = strawberry.field(
        description="The member's words as an approved draft; null if nothing was done."
    )
    conversation: Conversation | None = strawberry.field(
        description="The conversation; null if nothing was done."
    )


async def send_reply(info: Info, given: SendReplyInput) -> SendReplyPayload:
    """Record the member's words as written and approved."""

    def intend(context: RequestContext, is_new: bool) -> Intention:
        key = identifier_of(
            given.conversation_id, "Conversation", field=("input", "conversationId")
        )
        basis = domain_basis(given.legal_basis)
        send_at = chosen_time(context, given.send_time, is_new=is_new)
        if is_new:
            row = must_be_sendable(context, key, basis, send_at=send_at)
        else:
            row = known_conversation(context, key)
        if is_new and given.expected_version not in {None, row.version}:
            raise VersionConflict(
                expected_version=given.expected_version or 0, current_version=row.version
            )
        body = _body(context, key, given)
        target = message_of_conversation(context, key, given.reply_to_message_id)
        member_id = context.member.member_id
        command = WriteReply(
            draft_id=DraftId(derived_id(key, "reply", str(member_id), given.idempotency_key)),
            conversation_id=ConversationId(key),
            contact_id=ContactId(row.contact_id),
            body=body,
            body_digest=body_digest(context.services.vault, context.tenant_id, body),
            reply_to_message_id=target,
            legal_basis=basis,
            send_at=send_at,
        )
        return Intention(command, cause_in_conversation(context, key))

    done = await carry_out(
        info,
        Given(
            name="sendReply",
            idempotency_key=given.idempotency_key,
            client_mutation_id=given.client_mutation_id,
            body={
                "conversationId": given.conversation_id,
                "text": given.text,
                "expectedVersion": given.expected_version,
                **({} if given.legal_basis is None else {"basis": given.legal_basis.value}),
                # Only where given: the keys of replies of before there were these stay valid.
                **({} if given.body is None else {"body": as_given(given.body)}),
                **(
                    {}
                    if given.reply_to_message_id is None
                    else {"replyToMessageId": given.reply_to_message_id}
                ),
                **({} if given.send_time is None else {"sendTime": given.send_time}),
            },
        ),
        intend,
        _NAMES,
    )
    if done.outcome is None:
        return SendReplyPayload(draft=None, conversation=None, **done.common)
    draft, conversation = await _shown(info, done.outcome.aggregate.id)
    return SendReplyPayload(draft=draft, conversation=conversation, **done.common)


def _body(context: RequestContext, conversation_id: UUID, given: SendReplyInput) -> OutboundBody:
    """The body that is sent. Raises InvalidInput."""
    if (given.text is None) == (given.body is None):
        raise InvalidInput("Give text or body, one of them.", field=("input", "text"))
    if given.body is not None:
        attach = attaching(context, conversation_id)
        return given_body(given.body, ("input", "body"), attach)
    return TextBody(text=given.text or "")


def cause_in_conversation(context: RequestContext, conversation_id: UUID) -> Cause:
    """The contact's newest message: what a reply is because of."""
    query = entries_before(context.tenant_id, [conversation_id], limit=1, kinds=("inbound",))
    read_models = context.services.read_models
    entry = read_models.ask(context.tenant_id, lambda reading: reading.first(query))
    if entry is None:
        return Cause(new_id())
    return cause_of(context.services.journal.load(context.tenant_id, entry.entity_id))


async def _shown(info: Info, draft_id: UUID) -> tuple[Draft | None, Conversation | None]:
    wanted = wanted_below(info)

    def read(reading: Reading) -> tuple[Draft | None, Conversation | None]:
        drafts = load(reading, "Draft", [draft_id], wanted.below("draft"))
        draft: Draft | None = drafts.get(draft_id)
        if draft is None:
            return None, None
        key = draft.row.conversation_id
        found = load(reading, "Conversation", [key], wanted.below("conversation"))
        return draft, found.get(key)

    return await info.context.read(read)
