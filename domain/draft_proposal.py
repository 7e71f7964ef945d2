"""Words that an external system of the firm asks to send: a draft that waits for a member."""

from uuid import UUID

from domain.aggregate import Command, CommandContext
from domain.deciding_member import deciding_member
from domain.draft import Draft, DraftContent, DraftProposed
from domain.errors import AlreadyExists, Forbidden
from domain.identity import ContactId, ConversationId, DraftId, MemberId
from domain.outbound_body import OutboundBody, check_body
from domain.provenance import Actor, ActorKind
from domain.scopes import Scope


class ProposeDraft(Command, frozen=True, kw_only=True):
    """Ask for words to be sent. Nothing is sent unless a member of the firm approves them."""

    SCOPE = Scope.DRAFTS_PROPOSE
    AGGREGATE = Draft
    STREAM = "draft_id"

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    body: OutboundBody

    def execute(self, draft: Draft, context: CommandContext) -> None:
        """Raise Forbidden for an actor that is no integration, AlreadyExists or InvalidInput."""
        member_id = proposing_integration(context.actor)
        if draft.exists:
            raise AlreadyExists("There is a draft with this id already.")
        check_body(self.body)
        draft.record(
            DraftProposed(
                draft_id=self.draft_id,
                conversation_id=self.conversation_id,
                contact_id=self.contact_id,
                member_id=member_id,
                content=DraftContent(body=self.body),
            )
        )


class ProposeReply(Command, frozen=True, kw_only=True):
    """Propose words to the lawyers of the firm. Nothing is sent unless one approves them."""

    SCOPE = Scope.REPLIES_PROPOSE
    AGGREGATE = Draft
    STREAM = "draft_id"

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    body: OutboundBody

    def execute(self, draft: Draft, context: CommandContext) -> None:
        """Raise HumanRequired, AlreadyExists or InvalidInput."""
        member_id = deciding_member(context.actor)
        if draft.exists:
            raise AlreadyExists("There is a draft with this id already.")
        check_body(self.body)
        draft.record(
            DraftProposed(
                draft_id=self.draft_id,
                conversation_id=self.conversation_id,
                contact_id=self.contact_id,
                member_id=member_id,
                content=DraftContent(body=self.body),
            )
        )


def proposing_integration(actor: Actor) -> MemberId:
    """Return the integration that asks. Raises Forbidden for every other kind of actor."""
    if actor.kind is ActorKind.INTEGRATION:
        try:
            return MemberId(UUID(actor.id))
        except ValueError:
            pass
    raise Forbidden(
        "Only an integration proposes messages.",
        hint="Use the token of a member with the role integration; people write in the screen.",
    )
