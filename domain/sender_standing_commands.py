"""The command that keeps what Meta said about the standing of a sender number."""

from domain.aggregate import Command, CommandContext
from domain.errors import InvalidInput
from domain.event import Event
from domain.identity import SenderNumberId
from domain.scopes import Scope
from domain.sender_number import SenderNumber
from domain.sender_standing import StandingEvent


class NoteSenderStanding(Command, frozen=True, kw_only=True):
    """Keep one word of Meta about the number, unless a newer one is known."""

    SCOPE = Scope.SENDERS_RECORD
    AGGREGATE = SenderNumber
    STREAM = "sender_number_id"

    sender_number_id: SenderNumberId
    word: Event

    def execute(self, number: SenderNumber, _context: CommandContext) -> None:
        """Record it; an older word, or the same one again, changes nothing.

        Raises InvalidInput for an event that is no word about the standing.
        """
        number.must_exist()
        if not isinstance(self.word, StandingEvent):
            raise InvalidInput("This is no word of Meta about the standing of a number.")
        if number.standing.is_news(self.word):
            number.record(self.word)
