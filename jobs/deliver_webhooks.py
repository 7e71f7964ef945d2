"""Telling one endpoint what is due: in the order of events as far as its answers allow."""

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from domain.dead_letter import DeadLetterKind, OpenDeadLetter, dead_letter_id_of
from domain.hub import LawyersHub
from domain.identity import TenantId, WebhookEndpointId, derived_id
from domain.ports.clock import Clock
from domain.ports.journal import Journal
from domain.ports.vault import Vault
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import WEBHOOK_SCOPES
from domain.webhook_endpoint import GiveUpWebhookEndpoint, WebhookEndpoint, WebhookEndpointState
from infrastructure.destinations.destination import DestinationRefused
from infrastructure.destinations.failures import CallFailed, CallFailure
from infrastructure.destinations.guarded_call import GuardedClient
from infrastructure.failpoints import failpoint
from infrastructure.postgres.connections import HubPool, tenant_session
from infrastructure.telemetry.metrics import WEBHOOK_CALLS
from infrastructure.unique_ids import new_id
from infrastructure.vault.secret_store import SecretKind, SecretStore
from infrastructure.webhooks.payload import TEST_EVENT, call_payload, event_payload
from infrastructure.webhooks.signing import signed_headers
from jobs.lease_keeper import kept_lease

log = logging.getLogger(__name__)

DELAYS_S: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
"""How long after each failed call the next one is made, a fifth more or less: over a day in all."""

DELIVERER: Final = Actor(kind=ActorKind.SYSTEM, id="webhooks")

JITTER: Final = 0.2
TURN_S: Final = 10.0
"""How long an endpoint is told before others get their turn."""

LEASE_S: Final = 5.0
"""How long a deliverer may be silent before another one takes its endpoint over."""

RENEWAL_S: Final = 1.0
"""How often it says that it is at work: several times may fail before the endpoint is lost."""

CALL_TIMEOUT_S: Final = 15.0
SLOW_CALL_S: Final = 2.0
"""An endpoint that takes longer waits with its like, so that it never slows the quick ones."""

RETRY_AFTER_MAX_S: Final = 3_600
PAUSE_AFTER_FAILURES: Final = 3
PAUSE_MAX_S: Final = 300
PAGE: Final = 20

GONE: Final = "endpoint_gone"
UNANSWERED: Final = "no_success_for_days"
_STATUS_GONE: Final = 410
_STATUS_OK: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class WebhookRuntime:
    """What telling endpoints needs. `pool` connects as the role `work`; `random` is in [0, 1).

    `give_up_after` is how long an endpoint may fail without a single success.
    """

    pool: HubPool
    journal: Journal
    hub: LawyersHub
    vault: Vault
    secrets: SecretStore
    clock: Clock
    random: Callable[[], float]
    client: GuardedClient
    give_up_after: timedelta


class Lane(NamedTuple):
    """An endpoint that this deliverer holds until its lease is over."""

    tenant_id: TenantId
    endpoint_id: WebhookEndpointId
    token: int
    asked_at: float
    """When it was asked for, on the monotonic clock."""


class Due(NamedTuple):
    """An event that an endpoint is to be told now."""

    event_id: UUID
    event_type: str
    stream_id: UUID | None
    stream_version: int | None
    attempts: int


class CallOutcome(NamedTuple):
    """What came of a call: the HTTP status, or why there was none."""

    status: int | None
    failure: str | None
    seconds: float
    retry_after_s: int | None = None

    @property
    def is_success(self) -> bool:
        """Whether the endpoint took the event."""
        return self.status is not None and self.status in _STATUS_OK

    @property
    def words(self) -> str:
        """The reason of a failure as a stable word."""
        return self.failure or f"http_{self.status}"


def take_turn(runtime: WebhookRuntime, lane: Lane) -> None:
    """Tell the endpoint what is due until it fails, its turn is over, or nothing is left."""
    endpoint = WebhookEndpoint.replay_records(
        lane.endpoint_id, runtime.journal.load(lane.tenant_id, lane.endpoint_id)
    )
    until = time.monotonic() + TURN_S
    try:
        with kept_lease(
            partial(renew_lane, runtime, lane),
            asked_at=lane.asked_at,
            lease_s=LEASE_S,
            every_s=RENEWAL_S,
        ) as lease:
            failpoint("deliver.after_claim")
            while time.monotonic() < until:
                page = _due(runtime, lane)
                if not page:
                    return
                for due in page:
                    # Whoever was stopped for longer than its lease calls nobody when it wakes up.
                    if time.monotonic() >= until or not lease.is_held:
                        return
                    if not _tell(runtime, lane, endpoint, due):
                        return
    finally:
        with tenant_session(runtime.pool, lane.tenant_id) as connection:
            connection.execute(
                """
                UPDATE hub.webhook_lane SET lease_until = NULL
                WHERE endpoint_id = %s AND lease_token = %s
                """,
                (lane.endpoint_id, lane.token),
            )


