"""What a job has at hand, and what surrounds every run of one."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from redis import Redis
from rq.timeouts import JobTimeoutException

from domain.aggregate import Aggregate
from domain.hub import LawyersHub
from domain.identity import EventId, TenantId
from domain.ports.assistant import Assistant
from domain.ports.clock import Clock
from domain.ports.journal import Journal
from domain.ports.receipts import ReceiptGateway
from domain.ports.templates import TemplateGateway
from domain.ports.vault import Vault
from domain.ports.whatsapp import AccessToken, WhatsAppGateway
from infrastructure.media.download import MediaDownloader
from infrastructure.media.object_store import ObjectStore
from infrastructure.media.workshop import Workshop
from infrastructure.postgres.circuits import Circuits
from infrastructure.postgres.connections import HubAsyncConnection, HubPool
from infrastructure.postgres.event_writer import EventWriter
from infrastructure.redis.send_limits import SendLimits
from infrastructure.telemetry.logs import current_tenant
from infrastructure.telemetry.metrics import QUEUE_DURATION_SECONDS, QUEUE_FAILED
from infrastructure.telemetry.tracing import span
from infrastructure.whatsapp.health import SenderHealth
from infrastructure.whatsapp.media_upload import CloudApiUploads
from jobs.queues import Doorbells

log = logging.getLogger(__name__)

A = TypeVar("A", bound=Aggregate)


@dataclass(frozen=True, slots=True)
class JobRuntime:
    """What every job has. Jobs get it as an argument; they never wire anything.

    `pool` connects as the role `work`. `random` yields numbers in [0, 1).
    """

    pool: HubPool
    journal: Journal
    hub: LawyersHub
    vault: Vault
    clock: Clock
    new_event_id: Callable[[], EventId]
    random: Callable[[], float]
    redis: "Redis"
    doorbells: Doorbells

    def load(self, aggregate_type: type[A], tenant_id: TenantId, stream_id: UUID) -> A:
        """The aggregate as its events have made it; one that nothing happened to if unknown."""
        return aggregate_type.replay_records(stream_id, self.journal.load(tenant_id, stream_id))


@dataclass(frozen=True, slots=True)
class AssistRuntime(JobRuntime):
    """What the jobs have that ask the assistant: no way out to WhatsApp."""

    assistant: Assistant


@dataclass(frozen=True, slots=True)
class SendRuntime(JobRuntime):
    """What the jobs have that send: no assistant.

    `access_token` finds the token of a sender number (firm, number, fingerprint); it is None when
    the vault has none. `runner` is the event loop of the process, whose connections outlive a run;
    `listen` opens a connection to hear of new work; `linger_s` is how long a run waits for more
    when nothing is left to do; with `firm` it serves the lanes of this firm alone; `calls_max` is
    how many calls it makes at a time; `is_stopped` says that the process is to end.
    """

    gateway: WhatsAppGateway
    circuits: Circuits
    health: SenderHealth
    limits: SendLimits
    writer: EventWriter
    runner: asyncio.Runner
    listen: Callable[[], Awaitable[HubAsyncConnection]]
    linger_s: float
    calls_max: int
    is_stopped: Callable[[], bool]
    templates: TemplateGateway
    receipts: ReceiptGateway
    access_token: Callable[[TenantId, UUID, str], AccessToken | None]
    firm: TenantId | None = None


@dataclass(frozen=True, slots=True)
class MediaRuntime(JobRuntime):
    """What the jobs have that look after files: neither the assistant nor the way to send.

    `uploads` hands files over that a member brought. `graph_url` is the address of the Graph API
    for numbers without one of their own,
    `retention_days` how long files of an intake are kept that went nowhere, where the firm did not
    decide itself.
    """

    workshop: Workshop
    objects: ObjectStore
    downloader: MediaDownloader
    uploads: CloudApiUploads
    circuits: Circuits
    graph_url: str
    retention_days: int
    access_token: Callable[[TenantId, UUID, str], AccessToken | None]


def run_job(
    function: Callable[..., None],
    runtime: JobRuntime,
    *,
    job: str,
    queue: str,
    tenant_id: str,
    arguments: tuple[str, ...],
) -> None:
    """Run one job with trace, firm and duration around it.

    A failure never leaves this function: the reason stands in PostgreSQL or the sweep finds the
    work again, and a job that RQ counts as failed would only block its own id.
    """
    began = time.perf_counter()
    token = current_tenant.set(tenant_id)
    try:
        with span(f"job {job}", attributes={"job": job, "tenant": tenant_id}):
            function(runtime, TenantId(UUID(tenant_id)), *arguments)
    except JobTimeoutException:
        QUEUE_FAILED.labels(queue, job, "time_limit").inc()
        log.warning("The job was stopped at its limit; the sweep rings again.", extra={"job": job})
    except Exception as error:
        QUEUE_FAILED.labels(queue, job, type(error).__name__).inc()
        log.exception("The job failed; the sweep rings again.", extra={"job": job})
    finally:
        QUEUE_DURATION_SECONDS.labels(queue, job).observe(time.perf_counter() - began)
        current_tenant.reset(token)
