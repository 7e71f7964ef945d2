"""A recipient of a broadcast, frozen when it is planned: its words, or why it gets none."""

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import (
    BroadcastId,
    BroadcastPlanId,
    BroadcastRecipientId,
    ContactId,
    ConversationId,
    OutboundMessageId,
    outbound_id_after,
)
from domain.limits import require_pattern
from domain.outbound_body import OutboundBody, check_body
from domain.scopes import Scope


class RecipientContent(msgspec.Struct, frozen=True, kw_only=True, tag="broadcast_recipient"):
    """The words for this contact, with its variables filled in."""

    body: OutboundBody


class BroadcastRecipientPlanned(PersonalEvent, frozen=True, kw_only=True):
    """The contact would get exactly these words, as the message `outbound_message_id`."""

    TOPIC: ClassVar[str] = "broadcast_recipient.planned.v1"
    CONTENT: ClassVar[type] = RecipientContent

    recipient_id: BroadcastRecipientId
    broadcast_id: BroadcastId
    plan_id: BroadcastPlanId
    contact_id: ContactId
    conversation_id: ConversationId
    outbound_message_id: OutboundMessageId
    body_digest: str
    content: RecipientContent | Sealed | Erased | UnsetType = UNSET


class BroadcastRecipientExcluded(Event, frozen=True, kw_only=True):
    """The contact belongs to the audience and gets nothing (`reason` is a stable code)."""

    TOPIC: ClassVar[str] = "broadcast_recipient.excluded.v1"

    recipient_id: BroadcastRecipientId
    broadcast_id: BroadcastId
    plan_id: BroadcastPlanId
    contact_id: ContactId
    outbound_message_id: OutboundMessageId
    reason: str


class BroadcastRecipient(Aggregate):
    """The recipient as its events have made it: planned or excluded, once."""

    NOUN = "recipient of a broadcast"
    EVENTS = (BroadcastRecipientPlanned, BroadcastRecipientExcluded)

    def apply(self, event: Event) -> None:
        """One event is all that happens to a recipient; its message has a stream of its own."""


class PlanRecipient(Command, frozen=True, kw_only=True):
    """Freeze the words for one contact."""

    SCOPE = Scope.BROADCASTS_RUN
    AGGREGATE = BroadcastRecipient
    STREAM = "recipient_id"
    FIRST_ONLY = True

    recipient_id: BroadcastRecipientId
    broadcast_id: BroadcastId
    plan_id: BroadcastPlanId
    contact_id: ContactId
    conversation_id: ConversationId
    body: OutboundBody

    def execute(self, recipient: BroadcastRecipient, context: CommandContext) -> None:
        """Raise InvalidInput for words that Meta would refuse."""
        check_body(self.body)
        recipient.record(
            BroadcastRecipientPlanned(
                recipient_id=self.recipient_id,
                broadcast_id=self.broadcast_id,
                plan_id=self.plan_id,
                contact_id=self.contact_id,
                conversation_id=self.conversation_id,
                outbound_message_id=outbound_id_after(self.recipient_id),
                body_digest=context.digest_body(self.body),
                content=RecipientContent(body=self.body),
            )
        )


class ExcludeRecipient(Command, frozen=True, kw_only=True):
    """Keep why one contact of the audience gets nothing."""

    SCOPE = Scope.BROADCASTS_RUN
    AGGREGATE = BroadcastRecipient
    STREAM = "recipient_id"
    FIRST_ONLY = True

    recipient_id: BroadcastRecipientId
    broadcast_id: BroadcastId
    plan_id: BroadcastPlanId
    contact_id: ContactId
    reason: str

    def execute(self, recipient: BroadcastRecipient, _context: CommandContext) -> None:
        """Raise InvalidInput for a reason that is no code."""
        require_pattern(self.reason, ("reason",), r"[a-z_]{1,64}", "a stable reason")
        recipient.record(
            BroadcastRecipientExcluded(
                recipient_id=self.recipient_id,
                broadcast_id=self.broadcast_id,
                plan_id=self.plan_id,
                contact_id=self.contact_id,
                outbound_message_id=outbound_id_after(self.recipient_id),
                reason=self.reason,
            )
        )


def plan_bytes(plan_id: BroadcastPlanId, messages: Iterable[tuple[UUID, str]]) -> bytes:
    """Return the bytes whose keyed digest is approved: every message and the digest of its words.

    `messages` are (outbound message, digest of its body), in any order.
    """
    lines = [identifier.bytes + digest.encode() for identifier, digest in messages]
    return plan_id.bytes + b"".join(sorted(lines))
