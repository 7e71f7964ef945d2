"""Work that policies asked for: take the lease, do it, and end it by an event whatever happens."""

import logging
from collections.abc import Callable
from datetime import timedelta
from operator import attrgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from rq.timeouts import JobTimeoutException

from domain.dead_letter import DeadLetterKind, OpenDeadLetter, dead_letter_id_of
from domain.defect import DEFECT_CAUSE, DEFECTS_MAX, Defect
from domain.errors import HubError, StoreUnavailable
from domain.identity import ConversationId, EventId, TenantId
from domain.ports.assistant import AssistantAnswerRejected, AssistantUnavailable, MaskingFailed
from domain.ports.vault import VaultUnavailable
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import WORK_SCOPES
from infrastructure.failpoints import failpoint
from infrastructure.postgres.connections import tenant_session
from infrastructure.telemetry.defects import defect_of
from infrastructure.telemetry.metrics import ASSISTANT_CALLS, DEFECTS, QUEUE_FAILED
from infrastructure.telemetry.tracing import span
from jobs.conversation_context import NotAllowed
from jobs.queues import QueueName
from jobs.retry import ATTEMPTS_MAX, next_attempt_at
from jobs.runtime import JobRuntime
from jobs.work_claims import Claim, WorkKey, claim, finish, kept_alive, put_back
from jobs.work_not_ready import WorkNotReady
from jobs.work_outcomes import WorkRefused, WorkUnavailable
from projections.work_items import WorkItemRow, WorkState, work_item

log = logging.getLogger(__name__)

_ACTOR: Final = Actor(kind=ActorKind.SYSTEM, id="jobs")

NOT_READY_DELAY_S = 1

AWAY_S = 20.0
"""Shortest wait for an assistant that is away; its circuit lets one question in each 30 s pass."""

AWAY_LONGEST_S = 300.0

AFTER_JITTER = 0.3


class _Subject(msgspec.Struct):
    message_id: UUID | None = None


class WorkKind(NamedTuple):
    """How work of a kind is done, and how it is given up with a stable reason.

    `queue` is served by the worker that has what the work needs. What is given up becomes a dead
    letter of the kind `letter` about `letter_id`; where nobody misses it, only after a defect.
    """

    perform: Callable[[Any, WorkItemRow], None]
    give_up: Callable[[Any, WorkItemRow, str], None]
    queue: QueueName = QueueName.ASSIST
    letter: DeadLetterKind = DeadLetterKind.ASSESSMENT
    letter_id: Callable[[WorkItemRow], UUID] = attrgetter("reference")
    is_missed: bool = True


def perform_work_item(
    kinds: dict[str, WorkKind], runtime: JobRuntime, tenant_id: UUID, kind: str, reference: str
) -> None:
    """Do one piece of work, if it is still due and nobody else holds it."""
    key = WorkKey(tenant_id=tenant_id, kind=kind, reference=UUID(reference))
    with tenant_session(runtime.pool, tenant_id) as connection:
        held = claim(connection, key)
        if held is None:
            return
        item = work_item(tenant_id, key.kind, key.reference).first(connection)
    failpoint("work.after_claim")
    if item is None or item.state != WorkState.DUE:
        _finish(runtime, held)
        return
    with (
        kept_alive(runtime.pool, held),
        span(f"work {kind}", parent=item.traceparent, attributes={"kind": kind}),
    ):
        _perform(runtime, kinds[kind], item, held)


