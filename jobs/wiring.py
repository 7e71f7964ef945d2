"""Composition of the worker processes and of the schedule."""

import contextlib
import random
from collections.abc import Iterator
from functools import partial
from uuid import UUID

from redis import Redis

from domain.identity import TenantId
from domain.ports.whatsapp import AccessToken
from infrastructure.assistant import build_assistant
from infrastructure.http_pool import HttpClientPool
from infrastructure.postgres.connections import DatabaseRole, connect, role_url
from infrastructure.settings import Settings
from infrastructure.unique_ids import new_event_id
from infrastructure.vault.secret_store import SecretKind
from infrastructure.whatsapp.sender import CloudApiGateway
from infrastructure.wiring import Store, open_store
from jobs.keep_house import keep_house
from jobs.queues import Doorbells, QueueName
from jobs.runtime import AssistRuntime, SendRuntime
from jobs.schedule import ScheduleRuntime

CONNECTIONS_MAX = 6


@contextlib.contextmanager
def worker_runtime(
    settings: Settings, database_url: str, redis_url: str, queue: QueueName
) -> Iterator[AssistRuntime | SendRuntime]:
    """What the worker of a queue has: the assistant or the way out to WhatsApp, never both."""
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(
            open_store(settings, database_url, DatabaseRole.WORK, connections_max=CONNECTIONS_MAX)
        )
        redis = stack.enter_context(contextlib.closing(Redis.from_url(redis_url)))
        if queue is QueueName.ASSIST:
            yield _assist_runtime(store, redis)
        else:
            clients = stack.enter_context(contextlib.closing(HttpClientPool()))
            yield _send_runtime(store, redis, clients)


def _assist_runtime(store: Store, redis: "Redis") -> AssistRuntime:
    settings = store.settings
    return AssistRuntime(
        pool=store.pool,
        journal=store.journal,
        hub=store.hub,
        vault=store.vault,
        clock=store.clock,
        new_event_id=new_event_id,
        random=random.random,
        redis=redis,
        doorbells=Doorbells(redis),
        assistant=build_assistant(
            adapter=settings.assistant_adapter,
            base_url=settings.assistant_base_url,
            api_key=settings.assistant_api_key,
            model=settings.assistant_model,
            timeout_s=settings.assistant_timeout_s,
        ),
    )


def _send_runtime(store: Store, redis: "Redis", clients: HttpClientPool) -> SendRuntime:
    settings = store.settings
    return SendRuntime(
        pool=store.pool,
        journal=store.journal,
        hub=store.hub,
        vault=store.vault,
        clock=store.clock,
        new_event_id=new_event_id,
        random=random.random,
        redis=redis,
        doorbells=Doorbells(redis),
        gateway=CloudApiGateway(
            clients,
            graph_url=settings.graph_api_url,
            graph_version=settings.graph_api_version,
            connect_timeout_s=settings.graph_connect_timeout_s,
            total_timeout_s=settings.graph_total_timeout_s,
        ),
        access_token=partial(_access_token, store),
    )


def _access_token(
    store: Store, tenant_id: TenantId, number_id: UUID, fingerprint: str
) -> AccessToken | None:
    token = store.secrets.get(tenant_id, SecretKind.ACCESS_TOKEN, str(number_id), fingerprint)
    return None if token is None else AccessToken(token)


@contextlib.contextmanager
def schedule_runtime(
    settings: Settings, database_url: str, redis_url: str
) -> Iterator[ScheduleRuntime]:
    """What the schedule has."""
    url = role_url(settings, database_url, DatabaseRole.FOLLOW)
    with contextlib.closing(Redis.from_url(redis_url)) as redis:
        yield ScheduleRuntime(
            connect=partial(connect, url, name="hub-schedule", autocommit=True),
            doorbells=Doorbells(redis),
            keep_house=partial(keep_house, inbox_retention_days=settings.inbox_retention_days),
            sweep_interval_s=settings.work_sweep_interval_s,
        )
