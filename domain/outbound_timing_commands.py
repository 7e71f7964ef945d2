"""Commands on an outbound message that wait, stop or settle it without a call of Meta."""

from datetime import datetime
from typing import Final

from domain.aggregate import CommandContext
from domain.delivery_state import DeliveryState
from domain.errors import HubError, HumanRequired
from domain.limits import require_pattern, require_send_at, require_time_zone
from domain.outbound_commands import OutboundCommand
from domain.outbound_errors import OutboundNotDue
from domain.outbound_message import OutboundAttemptFailed, OutboundFailed, OutboundMessage
from domain.outbound_timing import (
    BY_MEMBER,
    OutboundCancelled,
    OutboundDoubtParked,
    OutboundRescheduled,
)
from domain.provenance import Actor
from domain.scopes import Scope
from domain.sending_rules import DoubtAction

RESENDS_MAX: Final = 1
"""How often a doubt is answered by a rule with another attempt before a person is asked."""


class TooLateToChange(HubError):
    """The message is being sent, was sent, or will not be sent."""

    code = "TOO_LATE_TO_CHANGE"
    hint = "Load the message to see where it stands."


class CancelOutbound(OutboundCommand, frozen=True, kw_only=True):
    """Take a message back that was not sent yet. One that was taken back stays as it is."""

    SCOPE = Scope.REPLIES_SEND

    def execute(self, message: OutboundMessage, context: CommandContext) -> None:
        """Raise HumanRequired, or TooLateToChange once an attempt is under way or was made."""
        message.must_exist()
        if message.state is DeliveryState.CANCELLED:
            return
        _require_waiting(message, context.actor)
        message.record(
            OutboundCancelled(
                outbound_message_id=self.outbound_message_id,
                conversation_id=message.requested.conversation_id,
                contact_id=message.requested.contact_id,
            )
        )


class RescheduleOutbound(OutboundCommand, frozen=True, kw_only=True):
    """Send a message that waits at another time; None: as soon as possible."""

    SCOPE = Scope.REPLIES_SEND

    send_at: datetime | None

    def execute(self, message: OutboundMessage, context: CommandContext) -> None:
        """Raise HumanRequired, TooLateToChange or InvalidInput."""
        message.must_exist()
        _require_waiting(message, context.actor)
        require_send_at(self.send_at, context.now)
        _reschedule(message, self.send_at or context.now, BY_MEMBER)


class PostponeSend(OutboundCommand, frozen=True, kw_only=True):
    """Let a message wait because admission says that its time has not come."""

    SCOPE = Scope.OUTBOUND_DELIVER

    due_at: datetime
    reason: str

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Raise OutboundNotDue unless the message waits to be sent."""
        message.must_exist()
        require_time_zone(self.due_at, ("due_at",))
        require_pattern(self.reason, ("reason",), r"[a-z_]{1,64}", "a reason of the admission")
        if message.state is not DeliveryState.REQUESTED:
            raise OutboundNotDue(f"The message is not waiting to be sent; it is {message.state}.")
        _reschedule(message, self.due_at, self.reason)


class TendDoubt(OutboundCommand, frozen=True, kw_only=True):
    """Do what the firm's rules say about a doubt that no status has settled in time.

    `decided_by` is the person who set the rule; without one a doubt is only ever parked.
    """

    SCOPE = Scope.OUTBOUND_DELIVER

    attempt: int
    action: DoubtAction
    decided_by: Actor | None = None

    def execute(self, message: OutboundMessage, context: CommandContext) -> None:
        """Raise HumanRequired for a rule that no person set; a settled doubt stays as it is."""
        message.must_exist()
        if message.state is not DeliveryState.IN_DOUBT or message.attempt != self.attempt:
            return
        is_decided = self.decided_by is not None and self.decided_by.is_human
        if self.action is not DoubtAction.PARK and not is_decided:
            raise HumanRequired("Only a person lets messages in doubt be sent again or dropped.")
        requested = message.requested
        may_resend = len(message.doubts) <= RESENDS_MAX
        if self.action is DoubtAction.RESEND and may_resend:
            message.record(
                OutboundAttemptFailed(
                    outbound_message_id=self.outbound_message_id,
                    attempt=message.attempt,
                    code=None,
                    words="The answer was lost; the firm lets such messages be sent again.",
                    due_at=context.now,
                )
            )
        elif self.action is DoubtAction.DROP:
            message.record(
                OutboundFailed(
                    outbound_message_id=self.outbound_message_id,
                    conversation_id=requested.conversation_id,
                    contact_id=requested.contact_id,
                    attempt=message.attempt,
                    code=None,
                    words="The answer was lost; the firm does not send such messages again.",
                )
            )
        elif not message.is_parked:
            message.record(
                OutboundDoubtParked(
                    outbound_message_id=self.outbound_message_id,
                    conversation_id=requested.conversation_id,
                    contact_id=requested.contact_id,
                    attempt=message.attempt,
                    cause=message.doubts.get(message.attempt),
                    defect=message.defect,
                )
            )


def _require_waiting(message: OutboundMessage, actor: Actor) -> None:
    if not actor.is_human:
        raise HumanRequired("Only a person changes when a message is sent.")
    if message.state is not DeliveryState.REQUESTED:
        raise TooLateToChange(f"The message does not wait to be sent; it is {message.state}.")


def _reschedule(message: OutboundMessage, due_at: datetime, reason: str) -> None:
    if message.due_at != due_at:
        message.record(
            OutboundRescheduled(
                outbound_message_id=message.requested.outbound_message_id,
                conversation_id=message.requested.conversation_id,
                contact_id=message.requested.contact_id,
                due_at=due_at,
                reason=reason,
            )
        )
