"""The circuit breaker of a lane as its event loop sees it: asked rarely, known always."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Final

from domain.ports.whatsapp import (
    SendAccepted,
    SendErrorClass,
    SendOutcomeUnknown,
    SendRefused,
    UnknownCause,
)
from jobs.outbound.lease import HeldLane
from jobs.outbound.outcomes import CallOutcome
from jobs.runtime import SendRuntime
from jobs.sender_breaker import SenderBreaker

ASK_INTERVAL_S: Final = 0.2
"""How old the answer of the breaker may be while calls succeed."""

USED_UP_S: Final = 60
"""How long Meta is left alone when the account has used up its calls, if Meta asks for no more."""


class LaneGuard:
    """Whether calls of a lane may be made. Its questions wait for PostgreSQL in a thread."""

    def __init__(self, runtime: SendRuntime, lane: HeldLane) -> None:
        self._runtime = runtime
        self._lane = lane
        self._breaker: SenderBreaker | None = None
        self._successes = 0
        self._asked_at = float("-inf")
        self._until: datetime | None = None
        self._used_up_until: datetime | None = None
        self._untold = 0
        self._is_sure = asyncio.Event()
        self._is_sure.set()

    async def be_sure(self) -> None:
        """Wait while the breaker is being told of a failure: its answer may be to stop."""
        await self._is_sure.wait()

    @property
    def is_blocked(self) -> bool:
        """Whether nothing may be called, as far as is known."""
        return self._until is not None or self._is_used_up

    @property
    def wait_s(self) -> float:
        """How long nothing may be called, in seconds."""
        ends = [until for until in (self._until, self._used_up_until) if until is not None]
        now = self._runtime.clock.now()
        return max([0.0, *((until - now).total_seconds() for until in ends)])

    @property
    def _is_used_up(self) -> bool:
        until = self._used_up_until
        return until is not None and self._runtime.clock.now() < until

    async def may_call(self) -> bool:
        """Ask the breaker, unless it was asked a moment ago. Raises StoreUnavailable."""
        if time.monotonic() - self._asked_at >= ASK_INTERVAL_S:
            await asyncio.to_thread(self._ask)
        return not self.is_blocked

    async def note(self, outcome: CallOutcome) -> None:
        """Tell the breaker what became of a call. Raises StoreUnavailable."""
        match outcome:
            case SendAccepted():
                # Told with the next question: a success changes nothing that is in a hurry.
                self._successes += 1
            case SendRefused(error_class=SendErrorClass.ACCOUNT_THROTTLED):
                pause_s = max(USED_UP_S, outcome.retry_after_seconds or 0)
                self._used_up_until = self._runtime.clock.now() + timedelta(seconds=pause_s)
            case SendRefused(circuit=None) | SendOutcomeUnknown(cause=UnknownCause.DEFECT):
                # About the message alone.
                return
            case SendRefused() | SendOutcomeUnknown():
                self._untold += 1
                self._is_sure.clear()
                try:
                    await asyncio.to_thread(self._note_failure, outcome)
                finally:
                    self._untold -= 1
                    if not self._untold:
                        self._is_sure.set()

    def _ask(self) -> None:
        breaker = self._told()
        self._until = breaker.blocked_until()
        self._asked_at = time.monotonic()

    def _note_failure(self, failure: SendRefused | SendOutcomeUnknown) -> None:
        breaker = self._told()
        breaker.note_failure(failure)
        self._until = breaker.blocked_until()

    def _told(self) -> SenderBreaker:
        if self._breaker is None:
            self._breaker = SenderBreaker(self._runtime, *self._lane[:2])
        successes, self._successes = self._successes, 0
        for _ in range(successes):
            self._breaker.note_success()
        return self._breaker
