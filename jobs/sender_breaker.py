"""The circuit breaker of a sender number and of its access token: when to leave Meta alone.

While a circuit is open nothing is picked, so nothing spends an attempt. When the cool-down is over
one process asks Meta for the number's health; if nothing speaks against it the lane goes on, in
order. Opening and closing are events of the sender number.
"""

import logging
import threading
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.circuit import Circuit, CircuitKind, Permit
from domain.identity import SenderNumberId, TenantId
from domain.ports.whatsapp import SendErrorClass, SendOutcomeUnknown, SendRefused
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import DELIVERY_SCOPES
from domain.sender_circuit import CloseSenderCircuit, OpenSenderCircuit
from domain.sender_number import SenderNumber
from infrastructure.postgres.circuits import CircuitKey
from infrastructure.telemetry.metrics import CIRCUIT_TURNS
from infrastructure.unique_ids import new_id
from infrastructure.whatsapp.health import HealthQuestion, Sickness
from jobs.runtime import SendRuntime

log = logging.getLogger(__name__)

BREAKER: Final = Actor(kind=ActorKind.SYSTEM, id="breaker")

NO_ANSWER: Final = Sickness(
    CircuitKind.NUMBER,
    "no_answer",
    "Meta's servers do not answer.",
    "Nothing: the messages wait and go out by themselves. Check the network if it stays.",
)
NO_TOKEN: Final = Sickness(
    CircuitKind.TOKEN,
    "access_token_missing",
    "There is no access token for the number.",
    "Run `hub sender add` for the number again with its access token.",
)


class SenderBreaker:
    """Guards the calls of one lane. Safe for threads; may wait for PostgreSQL and for Meta."""

    def __init__(self, runtime: SendRuntime, tenant_id: TenantId, sender_number_id: UUID) -> None:
        self._runtime = runtime
        self._tenant_id = tenant_id
        self._number_id = SenderNumberId(sender_number_id)
        self._lock = threading.RLock()
        self._number = runtime.load(SenderNumber, tenant_id, sender_number_id)
        self._is_told = self._number.circuit is not None

    def blocked_until(self) -> datetime | None:
        """None when calls may be made; else when to ask again.

        Asks Meta for the number's health when a cool-down is over. Raises StoreUnavailable.
        """
        with self._lock:
            for kind in (CircuitKind.TOKEN, CircuitKind.NUMBER):
                until = self._blocked_until(kind)
                if until is not None:
                    return until
            self._tell_closed()
            return None

    def note_success(self) -> None:
        """Meta took a message. Raises StoreUnavailable."""
        with self._lock:
            for kind in (CircuitKind.TOKEN, CircuitKind.NUMBER):
                self._runtime.circuits.note_success(self._key(kind))

    def note_failure(self, error: SendRefused | SendOutcomeUnknown) -> None:
        """A call failed; what is about the message alone says nothing. Raises StoreUnavailable."""
        if isinstance(error, SendOutcomeUnknown):
            sickness, is_certain = NO_ANSWER, False
        elif error.circuit is None:
            return
        else:
            cause = "no_answer" if error.meta_code is None else str(error.meta_code)
            sickness = Sickness(error.circuit, cause, error.words, error.next_step)
            is_certain = error.error_class is SendErrorClass.ACCOUNT_BLOCKED
        with self._lock:
            self._keep(sickness, is_certain=is_certain)

    def _blocked_until(self, kind: CircuitKind) -> datetime | None:
        circuits, key = self._runtime.circuits, self._key(kind)
        match circuits.permit(key):
            case Permit.CALL:
                return None
            case Permit.WAIT:
                circuit = circuits.now(key)
                self._tell_opened(circuit, kind, None)
                return circuit.retry_at
            case Permit.PROBE:
                return self._probed(kind)

    def _probed(self, kind: CircuitKind) -> datetime | None:
        self._number = self._runtime.load(SenderNumber, self._tenant_id, self._number_id)
        sickness = self._sickness()
        if sickness is None:
            self._runtime.circuits.note_success(self._key(kind))
            return None
        if sickness.cause == NO_ANSWER.cause:
            circuit = self._runtime.circuits.note_failure(self._key(kind), sickness.cause)
            self._tell_opened(circuit, kind, sickness)
            return circuit.retry_at
        if sickness.circuit is not kind:
            # The probed circuit is sound; what is sick is the other one.
            self._runtime.circuits.note_success(self._key(kind))
        return self._keep(sickness, is_certain=True).retry_at

    def _sickness(self) -> Sickness | None:
        number = self._number
        token = self._runtime.access_token(
            self._tenant_id, self._number_id, number.access_token_fingerprint
        )
        if token is None:
            return NO_TOKEN
        return self._runtime.health.sickness(
            HealthQuestion(number.phone_number_id, token, number.graph_url)
        )

    def _keep(self, sickness: Sickness, *, is_certain: bool) -> Circuit:
        circuits, key = self._runtime.circuits, self._key(sickness.circuit)
        note = circuits.trip if is_certain else circuits.note_failure
        circuit = note(key, sickness.cause)
        if circuit.is_open:
            self._tell_opened(circuit, sickness.circuit, sickness)
        return circuit

    def _key(self, kind: CircuitKind) -> CircuitKey:
        of_token = kind is CircuitKind.TOKEN
        reference = self._number.access_token_fingerprint if of_token else str(self._number_id)
        return CircuitKey(kind, reference, self._tenant_id)

    def _tell_opened(self, circuit: Circuit, kind: CircuitKind, sickness: Sickness | None) -> None:
        if circuit.retry_at is None or (self._is_told and sickness is None):
            return
        told = sickness or Sickness(
            kind,
            circuit.cause or NO_ANSWER.cause,
            "Calls with the same access token failed."
            if kind is CircuitKind.TOKEN
            else "Calls for the number failed.",
            "Look at the other numbers of the firm; the messages wait until then.",
        )
        was_told, self._is_told = self._is_told, True
        self._runtime.hub.handle(
            OpenSenderCircuit(
                sender_number_id=self._number_id,
                circuit=told.circuit,
                cause=told.cause,
                words=told.words,
                next_step=told.next_step,
                retry_at=circuit.retry_at,
            ),
            self._provenance(),
            DELIVERY_SCOPES,
        )
        if not was_told:
            CIRCUIT_TURNS.labels(told.circuit, "opened").inc()
            log.warning("The lane is left alone for a while.", extra={"reason": told.cause})

    def _tell_closed(self) -> None:
        if not self._is_told:
            return
        self._is_told = False
        self._runtime.hub.handle(
            CloseSenderCircuit(sender_number_id=self._number_id),
            self._provenance(),
            DELIVERY_SCOPES,
        )
        CIRCUIT_TURNS.labels(CircuitKind.NUMBER, "closed").inc()

    def _provenance(self) -> Provenance:
        return Provenance(tenant_id=self._tenant_id, actor=BREAKER, correlation_id=new_id())
