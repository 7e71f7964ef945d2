"""Begin attempts: admission and the attempt's event in one transaction, for many messages at once.

A call is only made after its attempt is committed, under a version of the message that nobody else
can write. The transaction is refused by the database when the lane was lost, or when something that
admission looked at has changed meanwhile. A message on which the hub's own code fails is set apart
and after a few times given up; the others of its batch go on.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import Enum, auto
from functools import partial
from itertools import compress
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from domain.admission import Admitted, Refused, admit
from domain.daily_limit import Place, writes_first
from domain.defect import Defect
from domain.delivery_state import DeliveryState
from domain.errors import StoreUnavailable
from domain.event import EventRecord
from domain.hosted_file import HostedFile
from domain.hub import LawyersHub
from domain.identity import HostedFileId, OutboundMessageId
from domain.outbound_commands import RefuseSend, StartAttempt
from domain.outbound_defect import NoteDefect
from domain.outbound_file_commands import AwaitFile
from domain.outbound_message import OutboundMessage
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
from infrastructure.telemetry.defects import defect_of
from infrastructure.telemetry.metrics import DEFECTS, SENDS
from infrastructure.telemetry.tracing import trace_id_of
from jobs.outbound.admission import CHANGED, Candidate, look, require_unchanged
from jobs.outbound.daily_room import BatchRoom, RoomTaken, room_of
from jobs.outbound.lease import HeldLane, require_lane
from jobs.outbound.request import meta_media_id_of, request_of
from jobs.runtime import SendRuntime
from projections.outbox import OutboxRow

log = logging.getLogger(__name__)

TokenOf = Callable[[UUID, str], AccessToken | None]
"""Finds the access token of a sender number by the number's id and the token's fingerprint."""

SENDER: Final = Actor(kind=ActorKind.SYSTEM, id="sender")

DEFECT_PAUSES_S: Final = (5, 30)
"""How long a message waits after the hub failed on it for the first time, and for the second."""

DEFECTIVE: Final = (psycopg.DataError, psycopg.IntegrityError)
"""Errors of the database about what it was given, not about whether or whom it serves."""

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


class _Failed(NamedTuple):
    error: Exception


class _Decided(NamedTuple):
    candidate: Candidate
    records: tuple[EventRecord, ...]
    request: SendRequest | None
    provenance: Provenance
    progress: Progress = Progress.SETTLED


def begin_attempts(runtime: SendRuntime, lane: HeldLane, rows: Sequence[OutboxRow]) -> Begun:
    """Admit messages that are due and store their attempts, all in one transaction.

    Raises StoreUnavailable, VaultUnavailable, and an error that `lease.is_lost` tells.
    """
    try:
        return _begin_as_seen(runtime, lane, rows)
    except Exception as error:
        if not _is_defect(error):
            raise
        if len(rows) == 1:
            progress, position = _set_apart(runtime, lane, rows[0], error)
            return Begun((), ((rows[0], progress, position),))
    middle = len(rows) // 2
    first = begin_attempts(runtime, lane, rows[:middle])
    try:
        second = begin_attempts(runtime, lane, rows[middle:])
    except Exception:
        if not first.attempts:
            raise
        # What is stored already must be called; the lane meets the obstacle again by itself.
        log.warning("A part of a batch waits.", extra={"count": len(rows) - middle})
        second = Begun((), [(row, Progress.TRY_LATER, 0) for row in rows[middle:]])
    return Begun(
        (*first.attempts, *second.attempts),
        (*first.others, *second.others),
        first.number or second.number,
    )


def _is_defect(error: Exception) -> bool:
    if isinstance(error, psycopg.Error):
        return isinstance(error, DEFECTIVE)
    return not isinstance(error, StoreUnavailable | VaultUnavailable)


def _begin_as_seen(runtime: SendRuntime, lane: HeldLane, rows: Sequence[OutboxRow]) -> Begun:
    for _ in range(ADMISSION_TRIES_MAX):
        try:
            return _begin(runtime, lane, rows)
        except RoomTaken:
            continue
        except psycopg.Error as error:
            if error.sqlstate != CHANGED:
                raise
    log.warning("Admission changed at every look; the messages wait.", extra={"count": len(rows)})
    return Begun((), [(row, Progress.TRY_LATER, 0) for row in rows])


def _begin(runtime: SendRuntime, lane: HeldLane, rows: Sequence[OutboxRow]) -> Begun:
    others: list[tuple[OutboxRow, Progress, int]] = []
    decided: list[_Decided] = []
    failed: list[tuple[OutboxRow, Exception]] = []
    with tenant_session(runtime.pool, lane.tenant_id) as connection:
        require_lane(connection, lane)
        now = runtime.clock.now()
        looked = look(connection, runtime.vault, lane.tenant_id, rows, now)
        room = room_of(connection, lane.tenant_id, looked.candidates, now)
        journal = TransactionJournal(connection, runtime.vault)
        hub = LawyersHub(journal, runtime.clock, runtime.new_event_id, runtime.vault)
        token_of = partial(runtime.access_token, lane.tenant_id)
        for candidate in looked.candidates:
            outcome = _decide_surely(token_of, hub, candidate, room)
            if isinstance(outcome, _Skipped):
                others.append((candidate.row, outcome.progress, outcome.position))
            elif isinstance(outcome, _Failed):
                failed.append((candidate.row, outcome.error))
            else:
                decided.append(outcome)
        results = journal.append_many([AppendRequest(records=each.records) for each in decided])
        if decided:
            require_unchanged(connection, looked.versions)
            if room is not None:
                stored = [result.outcome is AppendOutcome.STORED for result in results]
                room.require(sum(one.request is not None for one in compress(decided, stored)))
            failpoint("send.before_attempt_commit")
    if decided:
        failpoint("send.after_attempt_commit")
    found = {candidate.row.outbound_message_id for candidate in looked.candidates}
    others += [(row, Progress.SETTLED, 0) for row in rows if row.outbound_message_id not in found]
    others += [(row, *_set_apart(runtime, lane, row, error)) for row, error in failed]
    begun = _begun(decided, results, others)
    numbers = [candidate.sending.sender_number for candidate in looked.candidates]
    return begun._replace(number=numbers[0] if numbers else None)


def _begun(
    decided: Sequence[_Decided],
    results: Sequence[AppendResult],
    others: list[tuple[OutboxRow, Progress, int]],
) -> Begun:
    attempts: list[Attempt] = []
    for decision, result in zip(decided, results, strict=True):
        candidate, _, request, provenance, progress = decision
        row, message = candidate.row, candidate.sending.message
        if result.outcome is not AppendOutcome.STORED:
            # Somebody else decided about the message in between: its row will tell.
            others.append((row, Progress.TRY_LATER, 0))
            continue
        message.note_stored(result.records)
        position = result.records[-1].position or 0
        if request is None:
            others.append((row, progress, position))
        else:
            attempts.append(Attempt(row, message, request, provenance, position))
    return Begun(attempts, others)


def _decide_surely(
    token_of: TokenOf, hub: LawyersHub, candidate: Candidate, room: BatchRoom | None
) -> _Decided | _Skipped | _Failed:
    try:
        return _decide(token_of, hub, candidate, room)
    except (StoreUnavailable, VaultUnavailable, psycopg.Error):
        raise
    except Exception as error:  # noqa: BLE001 - one message must not keep the others waiting
        return _Failed(error)


def _set_apart(
    runtime: SendRuntime, lane: HeldLane, row: OutboxRow, error: Exception
) -> tuple[Progress, int]:
    """Keep that the hub failed on a message; returns its progress and the position of the event."""
    defect = defect_of(error)
    reference = str(row.outbound_message_id)
    log.error(
        "The hub failed on a message; it is tried a few times and then given up.",
        extra={"reference": reference, "reason": defect.digest},
        exc_info=error,
    )
    DEFECTS.labels("wa.outgoing.command").inc()
    try:
        return _note_defect(runtime, lane, row, defect)
    except Exception:
        # Attempts of the same batch may be stored already: they must be called all the same.
        log.exception("A defect could not be kept.", extra={"reference": reference})
        return Progress.TRY_LATER, 0


def _note_defect(
    runtime: SendRuntime, lane: HeldLane, row: OutboxRow, defect: Defect
) -> tuple[Progress, int]:
    records = runtime.journal.load(lane.tenant_id, row.outbound_message_id)
    known = OutboundMessage.replay_records(row.outbound_message_id, records)
    pause_s = DEFECT_PAUSES_S[min(known.defects, len(DEFECT_PAUSES_S) - 1)]
    command = NoteDefect(
        outbound_message_id=OutboundMessageId(row.outbound_message_id),
        defect=defect,
        due_at=runtime.clock.now() + timedelta(seconds=pause_s),
    )
    done = runtime.hub.handle(command, provenance_of(records[0]), DELIVERY_SCOPES)
    position = (done.records[-1].position or 0) if done.records else 0
    after = OutboundMessage.replay_records(row.outbound_message_id, [*records, *done.records])
    if after.state is DeliveryState.FAILED:
        SENDS.labels("poison").inc()
        return Progress.SETTLED, position
    return Progress.TRY_LATER, position


def _decide(
    token_of: TokenOf, hub: LawyersHub, candidate: Candidate, room: BatchRoom | None
) -> _Decided | _Skipped:
    if (skipped := _not_due(candidate)) is not None:
        return skipped
    verdict = admit(candidate.sending)
    if room is not None and isinstance(verdict, Admitted):
        place = room.place_for(candidate)
        if place is Place.UNSURE:
            return _Skipped(Progress.NOT_VISIBLE)
        verdict = verdict if place is Place.FREE else room.postponed()
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


def _not_due(candidate: Candidate) -> _Skipped | None:
    message = candidate.sending.message
    if message.state is not DeliveryState.REQUESTED:
        return _Skipped(Progress.SETTLED, candidate.position)
    is_later = message.due_at is not None and message.due_at > candidate.sending.now
    if message.needs.is_file_awaited or is_later:
        return _Skipped(Progress.TRY_LATER, candidate.position)
    return None if candidate.is_visible else _Skipped(Progress.NOT_VISIBLE)


def _start(token_of: TokenOf, hub: LawyersHub, candidate: Candidate) -> _Decided:
    sending = candidate.sending
    number = sending.sender_number
    meta_media_id = meta_media_id_of(sending)
    if sending.hosted_file is not None and meta_media_id is None:
        return _await_file(hub, candidate, sending.hosted_file)
    token = token_of(number.id, number.access_token_fingerprint)
    request = request_of(sending, token, meta_media_id)
    if request is None:
        return _refuse(hub, candidate, "recipient_unreachable")
    provenance = provenance_of(candidate.requested)
    command = StartAttempt(
        outbound_message_id=sending.message.requested.outbound_message_id,
        body_digest=sending.body_digest,
        meta_media_id=meta_media_id,
        writes_first=writes_first(sending),
    )
    records = hub.decide(command, sending.message, provenance, DELIVERY_SCOPES)
    return _Decided(candidate, records, request, provenance)


def _await_file(hub: LawyersHub, candidate: Candidate, hosted: HostedFile) -> _Decided:
    """Ask for the file to be handed to Meta. What was requested later for the contact waits."""
    message = candidate.sending.message
    provenance = provenance_of(candidate.requested)
    command = AwaitFile(
        outbound_message_id=message.requested.outbound_message_id,
        hosted_file_id=HostedFileId(hosted.id),
    )
    records = hub.decide(command, message, provenance, DELIVERY_SCOPES)
    return _Decided(candidate, records, None, provenance, Progress.TRY_LATER)


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
