"""Keeping on a sender number that its circuit opened or closed, for screens and the record."""

from datetime import datetime

from domain.aggregate import Command, CommandContext
from domain.circuit import CircuitKind
from domain.identity import SenderNumberId
from domain.limits import (
    REASON_CHARACTERS_MAX,
    require_pattern,
    require_text,
    require_time_zone,
)
from domain.scopes import Scope
from domain.sender_number import SenderCircuitClosed, SenderCircuitOpened, SenderNumber


class OpenSenderCircuit(Command, frozen=True, kw_only=True):
    """Keep that calls for the number failed and nothing is sent until a probe succeeds."""

    SCOPE = Scope.OUTBOUND_DELIVER
    AGGREGATE = SenderNumber
    STREAM = "sender_number_id"

    sender_number_id: SenderNumberId
    circuit: CircuitKind
    cause: str
    words: str
    next_step: str
    retry_at: datetime

    def execute(self, number: SenderNumber, _context: CommandContext) -> None:
        """Record it, unless the circuit is known to be open for the same cause."""
        number.must_exist()
        require_pattern(self.cause, ("cause",), r"[a-z0-9_]{1,64}", "a stable word or a code")
        require_text(self.words, ("words",), characters_max=REASON_CHARACTERS_MAX)
        require_text(self.next_step, ("next_step",), characters_max=REASON_CHARACTERS_MAX)
        require_time_zone(self.retry_at, ("retry_at",))
        known = number.circuit
        if known is None or (known.circuit, known.cause) != (self.circuit, self.cause):
            number.record(
                SenderCircuitOpened(
                    sender_number_id=self.sender_number_id,
                    circuit=self.circuit,
                    cause=self.cause,
                    words=self.words,
                    next_step=self.next_step,
                    retry_at=self.retry_at,
                )
            )


class CloseSenderCircuit(Command, frozen=True, kw_only=True):
    """Keep that a probe succeeded and the number sends again."""

    SCOPE = Scope.OUTBOUND_DELIVER
    AGGREGATE = SenderNumber
    STREAM = "sender_number_id"

    sender_number_id: SenderNumberId

    def execute(self, number: SenderNumber, _context: CommandContext) -> None:
        """Record it; a closed circuit stays as it is."""
        number.must_exist()
        if number.circuit is not None:
            number.record(SenderCircuitClosed(sender_number_id=self.sender_number_id))
