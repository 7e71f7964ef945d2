"""Trying a message again that was given up: a decision of a person, under all rules of sending."""

from domain.aggregate import CommandContext
from domain.delivery_state import DeliveryState
from domain.draft import Draft
from domain.errors import HumanRequired
from domain.outbound_commands import OutboundCommand
from domain.outbound_message import OutboundAttemptFailed, OutboundMessage
from domain.outbound_timing import OutboundRetried
from domain.outbound_timing_commands import TooLateToChange
from domain.scopes import Scope


def require_not_returned(returned: Draft) -> None:
    """Raise TooLateToChange where the words of a message went back as this draft.

    Asked before a retry: the message is closed only a moment after its words went back, and the
    contact must not get the old words besides the corrected ones.
    """
    if returned.exists:
        raise TooLateToChange(
            "The words of the message went back as a draft; the message itself is not sent again.",
            hint="Correct and approve the draft, or reject it.",
        )


class RetryOutbound(OutboundCommand, frozen=True, kw_only=True):
    """Send the same approved words again; admission decides anew. One that waits stays as it is."""

    SCOPE = Scope.WORK_MANAGE

    def execute(self, message: OutboundMessage, context: CommandContext) -> None:
        """Raise HumanRequired, or TooLateToChange for a message that is not given up."""
        message.must_exist()
        if not context.actor.is_human:
            raise HumanRequired("Only a person lets a message be sent again that was given up.")
        match message.state:
            case DeliveryState.REQUESTED:
                return
            case DeliveryState.IN_DOUBT:
                message.record(
                    OutboundAttemptFailed(
                        outbound_message_id=self.outbound_message_id,
                        attempt=message.attempt,
                        code=None,
                        words="A person found that the message had not been sent.",
                        due_at=context.now,
                    )
                )
            case DeliveryState.FAILED | DeliveryState.REFUSED:
                message.record(
                    OutboundRetried(
                        outbound_message_id=self.outbound_message_id,
                        conversation_id=message.requested.conversation_id,
                        contact_id=message.requested.contact_id,
                    )
                )
            case _:
                raise TooLateToChange(f"The message was not given up; it is {message.state}.")
