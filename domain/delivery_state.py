"""How far an outbound message is, and how the statuses of Meta move it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class DeliveryState(StrEnum):
    """The states of delivery in their order; a message only moves forward."""

    REQUESTED = "requested"
    ATTEMPTING = "attempting"
    IN_DOUBT = "in_doubt"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"


_RANK: Final[Mapping[DeliveryState, int]] = {
    DeliveryState.REQUESTED: 0,
    DeliveryState.REFUSED: 0,
    DeliveryState.CANCELLED: 0,
    DeliveryState.ATTEMPTING: 1,
    DeliveryState.IN_DOUBT: 2,
    DeliveryState.ACCEPTED: 3,
    DeliveryState.SENT: 4,
    DeliveryState.FAILED: 5,
    DeliveryState.DELIVERED: 6,
    DeliveryState.READ: 7,
    DeliveryState.PLAYED: 8,
}
"""How far a message is. A failure counts more than `sent` and less than a proof of delivery: so the
statuses give one state in whatever order they arrive (Cloud API reference, section 5)."""

_STATE_OF_STATUS: Final[Mapping[str, DeliveryState]] = {
    word: DeliveryState(word) for word in ("sent", "delivered", "read", "played", "failed")
}


def furthest(state: DeliveryState, reached: DeliveryState) -> DeliveryState:
    """Return the further of two states; `state` where neither is."""
    return reached if _RANK[reached] > _RANK[state] else state


def state_of_status(status: str) -> DeliveryState | None:
    """Return what a status of Meta says by itself; None for a word that is not known."""
    return _STATE_OF_STATUS.get(status)
