"""The circuit breaker of Meta's place for files, per sender number: downloads and uploads alike.

While it is open nothing is asked, so no file spends an attempt; what waits comes back when the
cool-down is over, a little apart from each other, and the first one is the probe. Opening and
closing are events of the number.
"""

import logging
from datetime import datetime
from typing import Final, NamedTuple

from domain.circuit import Circuit, CircuitKind, Permit
from domain.identity import SenderNumberId, TenantId
from domain.media_circuit import (
    CloseMediaCircuit,
    MediaHost,
    OpenMediaCircuit,
    media_host_id_of,
)
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import MEDIA_SCOPES
from infrastructure.destinations.failures import CallFailure
from infrastructure.postgres.circuits import CircuitKey, Circuits
from infrastructure.telemetry.metrics import CIRCUIT_TURNS
from infrastructure.unique_ids import new_id
from jobs.runtime import JobRuntime
from jobs.work_outcomes import WorkUnavailable

log = logging.getLogger(__name__)

BREAKER: Final = Actor(kind=ActorKind.SYSTEM, id="breaker")

AWAY: Final = "media_host_away"
"""Why a file waits while the circuit is open."""


TOKEN_LOOK_S: Final = 5.0
"""How long a file waits at least for the access token: the lane of the number probes it."""


class _Words(NamedTuple):
    words: str
    next_step: str


_NO_ANSWER: Final = _Words(
    "Meta's servers for files do not answer.",
    "Nothing: files wait and come by themselves. Check the network if it stays.",
)
_ABOUT_THE_HOST: Final = {
    **{
        failure.value: _NO_ANSWER
        for failure in CallFailure
        if failure is not CallFailure.ANSWER_TOO_LARGE
    },
    "unavailable": _NO_ANSWER,
    "access_denied": _Words(
        "Meta does not let the access token of the number have its files.",
        "Run `hub sender verify` for the number, and connect it again with a new access token.",
    ),
}
"""Failures that would meet every other file as well, and what is told of them."""


class MediaBreaker:
    """Guards the files of one sender number. Raises StoreUnavailable when the store is away."""

    def __init__(
        self,
        runtime: JobRuntime,
        circuits: Circuits,
        tenant_id: TenantId,
        sender_number_id: SenderNumberId,
    ) -> None:
        self._runtime = runtime
        self._circuits = circuits
        self._tenant_id = tenant_id
        self._number_id = sender_number_id
        self._key = CircuitKey(CircuitKind.MEDIA, str(sender_number_id), tenant_id)

    def require_free(self, token_fingerprint: str) -> None:
        """Raise WorkUnavailable, which spends no attempt, while files are left alone.

        Also while sending found that Meta refuses the access token: that would meet files as well.
        """
        of_token = CircuitKey(CircuitKind.TOKEN, token_fingerprint, self._tenant_id)
        if (token := self._circuits.now(of_token)).is_open:
            raise self._waits(token, at_least_s=TOKEN_LOOK_S)
        if self._circuits.permit(self._key) is Permit.WAIT:
            raise self._waits(self._circuits.now(self._key))

    def note_success(self) -> None:
        """A file came or went."""
        circuit = self._circuits.note_success(self._key)
        host_id = media_host_id_of(self._number_id)
        host = self._runtime.load(MediaHost, self._tenant_id, host_id)
        if not circuit.is_open and host.opened is not None:
            command = CloseMediaCircuit(media_host_id=host_id, sender_number_id=self._number_id)
            self._runtime.hub.handle(command, self._provenance(), MEDIA_SCOPES)
            CIRCUIT_TURNS.labels(CircuitKind.MEDIA, "closed").inc()

    def note_failure(self, cause: str) -> None:
        """A file did not come or go; what is about the file alone says nothing of the host.

        Raises WorkUnavailable, which spends no attempt, where the circuit is open after it.
        """
        about = _ABOUT_THE_HOST.get(cause)
        if about is None:
            # The host answered, so a probe has done its work.
            self.note_success()
            return
        circuit = self._circuits.note_failure(self._key, cause)
        if circuit.is_open and circuit.retry_at is not None:
            self._tell_opened(cause, about, circuit.retry_at)
            raise self._waits(circuit)

    def _waits(self, circuit: Circuit, *, at_least_s: float = 0.0) -> WorkUnavailable:
        now = self._runtime.clock.now()
        left_s = 0.0 if circuit.retry_at is None else (circuit.retry_at - now).total_seconds()
        return WorkUnavailable(AWAY, counts=False, after_s=max(at_least_s, left_s))

    def _tell_opened(self, cause: str, about: _Words, retry_at: datetime) -> None:
        done = self._runtime.hub.handle(
            OpenMediaCircuit(
                media_host_id=media_host_id_of(self._number_id),
                sender_number_id=self._number_id,
                cause=cause,
                words=about.words,
                next_step=about.next_step,
                retry_at=retry_at,
            ),
            self._provenance(),
            MEDIA_SCOPES,
        )
        if done.records:
            CIRCUIT_TURNS.labels(CircuitKind.MEDIA, "opened").inc()
            log.warning("Files of a number are left alone for a while.", extra={"reason": cause})

    def _provenance(self) -> Provenance:
        return Provenance(tenant_id=self._tenant_id, actor=BREAKER, correlation_id=new_id())