def renew_lane(runtime: WebhookRuntime, lane: Lane) -> bool:
    """Prolong the lease of a lane from now on; False when another deliverer has taken it over."""
    with tenant_session(runtime.pool, lane.tenant_id) as connection:
        row = connection.execute(
            """
            UPDATE hub.webhook_lane
            SET lease_until = clock_timestamp() + make_interval(secs => %s)
            WHERE endpoint_id = %s AND lease_token = %s AND lease_until IS NOT NULL
            RETURNING 1
            """,
            (LEASE_S, lane.endpoint_id, lane.token),
        ).fetchone()
    return row is not None


def call_endpoint(
    runtime: WebhookRuntime,
    tenant_id: TenantId,
    endpoint: WebhookEndpoint,
    event_id: UUID,
    body: bytes,
) -> CallOutcome:
    """Make one signed call. Never raises for what the endpoint or the network does."""
    now = runtime.clock.now()
    secrets = [
        runtime.secrets.get(tenant_id, SecretKind.WEBHOOK_SECRET, str(endpoint.id), fingerprint)
        for fingerprint in endpoint.signing_fingerprints(now)
    ]
    known = [secret for secret in secrets if secret is not None]
    if endpoint.url is None or not known:
        return CallOutcome(None, "secret_missing" if endpoint.url else "address_erased", 0.0)
    headers = {"content-type": "application/json"} | signed_headers(known, str(event_id), now, body)
    began = time.monotonic()
    try:
        with runtime.client.call(
            "POST", endpoint.url, headers=headers, content=body, total_timeout_s=CALL_TIMEOUT_S
        ) as answer:
            return CallOutcome(
                answer.status,
                None,
                time.monotonic() - began,
                _retry_after(answer.headers.get("retry-after")),
            )
    except DestinationRefused:
        return CallOutcome(None, "destination_refused", time.monotonic() - began)
    except CallFailed as failed:
        return CallOutcome(None, failed.failure.value, time.monotonic() - began)


def _due(runtime: WebhookRuntime, lane: Lane) -> list[Due]:
    with tenant_session(runtime.pool, lane.tenant_id) as connection:
        rows = connection.execute(
            """
            SELECT event_id, event_type, stream_id, stream_version, attempts
            FROM hub.webhook_delivery AS delivery
            WHERE endpoint_id = %s AND state = 'due' AND due_at <= clock_timestamp()
              AND EXISTS (SELECT FROM hub.webhook_lane AS lane WHERE lane.endpoint_id = %s
                          AND lane.lease_token = %s AND lane.lease_until > clock_timestamp())
            ORDER BY event_seq LIMIT %s
            """,
            (lane.endpoint_id, lane.endpoint_id, lane.token, PAGE),
        ).fetchall()
    return [Due(*row) for row in rows]


def _tell(runtime: WebhookRuntime, lane: Lane, endpoint: WebhookEndpoint, due: Due) -> bool:
    """Tell one event and write down what came of it; False where the turn ends."""
    if endpoint.state is not WebhookEndpointState.ACTIVE:
        return False
    body = _body(runtime, lane.tenant_id, endpoint, due)
    if body is None:
        outcome = CallOutcome(None, "event_unreadable", 0.0)
    else:
        outcome = call_endpoint(runtime, lane.tenant_id, endpoint, due.event_id, body)
    failpoint("deliver.after_call")
    WEBHOOK_CALLS.labels("delivered" if outcome.is_success else outcome.words).inc()
    if outcome.is_success:
        _record_success(runtime, lane, due, outcome)
        failpoint("deliver.after_record")
        return True
    failing_since = _record_failure(runtime, lane, due, outcome)
    if _is_last(due) and due.event_type != TEST_EVENT:
        _tell_firm(runtime, lane, due, outcome, failing_since)
    now = runtime.clock.now()
    if outcome.status == _STATUS_GONE:
        _give_up(runtime, lane, GONE)
    elif failing_since is not None and now - failing_since >= runtime.give_up_after:
        _give_up(runtime, lane, UNANSWERED)
    return False


def _body(
    runtime: WebhookRuntime, tenant_id: TenantId, endpoint: WebhookEndpoint, due: Due
) -> bytes | None:
    if due.event_type == TEST_EVENT:
        return call_payload(tenant_id, due.event_id, runtime.clock.now())
    if due.stream_id is None or due.stream_version is None:
        return None
    records = runtime.journal.load(tenant_id, due.stream_id, after_version=due.stream_version - 1)
    found = next((record for record in records if record.event_id == due.event_id), None)
    if found is None:
        return None
    return event_payload(found, runtime.vault, with_content=endpoint.with_content)


