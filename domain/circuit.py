"""A circuit breaker: after failures nobody calls for a while, then one probe decides.

Pure: times come in, the next state goes out. Who shares a circuit keeps its state where all can
see it. While a circuit is open nothing is called, so no message spends an attempt.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec


class CircuitKind(StrEnum):
    """What a circuit protects: a sender number, an access token, or an endpoint of its own."""

    NUMBER = "number"
    TOKEN = "token"  # noqa: S105 - the word, not a token
    ASSISTANT = "assistant"
    MEDIA = "media"


class CircuitState(StrEnum):
    """Closed: everybody calls. Open: nobody. Half open: one probe is under way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitRules(msgspec.Struct, frozen=True, kw_only=True):
    """When a circuit opens and for how long.

    It opens after `failures_in_row_max` failures in a row, or when within `window_s` at least
    `calls_min` calls were made and the share `failure_share_max` of them failed. The first
    `quick_cool_downs` cool-downs take `cool_down_s` each, for most outages are short; each further
    one `cool_down_factor` times as long as the one before, up to `cool_down_longest_s`. After a
    trip (a reason that does not pass by itself, such as a blocked account) they grow at once, from
    `trip_cool_down_s`. Up to `jitter_share` is added by lot, so that many lanes do not probe at
    once. A probe that tells nothing for `probe_limit_s` counts as failed.
    """

    failures_in_row_max: int = 5
    failure_share_max: float = 0.5
    calls_min: int = 20
    window_s: float = 30.0
    cool_down_s: float = 1.0
    quick_cool_downs: int = 5
    trip_cool_down_s: float = 30.0
    cool_down_factor: float = 2.0
    cool_down_longest_s: float = 300.0
    jitter_share: float = 0.2
    probe_limit_s: float = 30.0


SENDING: Final = CircuitRules()
"""For sender numbers and tokens."""

ENDPOINT: Final = CircuitRules(cool_down_s=30.0, cool_down_factor=1.0, probe_limit_s=60.0)
"""For endpoints that people wait less for: the assistant, downloads of media."""


class Permit(StrEnum):
    """What the asker may do: call, make the one probe, or wait."""

    CALL = "call"
    PROBE = "probe"
    WAIT = "wait"


class Circuit(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a circuit.

    `calls` and `failures` were counted since `counted_from`; `openings` counts how often it opened
    without a call that succeeded in between; `retry_at` is when an open circuit may be probed, or
    when a probe under way is given up. `cause` is a stable word or a code of Meta, never personal.
    """

    state: CircuitState = CircuitState.CLOSED
    failures_in_row: int = 0
    calls: int = 0
    failures: int = 0
    counted_from: datetime | None = None
    openings: int = 0
    opened_at: datetime | None = None
    retry_at: datetime | None = None
    cause: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls other than the probe have to wait."""
        return self.state is not CircuitState.CLOSED


CLOSED: Final = Circuit()
"""A circuit of which nothing is known."""


def ask(circuit: Circuit, now: datetime, rules: CircuitRules = SENDING) -> tuple[Circuit, Permit]:
    """Return what an asker may do, and the circuit after that.

    A retry time further ahead than any cool-down comes from a clock that jumped, and counts as
    reached.
    """
    if not circuit.is_open:
        return circuit, Permit.CALL
    longest_s = max(_longest(rules) * (1 + rules.jitter_share), rules.probe_limit_s)
    if circuit.retry_at is not None and now < circuit.retry_at <= now + _seconds(longest_s):
        return circuit, Permit.WAIT
    probing = msgspec.structs.replace(
        circuit, state=CircuitState.HALF_OPEN, retry_at=now + _seconds(rules.probe_limit_s)
    )
    return probing, Permit.PROBE


def succeeded(
    circuit: Circuit, now: datetime, rules: CircuitRules = SENDING, *, calls: int = 1
) -> Circuit:
    """Return the circuit after `calls` successes.

    The success of a probe closes it, and only that of a call after it lets the next cool-down be
    short again. That of a call from before it opened says nothing about now.
    """
    match circuit.state:
        case CircuitState.HALF_OPEN:
            return Circuit(openings=circuit.openings, counted_from=now)
        case CircuitState.OPEN:
            return circuit
        case CircuitState.CLOSED:
            counted = _in_window(circuit, now, rules)
            return msgspec.structs.replace(
                counted, failures_in_row=0, openings=0, calls=counted.calls + calls
            )


def failed(
    circuit: Circuit, now: datetime, cause: str, lot: float, rules: CircuitRules = SENDING
) -> Circuit:
    """Return the circuit after a failure; `lot` in [0, 1) is the jitter."""
    match circuit.state:
        case CircuitState.HALF_OPEN:
            return _opened(circuit, now, cause, _quick(circuit, lot, rules))
        case CircuitState.OPEN:
            return circuit
        case CircuitState.CLOSED:
            counted = _in_window(circuit, now, rules)
            after = msgspec.structs.replace(
                counted,
                failures_in_row=counted.failures_in_row + 1,
                calls=counted.calls + 1,
                failures=counted.failures + 1,
                cause=cause,
            )
            if _is_too_much(after, rules):
                return _opened(after, now, cause, _quick(after, lot, rules))
            return after


def tripped(
    circuit: Circuit, now: datetime, cause: str, lot: float, rules: CircuitRules = SENDING
) -> Circuit:
    """Return the circuit opened at once, for a reason that one failure proves."""
    if circuit.state is CircuitState.OPEN:
        return circuit
    cool_down_s = _grown(rules.trip_cool_down_s, circuit.openings, lot, rules)
    return _opened(circuit, now, cause, cool_down_s)


def _is_too_much(circuit: Circuit, rules: CircuitRules) -> bool:
    if circuit.failures_in_row >= rules.failures_in_row_max:
        return True
    share = circuit.failures / circuit.calls
    return circuit.calls >= rules.calls_min and share >= rules.failure_share_max


def _in_window(circuit: Circuit, now: datetime, rules: CircuitRules) -> Circuit:
    began = circuit.counted_from
    if began is not None and began <= now < began + _seconds(rules.window_s):
        return circuit
    return msgspec.structs.replace(circuit, calls=0, failures=0, counted_from=now)


def _quick(circuit: Circuit, lot: float, rules: CircuitRules) -> float:
    return _grown(rules.cool_down_s, circuit.openings - rules.quick_cool_downs, lot, rules)


def _grown(first_s: float, steps: int, lot: float, rules: CircuitRules) -> float:
    grown_s = first_s * rules.cool_down_factor ** min(max(steps, 0), 32)
    return min(grown_s, _longest(rules)) * (1 + rules.jitter_share * lot)


def _opened(circuit: Circuit, now: datetime, cause: str, cool_down_s: float) -> Circuit:
    return Circuit(
        state=CircuitState.OPEN,
        openings=circuit.openings + 1,
        opened_at=circuit.opened_at or now,
        retry_at=now + _seconds(cool_down_s),
        cause=cause,
    )


def _longest(rules: CircuitRules) -> float:
    return max(rules.cool_down_longest_s, rules.trip_cool_down_s, rules.cool_down_s)


def _seconds(amount: float) -> timedelta:
    return timedelta(seconds=amount)
