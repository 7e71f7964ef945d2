"""A draft: words for a reply that a member approves, rejects or writes; nothing goes out before."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.deciding_member import deciding_member
from domain.errors import AlreadyExists, HubError
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import (
    AssessmentId,
    ContactId,
    ConversationId,
    DraftId,
    MemberId,
    MessageId,
    OutboundMessageId,
)
from domain.legal_basis import LegalBasis
from domain.limits import require_send_at, require_text
from domain.outbound_body import (
    OutboundBody,
    canonical_bytes,
    check_body,
    require_digest,
    require_target,
)
from domain.scopes import Scope


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


class DraftProposed(PersonalEvent, frozen=True, kw_only=True):
    """A member or an integration of the firm proposed words; they wait for a member."""

    TOPIC: ClassVar[str] = "draft.proposed.v1"
    CONTENT: ClassVar[type] = DraftContent

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    member_id: MemberId
    content: DraftContent | Sealed | Erased | UnsetType = UNSET


class DraftReturned(PersonalEvent, frozen=True, kw_only=True):
    """A member took the words of a message back that was given up, to correct and approve anew."""

    TOPIC: ClassVar[str] = "draft.returned.v1"
    CONTENT: ClassVar[type] = DraftContent

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    member_id: MemberId
    outbound_message_id: OutboundMessageId
    content: DraftContent | Sealed | Erased | UnsetType = UNSET


class DraftApproved(PersonalEvent, frozen=True, kw_only=True):
    """A member approved exactly this body.

    `body_digest` is the keyed digest that the sent body must equal, `legal_basis` the ground that
    the member named where the contact has not agreed; `send_at` None: send at once.
    """

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
    legal_basis: LegalBasis | None = None
    send_at: datetime | None = None
    content: DraftContent | Sealed | Erased | UnsetType = UNSET


_WithSubject = DraftSuggested | DraftSuggestionFailed | DraftWritten | DraftProposed | DraftReturned
_WithBody = DraftSuggested | DraftWritten | DraftProposed | DraftReturned | DraftApproved


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


REJECTION_NOTE_CHARACTERS_MAX: Final = 2000


class DraftState(StrEnum):
    """Where a draft stands; everything but SUGGESTED is final."""

    NONE = "none"
    SUGGESTED = "suggested"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    FAILED = "failed"


class DraftAlreadyDecided(HubError):
    """The draft was approved, rejected or superseded before."""

    code = "DRAFT_ALREADY_DECIDED"
    hint = "Load the conversation to see the decision; write a reply of your own if one is needed."

    def __init__(self, state: DraftState) -> None:
        super().__init__(f"The draft is {state} already.")
        self.state = state


class DraftIsErased(HubError):
    """The words of the draft were erased, so they cannot be approved."""

    code = "DRAFT_IS_ERASED"
    hint = "Write a reply of your own."


class Draft(Aggregate):
    """The draft as its events have made it. `body` is None when erased."""

    NOUN = "draft"
    EVENTS = (
        DraftSuggested,
        DraftSuggestionFailed,
        DraftWritten,
        DraftProposed,
        DraftReturned,
        DraftApproved,
        DraftRejected,
        DraftSuperseded,
    )

    state: DraftState = DraftState.NONE
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId | None = None
    body: OutboundBody | None = None
    body_digest: str | None = None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case DraftSuggested() | DraftSuggestionFailed():
                self._take_subject(event)
                self.message_id = event.message_id
                if isinstance(event, DraftSuggested):
                    self.state = DraftState.SUGGESTED
                    self._take_body(event)
                else:
                    self.state = DraftState.FAILED
            case DraftWritten():
                self._take_subject(event)
                self._take_body(event)
            case DraftProposed() | DraftReturned():
                self.state = DraftState.SUGGESTED
                self._take_subject(event)
                self._take_body(event)
            case DraftApproved():
                self.state = DraftState.APPROVED
                self.body_digest = event.body_digest
                self._take_body(event)
            case DraftRejected():
                self.state = DraftState.REJECTED
            case DraftSuperseded():
                self.state = DraftState.SUPERSEDED

    def _take_subject(self, event: _WithBody | DraftSuggestionFailed) -> None:
        self.conversation_id = event.conversation_id
        self.contact_id = event.contact_id

    def _take_body(self, event: _WithBody) -> None:
        content = event.content
        self.body = content.body if isinstance(content, DraftContent) else None

    def must_be_undecided(self) -> None:
        """Raise NotFound or DraftAlreadyDecided unless a member may decide on the draft."""
        self.must_exist()
        if self.state is not DraftState.SUGGESTED:
            raise DraftAlreadyDecided(self.state)

    def approve(
        self,
        member_id: MemberId,
        body: OutboundBody,
        body_digest: str,
        *,
        edited: bool,
        reply_to_message_id: MessageId | None,
        legal_basis: LegalBasis | None = None,
        send_at: datetime | None = None,
    ) -> None:
        """Record that the member approved exactly this body."""
        self.record(
            DraftApproved(
                draft_id=DraftId(self.id),
                conversation_id=self.conversation_id,
                contact_id=self.contact_id,
                member_id=member_id,
                body_digest=body_digest,
                edited=edited,
                reply_to_message_id=reply_to_message_id,
                legal_basis=legal_basis,
                send_at=send_at,
                content=DraftContent(body=body),
            )
        )


class WriteReply(Command, frozen=True, kw_only=True):
    """Send a member's own words: by writing them the member approves them."""

    SCOPE = Scope.REPLIES_SEND
    AGGREGATE = Draft
    STREAM = "draft_id"

    draft_id: DraftId
    conversation_id: ConversationId
    contact_id: ContactId
    body: OutboundBody
    body_digest: str
    reply_to_message_id: MessageId | None = None
    legal_basis: LegalBasis | None = None
    send_at: datetime | None = None

    def execute(self, draft: Draft, context: CommandContext) -> None:
        """Raise HumanRequired, AlreadyExists, InvalidInput or BodyDigestMismatch."""
        member_id = deciding_member(context.actor)
        if draft.exists:
            raise AlreadyExists("There is a draft with this id already.")
        check_body(self.body)
        require_target(self.body, self.reply_to_message_id)
        require_send_at(self.send_at, context.now)
        require_digest(self.body, self.body_digest, context.digest_body)
        draft.record(
            DraftWritten(
                draft_id=self.draft_id,
                conversation_id=self.conversation_id,
                contact_id=self.contact_id,
                member_id=member_id,
                content=DraftContent(body=self.body),
            )
        )
        draft.approve(
            member_id,
            self.body,
            self.body_digest,
            edited=False,
            reply_to_message_id=self.reply_to_message_id,
            legal_basis=self.legal_basis,
            send_at=self.send_at,
        )


