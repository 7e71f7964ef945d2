"""Effects: side effects that a policy asks for, as versioned data.

Jobs carry them out; they hold ids only.
"""

from typing import ClassVar
from uuid import UUID

import msgspec

from domain.assessment import AssessmentPurpose
from domain.broadcast import release_id_of, withdrawal_id_of
from domain.identity import (
    AssessmentId,
    BroadcastId,
    BroadcastPlanId,
    ConversationId,
    HostedFileId,
    MediaId,
    MessageId,
    OutboundMessageId,
    PlanRequestId,
)


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Work to be done outside the store.

    `NAME` is stable and versioned; `reference` identifies the work once.
    """

    NAME: ClassVar[str]

    @property
    def reference(self) -> UUID:
        """The id by which the work and its completion are matched."""
        raise NotImplementedError


class AssessMessage(Effect, frozen=True, kw_only=True):
    """Ask the assistant for an assessment of a conversation as of one message."""

    NAME: ClassVar[str] = "assess_message.v1"

    assessment_id: AssessmentId
    conversation_id: ConversationId
    message_id: MessageId
    purpose: AssessmentPurpose

    @property
    def reference(self) -> UUID:
        """One assessment is asked for once."""
        return self.assessment_id


class SuggestDraft(Effect, frozen=True, kw_only=True):
    """Ask the assistant for a draft reply after an assessment."""

    NAME: ClassVar[str] = "suggest_draft.v1"

    draft_id: UUID
    assessment_id: AssessmentId
    conversation_id: ConversationId
    message_id: MessageId

    @property
    def reference(self) -> UUID:
        """One draft is asked for once."""
        return self.draft_id


class SyncTemplates(Effect, frozen=True, kw_only=True):
    """Read the templates of an account from Meta."""

    NAME: ClassVar[str] = "sync_templates.v1"

    sync_id: UUID
    waba_id: str

    @property
    def reference(self) -> UUID:
        """One sync is made once."""
        return self.sync_id


class FetchMedia(Effect, frozen=True, kw_only=True):
    """Fetch the file that a message announces, look into it and keep it encrypted."""

    NAME: ClassVar[str] = "fetch_media.v1"

    fetch_id: UUID
    media_id: MediaId
    message_id: MessageId
    conversation_id: ConversationId

    @property
    def reference(self) -> UUID:
        """One fetch is asked for once; another attempt by a member is another fetch."""
        return self.fetch_id


class PrepareFile(Effect, frozen=True, kw_only=True):
    """Hand the file of a message to Meta, so that the message can be sent with Meta's id of it."""

    NAME: ClassVar[str] = "prepare_file.v1"

    preparation_id: UUID
    outbound_message_id: OutboundMessageId
    conversation_id: ConversationId
    hosted_file_id: HostedFileId

    @property
    def reference(self) -> UUID:
        """One wait of a message is ended once."""
        return self.preparation_id


class ShowReadReceipt(Effect, frozen=True, kw_only=True):
    """Show the contact that a member read its message, and with `typing` that somebody writes."""

    NAME: ClassVar[str] = "show_read_receipt.v1"

    receipt_id: UUID
    conversation_id: ConversationId
    message_id: MessageId
    typing: bool

    @property
    def reference(self) -> UUID:
        """One receipt is shown once."""
        return self.receipt_id


class SubmitTemplateToMeta(Effect, frozen=True, kw_only=True):
    """Ask Meta to take a template, other words of one, or to delete it."""

    NAME: ClassVar[str] = "submit_template.v1"

    submission_id: UUID

    @property
    def reference(self) -> UUID:
        """One wish is carried out once."""
        return self.submission_id


class PlanRecipients(Effect, frozen=True, kw_only=True):
    """Find the recipients of a broadcast and freeze the words of each."""

    NAME: ClassVar[str] = "plan_recipients.v1"

    broadcast_id: BroadcastId
    request_id: PlanRequestId

    @property
    def reference(self) -> UUID:
        """One request leads to one plan."""
        return self.request_id


class ReleaseBroadcast(Effect, frozen=True, kw_only=True):
    """Ask for every message of an approved plan to be sent."""

    NAME: ClassVar[str] = "release_broadcast.v1"

    broadcast_id: BroadcastId
    plan_id: BroadcastPlanId

    @property
    def reference(self) -> UUID:
        """One plan is released once."""
        return release_id_of(self.plan_id)


class WithdrawBroadcast(Effect, frozen=True, kw_only=True):
    """Take the waiting messages of a cancelled broadcast out of the outbox."""

    NAME: ClassVar[str] = "withdraw_broadcast.v1"

    broadcast_id: BroadcastId
    plan_id: BroadcastPlanId

    @property
    def reference(self) -> UUID:
        """One plan is withdrawn once."""
        return withdrawal_id_of(self.plan_id)
