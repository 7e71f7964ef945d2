"""What `hub webhooks` does: the commands of an operator on webhook endpoints."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from api.cli.operator import Operator
from domain.aggregate import Command
from domain.identity import TenantId, WebhookEndpointId
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import OPERATOR_SCOPES
from domain.webhook_endpoint import (
    AddWebhookEndpoint,
    DisableWebhookEndpoint,
    EnableWebhookEndpoint,
    RemoveWebhookEndpoint,
    RotateWebhookSecret,
    WebhookEndpoint,
)
from infrastructure.destinations.destination import DestinationGuard
from infrastructure.postgres.connections import HubConnection, tenant_session
from infrastructure.running_servers import running_servers
from infrastructure.unique_ids import new_id
from infrastructure.webhooks.deliveries import (
    DeadDelivery,
    dead_deliveries,
    health_of_endpoints,
    replay_after,
    replay_dead,
)
from infrastructure.webhooks.endpoint_setup import WebhookSetup
from infrastructure.webhooks.payload import call_payload
from jobs.deliver_webhooks import CallOutcome, call_endpoint
from jobs.webhook_wiring import webhook_runtime
from projections.webhook_endpoints import endpoints_of_tenant, names_of


class AddedEndpoint(NamedTuple):
    """An endpoint with its new secret, which is shown once."""

    endpoint_id: WebhookEndpointId
    secret: str


class WebhookCommands:
    """Carries out the commands of the person at the command line."""

    def __init__(self, person: Operator) -> None:
        self._person = person
        self._store = person.store
        guard = DestinationGuard.of(person.settings)
        self._setup = WebhookSetup(person.store.secrets, guard)

    def add(
        self, tenant_id: TenantId, *, url: str, event_types: tuple[str, ...], with_content: bool
    ) -> AddedEndpoint:
        """Tell an address what happens. Raises NotFound and InvalidInput."""
        self._person.setup.require_tenant(tenant_id)
        self._setup.check_address(url)
        endpoint_id = WebhookEndpointId(new_id())
        drawn = self._setup.draw_secret(tenant_id, endpoint_id)
        self._handle(
            tenant_id,
            AddWebhookEndpoint(
                webhook_endpoint_id=endpoint_id,
                tenant_id=tenant_id,
                url=url,
                secret_fingerprint=drawn.fingerprint,
                event_types=event_types,
                with_content=with_content,
            ),
        )
        return AddedEndpoint(endpoint_id, drawn.secret)

    def rotate(self, key: UUID) -> AddedEndpoint:
        """Draw a new secret. Raises NotFound and WebhookEndpointGone."""
        tenant_id, endpoint = self._endpoint(key)
        endpoint.must_stand()
        endpoint_id = WebhookEndpointId(key)
        drawn = self._setup.draw_secret(tenant_id, endpoint_id)
        command = RotateWebhookSecret(
            webhook_endpoint_id=endpoint_id, secret_fingerprint=drawn.fingerprint
        )
        self._handle(tenant_id, command)
        return AddedEndpoint(endpoint_id, drawn.secret)

    def enable(self, key: UUID) -> None:
        """Tell it again what happens. Raises NotFound and WebhookEndpointGone."""
        self._move(key, EnableWebhookEndpoint(webhook_endpoint_id=WebhookEndpointId(key)))

    def disable(self, key: UUID) -> None:
        """Tell it nothing for now. Raises NotFound and WebhookEndpointGone."""
        self._move(key, DisableWebhookEndpoint(webhook_endpoint_id=WebhookEndpointId(key)))

    def remove(self, key: UUID) -> None:
        """Tell it nothing any more. Raises NotFound."""
        self._move(key, RemoveWebhookEndpoint(webhook_endpoint_id=WebhookEndpointId(key)))

    def test(self, key: UUID) -> CallOutcome:
        """Make one call that says WebhookTest. Raises NotFound and WebhookEndpointGone."""
        tenant_id, endpoint = self._endpoint(key)
        endpoint.must_stand()
        settings = self._person.settings
        with (
            running_servers(settings, redis=False) as servers,
            webhook_runtime(settings, servers.database_url, connections_max=2) as runtime,
        ):
            event_id = new_id()
            body = call_payload(tenant_id, event_id, runtime.clock.now())
            return call_endpoint(runtime, tenant_id, endpoint, event_id, body)

    def listed(self, tenant_id: TenantId) -> list[dict[str, Any]]:
        """The endpoints of a firm that stand, and how they answer."""
        with self._session(tenant_id) as connection:
            rows = endpoints_of_tenant(tenant_id).fetch(connection)
            health = health_of_endpoints(connection, tenant_id)
        shown = []
        for row in rows:
            known = health.get(row.webhook_endpoint_id)
            _, endpoint = self._endpoint(row.webhook_endpoint_id)
            shown.append(
                {
                    "id": row.webhook_endpoint_id,
                    "url": endpoint.url,
                    "state": row.state,
                    "reason": row.disabled_reason,
                    "events": ",".join(names_of(row)) or "all",
                    "with_content": row.with_content,
                    "waiting": known.waiting if known else 0,
                    "given_up": known.dead if known else 0,
                    "last_success_at": known.last_success_at if known else None,
                    "last_failure": known.last_failure if known else None,
                }
            )
        return shown

    def dead(self, tenant_id: TenantId) -> list[DeadDelivery]:
        """What was given up in a firm."""
        with self._session(tenant_id) as connection:
            return dead_deliveries(connection, tenant_id)

    def replay(self, key: UUID, event_ids: Sequence[UUID] | None) -> int:
        """Make what was given up due again; returns how many. Raises NotFound."""
        tenant_id, endpoint = self._endpoint(key)
        endpoint.must_stand()
        with self._session(tenant_id) as connection:
            return replay_dead(connection, tenant_id, key, event_ids=event_ids)

    def replay_after(self, key: UUID, position: int) -> int:
        """Make all after a position due again; returns how many. Raises NotFound."""
        tenant_id, endpoint = self._endpoint(key)
        endpoint.must_stand()
        with self._session(tenant_id) as connection:
            return replay_after(connection, tenant_id, key, position=position)

    def _endpoint(self, key: UUID) -> tuple[TenantId, WebhookEndpoint]:
        tenant_id = self._person.firm_of(key, "webhook endpoint")
        records = self._store.journal.load(tenant_id, key)
        return tenant_id, WebhookEndpoint.replay_records(key, records)

    def _move(self, key: UUID, command: Command) -> None:
        self._handle(self._person.firm_of(key, "webhook endpoint"), command)

    def _handle(self, tenant_id: TenantId, command: Command) -> None:
        provenance = Provenance(
            tenant_id=tenant_id,
            actor=Actor(kind=ActorKind.OPERATOR, id=self._person.name),
            correlation_id=new_id(),
        )
        self._store.hub.handle(command, provenance, OPERATOR_SCOPES)

    @contextlib.contextmanager
    def _session(self, tenant_id: TenantId) -> Iterator[HubConnection]:
        with tenant_session(self._store.pool, tenant_id) as connection:
            yield connection
