"""Words that were given up go back as a draft: to be corrected and approved anew, never resent."""

from domain.aggregate import CommandContext
from domain.delivery_state import DeliveryState
from domain.errors import HubError
from domain.outbound_commands import OutboundCommand
from domain.outbound_message import ApprovalKind, OutboundMessage
from domain.outbound_timing import OutboundCancelled
from domain.scopes import Scope

_GIVEN_UP = frozenset({DeliveryState.FAILED, DeliveryState.REFUSED})


class NotReturnable(HubError):
    """The words of the message cannot go back to a person."""

    code = "NOT_RETURNABLE"
    hint = "Load the message to see where it stands; write a reply of your own if one is needed."


def require_returnable(message: OutboundMessage) -> None:
    """Raise NotFound, or NotReturnable unless a member approved the words and nothing was sent."""
    message.must_exist()
    if message.state not in _GIVEN_UP:
        raise NotReturnable(
            f"Only a message that was given up goes back as a draft; it is {message.state}."
        )
    if message.requested.approval.kind is not ApprovalKind.DRAFT:
        raise NotReturnable(
            "These words were not written for this contact alone: they are published or of a "
            "broadcast.",
            hint="Change the intake flow or the broadcast, or write a reply of your own.",
        )
    if message.content is None:
        raise NotReturnable("The words of the message were erased.")


class CloseReturned(OutboundCommand, frozen=True, kw_only=True):
    """Let a message never go out whose words went back as a draft."""

    SCOPE = Scope.OUTBOUND_SETTLE

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Record it; a message that is on its way, or arrived, stays as it is."""
        message.must_exist()
        if message.state in _GIVEN_UP or message.state is DeliveryState.REQUESTED:
            message.record(
                OutboundCancelled(
                    outbound_message_id=self.outbound_message_id,
                    conversation_id=message.requested.conversation_id,
                    contact_id=message.requested.contact_id,
                )
            )
