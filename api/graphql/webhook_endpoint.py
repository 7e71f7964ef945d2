"""Webhook endpoints: addresses of other systems of the firm that are told what happens."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from api.graphql.access import described
from api.graphql.ids import global_id
from api.graphql.node import Node
from api.reading import Opened, OpenedState, Reading
from domain.webhook_endpoint import WebhookAddress
from infrastructure.webhooks.deliveries import (
    DeadDelivery,
    EndpointHealth,
    dead_deliveries,
    health_of_endpoints,
)
from projections.webhook_endpoints import WebhookEndpointRow, endpoints_by_id, names_of


@strawberry.enum(description="Whether an endpoint is told what happens. New values may be added.")
class WebhookEndpointState(Enum):
    """The states of an endpoint that stands."""

    ACTIVE = strawberry.enum_value("active", description="It is told what happens.")
    DISABLED = strawberry.enum_value(
        "disabled", description="It is told nothing until it is enabled again."
    )


@strawberry.type(description="An event that an endpoint could not be told; it can be replayed.")
class WebhookDeadLetter:
    """A delivery whose last attempt failed, or whose endpoint was disabled."""

    event_type: str = strawberry.field(description="Its name in the standard contract.")
    position: int = strawberry.field(
        description="The firm's position of the event, as `metadata.position` tells it."
    )
    attempts: int = strawberry.field(description="How many calls were made.")
    gave_up_at: datetime = strawberry.field(description="When it was given up.")
    http_status: int | None = strawberry.field(
        description="The status of the last answer; null if there was none."
    )
    reason: str | None = strawberry.field(description="Why, as a stable word.")


@strawberry.type(description="An address of another system that is told what happens.")
class WebhookEndpoint(Node):
    """A row of the webhook endpoints, with how it answers. Its secret is shown nowhere."""

    state: WebhookEndpointState = strawberry.field(description="Whether it is told what happens.")
    event_types: list[str] = strawberry.field(
        description="The names of the standard contract that it is told; empty for all."
    )
    with_content: bool = strawberry.field(
        description="Whether the words of messages and drafts are sent along."
    )
    added_at: datetime = strawberry.field(description="When it was added.")
    disabled_at: datetime | None = strawberry.field(description="When it was disabled, if it is.")
    disabled_reason: str | None = strawberry.field(
        description="Why it is disabled, as a stable word."
    )
    former_secret_valid_until: datetime | None = strawberry.field(
        description="Until when the former secret signs beside the new one."
    )
    version: int = strawberry.field(description="The version, for `expectedVersion` of commands.")
    last_success_at: datetime | None = strawberry.field(description="When it last took an event.")
    last_failure_at: datetime | None = strawberry.field(description="When a call last failed.")
    last_failure: str | None = strawberry.field(
        description="Why that call failed, as a stable word."
    )
    waiting_count: int = strawberry.field(description="How many events wait to be told.")
    dead_count: int = strawberry.field(description="How many events were given up.")
    dead_letters: list[WebhookDeadLetter] = strawberry.field(
        description="The newest events that were given up, at most 100."
    )
    address: strawberry.Private[Opened]

    @described("Where the calls go.")
    def url(self) -> str | None:
        """The address; null where it was erased."""
        if self.address.state is not OpenedState.OPENED:
            return None
        opened: WebhookAddress = self.address.value
        return opened.url


def webhook_endpoints(
    reading: Reading, rows: list[WebhookEndpointRow]
) -> dict[UUID, WebhookEndpoint]:
    """Return endpoints with how they answer, by id."""
    health = health_of_endpoints(reading.connection, reading.tenant_id)
    ids = [row.webhook_endpoint_id for row in rows]
    dead = dead_deliveries(reading.connection, reading.tenant_id, endpoint_ids=ids)
    return {
        row.webhook_endpoint_id: _endpoint(
            reading,
            row,
            health.get(row.webhook_endpoint_id),
            [one for one in dead if one.endpoint_id == row.webhook_endpoint_id],
        )
        for row in rows
    }


def webhook_endpoints_by_id(
    reading: Reading, endpoint_ids: list[UUID]
) -> dict[UUID, WebhookEndpoint]:
    """Return the endpoints with these ids that stand."""
    return webhook_endpoints(
        reading, reading.rows(endpoints_by_id(reading.tenant_id, endpoint_ids))
    )


def _endpoint(
    reading: Reading,
    row: WebhookEndpointRow,
    health: EndpointHealth | None,
    dead: list[DeadDelivery],
) -> WebhookEndpoint:
    return WebhookEndpoint(
        id=global_id("WebhookEndpoint", row.webhook_endpoint_id),
        state=WebhookEndpointState(row.state),
        event_types=names_of(row),
        with_content=row.with_content,
        added_at=row.added_at,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        former_secret_valid_until=row.former_secret_valid_until,
        version=row.version,
        last_success_at=health.last_success_at if health else None,
        last_failure_at=health.last_failure_at if health else None,
        last_failure=health.last_failure if health else None,
        waiting_count=health.waiting if health else 0,
        dead_count=health.dead if health else 0,
        dead_letters=[
            WebhookDeadLetter(
                event_type=one.event_type,
                position=one.event_seq,
                attempts=one.attempts,
                gave_up_at=one.ended_at,
                http_status=one.last_status,
                reason=one.last_failure,
            )
            for one in dead
        ],
        address=reading.details(row.address_sealed),
    )
