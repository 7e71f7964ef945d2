"""Send one approved message: admission and attempt together, then the call, then its outcome."""

import logging
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final, NamedTuple, cast
from uuid import UUID

from domain.admission import Refused, Sending, admit
from domain.aggregate import Aggregate
from domain.contact import Contact, IdentityKind
from domain.conversation import Conversation
from domain.errors import HubError
from domain.hub import LawyersHub, body_digest
from domain.identity import OutboundMessageId, TenantId
from domain.outbound_commands import (
    RecordAttemptFailure,
    RecordFailure,
    RecordInDoubt,
    RecordSent,
    RefuseSend,
    StartAttempt,
)
from domain.outbound_message import (
    DeliveryState,
    OutboundContent,
    OutboundMessage,
    OutboundRequested,
    callback_data,
)
from domain.ports.whatsapp import (
    Recipient,
    SendAccepted,
    SendOutcomeUnknown,
    SendRefused,
    SendRequest,
)
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import DELIVERY_SCOPES
from domain.sender_number import SenderNumber
from domain.template import Template
from domain.template_body import TemplateBody
from domain.tenant import Tenant
from infrastructure.following.positions import place_of
from infrastructure.postgres.connections import HubConnection, tenant_session
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.telemetry.metrics import SENDS
from infrastructure.telemetry.tracing import span
from jobs.retry import ATTEMPTS_MAX, next_attempt_at
from jobs.runtime import SendRuntime
from jobs.sender_breaker import SenderBreaker
from projections.inbox_queries import conversations_by_id

log = logging.getLogger(__name__)

SENDER: Final = Actor(kind=ActorKind.SYSTEM, id="sender")


LONGEST_WAIT_S: Final = 3600
"""How far the growing wait after a refusal grows. Meta's own wish may be longer."""


class Progress(Enum):
    """What became of a message for the lane that it is in."""

    SETTLED = auto()
    """It waits for no further attempt of this lane, or never did."""
    TRY_LATER = auto()
    """Another attempt is made later; what was requested after it for the contact waits as well."""
    LANE_WAITS = auto()
    """Nothing can be sent from the number until the firm removes an obstacle."""


class AdmissionOutdated(Exception):
    """Something that admission looked at changed before the attempt could be stored."""


class NotVisibleYet(Exception):
    """The inbox does not show yet what happened before the message was requested."""


class _Attempt(NamedTuple):
    """An attempt that is stored and may be made, exactly once."""

    number: int
    request: SendRequest


def send_outbound_message(
    runtime: SendRuntime,
    tenant_id: TenantId,
    outbound_message_id: UUID,
    breaker: SenderBreaker,
) -> Progress:
    """Attempt to send a message that is due; do nothing if it is not, or not any more.

    Raises AdmissionOutdated, NotVisibleYet.
    """
    records = runtime.journal.load(tenant_id, outbound_message_id)
    message = OutboundMessage.replay_records(outbound_message_id, records)
    if not records or message.state is not DeliveryState.REQUESTED:
        return Progress.SETTLED
    if message.due_at is not None and message.due_at > runtime.clock.now():
        return Progress.TRY_LATER
    requested = records[0]
    with span("send", parent=requested.traceparent) as traceparent:
        provenance = Provenance(
            tenant_id=tenant_id,
            actor=SENDER,
            correlation_id=requested.correlation_id,
            causation_id=requested.event_id,
            traceparent=traceparent,
        )
        attempt = _admit(runtime, message, provenance, requested.position or 0)
        if isinstance(attempt, Progress):
            return attempt
        return _call(runtime, message, attempt, provenance, breaker)


def settle_abandoned_attempt(
    runtime: SendRuntime, tenant_id: TenantId, outbound_message_id: UUID
) -> None:
    """Mark an attempt as in doubt whose sender died between its start and its outcome.

    The caller must hold the lane of the sender number, so that nobody is in the middle of the call.
    """
    records = runtime.journal.load(tenant_id, outbound_message_id)
    message = OutboundMessage.replay_records(outbound_message_id, records)
    if not records or message.state is not DeliveryState.ATTEMPTING:
        return
    provenance = Provenance(
        tenant_id=tenant_id,
        actor=SENDER,
        correlation_id=records[0].correlation_id,
        causation_id=records[-1].event_id,
        traceparent=records[0].traceparent,
    )
    runtime.hub.handle(
        RecordInDoubt(
            outbound_message_id=OutboundMessageId(outbound_message_id),
            attempt=message.attempt,
            cause="sender_died",
        ),
        provenance,
        DELIVERY_SCOPES,
    )
    SENDS.labels("in_doubt").inc()


