"""Clocks: the one of the machine, and one that is set by hand."""

from datetime import UTC, datetime, timedelta

from infrastructure.failpoints import clock_error


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC) + clock_error()


class SettableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self._moment = _with_zone(moment)

    def now(self) -> datetime:
        """The moment the clock was set to, in UTC."""
        return self._moment

    def set(self, moment: datetime) -> None:
        """Move the clock to `moment`, forwards or backwards."""
        self._moment = _with_zone(moment)

    def advance(self, duration: timedelta) -> datetime:
        """Move the clock by `duration` and return the new moment."""
        self._moment += duration
        return self._moment


def _with_zone(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A clock needs a moment with a time zone.")
    return moment.astimezone(UTC)
