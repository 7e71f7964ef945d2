"""Deciding on drafts: approving words is what sends them."""

from typing import Any
from uuid import UUID

import msgspec
import strawberry

from api.graphql.assembly import load
from api.graphql.commands import CommandPayload, Given, Intention, Names, carry_out, cause_of
from api.graphql.context import Info, RequestContext
from api.graphql.draft import Draft
from api.graphql.enums import LegalBasis, domain_basis
from api.graphql.ids import identifier_of
from api.graphql.message_body import Attach, MessageBodyInput, as_given, attaching, given_body
from api.graphql.message_target import message_of_conversation
from api.graphql.sending_rules import must_be_sendable
from api.graphql.sending_times import SEND_AT_DESCRIPTION, chosen_time
from api.graphql.wanted import wanted_below
from domain.body_digest import body_digest
from domain.draft import ApproveDraft, DraftIsErased, DraftState, RejectDraft
from domain.draft import Draft as DraftAggregate
from domain.errors import InvalidInput
from domain.identity import DraftId
from domain.outbound_body import ButtonsBody, ListBody, OutboundBody, TextBody
from domain.outbound_media import MediaBody
from domain.template_body import TemplateBody

_DRAFT_ID = ("input", "draftId")
_NAMES: Names = {("body", "text"): "editedText", ("note",): "note"}


@strawberry.input(description="Approve a draft, as it is or with other words.")
class ApproveDraftInput:
    """What a member decides."""

    draft_id: strawberry.ID = strawberry.field(description="The draft.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one decision: sending it again is safe."
    )
    edited_text: str | None = strawberry.field(
        default=None, description="The words to send instead of those suggested."
    )
    edited_body: MessageBodyInput | None = strawberry.field(
        default=None,
        description="What is sent instead where it is more than words; not together with "
        "`editedText`.",
    )
    reply_to_message_id: strawberry.ID | None = strawberry.field(
        default=None, description="The message of the conversation that the words reply to."
    )
    legal_basis: LegalBasis | None = strawberry.field(
        default=None,
        description="The ground of the law on which this reply rests where the contact has not "
        "agreed; kept with the approval.",
    )
    send_time: str | None = strawberry.field(default=None, description=SEND_AT_DESCRIPTION)
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the draft that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Reject a draft; nothing is sent.")
class RejectDraftInput:
    """What a member decides."""

    draft_id: strawberry.ID = strawberry.field(description="The draft.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one decision: sending it again is safe."
    )
    note: str | None = strawberry.field(
        default=None, description="Why, in the member's words; kept encrypted."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the draft that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.type(description="The answer to `approveDraft`.")
class ApproveDraftPayload(CommandPayload):
    """The draft after the decision."""

    draft: Draft | None = strawberry.field(description="The draft; null if nothing was done.")


@strawberry.type(description="The answer to `rejectDraft`.")
class RejectDraftPayload(CommandPayload):
    """The draft after the decision."""

    draft: Draft | None = strawberry.field(description="The draft; null if nothing was done.")


async def approve_draft(info: Info, given: ApproveDraftInput) -> ApproveDraftPayload:
    """Approve exactly the words that are sent."""

    def intend(context: RequestContext, is_new: bool) -> Intention:
        draft_id = identifier_of(given.draft_id, "Draft", field=_DRAFT_ID)
        services, tenant_id = context.services, context.tenant_id
        records = services.journal.load(tenant_id, draft_id)
        draft = DraftAggregate.replay_records(draft_id, records)
        draft.must_exist()
        send_at = chosen_time(context, given.send_time, is_new=is_new)
        if is_new and draft.state is DraftState.SUGGESTED:
            basis = domain_basis(given.legal_basis)
            must_be_sendable(
                context, draft.conversation_id, basis, body=draft.body, send_at=send_at
            )
        body = _decided_body(draft.body, given, attaching(context, draft.conversation_id))
        words = draft.body if body is None else body
        if words is None:
            raise DraftIsErased("The words of the draft were erased.")
        command = ApproveDraft(
            draft_id=DraftId(draft_id),
            body=body,
            body_digest=body_digest(services.vault, tenant_id, words),
            reply_to_message_id=message_of_conversation(
                context, draft.conversation_id, given.reply_to_message_id
            ),
            legal_basis=domain_basis(given.legal_basis),
            send_at=send_at,
            expected_version=given.expected_version,
        )
        return Intention(command, cause_of(records))

    # Only where given: the keys of decisions of before there were these stay valid.
    more = {"editedBody": as_given(given.edited_body), "replyTo": given.reply_to_message_id}
    if given.legal_basis is not None:
        more["basis"] = given.legal_basis.value
    more["sendTime"] = given.send_time
    added = {name: value for name, value in more.items() if value is not None}
    key = _given("approveDraft", given, editedText=given.edited_text, **added)
    done = await carry_out(info, key, intend, _NAMES)
    found = None if done.outcome is None else await _draft(info, done.outcome.aggregate.id)
    return ApproveDraftPayload(draft=found, **done.common)


async def reject_draft(info: Info, given: RejectDraftInput) -> RejectDraftPayload:
    """Set a draft aside for good."""

    def intend(context: RequestContext, _is_new: bool) -> Intention:
        draft_id = identifier_of(given.draft_id, "Draft", field=_DRAFT_ID)
        records = context.services.journal.load(context.tenant_id, draft_id)
        command = RejectDraft(
            draft_id=DraftId(draft_id),
            note=given.note or "",
            expected_version=given.expected_version,
        )
        return Intention(command, cause_of(records))

    done = await carry_out(info, _given("rejectDraft", given, note=given.note), intend, _NAMES)
    found = None if done.outcome is None else await _draft(info, done.outcome.aggregate.id)
    return RejectDraftPayload(draft=found, **done.common)


def _decided_body(
    suggested: OutboundBody | None, given: ApproveDraftInput, attach: Attach
) -> OutboundBody | None:
    """What is sent instead of the suggestion; None for the suggestion. Raises InvalidInput."""
    if given.edited_body is None:
        return _edited(suggested, given.edited_text)
    field = ("input", "editedBody")
    if given.edited_text is not None:
        raise InvalidInput("Give editedText or editedBody, not both.", field=field)
    return given_body(given.edited_body, field, attach)


def _edited(suggested: OutboundBody | None, text: str | None) -> OutboundBody | None:
    """The words to send instead; quick replies or a file of the suggestion stay with them."""
    if text is None:
        return None
    if isinstance(suggested, TemplateBody):
        raise InvalidInput(
            "The words of a template cannot be edited; only its values can.",
            field=("input", "editedText"),
            hint="Approve the template as it is, or reject it and send one with other values.",
        )
    if isinstance(suggested, MediaBody):
        return msgspec.structs.replace(suggested, caption=text)
    if not isinstance(suggested, TextBody | ButtonsBody | ListBody):
        return TextBody(text=text)
    return msgspec.structs.replace(suggested, text=text)


def _given(name: str, given: ApproveDraftInput | RejectDraftInput, **body: Any) -> Given:
    return Given(
        name=name,
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={"draftId": given.draft_id, "expectedVersion": given.expected_version, **body},
    )


async def _draft(info: Info, draft_id: UUID) -> Draft | None:
    wanted = wanted_below(info).below("draft")
    found = await info.context.read(lambda reading: load(reading, "Draft", [draft_id], wanted))
    return found.get(draft_id)