def _admit(
    runtime: SendRuntime, message: OutboundMessage, provenance: Provenance, position: int
) -> _Attempt | Progress:
    """Decide and store in one transaction; without an attempt the message may not be sent.

    Raises AdmissionOutdated, NotVisibleYet.
    """
    with tenant_session(runtime.pool, provenance.tenant_id) as connection:
        journal = TransactionJournal(connection, runtime.vault)
        hub = LawyersHub(journal, runtime.clock, runtime.new_event_id, runtime.vault)
        sending = _sending(runtime, connection, message, provenance.tenant_id, position)
        verdict = admit(sending)
        outbound_id = message.requested.outbound_message_id
        if isinstance(verdict, Refused):
            SENDS.labels(verdict.reason).inc()
            if verdict.is_temporary:
                return Progress.LANE_WAITS
            command = RefuseSend(outbound_message_id=outbound_id, reason=verdict.reason)
            hub.handle(command, provenance, DELIVERY_SCOPES)
            return Progress.SETTLED
        request = _request(runtime, sending)
        if request is None:
            command = RefuseSend(outbound_message_id=outbound_id, reason="recipient_unreachable")
            hub.handle(command, provenance, DELIVERY_SCOPES)
            return Progress.SETTLED
        hub.handle(
            StartAttempt(outbound_message_id=outbound_id, body_digest=sending.body_digest),
            provenance,
            DELIVERY_SCOPES,
        )
        # From here on nobody else can append until this transaction ends.
        _require_unchanged(connection, sending)
    return _Attempt(number=message.attempt + 1, request=request)


def _sending(
    runtime: SendRuntime,
    connection: HubConnection,
    message: OutboundMessage,
    tenant_id: TenantId,
    position: int,
) -> Sending:
    if place_of(connection, "inbox").position < position:
        raise NotVisibleYet
    requested = message.requested
    content = message.content
    row = conversations_by_id(tenant_id, [requested.conversation_id]).first(connection)
    number = runtime.load(SenderNumber, tenant_id, requested.sender_number_id)
    return Sending(
        message=message,
        contact=runtime.load(Contact, tenant_id, requested.contact_id),
        conversation=runtime.load(Conversation, tenant_id, requested.conversation_id),
        tenant=runtime.load(Tenant, tenant_id, tenant_id),
        sender_number=number,
        body_digest=body_digest(runtime.vault, tenant_id, content.body) if content else "",
        last_inbound_at=row.last_inbound_at if row else None,
        now=runtime.clock.now(),
        template=(
            runtime.load(Template, tenant_id, content.body.template_id)
            if content is not None and isinstance(content.body, TemplateBody)
            else None
        ),
    )


def _require_unchanged(connection: HubConnection, sending: Sending) -> None:
    looked_at: list[Aggregate] = [
        sending.contact,
        sending.conversation,
        sending.tenant,
        sending.sender_number,
    ]
    if sending.template is not None:
        looked_at.append(sending.template)
    rows = connection.execute(
        """
        SELECT originator_id, max(originator_version) FROM hub.events
        WHERE originator_id = ANY(%s) GROUP BY originator_id
        """,
        ([thing.id for thing in looked_at],),
    ).fetchall()
    if dict(rows) != {thing.id: thing.version for thing in looked_at}:
        raise AdmissionOutdated


def _request(runtime: SendRuntime, sending: Sending) -> SendRequest | None:
    """The call to make; None when the contact has no identity that can be written to."""
    requested = sending.message.requested
    number = sending.sender_number
    content = cast("OutboundContent", sending.message.content)
    known = sending.contact.details.identities if sending.contact.details else ()
    phone = next((each.value for each in known if each.kind is IdentityKind.PHONE), None)
    user_id = next((each.value for each in known if each.kind is IdentityKind.BSUID), None)
    token = runtime.access_token(
        TenantId(UUID(str(sending.tenant.id))),
        number.id,
        number.access_token_fingerprint,
    )
    if token is None:
        raise AccessTokenMissing(number.display_phone)
    if phone is None and user_id is None:
        return None
    return SendRequest(
        phone_number_id=number.phone_number_id,
        access_token=token,
        recipient=Recipient(phone=phone, user_id=user_id),
        body=content.body,
        callback_data=callback_data(requested.outbound_message_id, sending.message.attempt + 1),
        reply_to_wamid=content.reply_to_wamid,
        graph_url=number.graph_url,
    )


