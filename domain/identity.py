"""Identifiers of the domain.

Every identifier is a UUID. Identifiers of new things come in from outside (UUID version 7); identifiers that follow from
another fact are derived from it, so that doing the same thing twice meets the same identifier.
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
EventId = NewType("EventId", UUID)
StreamId = NewType("StreamId", UUID)


def derived_id(origin: UUID, *names: str) -> UUID:
    """Return the identifier that always follows from `origin` and `names`.

    Used where a policy creates something because of an event: running the policy again yields the same identifier, and
    the unique key of the event store refuses the second creation.
    """
    return uuid5(origin, "\x1f".join(names))
