"""Delivery of an outbound message, folded from its events as the message itself does it."""

from datetime import datetime
from typing import Final

import msgspec

from domain.event import Event
from domain.outbound_message import (
    DeliveryState,
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundFailed,
    OutboundFoundSent,
    OutboundInDoubt,
    OutboundRefused,
    OutboundSent,
    OutboundStatusUpdated,
)

_UNSENT: Final = frozenset(
    {DeliveryState.REQUESTED, DeliveryState.REFUSED, DeliveryState.ATTEMPTING}
)
_UNPROVEN: Final = _UNSENT | {DeliveryState.IN_DOUBT}
_UNDELIVERED: Final = _UNPROVEN | {DeliveryState.ACCEPTED, DeliveryState.SENT}

STATUS_TIMES: Final = {
    "sent": "sent_at",
    "delivered": "delivered_at",
    "read": "read_at",
    "played": "read_at",
    "failed": "failed_at",
}
"""Meta's status -> the time that it tells."""

DELIVERY_EVENTS: Final[tuple[type[Event], ...]] = (
    OutboundAttemptStarted,
    OutboundAttemptFailed,
    OutboundRefused,
    OutboundSent,
    OutboundFoundSent,
    OutboundFailed,
    OutboundInDoubt,
    OutboundStatusUpdated,
)
"""The events that move a delivery."""


def state_after(state: DeliveryState, event: Event) -> DeliveryState:
    """The state of a message after one more of its events; a status may have overtaken any of them."""
    match event:
        case OutboundStatusUpdated(state=reached):
            return reached
        case OutboundAttemptStarted():
            return DeliveryState.ATTEMPTING
        case OutboundAttemptFailed():
            return DeliveryState.REQUESTED
        case OutboundRefused():
            return DeliveryState.REFUSED
        case OutboundSent() | OutboundFoundSent():
            return DeliveryState.ACCEPTED if state in _UNPROVEN else state
        case OutboundInDoubt():
            return DeliveryState.IN_DOUBT if state in _UNSENT else state
        case OutboundFailed():
            return DeliveryState.FAILED if state in _UNDELIVERED else state
        case _:
            return state


class Delivery(msgspec.Struct):
    """How far a message has come and when. Times of Meta are Meta's own.

    `failure` is a stable reason: the code of Meta's error, or why sending was refused.
    """

    delivery_state: str = DeliveryState.REQUESTED.value
    attempt: int = 0
    attempted_at: datetime | None = None
    accepted_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None

    def take(self, event: Event, occurred_at: datetime) -> None:
        """Move on by one event of the message."""
        self.delivery_state = state_after(DeliveryState(self.delivery_state), event).value
        match event:
            case OutboundAttemptStarted(attempt=attempt):
                self.attempt = attempt
                self.attempted_at = occurred_at
            case OutboundSent() | OutboundFoundSent():
                self.accepted_at = occurred_at
            case OutboundRefused(reason=reason):
                self.failed_at, self.failure = occurred_at, reason
            case OutboundFailed(code=code, words=words):
                self.failed_at = occurred_at
                self.failure = words if code is None else str(code)
            case OutboundStatusUpdated():
                self._take_status(event)

    def _take_status(self, event: OutboundStatusUpdated) -> None:
        field = STATUS_TIMES.get(event.status)
        if field is not None and getattr(self, field) is None:
            setattr(self, field, event.provider_time)
        if event.error_codes and self.failure is None:
            self.failure = str(event.error_codes[0])
