"""Whose conversation it is."""

from domain.conversation import Conversation
from domain.identity import ContactId, ConversationId, TenantId
from jobs.runtime import AssistRuntime
from jobs.work_not_ready import WorkNotReady


def contact_of(
    runtime: AssistRuntime, tenant_id: TenantId, conversation_id: ConversationId
) -> ContactId:
    """Return the contact of a conversation. Raises WorkNotReady when it is not known yet."""
    conversation = runtime.load(Conversation, tenant_id, conversation_id)
    if conversation.contact_id is None:
        raise WorkNotReady
    return conversation.contact_id
