"""Why a message is a dead letter: the stable reason that its events give."""

from typing import Final

from domain.admission import RefusalReason
from domain.defect import DEFECT_CAUSE
from domain.delivery_state import DeliveryState
from domain.event import Event
from domain.outbound_message import OutboundFailed, OutboundRefused, OutboundStatusUpdated
from domain.outbound_timing import OutboundDoubtParked

IN_DOUBT: Final = "in_doubt"
"""The cause of a message that may have arrived: nobody knows."""


def cause_of_message(event: Event) -> str | None:
    """A code of Meta, a reason of the admission or of the hub; None if nothing was given up."""
    match event:
        case OutboundFailed(defect=None):
            return "given_up" if event.code is None else str(event.code)
        case OutboundFailed():
            return DEFECT_CAUSE
        case OutboundRefused():
            # What a member took back with its broadcast is nothing to mend.
            is_cancelled = event.reason == RefusalReason.BROADCAST_CANCELLED
            return None if is_cancelled else event.reason
        case OutboundDoubtParked():
            return IN_DOUBT
        case OutboundStatusUpdated(state=DeliveryState.FAILED):
            return str(event.error_codes[0]) if event.error_codes else "failed"
        case _:
            return None
