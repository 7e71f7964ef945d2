"""Ask the assistant for a reply, and keep it as a draft that waits for a member."""

import msgspec

from domain.assessment import Assessment, AssessmentRationale
from domain.draft_suggestion import FailSuggestion, RecordSuggestion
from domain.effects import SuggestDraft
from domain.identity import DraftId, TenantId
from domain.outbound_body import TextBody
from domain.ports.assistant import (
    AssessmentSuggestion,
    Complexity,
    DraftRequest,
    Intent,
    MessageLanguage,
    Urgency,
)
from domain.scopes import ASSISTANT_SCOPES
from infrastructure.assistant.masking import unmask
from jobs.contact_of import contact_of
from jobs.conversation_context import assistant_provenance, read_context
from jobs.runtime import AssistRuntime
from jobs.work_not_ready import WorkNotReady
from projections.work_items import WorkItemRow


def suggest_draft(runtime: AssistRuntime, item: WorkItemRow) -> None:
    """Record a suggested reply to a conversation as of one message.

    Raises NotAllowed, WorkNotReady, MaskingFailed, AssistantUnavailable, AssistantAnswerRejected.
    """
    effect = msgspec.json.decode(item.payload, type=SuggestDraft)
    context = read_context(
        runtime, TenantId(item.tenant_id), effect.conversation_id, effect.message_id
    )
    assessment = _assessment(runtime, TenantId(item.tenant_id), effect)
    suggestion = runtime.assistant.suggest_draft(
        DraftRequest(
            text=context.text,
            received_at=context.received_at,
            assessment=assessment,
            firm=context.firm,
            intake=context.intake,
            time_zone=context.time_zone,
            context=context.turns,
            sender=context.sender,
        )
    )
    text = unmask(
        suggestion.masked_text,
        context.masker.mapping,
        allowed=(context.firm.display_name, context.firm.approved_safety_text),
    )
    runtime.hub.handle(
        RecordSuggestion(
            draft_id=DraftId(effect.draft_id),
            conversation_id=effect.conversation_id,
            contact_id=context.contact_id,
            message_id=effect.message_id,
            assessment_id=effect.assessment_id,
            model=suggestion.model,
            confidence=suggestion.confidence,
            body=TextBody(text=text),
            reasons=suggestion.reasons,
        ),
        assistant_provenance(runtime, item),
        ASSISTANT_SCOPES,
    )


def fail_suggestion(runtime: AssistRuntime, item: WorkItemRow, reason: str) -> None:
    """Record that there is no suggestion; a person writes the reply."""
    effect = msgspec.json.decode(item.payload, type=SuggestDraft)
    runtime.hub.handle(
        FailSuggestion(
            draft_id=DraftId(effect.draft_id),
            conversation_id=effect.conversation_id,
            contact_id=contact_of(runtime, TenantId(item.tenant_id), effect.conversation_id),
            message_id=effect.message_id,
            reason=reason,
        ),
        assistant_provenance(runtime, item),
        ASSISTANT_SCOPES,
    )


def _assessment(
    runtime: AssistRuntime, tenant_id: TenantId, effect: SuggestDraft
) -> AssessmentSuggestion:
    assessment = runtime.load(Assessment, tenant_id, effect.assessment_id)
    recorded = assessment.recorded
    if recorded is None:
        raise WorkNotReady
    rationale = recorded.content
    return AssessmentSuggestion(
        intent=Intent(recorded.intent),
        urgency=Urgency(recorded.urgency),
        complexity=Complexity(recorded.complexity),
        estimated_minutes=recorded.estimated_minutes,
        confidence=recorded.confidence,
        rationale=rationale.rationale if isinstance(rationale, AssessmentRationale) else "",
        language=MessageLanguage(recorded.language),
    )
