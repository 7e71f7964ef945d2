"""The webhook endpoints: addresses of other systems that are told what happens."""

from datetime import datetime
from typing import Any, ClassVar, NewType
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.webhook_endpoint import (
    WebhookEndpointAdded,
    WebhookEndpointDisabled,
    WebhookEndpointEnabled,
    WebhookEndpointRemoved,
    WebhookEndpointState,
    WebhookSecretRotated,
)
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Index, Table

NamesJson = NewType("NamesJson", str)
"""JSON text of a list of names."""


class WebhookEndpointRow(msgspec.Struct):
    """An endpoint. Its secret stands nowhere; `address_sealed` is where the calls go."""

    webhook_endpoint_id: UUID
    tenant_id: UUID
    event_types: NamesJson
    with_content: bool
    added_at: datetime
    version: int
    state: str = WebhookEndpointState.ACTIVE.value
    address_sealed: bytes | None = None
    former_secret_valid_until: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None


def names_of(row: WebhookEndpointRow) -> list[str]:
    """The events that the endpoint is told; empty for all."""
    return msgspec.json.decode(row.event_types, type=list[str])


def _added(
    page: Page[WebhookEndpointRow], record: EventRecord, event: WebhookEndpointAdded
) -> None:
    page.put(
        WebhookEndpointRow(
            webhook_endpoint_id=event.webhook_endpoint_id,
            tenant_id=record.tenant_id,
            event_types=NamesJson(msgspec.json.encode(event.event_types).decode()),
            with_content=event.with_content,
            added_at=record.occurred_at,
            version=record.stream_version,
            address_sealed=sealed_column(event),
        )
    )


def _moved(page: Page[WebhookEndpointRow], record: EventRecord, event: Any) -> None:
    row = page.get(event.webhook_endpoint_id)
    if row is None:
        return
    row.version = record.stream_version
    match event:
        case WebhookSecretRotated():
            row.former_secret_valid_until = event.former_valid_until
        case WebhookEndpointDisabled():
            row.state = WebhookEndpointState.DISABLED.value
            row.disabled_at, row.disabled_reason = record.occurred_at, event.reason
        case WebhookEndpointEnabled():
            row.state = WebhookEndpointState.ACTIVE.value
            row.disabled_at = row.disabled_reason = None
        case WebhookEndpointRemoved():
            row.state = WebhookEndpointState.REMOVED.value
            row.address_sealed = None
    page.put(row)


class WebhookEndpoints(StateProjection[WebhookEndpointRow]):
    """One row per endpoint."""

    name = "webhook_endpoints"
    version = 1
    table = Table(
        "webhook_endpoints",
        WebhookEndpointRow,
        key=("webhook_endpoint_id",),
        indexes=(Index("(tenant_id, added_at)"),),
    )
    changes: ClassVar[Changes] = {
        WebhookEndpointAdded: Change(_added),
        **dict.fromkeys(
            (
                WebhookSecretRotated,
                WebhookEndpointDisabled,
                WebhookEndpointEnabled,
                WebhookEndpointRemoved,
            ),
            Change(_moved),
        ),
    }


def endpoints_of_tenant(tenant_id: UUID) -> Query[WebhookEndpointRow]:
    """The endpoints of a firm that stand, in the order in which they were added."""
    return Query(
        WebhookEndpointRow,
        """
        SELECT {columns} FROM read_model.webhook_endpoints
        WHERE tenant_id = %(tenant)s AND state <> 'removed'
        ORDER BY added_at, webhook_endpoint_id
        """,
        {"tenant": tenant_id},
    )


def endpoints_by_id(tenant_id: UUID, endpoint_ids: list[UUID]) -> Query[WebhookEndpointRow]:
    """The endpoints with these ids that stand, in no particular order."""
    return Query(
        WebhookEndpointRow,
        """
        SELECT {columns} FROM read_model.webhook_endpoints
        WHERE tenant_id = %(tenant)s AND state <> 'removed'
          AND webhook_endpoint_id = ANY(%(endpoints)s)
        """,
        {"tenant": tenant_id, "endpoints": endpoint_ids},
    )
