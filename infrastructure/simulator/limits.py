"""Rate limits that refuse with an error code in an HTTP 400 body.

Source: WhatsApp Cloud API reference, section 11.
"""

from collections import deque

from infrastructure.simulator.accounts import PhoneNumber
from infrastructure.simulator.configuration import LimitsConfig
from infrastructure.simulator.errors import GraphError
from infrastructure.simulator.people import Person

THROUGHPUT_REACHED = 130429
PAIR_LIMIT_REACHED = 131056
PORTFOLIO_LIMIT_REACHED = 131048
MANAGEMENT_LIMIT_REACHED = 80007
REGISTRATION_LIMIT_REACHED = 133016

_HOUR_SECONDS = 3600.0
_DAY_SECONDS = 24 * _HOUR_SECONDS


class TokenBucket:
    """``capacity`` takes at once, refilled at ``per_second`` of simulated time."""

    def __init__(self, capacity: float, per_second: float, now: float) -> None:
        self._capacity = capacity
        self._per_second = per_second
        self._level = capacity
        self._filled_at = now

    def take(self, now: float) -> bool:
        """Take one token; False when there is none."""
        self._level = min(self._capacity, self._level + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._level < 1.0:
            return False
        self._level -= 1.0
        return True


class Limits:
    """All limits of one simulated Meta. Each method raises GraphError when a limit is reached."""

    def __init__(self, config: LimitsConfig) -> None:
        self._config = config
        self._numbers: dict[str, TokenBucket] = {}
        self._pairs: dict[tuple[str, str], TokenBucket] = {}
        self._portfolios: dict[str, dict[str, float]] = {}
        self._management: dict[tuple[str, str], deque[float]] = {}

    def take_throughput(self, number: PhoneNumber, now: float) -> None:
        """One message of the number's throughput per second."""
        if not self._config.enforced:
            return
        rate = number.throughput_per_second
        bucket = self._numbers.setdefault(number.phone_number_id, TokenBucket(rate, rate, now))
        if not bucket.take(now):
            raise GraphError(THROUGHPUT_REACHED)

    def take_pair(self, number: PhoneNumber, recipient: str, now: float) -> None:
        """One message of the (number, recipient) pair: a burst of 45, then one in 6 seconds."""
        if not self._config.enforced:
            return
        bucket = self._pairs.setdefault(
            (number.phone_number_id, recipient),
            TokenBucket(self._config.pair_burst, 1.0 / self._config.pair_seconds_per_message, now),
        )
        if not bucket.take(now):
            raise GraphError(PAIR_LIMIT_REACHED)

    def take_portfolio(self, portfolio_id: str, person: Person, now: float) -> None:
        """One unique user outside the window in a rolling day, per portfolio."""
        if not self._config.enforced:
            return
        users = self._portfolios.setdefault(portfolio_id, {})
        for key in [key for key, at in users.items() if now - at >= _DAY_SECONDS]:
            del users[key]
        if person.key not in users and len(users) >= self._config.portfolio_users_per_day:
            raise GraphError(PORTFOLIO_LIMIT_REACHED)
        users.setdefault(person.key, now)

    def take_management_call(self, app_id: str, waba_id: str, now: float) -> int:
        """One management call in a rolling hour; returns the use in per cent of the limit."""
        calls = self._management.setdefault((app_id, waba_id), deque())
        while calls and now - calls[0] >= _HOUR_SECONDS:
            calls.popleft()
        if self._config.enforced and len(calls) >= self._config.management_calls_per_hour:
            raise GraphError(MANAGEMENT_LIMIT_REACHED)
        calls.append(now)
        return min(100, len(calls) * 100 // self._config.management_calls_per_hour)

    def take_registration(self, number: PhoneNumber, now: float) -> None:
        """One register or deregister call: ten in 72 hours."""
        if not self._config.enforced:
            return
        window = self._config.registrations_window_seconds
        number.registrations = [at for at in number.registrations if now - at < window]
        if len(number.registrations) >= self._config.registrations_max:
            raise GraphError(REGISTRATION_LIMIT_REACHED)
        number.registrations.append(now)
