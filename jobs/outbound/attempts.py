"""Begin attempts: admission and the attempt's event in one transaction, for many messages at once.

A call is only made after its attempt is committed, under a version of the message that nobody else
can write. The transaction is refused by the database when the lane was lost, or when something that
admission looked at has changed meanwhile.
"""

import logging
from collections.abc import Callable, Sequence
from enum import Enum, auto
from functools import cache, partial
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from domain.admission import Refused, admit
from domain.errors import StoreUnavailable
from domain.event import EventRecord
from domain.hub import LawyersHub
from domain.outbound_commands import RefuseSend, StartAttempt
from domain.outbound_message import DeliveryState, OutboundMessage
from domain.outbound_timing_commands import PostponeSend
from domain.ports.journal import AppendOutcome, AppendRequest, AppendResult
from domain.ports.vault import VaultUnavailable
from domain.ports.whatsapp import AccessToken, SendRequest
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import DELIVERY_SCOPES
from domain.sender_number import SenderNumber
from domain.sending_rules import Postponed
from infrastructure.failpoints import failpoint
from infrastructure.postgres.connections import tenant_session
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.telemetry.metrics import SENDS
from infrastructure.telemetry.tracing import trace_id_of
from jobs.outbound.admission import CHANGED, Candidate, look, require_unchanged
from jobs.outbound.lease import HeldLane, require_lane
from jobs.outbound.request import request_of
from jobs.runtime import SendRuntime
from projections.outbox import OutboxRow

log = logging.getLogger(__name__)

TokenOf = Callable[[UUID, str], AccessToken | None]
"""Finds the access token of a sender number by the number's id and the token's fingerprint."""

SENDER: Final = Actor(kind=ActorKind.SYSTEM, id="sender")

ADMISSION_TRIES_MAX: Final = 5
"""How often a batch is looked at again because something changed under it."""


class Progress(Enum):
    """What became of a message for the lane that it is in."""

    SETTLED = auto()
    """It waits for no further attempt of this lane, or never did."""
    TRY_LATER = auto()
    """Another attempt is made later; what was requested after it for the contact waits as well."""
    LANE_WAITS = auto()
    """Nothing can be sent from the number until the firm removes an obstacle."""
    NOT_VISIBLE = auto()
    """The inbox does not show yet what happened before the message was requested."""


class Attempt(NamedTuple):
    """An attempt that is stored and may be made, exactly once. `position` is that of its event."""

    row: OutboxRow
    message: OutboundMessage
    request: SendRequest
    provenance: Provenance
    position: int

    @property
    def number(self) -> int:
        """The number of the attempt."""
        return self.message.attempt


class Begun(NamedTuple):
    """What became of each message of a batch: an attempt to make, or a reason why there is none.

    With each reason, the position of the log after which the outbox shows what was stored (0:
    nothing was). `number` is the sender number as it was then, if it was looked at.
    """

    attempts: Sequence[Attempt]
    others: Sequence[tuple[OutboxRow, Progress, int]]
    number: SenderNumber | None = None


class _Skipped(NamedTuple):
    progress: Progress
    position: int = 0


class _Decided(NamedTuple):
    candidate: Candidate
    records: tuple[EventRecord, ...]
    request: SendRequest | None
    provenance: Provenance


def begin_attempts(runtime: SendRuntime, lane: HeldLane, rows: Sequence[OutboxRow]) -> Begun:
    """Admit messages that are due and store their attempts, all in one transaction.

    Raises StoreUnavailable, VaultUnavailable, and an error that `lease.is_lost` tells.
    """
    for _ in range(ADMISSION_TRIES_MAX):
        try:
            return _begin(runtime, lane, rows)
        except psycopg.Error as error:
            if error.sqlstate != CHANGED:
                raise
    log.warning("Admission changed at every look; the messages wait.", extra={"count": len(rows)})
    return Begun((), [(row, Progress.TRY_LATER, 0) for row in rows])


def _begin(runtime: SendRuntime, lane: HeldLane, rows: Sequence[OutboxRow]) -> Begun:
    others: list[tuple[OutboxRow, Progress, int]] = []
    decided: list[_Decided] = []
    with tenant_session(runtime.pool, lane.tenant_id) as connection:
        require_lane(connection, lane)
        looked = look(connection, runtime.vault, lane.tenant_id, rows, runtime.clock.now())
        journal = TransactionJournal(connection, runtime.vault)
        hub = LawyersHub(journal, runtime.clock, runtime.new_event_id, runtime.vault)
        # A batch is of one number: its token is read once.
        token_of = cache(partial(runtime.access_token, lane.tenant_id))
        for candidate in looked.candidates:
            outcome = _decide_surely(token_of, hub, candidate)
            if isinstance(outcome, _Skipped):
                others.append((candidate.row, outcome.progress, outcome.position))
            else:
                decided.append(outcome)
        results = journal.append_many([AppendRequest(records=each.records) for each in decided])
        if decided:
            require_unchanged(connection, looked.versions)
            failpoint("send.before_attempt_commit")
    if decided:
        failpoint("send.after_attempt_commit")
    found = {candidate.row.outbound_message_id for candidate in looked.candidates}
    others += [(row, Progress.SETTLED, 0) for row in rows if row.outbound_message_id not in found]
    begun = _begun(decided, results, others)
    numbers = [candidate.sending.sender_number for candidate in looked.candidates]
    return begun._replace(number=numbers[0] if numbers else None)


