"""A firm whose other systems are told what happens, with the time of the deliverer in its hand."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.event import Event, EventRecord
from domain.identity import EventId, MessageId, StreamId, TenantId, WebhookEndpointId
from domain.inbound_message import InboundMessageContent, MessageReceived
from domain.message_content import (
    TextContent,
)
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import OPERATOR_SCOPES
from domain.webhook_endpoint import (
    AddWebhookEndpoint,
    RotateWebhookSecret,
    WebhookEndpoint,
)
from infrastructure.destinations.destination import DestinationGuard
from infrastructure.firm_setup import FirmSetup
from infrastructure.unique_ids import new_event_id, new_id
from infrastructure.webhooks.endpoint_setup import DrawnSecret, WebhookSetup
from infrastructure.wiring import Store
from jobs.deliver_webhooks import WebhookRuntime
from jobs.followers.webhooks import WebhooksUnit
from jobs.webhook_deliverer import deliver_due
from tests.domain.memory_journal import TestClock
from tests.domain.samples import sample_of

WORDS = "Rahasia: rumah saya digugat."
WAMID = "wamid.HBgNNjI4MTIxMjEyMTIxMhUCABIY"


class Office:
    """A firm with a follower that notes whom to tell, and a deliverer whose time is in its hand."""

    def __init__(self, store: Store, runtime: WebhookRuntime, follow: Connection[Any]) -> None:
        self.store = store
        self.runtime = runtime
        self.tenant_id: TenantId = FirmSetup(store, "tests").create_tenant("Melati")
        self._follow = follow
        self._position = 0
        self._setup = WebhookSetup(store.secrets, DestinationGuard())
        self.clock: TestClock = runtime.clock  # type: ignore[assignment]

    def add(
        self, url: str, *names: str, with_content: bool = False
    ) -> tuple[WebhookEndpointId, DrawnSecret]:
        """Adds an endpoint."""
        endpoint_id = WebhookEndpointId(new_id())
        drawn = self._setup.draw_secret(self.tenant_id, endpoint_id)
        self.handle(
            AddWebhookEndpoint(
                webhook_endpoint_id=endpoint_id,
                tenant_id=self.tenant_id,
                url=url,
                secret_fingerprint=drawn.fingerprint,
                event_types=names,
                with_content=with_content,
            )
        )
        return endpoint_id, drawn

    def rotate(self, endpoint_id: WebhookEndpointId) -> DrawnSecret:
        """Draws a new secret."""
        drawn = self._setup.draw_secret(self.tenant_id, endpoint_id)
        self.handle(
            RotateWebhookSecret(
                webhook_endpoint_id=endpoint_id, secret_fingerprint=drawn.fingerprint
            )
        )
        return drawn

    def handle(self, command: Any) -> None:
        actor = Actor(kind=ActorKind.OPERATOR, id="tests")
        provenance = Provenance(tenant_id=self.tenant_id, actor=actor, correlation_id=new_id())
        self.store.hub.handle(command, provenance, OPERATOR_SCOPES)
        self.follow()

    def hear(self, words: str = WORDS) -> EventId:
        """A contact writes."""
        message_id = MessageId(new_id())
        content = InboundMessageContent(wamid=WAMID, body=TextContent(body=words))
        return self.happens(message_id, sample_of(MessageReceived, content=content))

    def happens(self, stream_id: UUID, event: Event) -> EventId:
        """Something of the standard contract happens."""
        event_id = new_event_id()
        record = EventRecord(
            event_id=event_id,
            tenant_id=self.tenant_id,
            stream_id=StreamId(stream_id),
            stream_version=1,
            event=event,
            actor=Actor(kind=ActorKind.SYSTEM, id="tests"),
            correlation_id=new_id(),
            occurred_at=datetime.now(UTC),
        )
        self.store.journal.append([record])
        self.follow()
        return event_id

    def follow(self) -> None:
        """The follower reads on."""
        unit = WebhooksUnit()
        page = unit.read(self._follow, self._position, 1000)
        with self._follow.transaction():
            unit.handle(self._follow, page.items)
        self._position = page.position

    def deliver(self) -> None:
        """The deliverer tells what is due."""
        deliver_due(self.runtime)

    def time_passes(self) -> None:
        """Whatever waits for a later time is due now."""
        self._follow.execute("UPDATE hub.webhook_delivery SET due_at = now()")
        self._follow.execute("UPDATE hub.webhook_lane SET paused_until = NULL")

    def rows(self) -> list[tuple[Any, ...]]:
        """State, attempts, reason and seconds until the next call of each delivery."""
        return self._follow.execute(
            """
            SELECT state, attempts, last_failure, extract(epoch FROM due_at - clock_timestamp())
            FROM hub.webhook_delivery ORDER BY event_seq, endpoint_id
            """
        ).fetchall()

    def endpoint(self, endpoint_id: WebhookEndpointId) -> WebhookEndpoint:
        records = self.store.journal.load(self.tenant_id, endpoint_id)
        return WebhookEndpoint.replay_records(endpoint_id, records)