def _record_success(runtime: WebhookRuntime, lane: Lane, due: Due, outcome: CallOutcome) -> None:
    with tenant_session(runtime.pool, lane.tenant_id) as connection:
        connection.execute(
            """
            UPDATE hub.webhook_delivery
            SET state = 'delivered', attempts = attempts + 1, ended_at = clock_timestamp(),
                last_status = %s, last_failure = NULL
            WHERE endpoint_id = %s AND event_id = %s AND state <> 'delivered'
            """,
            (outcome.status, lane.endpoint_id, due.event_id),
        )
        connection.execute(
            """
            UPDATE hub.webhook_lane
            SET failures = 0, failing_since = NULL, paused_until = NULL,
                last_success_at = clock_timestamp(), is_slow = %s
            WHERE endpoint_id = %s
            """,
            (outcome.seconds > SLOW_CALL_S, lane.endpoint_id),
        )


def _is_last(due: Due) -> bool:
    return due.attempts >= len(DELAYS_S) or due.event_type == TEST_EVENT


def _tell_firm(
    runtime: WebhookRuntime,
    lane: Lane,
    due: Due,
    outcome: CallOutcome,
    failing_since: datetime | None,
) -> None:
    """Open a dead letter about the endpoint: one for each time that it stops answering."""
    began = "" if failing_since is None else failing_since.isoformat()
    runtime.hub.handle(
        OpenDeadLetter(
            dead_letter_id=dead_letter_id_of(lane.endpoint_id),
            item_id=lane.endpoint_id,
            kind=DeadLetterKind.WEBHOOK,
            cause=outcome.words,
            attempts=due.attempts + 1,
            occurrence=derived_id(lane.endpoint_id, "failing", began),
        ),
        Provenance(tenant_id=lane.tenant_id, actor=DELIVERER, correlation_id=new_id()),
        WEBHOOK_SCOPES,
    )


def _record_failure(
    runtime: WebhookRuntime, lane: Lane, due: Due, outcome: CallOutcome
) -> datetime | None:
    """Write a failed call down; the event is tried again later, or dead after the last attempt."""
    is_last = _is_last(due)
    delay_s = 0.0 if is_last else _delay_s(runtime, due.attempts, outcome.retry_after_s)
    is_slow = outcome.seconds > SLOW_CALL_S or outcome.failure == CallFailure.TOO_SLOW
    with tenant_session(runtime.pool, lane.tenant_id) as connection:
        connection.execute(
            """
            UPDATE hub.webhook_delivery
            SET attempts = attempts + 1, last_status = %s, last_failure = %s,
                state = CASE WHEN %s THEN 'dead' ELSE 'due' END,
                ended_at = CASE WHEN %s THEN clock_timestamp() END,
                due_at = clock_timestamp() + make_interval(secs => %s)
            WHERE endpoint_id = %s AND event_id = %s AND state = 'due'
            """,
            (
                outcome.status,
                outcome.words,
                is_last,
                is_last,
                delay_s,
                lane.endpoint_id,
                due.event_id,
            ),
        )
        row = connection.execute(
            """
            UPDATE hub.webhook_lane
            SET failures = failures + 1, is_slow = %s,
                failing_since = coalesce(failing_since, clock_timestamp()),
                last_failure_at = clock_timestamp(), last_failure = %s,
                paused_until = CASE WHEN failures + 1 >= %s THEN clock_timestamp()
                    + make_interval(secs => least(%s, power(2, least(failures, 12)))) END
            WHERE endpoint_id = %s RETURNING failing_since
            """,
            (is_slow, outcome.words, PAUSE_AFTER_FAILURES, PAUSE_MAX_S, lane.endpoint_id),
        ).fetchone()
    return None if row is None else row[0]


def _delay_s(runtime: WebhookRuntime, attempts: int, retry_after_s: int | None) -> float:
    delay_s = DELAYS_S[attempts] * (1 - JITTER + 2 * JITTER * runtime.random())
    return max(delay_s, float(min(retry_after_s or 0, RETRY_AFTER_MAX_S)))


def _give_up(runtime: WebhookRuntime, lane: Lane, reason: str) -> None:
    runtime.hub.handle(
        GiveUpWebhookEndpoint(webhook_endpoint_id=lane.endpoint_id, reason=reason),
        Provenance(
            tenant_id=lane.tenant_id,
            actor=DELIVERER,
            correlation_id=new_id(),
        ),
        WEBHOOK_SCOPES,
    )
    log.warning("A webhook endpoint was disabled.", extra={"reason": reason})


def _retry_after(value: str | None) -> int | None:
    with contextlib.suppress(ValueError, TypeError):
        return max(0, int(value or ""))
    return None
