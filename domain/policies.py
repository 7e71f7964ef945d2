"""Whenever this event, then these commands and effects. The whole behaviour map stands here.

`POLICIES` lists the commands that follow an event; a policy may read aggregates of its firm. What
`AT_ONCE` lists as well is carried out with the event, and not a moment later.
`EFFECTS` lists the work outside the store that follows; an effect is a function of the event alone,
so that it can be derived again at any time.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from domain.aggregate import Command
from domain.assessment import AssessmentPurpose, AssessmentRecorded
from domain.broadcast import BroadcastApproved, BroadcastCancelled, BroadcastPlanRequested
from domain.call import CallReported
from domain.contact import (
    ConsentGranted,
    ConsentRefused,
    ConsentWithdrawn,
    ContactMerged,
    ContactSeparated,
    MarketingResumed,
    MarketingStopped,
    OptedIn,
    OptedOut,
)
from domain.draft import DraftApproved, DraftReturned, DraftSuggested
from domain.echoed_message import MessageEchoed
from domain.effects import (
    AssessMessage,
    Effect,
    ShowReadReceipt,
    SubmitTemplateToMeta,
    SuggestDraft,
    SyncTemplates,
)
from domain.event import Event, EventRecord, fact_of
from domain.identity import (
    ConversationId,
    MessageId,
    assessment_id_after,
    draft_id_after,
)
from domain.inbound_message import MessageReceived
from domain.intake import (
    IntakeCompleted,
    IntakeConsentGiven,
    IntakeConsentRefused,
    IntakeFollowUpReceived,
    IntakeQuestionAsked,
)
from domain.media import MediaRetryRequested
from domain.message_status import MessageStatusReceived
from domain.outbound_file import OutboundFileAwaited
from domain.outbound_message import OutboundFailed, OutboundRefused, OutboundStatusUpdated
from domain.outbound_timing import OutboundDoubtParked
from domain.policies_on_broadcasts import (
    plan_recipients,
    release_broadcast,
    withdraw_broadcast,
)
from domain.policies_on_contacts import (
    confirm_opt_out,
    confirm_withdrawal,
    end_intake_without_consent,
    heed_marketing_error,
    heed_message,
    note_conversation,
    resume_intake,
)
from domain.policies_on_dead_letters import close_returned_message, tell_given_up_message
from domain.policies_on_drafts import (
    follow_delivery,
    send_approved_draft,
    stop_asking,
    supersede_answered_drafts,
    supersede_older_drafts,
)
from domain.policies_on_echoes import leave_word_to_person, note_call, note_echo
from domain.policies_on_files import forget_lost_file, prepare_file
from domain.policies_on_intake import ask_question, close_intake, keep_consent, keep_refusal
from domain.policies_on_joined_contacts import (
    carry_word_over,
    join_contacts,
    part_contacts,
)
from domain.policies_on_media import fetch_announced_media, fetch_media_again
from domain.policies_on_senders import follow_marketing_setting, follow_sender_notice
from domain.policies_on_templates import (
    follow_template_notice,
    heed_template_refusal,
    read_submitted_template,
    read_templates_of_new_number,
)
from domain.provenance import Actor, ActorKind, Provenance
from domain.read_receipt import ReadReceiptRequested
from domain.reader import Reader
from domain.sender_number import SenderNumberAdded, SenderNumberNoticed
from domain.template_submission import TemplateSubmissionRequested, TemplateSubmitted
from domain.template_sync import TemplateSyncRequested

Policy = Callable[[EventRecord, Reader], Iterable[Command]]
EffectOf = Callable[[EventRecord], Effect | None]

_POLICIES_ACTOR: Final = Actor(kind=ActorKind.SYSTEM, id="policies")


def provenance_after(record: EventRecord) -> Provenance:
    """Return the origin of whatever a policy does because of `record`."""
    return Provenance(
        tenant_id=record.tenant_id,
        actor=_POLICIES_ACTOR,
        correlation_id=record.correlation_id,
        causation_id=record.event_id,
        traceparent=record.traceparent,
    )


# --- work outside the store -----------------------------------------------------------------------


def triage_first_message(record: EventRecord) -> Effect:
    """Whenever a contact gave its consent, let the assistant read its first message."""
    event = fact_of(record, IntakeConsentGiven)
    return AssessMessage(
        assessment_id=assessment_id_after(record.event_id),
        conversation_id=event.conversation_id,
        message_id=event.first_message_id,
        purpose=AssessmentPurpose.TRIAGE,
    )


def review_completed_intake(record: EventRecord) -> Effect:
    """Whenever an intake was completed, let the assistant read the conversation."""
    event = fact_of(record, IntakeCompleted)
    return _review(record, event.conversation_id, event.message_id)


def review_follow_up(record: EventRecord) -> Effect:
    """Whenever a contact wrote again after its intake, let the assistant read the message."""
    event = fact_of(record, IntakeFollowUpReceived)
    return _review(record, event.conversation_id, event.message_id)


def show_read_receipt(record: EventRecord) -> Effect:
    """Whenever a member read a message or began to write, show the contact."""
    event = fact_of(record, ReadReceiptRequested)
    return ShowReadReceipt(
        receipt_id=event.receipt_id,
        conversation_id=event.conversation_id,
        message_id=event.message_id,
        typing=event.typing,
    )


def _review(record: EventRecord, conversation_id: ConversationId, message_id: MessageId) -> Effect:
    return AssessMessage(
        assessment_id=assessment_id_after(record.event_id),
        conversation_id=conversation_id,
        message_id=message_id,
        purpose=AssessmentPurpose.REVIEW,
    )


def suggest_draft(record: EventRecord) -> Effect | None:
    """Whenever a review was recorded, let the assistant suggest a reply."""
    event = fact_of(record, AssessmentRecorded)
    if event.purpose is not AssessmentPurpose.REVIEW:
        return None
    return SuggestDraft(
        draft_id=draft_id_after(event.assessment_id),
        assessment_id=event.assessment_id,
        conversation_id=event.conversation_id,
        message_id=event.message_id,
    )


def sync_templates(record: EventRecord) -> Effect:
    """Whenever the templates of an account are to be read, read them from Meta."""
    event = fact_of(record, TemplateSyncRequested)
    return SyncTemplates(sync_id=event.sync_id, waba_id=event.waba_id)


def submit_template(record: EventRecord) -> Effect:
    """Whenever a member wants a template submitted or deleted, ask Meta."""
    event = fact_of(record, TemplateSubmissionRequested)
    return SubmitTemplateToMeta(submission_id=event.submission_id)


# --- the tables -----------------------------------------------------------------------------------

POLICIES: Final[tuple[tuple[type[Event], Policy], ...]] = (
    (MessageReceived, note_conversation),
    (MessageReceived, heed_message),
    (MessageEchoed, note_echo),
    (MessageEchoed, leave_word_to_person),
    (CallReported, note_call),
    (SenderNumberNoticed, follow_sender_notice),
    (SenderNumberNoticed, follow_marketing_setting),
    (OptedOut, confirm_opt_out),
    (OptedIn, resume_intake),
    (ConsentWithdrawn, end_intake_without_consent),
    (ConsentWithdrawn, confirm_withdrawal),
    (ConsentGranted, carry_word_over),
    (ConsentRefused, carry_word_over),
    (ConsentWithdrawn, carry_word_over),
    (OptedOut, carry_word_over),
    (OptedIn, carry_word_over),
    (MarketingStopped, carry_word_over),
    (MarketingResumed, carry_word_over),
    (ContactMerged, join_contacts),
    (ContactSeparated, part_contacts),
    (OutboundStatusUpdated, heed_marketing_error),
    (OutboundStatusUpdated, forget_lost_file),
    (IntakeQuestionAsked, ask_question),
    (IntakeConsentGiven, keep_consent),
    (IntakeConsentRefused, keep_refusal),
    (IntakeCompleted, close_intake),
    (DraftApproved, send_approved_draft),
    (DraftApproved, stop_asking),
    (DraftApproved, supersede_answered_drafts),
    (DraftSuggested, supersede_older_drafts),
    (MessageStatusReceived, follow_delivery),
    (SenderNumberNoticed, follow_template_notice),
    (SenderNumberAdded, read_templates_of_new_number),
    (OutboundFailed, heed_template_refusal),
    (TemplateSubmitted, read_submitted_template),
    (OutboundFailed, tell_given_up_message),
    (OutboundRefused, tell_given_up_message),
    (OutboundDoubtParked, tell_given_up_message),
    (OutboundStatusUpdated, tell_given_up_message),
    (DraftReturned, close_returned_message),
)

AT_ONCE: Final[tuple[tuple[type[Event], Policy], ...]] = ((DraftApproved, send_approved_draft),)
"""Policies whose commands are stored together with the event, because a person waits for them.

