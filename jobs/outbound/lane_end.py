"""Why a lane ended."""

from enum import Enum, auto


class LaneEnd(Enum):
    """Why a lane ended."""

    STOPPED = auto()
    """It was told to."""
    WAITS = auto()
    """The firm has to remove an obstacle first."""
    LOST = auto()
    """Another process holds it, or this one could not say in time that it is alive."""
    FAILED = auto()
    """The store is away."""
