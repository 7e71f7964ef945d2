"""Suggestions of the assistant: made, not possible, or set aside."""

from typing import Final

from domain.aggregate import Command, CommandContext
from domain.draft import (
    Draft,
    DraftContent,
    DraftState,
    DraftSuggested,
    DraftSuggestionFailed,
    DraftSuperseded,
)
from domain.identity import AssessmentId, ContactId, ConversationId, DraftId, MessageId
from domain.limits import REASON_CHARACTERS_MAX, require_share, require_text
from domain.outbound_body import OutboundBody, check_body
from domain.scopes import Scope

REASONS_MAX: Final = 20

_OPEN_TO_SUGGESTION: Final = frozenset({DraftState.NONE, DraftState.FAILED})


class RecordSuggestion(Command, frozen=True, kw_only=True):
    """Keep the reply that the assistant suggests. It waits for a member."""

    SCOPE = Scope.DRAFTS_SUGGEST
    AGGREGATE = Draft
    STREAM = "draft_id"

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    assessment_id: AssessmentId | None
    model: str
    confidence: float
    body: OutboundBody
    reasons: tuple[str, ...] = ()

    def execute(self, draft: Draft, _context: CommandContext) -> None:
        """Raise InvalidInput for words out of their limits; a second answer is ignored."""
        if draft.state not in _OPEN_TO_SUGGESTION:
            return
        check_body(self.body)
        require_text(self.model, ("model",), characters_max=200)
        require_share(self.confidence, ("confidence",))
        for place, reason in enumerate(self.reasons[:REASONS_MAX]):
            require_text(reason, ("reasons", str(place)), characters_max=REASON_CHARACTERS_MAX)
        draft.record(
            DraftSuggested(
                draft_id=self.draft_id,
                conversation_id=self.conversation_id,
                contact_id=self.contact_id,
                message_id=self.message_id,
                assessment_id=self.assessment_id,
                model=self.model,
                confidence=self.confidence,
                content=DraftContent(body=self.body, reasons=self.reasons[:REASONS_MAX]),
            )
        )


class FailSuggestion(Command, frozen=True, kw_only=True):
    """Keep that the assistant could not suggest a reply; a person writes one."""

    SCOPE = Scope.DRAFTS_SUGGEST
    AGGREGATE = Draft
    STREAM = "draft_id"

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    reason: str

    def execute(self, draft: Draft, _context: CommandContext) -> None:
        """Record the failure, also that of another try; one that was suggested stays as it is."""
        if draft.state not in _OPEN_TO_SUGGESTION:
            return
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        draft.record(
            DraftSuggestionFailed(
                draft_id=self.draft_id,
                conversation_id=self.conversation_id,
                contact_id=self.contact_id,
                message_id=self.message_id,
                reason=self.reason,
            )
        )


class SupersedeDraft(Command, frozen=True, kw_only=True):
    """Set a suggested reply aside because a newer one, or a reply, made it pointless."""

    SCOPE = Scope.DRAFTS_SUPERSEDE
    AGGREGATE = Draft
    STREAM = "draft_id"

    draft_id: DraftId

    def execute(self, draft: Draft, _context: CommandContext) -> None:
        """Supersede; a draft that is decided, or does not exist, stays as it is."""
        if draft.state is DraftState.SUGGESTED:
            draft.record(
                DraftSuperseded(
                    draft_id=self.draft_id,
                    conversation_id=draft.conversation_id,
                    contact_id=draft.contact_id,
                )
            )