They must not read what the event itself changes, and change nothing when they run again: each of
them stands in `POLICIES` as well, for events that another version of the program has stored.
"""

EFFECTS: Final[tuple[tuple[type[Event], EffectOf], ...]] = (
    (IntakeConsentGiven, triage_first_message),
    (IntakeCompleted, review_completed_intake),
    (IntakeFollowUpReceived, review_follow_up),
    (AssessmentRecorded, suggest_draft),
    (ReadReceiptRequested, show_read_receipt),
    (TemplateSyncRequested, sync_templates),
    (TemplateSubmissionRequested, submit_template),
    (MessageReceived, fetch_announced_media),
    (MessageEchoed, fetch_announced_media),
    (MediaRetryRequested, fetch_media_again),
    (OutboundFileAwaited, prepare_file),
    (BroadcastPlanRequested, plan_recipients),
    (BroadcastApproved, release_broadcast),
    (BroadcastCancelled, withdraw_broadcast),
)


def policies_for(record: EventRecord) -> list[Policy]:
    """Return the policies that react to the event, in their order."""
    return [policy for event_type, policy in POLICIES if isinstance(record.event, event_type)]


def policies_at_once(record: EventRecord) -> list[Policy]:
    """Return the policies whose commands are stored together with the event, in their order."""
    return [policy for event_type, policy in AT_ONCE if isinstance(record.event, event_type)]


def commands_after(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Yield what the policies command because of the event, one after the other.

    Carry each command out before taking the next: a later policy reads what an earlier one did.
    """
    for policy in policies_for(record):
        yield from policy(record, read)


def effects_of(record: EventRecord) -> list[Effect]:
    """Return the work outside the store that follows from the event, and from it alone."""
    wanted = (
        effect_of(record)
        for event_type, effect_of in EFFECTS
        if isinstance(record.event, event_type)
    )
    return [effect for effect in wanted if effect is not None]
