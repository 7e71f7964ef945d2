"""The sender directory: the WhatsApp numbers of every firm and how each of them is reached."""

from datetime import datetime
from typing import ClassVar, NewType
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.media_circuit import MediaCircuitClosed, MediaCircuitOpened
from domain.sender_number import (
    SenderCircuitClosed,
    SenderCircuitOpened,
    SenderNumberAdded,
    SenderNumberCredentialsChanged,
    SenderNumberPaused,
    SenderNumberResumed,
)
from domain.tenant import TenantQueueChosen, TenantResumed, TenantSuspended
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.table import Index, Table

FingerprintsJson = NewType("FingerprintsJson", str)
"""JSON text of a list of fingerprints."""


class SenderRow(msgspec.Struct):
    """A number of a firm. Secrets are named by fingerprint only; the vault keeps them.

    `circuit` is set while its circuit breaker is open; `circuit_retry_at` is when the first probe
    is made.
    """

    sender_number_id: UUID
    tenant_id: UUID
    phone_number_id: str
    waba_id: str
    display_phone: str
    app: str
    app_fingerprints: FingerprintsJson
    access_token_fingerprint: str
    graph_url: str | None
    version: int
    paused: bool = False
    pause_reason: str | None = None
    tenant_suspended: bool = False
    circuit: str | None = None
    circuit_cause: str | None = None
    circuit_words: str | None = None
    circuit_next_step: str | None = None
    circuit_opened_at: datetime | None = None
    circuit_retry_at: datetime | None = None
    own_queue: bool = False
    media_cause: str | None = None
    media_words: str | None = None
    media_next_step: str | None = None
    media_opened_at: datetime | None = None
    media_retry_at: datetime | None = None


def fingerprints_of(row: SenderRow) -> tuple[str, ...]:
    """The app secrets whose signatures are accepted for the number."""
    return msgspec.json.decode(row.app_fingerprints, type=tuple[str, ...])


def _as_json(fingerprints: tuple[str, ...]) -> FingerprintsJson:
    return FingerprintsJson(msgspec.json.encode(fingerprints).decode())


def _added(page: Page[SenderRow], record: EventRecord, event: SenderNumberAdded) -> None:
    row = SenderRow(
        sender_number_id=event.sender_number_id,
        tenant_id=record.tenant_id,
        phone_number_id=event.phone_number_id,
        waba_id=event.waba_id,
        display_phone=event.display_phone,
        app=event.app,
        app_fingerprints=_as_json(event.app_fingerprints),
        access_token_fingerprint=event.access_token_fingerprint,
        graph_url=event.graph_url,
        version=record.stream_version,
    )
    for earlier in page.earlier(record.tenant_id, record):
        if isinstance(earlier.event, TenantSuspended | TenantResumed):
            row.tenant_suspended = isinstance(earlier.event, TenantSuspended)
        if isinstance(earlier.event, TenantQueueChosen):
            row.own_queue = earlier.event.is_own
    page.put(row)


def _credentials(
    page: Page[SenderRow], record: EventRecord, event: SenderNumberCredentialsChanged
) -> None:
    row = page.get(event.sender_number_id)
    if row is not None:
        row.app = event.app
        row.app_fingerprints = _as_json(event.app_fingerprints)
        row.access_token_fingerprint = event.access_token_fingerprint
        row.graph_url = event.graph_url
        row.version = record.stream_version
        page.put(row)


def _paused(
    page: Page[SenderRow], record: EventRecord, event: SenderNumberPaused | SenderNumberResumed
) -> None:
    row = page.get(event.sender_number_id)
    if row is not None:
        row.paused = isinstance(event, SenderNumberPaused)
        row.pause_reason = event.reason if isinstance(event, SenderNumberPaused) else None
        row.version = record.stream_version
        page.put(row)


def _media_circuit(
    page: Page[SenderRow], record: EventRecord, event: MediaCircuitOpened | MediaCircuitClosed
) -> None:
    row = page.get(event.sender_number_id)
    if row is None:
        return
    if isinstance(event, MediaCircuitOpened):
        row.media_opened_at = row.media_opened_at or record.occurred_at
        row.media_cause, row.media_words = event.cause, event.words
        row.media_next_step, row.media_retry_at = event.next_step, event.retry_at
    else:
        row.media_cause = row.media_words = row.media_next_step = None
        row.media_opened_at = row.media_retry_at = None
    page.put(row)


