"""The commands on a message whose file has to be handed to Meta first."""

from uuid import UUID

from domain.aggregate import CommandContext
from domain.delivery_state import DeliveryState
from domain.identity import HostedFileId, derived_id
from domain.limits import REASON_CHARACTERS_MAX, require_text
from domain.outbound_body import file_of
from domain.outbound_commands import OutboundCommand
from domain.outbound_errors import OutboundNotDue
from domain.outbound_file import OutboundFileAwaited, OutboundFilePrepared, OutboundFileRejected
from domain.outbound_message import OutboundFailed, OutboundMessage
from domain.scopes import Scope


class AwaitFile(OutboundCommand, frozen=True, kw_only=True):
    """Let a message wait until its file is at Meta. One that waits for it already stays as it is.

    No attempt is spent by it.
    """

    SCOPE = Scope.OUTBOUND_DELIVER

    hosted_file_id: HostedFileId

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Raise OutboundNotDue for a message without a file, or that does not wait to be sent."""
        message.must_exist()
        content = message.content
        file = None if content is None else file_of(content.body)
        if file is None or message.state is not DeliveryState.REQUESTED:
            raise OutboundNotDue("The message has no file that is to be sent now.")
        if message.needs.is_file_awaited:
            return
        number = message.needs.preparations + 1
        message.record(
            OutboundFileAwaited(
                outbound_message_id=self.outbound_message_id,
                conversation_id=message.requested.conversation_id,
                contact_id=message.requested.contact_id,
                sender_number_id=message.requested.sender_number_id,
                media_id=file.media_id,
                hosted_file_id=self.hosted_file_id,
                preparation_id=derived_id(self.outbound_message_id, "file", str(number)),
            )
        )


class NoteFilePrepared(OutboundCommand, frozen=True, kw_only=True):
    """Keep that Meta has the file. An end of another wait than the present one changes nothing."""

    SCOPE = Scope.MEDIA_KEEP

    preparation_id: UUID

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Raise NotFound."""
        message.must_exist()
        if message.needs.preparation_id == self.preparation_id:
            message.record(
                OutboundFilePrepared(
                    outbound_message_id=self.outbound_message_id,
                    conversation_id=message.requested.conversation_id,
                    contact_id=message.requested.contact_id,
                    preparation_id=self.preparation_id,
                )
            )


class RejectFile(OutboundCommand, frozen=True, kw_only=True):
    """Keep that the file cannot be handed to Meta; a message that waits for it is given up."""

    SCOPE = Scope.MEDIA_KEEP

    preparation_id: UUID
    code: int | None
    words: str

    def execute(self, message: OutboundMessage, _context: CommandContext) -> None:
        """Raise NotFound, or InvalidInput for words that cannot be kept."""
        message.must_exist()
        require_text(self.words, ("words",), characters_max=REASON_CHARACTERS_MAX)
        if message.needs.preparation_id != self.preparation_id:
            return
        is_waiting = message.state is DeliveryState.REQUESTED
        requested = message.requested
        message.record(
            OutboundFileRejected(
                outbound_message_id=self.outbound_message_id,
                conversation_id=requested.conversation_id,
                contact_id=requested.contact_id,
                preparation_id=self.preparation_id,
                code=self.code,
                words=self.words,
            )
        )
        if is_waiting:
            message.record(
                OutboundFailed(
                    outbound_message_id=self.outbound_message_id,
                    conversation_id=requested.conversation_id,
                    contact_id=requested.contact_id,
                    attempt=message.attempt,
                    code=self.code,
                    words=self.words,
                )
            )
