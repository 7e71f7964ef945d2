"""Who did it, on whose behalf, because of what."""

from enum import StrEnum
from uuid import UUID

import msgspec

from domain.identity import EventId, TenantId


class ActorKind(StrEnum):
    """The kinds of actors that may cause an event."""

    CONTACT = "contact"
    MEMBER = "member"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    META = "meta"
    OPERATOR = "operator"
    INTEGRATION = "integration"


HUMAN_KINDS = frozenset({ActorKind.MEMBER, ActorKind.OPERATOR})
"""The actors that are a person of the firm, or the person at its command line."""


class Actor(msgspec.Struct, frozen=True):
    """The person or part that acted.

    `id` is the id of the contact, member or token, or the name of the part.
    """

    kind: ActorKind
    id: str

    @property
    def is_human(self) -> bool:
        """Whether a person of the firm acted, who may approve words."""
        return self.kind in HUMAN_KINDS


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """The origin of a change: firm, actor, the story it belongs to and the event that caused it.

    `correlation_id` names the whole story (the first inbound message of it), `causation_id` the
    event that led directly here, `traceparent` follows W3C Trace Context.
    """

    tenant_id: TenantId
    actor: Actor
    correlation_id: UUID
    causation_id: EventId | None = None
    traceparent: str | None = None