def _circuit(
    page: Page[SenderRow], record: EventRecord, event: SenderCircuitOpened | SenderCircuitClosed
) -> None:
    row = page.get(event.sender_number_id)
    if row is None:
        return
    if isinstance(event, SenderCircuitOpened):
        row.circuit_opened_at = row.circuit_opened_at or record.occurred_at
        row.circuit = event.circuit.value
        row.circuit_cause = event.cause
        row.circuit_words = event.words
        row.circuit_next_step = event.next_step
        row.circuit_retry_at = event.retry_at
    else:
        row.circuit = row.circuit_cause = row.circuit_words = row.circuit_next_step = None
        row.circuit_opened_at = row.circuit_retry_at = None
    row.version = record.stream_version
    page.put(row)


def _suspended(
    page: Page[SenderRow], record: EventRecord, event: TenantSuspended | TenantResumed
) -> None:
    for row in page.matching("tenant_id", record.tenant_id):
        row.tenant_suspended = isinstance(event, TenantSuspended)
        page.put(row)


def _queue_chosen(page: Page[SenderRow], record: EventRecord, event: TenantQueueChosen) -> None:
    for row in page.matching("tenant_id", record.tenant_id):
        row.own_queue = event.is_own
        page.put(row)


class SenderDirectory(StateProjection[SenderRow]):
    """One row per number."""

    name = "sender_directory"
    version = 3
    table = Table(
        "sender_directory",
        SenderRow,
        key=("sender_number_id",),
        indexes=(
            Index("(phone_number_id)"),
            Index("(waba_id)"),
            Index("(tenant_id)", early=True),
        ),
    )
    links = ("tenant_id",)
    changes: ClassVar[Changes] = {
        SenderNumberAdded: Change(_added, looks_back_at="tenant_id"),
        SenderNumberCredentialsChanged: Change(_credentials),
        SenderNumberPaused: Change(_paused),
        SenderNumberResumed: Change(_paused),
        SenderCircuitOpened: Change(_circuit),
        SenderCircuitClosed: Change(_circuit),
        MediaCircuitOpened: Change(_media_circuit),
        MediaCircuitClosed: Change(_media_circuit),
        TenantSuspended: Change(_suspended, by="tenant_id"),
        TenantResumed: Change(_suspended, by="tenant_id"),
        TenantQueueChosen: Change(_queue_chosen, by="tenant_id"),
    }


def senders_of_tenant(tenant_id: UUID) -> Query[SenderRow]:
    """The numbers of a firm."""
    return Query(
        SenderRow,
        """
        SELECT {columns} FROM read_model.sender_directory
        WHERE tenant_id = %(tenant)s ORDER BY display_phone, sender_number_id
        """,
        {"tenant": tenant_id},
    )


def sender_by_id(tenant_id: UUID, sender_number_id: UUID) -> Query[SenderRow]:
    """One number of a firm."""
    return Query(
        SenderRow,
        """
        SELECT {columns} FROM read_model.sender_directory
        WHERE tenant_id = %(tenant)s AND sender_number_id = %(sender)s
        """,
        {"tenant": tenant_id, "sender": sender_number_id},
    )


def senders_by_meta_ids(phone_number_ids: list[str], waba_ids: list[str]) -> Query[SenderRow]:
    """The numbers of all firms with one of these ids of Meta (role follow: routing of webhooks)."""
    return Query(
        SenderRow,
        """
        SELECT {columns} FROM read_model.sender_directory
        WHERE phone_number_id = ANY(%(phones)s) OR waba_id = ANY(%(wabas)s)
        ORDER BY sender_number_id
        """,
        {"phones": phone_number_ids, "wabas": waba_ids},
    )


def senders_everywhere() -> Query[SenderRow]:
    """The numbers of all firms (role follow)."""
    return Query(
        SenderRow,
        "SELECT {columns} FROM read_model.sender_directory ORDER BY sender_number_id",
        {},
    )


def senders_of_apps(apps: list[str]) -> Query[SenderRow]:
    """The numbers of all firms that one of these Meta apps signs for (role follow)."""
    return Query(
        SenderRow,
        """
        SELECT {columns} FROM read_model.sender_directory
        WHERE app = ANY(%(apps)s) ORDER BY sender_number_id
        """,
        {"apps": apps},
    )
