"""How quick a sender number may be: Meta's level of it, and the firm's own lower choice."""

from typing import Final

from domain.aggregate import Command, CommandContext
from domain.errors import InvalidInput
from domain.identity import SenderNumberId
from domain.scopes import Scope
from domain.sender_number import SenderLimitsSet, SenderNumber

LEVELS: Final = (20, 80, 1000)
"""Messages per second that Meta allows a number: while it is shared with the app on a phone, as a
rule, and after an upgrade (Cloud API, throughput)."""


class LimitSenderNumber(Command, frozen=True, kw_only=True):
    """Set Meta's level of a number, and the firm's own choice below it (None: no lower one)."""

    SCOPE = Scope.SENDERS_MANAGE
    AGGREGATE = SenderNumber
    STREAM = "sender_number_id"

    sender_number_id: SenderNumberId
    level_per_second: int
    chosen_per_second: int | None = None

    def execute(self, number: SenderNumber, _context: CommandContext) -> None:
        """Raise InvalidInput for a level that Meta does not have or a choice above it."""
        number.must_exist()
        if self.level_per_second not in LEVELS:
            levels = ", ".join(map(str, LEVELS))
            raise InvalidInput(
                f"level_per_second must be one of {levels}.", field=("level_per_second",)
            )
        chosen = self.chosen_per_second
        if chosen is not None and not 1 <= chosen <= self.level_per_second:
            raise InvalidInput(
                f"chosen_per_second must be 1 to {self.level_per_second}.",
                field=("chosen_per_second",),
            )
        if (number.level_per_second, number.chosen_per_second) != (self.level_per_second, chosen):
            number.record(
                SenderLimitsSet(
                    sender_number_id=self.sender_number_id,
                    level_per_second=self.level_per_second,
                    chosen_per_second=chosen,
                )
            )
