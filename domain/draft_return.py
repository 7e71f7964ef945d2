"""The words of a message that was given up, back as a draft for a member to correct and approve."""

from domain.aggregate import Command, CommandContext
from domain.deciding_member import deciding_member
from domain.draft import Draft, DraftContent, DraftReturned
from domain.errors import AlreadyExists
from domain.identity import ContactId, ConversationId, DraftId, OutboundMessageId, derived_id
from domain.outbound_body import OutboundBody, check_body
from domain.scopes import Scope


def returned_draft_id(outbound_message_id: OutboundMessageId) -> DraftId:
    """The draft that the words of a message become: one per message."""
    return DraftId(derived_id(outbound_message_id, "returned"))


class ReturnToDraft(Command, frozen=True, kw_only=True):
    """Let a member correct words that were given up. What was approved stays as it was approved."""

    SCOPE = Scope.REPLIES_SEND
    AGGREGATE = Draft
    STREAM = "draft_id"

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    outbound_message_id: OutboundMessageId
    body: OutboundBody

    def execute(self, draft: Draft, context: CommandContext) -> None:
        """Raise HumanRequired, AlreadyExists or InvalidInput."""
        member_id = deciding_member(context.actor)
        if draft.exists:
            raise AlreadyExists(
                "The words are a draft already.",
                hint="Look at the drafts of the conversation.",
            )
        check_body(self.body)
        draft.record(
            DraftReturned(
                draft_id=self.draft_id,
                conversation_id=self.conversation_id,
                contact_id=self.contact_id,
                member_id=member_id,
                outbound_message_id=self.outbound_message_id,
                content=DraftContent(body=self.body),
            )
        )
