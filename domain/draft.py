"""A draft: words for a reply that a member approves, rejects or writes. Nothing is sent without its approval."""

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import AssessmentId, ContactId, ConversationId, DraftId, MemberId, MessageId
from domain.outbound_body import OutboundBody


class DraftContent(msgspec.Struct, frozen=True, kw_only=True, tag="draft"):
    """The words, and why the assistant suggests them (empty for a member's own words)."""

    body: OutboundBody
    reasons: tuple[str, ...] = ()


class RejectionNote(msgspec.Struct, frozen=True, kw_only=True, tag="rejection_note"):
    """Why the member rejected the draft, in the member's words."""

    note: str


class DraftSuggested(PersonalEvent, frozen=True, kw_only=True):
    """The assistant suggested a reply."""

    TOPIC: ClassVar[str] = "draft.suggested.v1"
    CONTRACT: ClassVar[str | None] = "DraftSuggested"
    CONTENT: ClassVar[type] = DraftContent

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    assessment_id: AssessmentId | None
    model: str
    confidence: float
    content: DraftContent | Sealed | Erased | UnsetType = UNSET


class DraftSuggestionFailed(Event, frozen=True, kw_only=True):
    """The assistant could not suggest a reply; a person writes one."""

    TOPIC: ClassVar[str] = "draft.suggestion_failed.v1"

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId
    reason: str


class DraftWritten(PersonalEvent, frozen=True, kw_only=True):
    """A member wrote a reply in own words."""

    TOPIC: ClassVar[str] = "draft.written.v1"
    CONTENT: ClassVar[type] = DraftContent

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    member_id: MemberId
    content: DraftContent | Sealed | Erased | UnsetType = UNSET


class DraftApproved(PersonalEvent, frozen=True, kw_only=True):
    """A member approved exactly this body. `body_digest` is the keyed digest that the sent body must equal."""

    TOPIC: ClassVar[str] = "draft.approved.v1"
    CONTRACT: ClassVar[str | None] = "DraftApproved"
    CONTENT: ClassVar[type] = DraftContent

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    member_id: MemberId
    body_digest: str
    edited: bool
    reply_to_message_id: MessageId | None = None
    content: DraftContent | Sealed | Erased | UnsetType = UNSET


class DraftRejected(PersonalEvent, frozen=True, kw_only=True):
    """A member rejected the draft."""

    TOPIC: ClassVar[str] = "draft.rejected.v1"
    CONTENT: ClassVar[type] = RejectionNote

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    member_id: MemberId
    content: RejectionNote | Sealed | Erased | UnsetType = UNSET


class DraftSuperseded(Event, frozen=True, kw_only=True):
    """A newer suggestion or a reply made the draft pointless."""

    TOPIC: ClassVar[str] = "draft.superseded.v1"

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
