"""Identifiers of the domain.

Every identifier is a UUID. Identifiers of new things come in from outside (UUID version 7);
identifiers that follow from another fact are derived from it, so that doing the same thing twice
meets the same identifier.
"""

from typing import NewType
from uuid import UUID, uuid5

TenantId = NewType("TenantId", UUID)
MemberId = NewType("MemberId", UUID)
SenderNumberId = NewType("SenderNumberId", UUID)
ContactId = NewType("ContactId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
IntakeSessionId = NewType("IntakeSessionId", UUID)
AssessmentId = NewType("AssessmentId", UUID)
DraftId = NewType("DraftId", UUID)
OutboundMessageId = NewType("OutboundMessageId", UUID)
TemplateId = NewType("TemplateId", UUID)
WebhookEndpointId = NewType("WebhookEndpointId", UUID)
MediaId = NewType("MediaId", UUID)
TemplateSampleId = NewType("TemplateSampleId", UUID)
HostedFileId = NewType("HostedFileId", UUID)
BroadcastId = NewType("BroadcastId", UUID)
PlanRequestId = NewType("PlanRequestId", UUID)
BroadcastPlanId = NewType("BroadcastPlanId", UUID)
BroadcastListId = NewType("BroadcastListId", UUID)
ListedRecipientId = NewType("ListedRecipientId", UUID)
BroadcastRecipientId = NewType("BroadcastRecipientId", UUID)
EventId = NewType("EventId", UUID)
StreamId = NewType("StreamId", UUID)


def derived_id(origin: UUID, *names: str) -> UUID:
    """Return the identifier that always follows from `origin` and `names`.

    Used where a policy creates something because of an event: running the policy again yields the
    same identifier, and the unique key of the event store refuses the second creation.
    """
    return uuid5(origin, "\x1f".join(names))


def conversation_id_of(contact_id: ContactId, sender_number_id: SenderNumberId) -> ConversationId:
    """Return the one conversation between a contact and a sender number."""
    return ConversationId(derived_id(contact_id, "conversation", str(sender_number_id)))


def intake_session_id_of(conversation_id: ConversationId) -> IntakeSessionId:
    """Return the one intake session of a conversation."""
    return IntakeSessionId(derived_id(conversation_id, "intake"))


def intake_flow_stream_of(tenant_id: TenantId) -> StreamId:
    """Return the stream in which the firm's intake flows are published."""
    return StreamId(derived_id(tenant_id, "intake-flow"))


def assessment_id_after(event_id: EventId) -> AssessmentId:
    """Return the assessment that an event asks for."""
    return AssessmentId(derived_id(event_id, "assessment"))


def draft_id_after(assessment_id: AssessmentId) -> DraftId:
    """Return the draft that follows an assessment."""
    return DraftId(derived_id(assessment_id, "draft"))


def outbound_id_after(origin: UUID) -> OutboundMessageId:
    """Return the one outbound message of an approved draft or of an event with automatic words."""
    return OutboundMessageId(derived_id(origin, "outbound"))


def template_id_of(tenant_id: TenantId, waba_id: str, name: str, language: str) -> TemplateId:
    """Return the one template of this name and normalised language in an account of the firm."""
    return TemplateId(derived_id(tenant_id, "template", waba_id, name, language))


def media_id_of(message_id: MessageId) -> MediaId:
    """Return the one file that a message announces."""
    return MediaId(derived_id(message_id, "media"))


def media_fetch_id_after(event_id: EventId) -> UUID:
    """Return the one fetch of a file that an event asks for."""
    return derived_id(event_id, "media-fetch")


def hosted_file_id_of(sender_number_id: SenderNumberId, file_digest: str) -> HostedFileId:
    """Return the one place at Meta of a file, by its keyed digest, for sends of a number."""
    return HostedFileId(derived_id(sender_number_id, "hosted-file", file_digest))


def legal_hold_stream_of(contact_id: ContactId) -> StreamId:
    """Return the stream in which holds on a contact are placed and released."""
    return StreamId(derived_id(contact_id, "legal-hold"))


def broadcast_recipient_id_of(
    plan_id: BroadcastPlanId, contact_id: ContactId
) -> BroadcastRecipientId:
    """Return the one recipient that a contact is in a plan: nobody is in a plan twice."""
    return BroadcastRecipientId(derived_id(plan_id, "recipient", str(contact_id)))