class ApproveDraft(Command, frozen=True, kw_only=True):
    """Approve a suggested reply, as it is or with the words of `body` instead."""

    SCOPE = Scope.DRAFTS_APPROVE
    AGGREGATE = Draft
    STREAM = "draft_id"

    draft_id: DraftId
    body_digest: str
    body: OutboundBody | None = None
    reply_to_message_id: MessageId | None = None
    legal_basis: LegalBasis | None = None
    send_at: datetime | None = None

    def execute(self, draft: Draft, context: CommandContext) -> None:
        """Raise HumanRequired, DraftAlreadyDecided, DraftIsErased or BodyDigestMismatch."""
        member_id = deciding_member(context.actor)
        draft.must_be_undecided()
        body = self.body if self.body is not None else draft.body
        if body is None:
            raise DraftIsErased("The words of the draft were erased.")
        check_body(body)
        require_target(body, self.reply_to_message_id)
        require_send_at(self.send_at, context.now)
        require_digest(body, self.body_digest, context.digest_body)
        suggested = draft.body
        draft.approve(
            member_id,
            body,
            self.body_digest,
            edited=suggested is None or canonical_bytes(body) != canonical_bytes(suggested),
            reply_to_message_id=self.reply_to_message_id,
            legal_basis=self.legal_basis,
            send_at=self.send_at,
        )


class RejectDraft(Command, frozen=True, kw_only=True):
    """Reject a suggested reply; nothing is sent."""

    SCOPE = Scope.DRAFTS_APPROVE
    AGGREGATE = Draft
    STREAM = "draft_id"

    draft_id: DraftId
    note: str = ""

    def execute(self, draft: Draft, context: CommandContext) -> None:
        """Raise HumanRequired, DraftAlreadyDecided or InvalidInput."""
        member_id = deciding_member(context.actor)
        draft.must_be_undecided()
        require_text(
            self.note, ("note",), characters_max=REJECTION_NOTE_CHARACTERS_MAX, is_optional=True
        )
        draft.record(
            DraftRejected(
                draft_id=self.draft_id,
                conversation_id=draft.conversation_id,
                contact_id=draft.contact_id,
                member_id=member_id,
                content=RejectionNote(note=self.note),
            )
        )