def _begun(
    decided: Sequence[_Decided],
    results: Sequence[AppendResult],
    others: list[tuple[OutboxRow, Progress, int]],
) -> Begun:
    attempts: list[Attempt] = []
    for (candidate, _, request, provenance), result in zip(decided, results, strict=True):
        row, message = candidate.row, candidate.sending.message
        if result.outcome is not AppendOutcome.STORED:
            # Somebody else decided about the message in between: its row will tell.
            others.append((row, Progress.TRY_LATER, 0))
            continue
        message.note_stored(result.records)
        position = result.records[-1].position or 0
        if request is None:
            others.append((row, Progress.SETTLED, position))
        else:
            attempts.append(Attempt(row, message, request, provenance, position))
    return Begun(attempts, others)


def _decide_surely(token_of: TokenOf, hub: LawyersHub, candidate: Candidate) -> _Decided | _Skipped:
    try:
        return _decide(token_of, hub, candidate)
    except (StoreUnavailable, VaultUnavailable, psycopg.Error):
        raise
    except Exception:
        # One message that cannot be sent must not keep all others of the number waiting.
        log.exception(
            "A message could not be attempted; it is tried again.",
            extra={"reference": str(candidate.row.outbound_message_id)},
        )
        return _Skipped(Progress.TRY_LATER)


def _decide(token_of: TokenOf, hub: LawyersHub, candidate: Candidate) -> _Decided | _Skipped:
    sending = candidate.sending
    message = sending.message
    if message.state is not DeliveryState.REQUESTED:
        return _Skipped(Progress.SETTLED, candidate.position)
    if message.due_at is not None and message.due_at > sending.now:
        return _Skipped(Progress.TRY_LATER, candidate.position)
    if not candidate.is_visible:
        return _Skipped(Progress.NOT_VISIBLE)
    verdict = admit(sending)
    match verdict:
        case Refused(is_temporary=True):
            SENDS.labels(verdict.reason).inc()
            holds_lane = verdict.refusal.holds_lane
            return _Skipped(Progress.LANE_WAITS if holds_lane else Progress.TRY_LATER)
        case Refused():
            SENDS.labels(verdict.reason).inc()
            decided = _refuse(hub, candidate, verdict.reason)
        case Postponed():
            decided = _postpone(hub, candidate, verdict)
        case _:
            decided = _start(token_of, hub, candidate)
    return decided


def _start(token_of: TokenOf, hub: LawyersHub, candidate: Candidate) -> _Decided:
    sending = candidate.sending
    number = sending.sender_number
    request = request_of(sending, token_of(number.id, number.access_token_fingerprint))
    if request is None:
        return _refuse(hub, candidate, "recipient_unreachable")
    provenance = provenance_of(candidate.requested)
    command = StartAttempt(
        outbound_message_id=sending.message.requested.outbound_message_id,
        body_digest=sending.body_digest,
    )
    records = hub.decide(command, sending.message, provenance, DELIVERY_SCOPES)
    return _Decided(candidate, records, request, provenance)


def _postpone(hub: LawyersHub, candidate: Candidate, verdict: Postponed) -> _Decided:
    message = candidate.sending.message
    provenance = provenance_of(candidate.requested)
    command = PostponeSend(
        outbound_message_id=message.requested.outbound_message_id,
        due_at=verdict.until,
        reason=verdict.reason,
    )
    records = hub.decide(command, message, provenance, DELIVERY_SCOPES)
    return _Decided(candidate, records, None, provenance)


def _refuse(hub: LawyersHub, candidate: Candidate, reason: str) -> _Decided:
    message = candidate.sending.message
    provenance = provenance_of(candidate.requested)
    command = RefuseSend(outbound_message_id=message.requested.outbound_message_id, reason=reason)
    records = hub.decide(command, message, provenance, DELIVERY_SCOPES)
    return _Decided(candidate, records, None, provenance)


def provenance_of(requested: EventRecord) -> Provenance:
    """What the events of sending follow from: the request of the message."""
    traceparent = requested.traceparent
    return Provenance(
        tenant_id=requested.tenant_id,
        actor=SENDER,
        correlation_id=requested.correlation_id,
        causation_id=requested.event_id,
        traceparent=traceparent if trace_id_of(traceparent) else None,
    )
