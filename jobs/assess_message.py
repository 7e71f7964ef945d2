"""Ask the assistant what a conversation is about, and keep what it suggests."""

import msgspec

from domain.assessment import FailAssessment, RecordAssessment
from domain.effects import AssessMessage
from domain.identity import ContactId, TenantId
from domain.ports.assistant import AssessmentRequest
from domain.scopes import ASSISTANT_SCOPES
from jobs.contact_of import contact_of
from jobs.conversation_context import assistant_provenance, read_context
from jobs.runtime import AssistRuntime
from projections.work_items import WorkItemRow


def assess_message(runtime: AssistRuntime, item: WorkItemRow) -> None:
    """Record an assessment of the conversation as of one message.

    Raises NotAllowed, WorkNotReady, MaskingFailed, AssistantUnavailable, AssessmentRejected.
    """
    effect = msgspec.json.decode(item.payload, type=AssessMessage)
    context = read_context(
        runtime, TenantId(item.tenant_id), effect.conversation_id, effect.message_id
    )
    suggestion = runtime.assistant.assess(
        AssessmentRequest(
            text=context.text,
            received_at=context.received_at,
            time_zone=context.time_zone,
            context=context.turns,
            attachments=context.attachments,
        )
    )
    runtime.hub.handle(
        RecordAssessment(
            assessment_id=effect.assessment_id,
            conversation_id=effect.conversation_id,
            contact_id=context.contact_id,
            message_id=effect.message_id,
            purpose=effect.purpose,
            intent=suggestion.intent,
            urgency=suggestion.urgency,
            complexity=suggestion.complexity,
            estimated_minutes=suggestion.estimated_minutes,
            confidence=suggestion.confidence,
            rationale=suggestion.rationale,
            language=suggestion.language,
            model=runtime.assistant.model_name,
        ),
        assistant_provenance(runtime, item),
        ASSISTANT_SCOPES,
    )


def fail_assessment(runtime: AssistRuntime, item: WorkItemRow, reason: str) -> None:
    """Record that there is no assessment; a person reads the message unlabelled."""
    effect = msgspec.json.decode(item.payload, type=AssessMessage)
    tenant_id = TenantId(item.tenant_id)
    contact_id: ContactId = contact_of(runtime, tenant_id, effect.conversation_id)
    runtime.hub.handle(
        FailAssessment(
            assessment_id=effect.assessment_id,
            conversation_id=effect.conversation_id,
            contact_id=contact_id,
            message_id=effect.message_id,
            purpose=effect.purpose,
            reason=reason,
        ),
        assistant_provenance(runtime, item),
        ASSISTANT_SCOPES,
    )
