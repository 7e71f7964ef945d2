"""Keeping that the hub's own code failed on a message, and giving it up after a few times."""

from datetime import datetime

from domain.aggregate import CommandContext
from domain.defect import DEFECTS_MAX, Defect
from domain.delivery_state import DeliveryState
from domain.limits import require_time_zone
from domain.outbound_commands import OutboundCommand
from domain.outbound_message import OutboundAttemptFailed, OutboundFailed, OutboundMessage
from domain.scopes import Scope

WORDS = "A defect of the hub kept the message from being sent. Nothing reached the contact."


class NoteDefect(OutboundCommand, frozen=True, kw_only=True):
    """Keep that the hub failed on a message before any call; it is tried again at `due_at`.

    After `DEFECTS_MAX` of them the message is given up, so that it holds nothing back for ever.
    """

    SCOPE = Scope.OUTBOUND_DELIVER

    defect: Defect
    due_at: datetime

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Record it; a message that does not wait to be sent stays as it is."""
        message.must_exist()
        require_time_zone(self.due_at, ("due_at",))
        if message.state is not DeliveryState.REQUESTED:
            return
        if message.defects + 1 < DEFECTS_MAX:
            message.record(
                OutboundAttemptFailed(
                    outbound_message_id=self.outbound_message_id,
                    attempt=message.attempt,
                    code=None,
                    words=WORDS,
                    due_at=self.due_at,
                    is_spent=False,
                    defect=self.defect,
                )
            )
        else:
            message.record(
                OutboundFailed(
                    outbound_message_id=self.outbound_message_id,
                    conversation_id=message.requested.conversation_id,
                    contact_id=message.requested.contact_id,
                    attempt=message.attempt,
                    code=None,
                    words=WORDS,
                    defect=self.defect,
                )
            )
