"""Send what is due for one sender number, in order, until nothing is left or the time is up."""

import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from rq.timeouts import JobTimeoutException

from domain.errors import StoreUnavailable
from domain.identity import TenantId
from domain.ports.vault import VaultUnavailable
from infrastructure.postgres.connections import tenant_session
from jobs.lane import Lane, lane_of
from jobs.queues import QueueName
from jobs.runtime import SendRuntime
from jobs.send_outbound_message import (
    AdmissionOutdated,
    NotVisibleYet,
    Progress,
    send_outbound_message,
    settle_abandoned_attempt,
)
from jobs.sender_breaker import SenderBreaker
from projections.outbox import OutboxRow, due_messages_of_sender
from projections.query import Query

log = logging.getLogger(__name__)

SLICE_S: Final = 40.0
"""How long one run works before it rings for the next one, so that a stop never waits long."""

LIMIT_S: Final = 75
"""After this time a run is stopped: a slice and the longest call."""

PAGE: Final = 100

NOT_VISIBLE_PAUSE_S: Final = 0.02
NOT_VISIBLE_TRIES_MAX: Final = 150


@dataclass(slots=True)
class _Seen:
    """What a run has learned that the outbox may show only a moment later.

    `handled` are messages, `waiting` conversations with a message that is tried again later.
    """

    handled: set[UUID] = field(default_factory=set)
    waiting: set[UUID] = field(default_factory=set)
    lane_waits: bool = False


def drain_sender(runtime: SendRuntime, tenant_id: TenantId, sender_number_id: str) -> None:
    """Send the due messages of a sender number; return at once when another process does so.

    What waits for the firm, because it or the number may not send, is looked at again by the sweep.
    """
    number = UUID(sender_number_id)
    seen = _Seen()
    with lane_of(runtime.pool, number) as lane:
        if lane is None:
            return
        _settle_abandoned(runtime, tenant_id, number)
        breaker = SenderBreaker(runtime, tenant_id, number)
        is_finished = _drain(runtime, tenant_id, number, lane, seen, breaker)
    if seen.lane_waits:
        return
    if not is_finished or _due(runtime, tenant_id, number, seen):
        ring_for_sender(runtime, tenant_id, number)


def ring_for_sender(runtime: SendRuntime, tenant_id: TenantId, sender_number_id: UUID) -> None:
    """Ask for another run, a moment later than the present bucket of time."""
    bucket = int(time.time()) + 1
    runtime.doorbells.ring(
        QueueName.OUTBOUND,
        "drain_sender",
        tenant_id,
        sender_number_id,
        bucket=bucket,
        limit_s=LIMIT_S,
    )


def _settle_abandoned(runtime: SendRuntime, tenant_id: TenantId, number: UUID) -> None:
    with tenant_session(runtime.pool, tenant_id) as connection:
        rows = _attempting(tenant_id, number).fetch(connection)
    for row in rows:
        settle_abandoned_attempt(runtime, tenant_id, row.outbound_message_id)


def _attempting(tenant_id: TenantId, number: UUID) -> Query[OutboxRow]:
    return Query(
        OutboxRow,
        """
        SELECT {columns} FROM read_model.outbox
        WHERE tenant_id = %(tenant)s AND sender_number_id = %(sender)s AND state = 'attempting'
        """,
        {"tenant": tenant_id, "sender": number},
    )


def _drain(
    runtime: SendRuntime,
    tenant_id: TenantId,
    number: UUID,
    lane: Lane,
    seen: _Seen,
    breaker: SenderBreaker,
) -> bool:
    """Work until nothing is due or the lane has to wait; False when the slice ended before."""
    deadline = time.monotonic() + SLICE_S
    if _is_blocked(breaker, seen):
        return True
    while rows := _due(runtime, tenant_id, number, seen):
        for row in rows:
            if time.monotonic() > deadline:
                return False
            if _is_blocked(breaker, seen):
                return True
            if not lane.is_held():
                raise StoreUnavailable("The connection that held the lane is gone.")
            progress = _send(runtime, tenant_id, row, breaker)
            seen.handled.add(row.outbound_message_id)
            if progress is Progress.LANE_WAITS:
                seen.lane_waits = True
                return True
            if progress is Progress.TRY_LATER:
                seen.waiting.add(row.conversation_id)
    return True


def _is_blocked(breaker: SenderBreaker, seen: _Seen) -> bool:
    """Whether nothing may be called now; the sweep rings again for an open circuit."""
    seen.lane_waits = breaker.blocked_until() is not None
    return seen.lane_waits


def _due(runtime: SendRuntime, tenant_id: TenantId, number: UUID, seen: _Seen) -> list[OutboxRow]:
    """What is to be sent now: of each conversation only its oldest waiting message."""
    now = runtime.clock.now() + timedelta(milliseconds=1)
    with tenant_session(runtime.pool, tenant_id) as connection:
        rows = due_messages_of_sender(tenant_id, number, now=now, limit=PAGE).fetch(connection)
    first: dict[UUID, OutboxRow] = {}
    for row in sorted(rows, key=lambda each: each.requested_seq):
        if row.outbound_message_id not in seen.handled and row.conversation_id not in seen.waiting:
            first.setdefault(row.conversation_id, row)
    return sorted(first.values(), key=lambda each: (each.priority, each.requested_seq))


def _send(
    runtime: SendRuntime, tenant_id: TenantId, row: OutboxRow, breaker: SenderBreaker
) -> Progress:
    for _ in range(NOT_VISIBLE_TRIES_MAX):
        try:
            return send_outbound_message(runtime, tenant_id, row.outbound_message_id, breaker)
        except NotVisibleYet:
            time.sleep(NOT_VISIBLE_PAUSE_S)
        except AdmissionOutdated:
            continue
        except (StoreUnavailable, VaultUnavailable, JobTimeoutException):
            raise
        except Exception:
            # One message that cannot be sent must not keep all others of the number waiting.
            log.exception(
                "A message could not be attempted; the sweep tries it again.",
                extra={"reference": str(row.outbound_message_id)},
            )
            return Progress.TRY_LATER
    log.warning(
        "A message waits for the inbox to catch up.",
        extra={"reference": str(row.outbound_message_id)},
    )
    return Progress.TRY_LATER