class AccessTokenMissing(HubError):
    """The vault has no access token for the number."""

    code = "ACCESS_TOKEN_MISSING"
    hint = "Run `hub sender add` for the number again with its access token."

    def __init__(self, display_phone: str) -> None:
        super().__init__(f"There is no access token for the number {display_phone}.")


def _call(
    runtime: SendRuntime,
    message: OutboundMessage,
    attempt: _Attempt,
    provenance: Provenance,
    breaker: SenderBreaker,
) -> Progress:
    requested = message.requested
    try:
        accepted = runtime.gateway.send(attempt.request)
    except SendRefused as refused:
        progress = _keep_refusal(runtime, message, attempt.number, refused, provenance)
        breaker.note_failure(refused)
        return progress
    except SendOutcomeUnknown as unknown:
        SENDS.labels("in_doubt").inc()
        runtime.hub.handle(
            RecordInDoubt(
                outbound_message_id=requested.outbound_message_id,
                attempt=attempt.number,
                cause=unknown.cause.value,
            ),
            provenance,
            DELIVERY_SCOPES,
        )
        breaker.note_failure(unknown)
    else:
        _keep_acceptance(runtime, requested, attempt.number, accepted, provenance)
        breaker.note_success()
    return Progress.SETTLED


def _keep_acceptance(
    runtime: SendRuntime,
    requested: OutboundRequested,
    attempt: int,
    accepted: SendAccepted,
    provenance: Provenance,
) -> None:
    SENDS.labels("accepted").inc()
    digest = runtime.vault.digest(provenance.tenant_id, "wamid", accepted.wamid.encode())
    runtime.hub.handle(
        RecordSent(
            outbound_message_id=requested.outbound_message_id,
            attempt=attempt,
            wamid=accepted.wamid,
            wamid_digest=digest,
        ),
        provenance,
        DELIVERY_SCOPES,
    )


def _keep_refusal(
    runtime: SendRuntime,
    message: OutboundMessage,
    attempt: int,
    refused: SendRefused,
    provenance: Provenance,
) -> Progress:
    outbound_id = message.requested.outbound_message_id
    rule = refused.retry
    limit = rule.retries_max
    attempts_max = ATTEMPTS_MAX if limit is None else min(ATTEMPTS_MAX, 1 + limit)
    spent = message.spent_attempts + rule.spends_attempt
    if rule.spends_attempt and spent >= attempts_max:
        SENDS.labels("failed").inc()
        failure = RecordFailure(
            outbound_message_id=outbound_id,
            attempt=attempt,
            code=refused.meta_code,
            words=refused.words,
        )
        runtime.hub.handle(failure, provenance, DELIVERY_SCOPES)
        return Progress.SETTLED
    SENDS.labels("again").inc()
    again = RecordAttemptFailure(
        outbound_message_id=outbound_id,
        attempt=attempt,
        code=refused.meta_code,
        words=refused.words,
        due_at=_again_at(runtime, refused, attempt, spent),
        is_spent=rule.spends_attempt,
    )
    runtime.hub.handle(again, provenance, DELIVERY_SCOPES)
    return Progress.TRY_LATER


def _again_at(runtime: SendRuntime, refused: SendRefused, attempt: int, spent: int) -> datetime:
    """When the next attempt is due, after so many attempts and so many that count."""
    rule, now = refused.retry, runtime.clock.now()
    grown = min(rule.wait_seconds * rule.wait_factor ** min(attempt - 1, 12), LONGEST_WAIT_S)
    wait_s = max(rule.wait_seconds, grown, refused.retry_after_seconds or 0)
    if not rule.spends_attempt:
        return now + timedelta(seconds=wait_s)
    return max(now + timedelta(seconds=wait_s), next_attempt_at(now, spent, runtime.random))