def _perform(runtime: JobRuntime, kind: WorkKind, item: WorkItemRow, held: Claim) -> None:
    outcome = "done"
    try:
        kind.perform(runtime, item)
        failpoint("work.before_finish")
        _finish(runtime, held)
        failpoint("work.after_finish")
    except (WorkNotReady, StoreUnavailable, VaultUnavailable) as error:
        # Neither is a fault of the work, and both are soon over.
        outcome = "not_ready" if isinstance(error, WorkNotReady) else "store_away"
        due_at = runtime.clock.now() + timedelta(seconds=NOT_READY_DELAY_S)
        _put_back(runtime, held, due_at=due_at, error=outcome, counts=False)
    except (AssistantAnswerRejected, MaskingFailed, NotAllowed, WorkRefused) as error:
        outcome = error.reason
        _give_up(runtime, kind, item, held, outcome)
    except AssistantUnavailable as error:
        outcome = "unavailable"
        _wait_for_assistant(runtime, held, error)
    except JobTimeoutException:
        outcome = "time_limit"
        _again_or_give_up(runtime, kind, item, held, outcome, ATTEMPTS_MAX)
    except WorkUnavailable as error:
        outcome = error.reason
        attempts_max = ATTEMPTS_MAX if error.counts else None
        _again_or_give_up(runtime, kind, item, held, outcome, attempts_max, after_s=error.after_s)
    except HubError as error:
        outcome = error.code.lower()
        _again_or_give_up(runtime, kind, item, held, outcome, ATTEMPTS_MAX)
    except Exception as error:
        outcome = "poison"
        defect = defect_of(error)
        log.exception(
            "Work failed in the hub's own code.",
            extra={"kind": item.kind, "reason": defect.digest},
        )
        DEFECTS.labels(kind.queue.value).inc()
        _again_or_give_up(
            runtime, kind, item, held, type(error).__name__, DEFECTS_MAX, defect=defect
        )
    finally:
        if kind.queue is QueueName.ASSIST:
            ASSISTANT_CALLS.labels(item.kind, outcome).inc()
        elif kind.queue is QueueName.MEDIA and outcome != "done":
            QUEUE_FAILED.labels("wa.media.processing", item.kind, outcome).inc()


def _wait_for_assistant(runtime: JobRuntime, held: Claim, error: AssistantUnavailable) -> None:
    """Put the work back without counting: an endpoint that is away is not the work's fault.

    It comes back by itself, however long the outage takes; the jitter keeps what waited from
    asking all at once.
    """
    wished_s = min(error.retry_after_seconds or 0.0, AWAY_LONGEST_S)
    jittered_s = AWAY_S * (1 + runtime.random())
    due_at = runtime.clock.now() + timedelta(seconds=max(wished_s, jittered_s))
    _put_back(runtime, held, due_at=due_at, error="unavailable", counts=False)


def _again_or_give_up(
    runtime: JobRuntime,
    kind: WorkKind,
    item: WorkItemRow,
    held: Claim,
    reason: str,
    attempts_max: int | None,
    *,
    defect: Defect | None = None,
    after_s: float = 0.0,
) -> None:
    if attempts_max is not None and held.attempt >= attempts_max:
        words = f"{reason}_after_{held.attempt}_attempts"
        _give_up(runtime, kind, item, held, words, defect=defect)
        return
    now = runtime.clock.now()
    # What waited for the same thing comes back a little apart.
    soonest = now + timedelta(seconds=after_s * (1 + AFTER_JITTER * runtime.random()))
    due_at = max(soonest, next_attempt_at(now, held.attempt, runtime.random))
    _put_back(runtime, held, due_at=due_at, error=reason, counts=attempts_max is not None)


def _give_up(
    runtime: JobRuntime,
    kind: WorkKind,
    item: WorkItemRow,
    held: Claim,
    reason: str,
    *,
    defect: Defect | None = None,
) -> None:
    # First the letter: what is given up must not be done with before somebody is told.
    if kind.is_missed or defect is not None:
        _open_letter(runtime, kind, item, held, reason, defect)
    kind.give_up(runtime, item, reason)
    _finish(runtime, held)


def _open_letter(
    runtime: JobRuntime,
    kind: WorkKind,
    item: WorkItemRow,
    held: Claim,
    reason: str,
    defect: Defect | None,
) -> None:
    letter_id = kind.letter_id(item)
    conversation_id = item.conversation_id
    runtime.hub.handle(
        OpenDeadLetter(
            dead_letter_id=dead_letter_id_of(letter_id),
            item_id=letter_id,
            kind=kind.letter,
            cause=reason.lower() if defect is None else DEFECT_CAUSE,
            attempts=held.attempt,
            conversation_id=None if conversation_id is None else ConversationId(conversation_id),
            message_id=msgspec.json.decode(item.payload, type=_Subject).message_id,
            defect=defect,
        ),
        Provenance(
            tenant_id=TenantId(item.tenant_id),
            actor=_ACTOR,
            correlation_id=item.correlation_id,
            causation_id=EventId(item.caused_by),
            traceparent=item.traceparent,
        ),
        WORK_SCOPES,
    )


def _finish(runtime: JobRuntime, held: Claim) -> None:
    with tenant_session(runtime.pool, held.key.tenant_id) as connection:
        finish(connection, held)


def _put_back(runtime: JobRuntime, held: Claim, **facts: Any) -> None:
    with tenant_session(runtime.pool, held.key.tenant_id) as connection:
        put_back(connection, held, **facts)
