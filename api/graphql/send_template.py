"""Sending a template: a lawyer's choice of template and values is an approved message.

Customer service proposes one: it waits for a lawyer like a suggestion.
"""

from typing import Any
from uuid import UUID

import strawberry

from api.attached_files import attached_file
from api.graphql.assembly import load
from api.graphql.commands import CommandPayload, Done, Given, Intention, Names, carry_out
from api.graphql.context import Info, RequestContext
from api.graphql.conversation import Conversation
from api.graphql.draft import Draft
from api.graphql.enums import LegalBasis, domain_basis
from api.graphql.ids import identifier_of
from api.graphql.send_reply import cause_in_conversation
from api.graphql.sending_rules import known_conversation, known_template, must_be_sendable
from api.graphql.template_values import (
    AttachFile,
    TemplatePreview,
    TemplateValuesInput,
    as_given,
    filled_in,
    preview_of,
)
from api.graphql.wanted import wanted_below
from api.reading import Reading
from domain.body_digest import body_digest
from domain.draft import WriteReply
from domain.draft_proposal import ProposeReply
from domain.errors import NotFound, VersionConflict
from domain.identity import ContactId, ConversationId, DraftId, derived_id
from domain.limits import Field
from domain.outbound_media import AttachedFile
from domain.template import Template
from domain.template_body import TemplateBody
from projections.inbox import InboxRow

_NAMES: Names = {}
_VALUES = ("input", "values")


@strawberry.input(description="Propose a template with values for one conversation.")
class ProposeTemplateInput:
    """What a member chose."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation to write in.")
    template_id: strawberry.ID = strawberry.field(description="The template.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one message: sending it again is safe."
    )
    values: TemplateValuesInput = strawberry.field(
        default_factory=TemplateValuesInput, description="What is filled in."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the conversation that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Send a template with values in one conversation.")
class SendTemplateInput(ProposeTemplateInput):
    """What a member chose and approves."""

    legal_basis: LegalBasis | None = strawberry.field(
        default=None,
        description="The ground for writing to a contact who has not agreed; null with consent.",
    )


@strawberry.type(description="The answer to `sendTemplate`.")
class SendTemplatePayload(CommandPayload):
    """The filled-in template, and where it goes."""

    draft: Draft | None = strawberry.field(
        description="The filled-in template as an approved draft; null if nothing was done."
    )
    conversation: Conversation | None = strawberry.field(
        description="The conversation; null if nothing was done."
    )


@strawberry.type(description="The answer to `proposeTemplate`.")
class ProposeTemplatePayload(CommandPayload):
    """The filled-in template that waits, and where it would go."""

    draft: Draft | None = strawberry.field(
        description="The filled-in template as a draft that waits; null if nothing was done."
    )
    conversation: Conversation | None = strawberry.field(
        description="The conversation; null if nothing was done."
    )


async def send_template(info: Info, given: SendTemplateInput) -> SendTemplatePayload:
    """Record a member's template and values as chosen and approved."""

    def command(
        context: RequestContext, draft_id: DraftId, row: InboxRow, body: TemplateBody
    ) -> WriteReply:
        return WriteReply(
            draft_id=draft_id,
            conversation_id=ConversationId(row.conversation_id),
            contact_id=ContactId(row.contact_id),
            body=body,
            body_digest=body_digest(context.services.vault, context.tenant_id, body),
            legal_basis=domain_basis(given.legal_basis),
        )

    done = await _carry_out(info, "sendTemplate", given, given.legal_basis, command)
    draft, conversation = await _shown(info, done)
    return SendTemplatePayload(draft=draft, conversation=conversation, **done.common)


async def propose_template(info: Info, given: ProposeTemplateInput) -> ProposeTemplatePayload:
    """Record a member's template and values as a draft that waits for a lawyer."""

    def command(
        _context: RequestContext, draft_id: DraftId, row: InboxRow, body: TemplateBody
    ) -> ProposeReply:
        return ProposeReply(
            draft_id=draft_id,
            conversation_id=ConversationId(row.conversation_id),
            contact_id=ContactId(row.contact_id),
            body=body,
        )

    done = await _carry_out(info, "proposeTemplate", given, None, command)
    draft, conversation = await _shown(info, done)
    return ProposeTemplatePayload(draft=draft, conversation=conversation, **done.common)


async def template_preview(
    info: Info, template_id: str, values: TemplateValuesInput
) -> TemplatePreview:
    """Return a template with values as the contact would see it.

    Raises NotFound, InvalidInput naming the value that is wrong, and TemplateNotUnderstood.
    """
    context = info.context
    key = identifier_of(template_id, "Template", field=("templateId",))

    def fill() -> TemplateBody:
        template = _existing(context, key)
        return filled_in(template, values, ("values",), _attaching(context, None))

    return preview_of(await context.services.read_models.run(fill))


async def _carry_out(
    info: Info,
    name: str,
    given: ProposeTemplateInput,
    legal_basis: LegalBasis | None,
    make: Any,
) -> Done:
    def intend(context: RequestContext, is_new: bool) -> Intention:
        key = identifier_of(
            given.conversation_id, "Conversation", field=("input", "conversationId")
        )
        template_key = identifier_of(given.template_id, "Template", field=("input", "templateId"))
        row = known_conversation(context, key)
        body = filled_in(
            _existing(context, template_key), given.values, _VALUES, _attaching(context, key)
        )
        if is_new:
            must_be_sendable(context, key, domain_basis(legal_basis), body=body)
        if is_new and given.expected_version not in {None, row.version}:
            raise VersionConflict(
                expected_version=given.expected_version or 0, current_version=row.version
            )
        origin = (name, str(context.member.member_id), given.idempotency_key)
        command = make(context, DraftId(derived_id(key, *origin)), row, body)
        return Intention(command, cause_in_conversation(context, key))

    return await carry_out(
        info,
        Given(
            name=name,
            idempotency_key=given.idempotency_key,
            client_mutation_id=given.client_mutation_id,
            body={
                "conversationId": given.conversation_id,
                "templateId": given.template_id,
                "values": as_given(given.values),
                "expectedVersion": given.expected_version,
                "basis": None if legal_basis is None else legal_basis.value,
            },
        ),
        intend,
        _NAMES,
    )


def _attaching(context: RequestContext, conversation_id: UUID | None) -> AttachFile:
    """What finds a file for the header: of the conversation, or any of the firm for a preview."""

    def attach(media_id: str, field: Field) -> AttachedFile:
        return attached_file(
            context.services, context.tenant_id, conversation_id, media_id, field, name="fileId"
        )

    return attach


def _existing(context: RequestContext, template_id: UUID) -> Template:
    template = known_template(context, template_id)
    if not template.exists:
        raise NotFound("There is no template with this id.")
    return template


async def _shown(info: Info, done: Done) -> tuple[Draft | None, Conversation | None]:
    if done.outcome is None:
        return None, None
    wanted, draft_id = wanted_below(info), done.outcome.aggregate.id

    def read(reading: Reading) -> tuple[Draft | None, Conversation | None]:
        drafts = load(reading, "Draft", [draft_id], wanted.below("draft"))
        draft: Draft | None = drafts.get(draft_id)
        if draft is None:
            return None, None
        key = draft.row.conversation_id
        found = load(reading, "Conversation", [key], wanted.below("conversation"))
        return draft, found.get(key)

    return await info.context.read(read)
