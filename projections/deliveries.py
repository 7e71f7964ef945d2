"""Delivery of an outbound message, folded from its events as the message itself does it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from domain.delivery_state import DeliveryState
from domain.event import Event
from domain.outbound_message import (
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundFailed,
    OutboundFoundSent,
    OutboundInDoubt,
    OutboundRefused,
    OutboundSent,
    OutboundStatusUpdated,
)
from domain.outbound_timing import (
    BY_MEMBER,
    OutboundCancelled,
    OutboundDoubtParked,
    OutboundDuplicateDetected,
    OutboundRescheduled,
    OutboundRetried,
)

_UNSENT: Final = frozenset(
    {DeliveryState.REQUESTED, DeliveryState.REFUSED, DeliveryState.ATTEMPTING}
)
_UNPROVEN: Final = _UNSENT | {DeliveryState.IN_DOUBT}
_UNDELIVERED: Final = _UNPROVEN | {DeliveryState.ACCEPTED, DeliveryState.SENT}


class _Move(NamedTuple):
    """Where an event leads, and from which states; from others it changes nothing."""

    to: DeliveryState
    only_from: frozenset[DeliveryState]


_EVERY: Final = frozenset(DeliveryState)
_MOVES: Final[Mapping[type[Event], _Move]] = {
    OutboundAttemptStarted: _Move(DeliveryState.ATTEMPTING, _EVERY),
    OutboundAttemptFailed: _Move(DeliveryState.REQUESTED, _EVERY),
    OutboundRefused: _Move(DeliveryState.REFUSED, _EVERY),
    OutboundSent: _Move(DeliveryState.ACCEPTED, _UNPROVEN),
    OutboundFoundSent: _Move(DeliveryState.ACCEPTED, _UNPROVEN),
    OutboundInDoubt: _Move(DeliveryState.IN_DOUBT, _UNSENT),
    OutboundFailed: _Move(DeliveryState.FAILED, _UNDELIVERED),
    OutboundRescheduled: _Move(DeliveryState.REQUESTED, frozenset({DeliveryState.REQUESTED})),
    OutboundRetried: _Move(
        DeliveryState.REQUESTED, frozenset({DeliveryState.FAILED, DeliveryState.REFUSED})
    ),
    OutboundCancelled: _Move(DeliveryState.CANCELLED, _EVERY),
    OutboundDoubtParked: _Move(DeliveryState.IN_DOUBT, frozenset({DeliveryState.IN_DOUBT})),
}

STATUS_TIMES: Final = {
    "sent": "sent_at",
    "delivered": "delivered_at",
    "read": "read_at",
    "played": "played_at",
    "failed": "failed_at",
}
"""Meta's status -> the time that it tells."""

DELIVERY_EVENTS: Final[tuple[type[Event], ...]] = (
    *_MOVES,
    OutboundStatusUpdated,
    OutboundDuplicateDetected,
)
"""The events that move a delivery."""


def awaited(event: OutboundRescheduled) -> str | None:
    """Why admission put a message off; None where a member chose another time."""
    return None if event.reason == BY_MEMBER else event.reason


def state_after(state: DeliveryState, event: Event) -> DeliveryState:
    """The state of a message after one more of its events; a status may have overtaken it."""
    if isinstance(event, OutboundStatusUpdated):
        return event.state
    move = _MOVES.get(type(event))
    return move.to if move is not None and state in move.only_from else state


class DeliveryMark(StrEnum):
    """What a person should know of a delivery beyond its state.

    Parked: no status settled the doubt in time. Duplicate: the contact has the message twice. Held:
    Meta took it, and lets it out once it has judged the template.
    """

    PARKED = "parked"
    DUPLICATE = "duplicate"
    HELD = "held"


class Delivery(msgspec.Struct):
    """How far a message has come and when. Times of Meta are Meta's own.

    `failure` is a stable reason: the code of Meta's error, or why sending was refused. `due_at` is
    when the next attempt is made, where that is not as requested; `mark` is a DeliveryMark;
    `waits_for` is why admission put the message off, `duplicate_cause` why the answer was lost to
    an attempt that arrived after all.
    """

    delivery_state: str = DeliveryState.REQUESTED.value
    attempt: int = 0
    attempted_at: datetime | None = None
    accepted_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    played_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None
    due_at: datetime | None = None
    mark: str | None = None
    waits_for: str | None = None
    duplicate_cause: str | None = None

    def take(self, event: Event, occurred_at: datetime) -> None:
        """Move on by one event of the message."""
        self.delivery_state = state_after(DeliveryState(self.delivery_state), event).value
        match event:
            case OutboundAttemptStarted(attempt=attempt):
                self.attempt = attempt
                self.attempted_at = occurred_at
                self.due_at = self.waits_for = None
                if self.mark == DeliveryMark.PARKED:
                    # The doubt was about an earlier attempt.
                    self.mark = None
            case OutboundSent() | OutboundFoundSent():
                self.accepted_at = occurred_at
                self._take_hold(event)
            case OutboundRefused(reason=reason):
                self.failed_at, self.failure = occurred_at, reason
            case OutboundFailed(code=code, words=words):
                self.failed_at = occurred_at
                self.failure = words if code is None else str(code)
            case OutboundStatusUpdated():
                self._take_status(event)
            case _:
                self._take_timing(event)

    def _take_hold(self, event: OutboundSent | OutboundFoundSent) -> None:
        is_held = isinstance(event, OutboundSent) and event.is_held
        # A status that came before the answer says that it went out.
        if is_held and self.delivery_state == DeliveryState.ACCEPTED:
            self.mark = DeliveryMark.HELD.value

    def _take_timing(self, event: Event) -> None:
        match event:
            case OutboundRescheduled(due_at=due_at):
                self.due_at, self.waits_for = due_at, awaited(event)
            case OutboundAttemptFailed(due_at=due_at):
                self.due_at = due_at
            case OutboundRetried():
                self.due_at = self.failed_at = self.failure = None
            case OutboundDoubtParked():
                self.mark = DeliveryMark.PARKED.value
            case OutboundDuplicateDetected(cause=cause):
                self.mark, self.duplicate_cause = DeliveryMark.DUPLICATE.value, cause

    def _take_status(self, event: OutboundStatusUpdated) -> None:
        field = STATUS_TIMES.get(event.status)
        if self.mark == DeliveryMark.HELD:
            self.mark = None
        if field is not None and getattr(self, field) is None:
            setattr(self, field, event.provider_time)
        if event.error_codes and self.failure is None:
            self.failure = str(event.error_codes[0])
