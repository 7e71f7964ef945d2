"""Composition of the worker processes and of the schedule."""

import asyncio
import contextlib
import dataclasses
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import uvloop
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError

from domain.circuit import ENDPOINT
from domain.identity import TenantId
from domain.ports.whatsapp import AccessToken
from infrastructure.assistant import build_assistant
from infrastructure.async_http_pool import AsyncHttpClientPool
from infrastructure.clock import SystemClock
from infrastructure.following.host import FollowerHost
from infrastructure.following.unit import Unit
from infrastructure.http_pool import HttpClientPool
from infrastructure.media.download import MediaDownloader
from infrastructure.media.object_store import ObjectStore
from infrastructure.media.scanner import scanner_of
from infrastructure.media.workshop import Workshop
from infrastructure.postgres.circuits import Circuits
from infrastructure.postgres.connections import (
    DatabaseRole,
    assert_safe_role,
    connect,
    connect_async,
    open_pool,
    role_url,
)
from infrastructure.redis.feed_rings import FeedRings
from infrastructure.redis.send_limits import SendLimits
from infrastructure.settings import Settings
from infrastructure.unique_ids import new_event_id
from infrastructure.vault.erasure_ear import hearing_erasures
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from infrastructure.vault.secret_store import SecretKind
from infrastructure.whatsapp.health import SenderHealth
from infrastructure.whatsapp.media_upload import CloudApiUploads
from infrastructure.whatsapp.receipts import CloudApiReceipts
from infrastructure.whatsapp.sender import CloudApiGateway
from infrastructure.whatsapp.template_gateway import CloudApiTemplates
from infrastructure.wiring import Store, open_store
from jobs.delete_due_media import ring_for_deletions
from jobs.followers.ingest import Ingest
from jobs.followers.policies import PoliciesUnit
from jobs.followers.webhooks import WebhooksUnit
from jobs.keep_house import keep_house
from jobs.queues import Doorbells, QueueName
from jobs.request_template_syncs import request_template_syncs
from jobs.runtime import AssistRuntime, JobRuntime, MediaRuntime, SendRuntime
from jobs.schedule import ScheduleRuntime
from projections import PROJECTIONS
from projections.builds import create_read_models
from projections.feed import Feed
from projections.feed_unit import FeedUnit
from projections.projection_unit import ProjectionUnit

CONNECTIONS_MAX = 14
"""Threads of the lanes, each with a second connection for keys, and the leases."""

LINGER_S = 2.0
"""How long a sending process waits for more before it gives its lanes back."""

FOLLOWER_KEY_CONNECTIONS_MAX = 4
REDIS_PATIENCE_S = 0.5


@contextlib.contextmanager
def worker_runtime(
    settings: Settings,
    database_url: str,
    redis_url: str,
    queue: QueueName,
    *,
    is_stopped: Callable[[], bool],
    firm: TenantId | None = None,
) -> Iterator[JobRuntime]:
    """What the worker of a queue has: the assistant, the way out, the files, or none of them.

    `is_stopped` tells a long run that the process is to end; with `firm` messages are sent for this
    firm alone.
    """
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(
            open_store(settings, database_url, DatabaseRole.WORK, connections_max=CONNECTIONS_MAX)
        )
        redis = stack.enter_context(contextlib.closing(Redis.from_url(redis_url)))
        if queue is QueueName.ASSIST:
            yield _assist_runtime(store, redis)
        elif queue is QueueName.MEDIA:
            uploads = stack.enter_context(contextlib.closing(HttpClientPool()))
            yield _media_runtime(store, redis, uploads)
        elif queue is QueueName.BULK:
            yield _bulk_runtime(store, redis)
        else:
            runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
            clients = AsyncHttpClientPool()
            stack.callback(lambda: runner.run(clients.close()))
            health_clients = stack.enter_context(contextlib.closing(HttpClientPool()))
            limits = AsyncRedis.from_url(redis_url, socket_timeout=REDIS_PATIENCE_S)
            stack.callback(lambda: runner.run(limits.aclose()))
            send_limits = SendLimits(limits)
            with contextlib.suppress(RedisError):
                runner.run(send_limits.begin())
            sending = _send_runtime(
                store, redis, clients, health_clients, send_limits, runner, is_stopped
            )
            yield dataclasses.replace(sending, firm=firm)


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


def _bulk_runtime(store: Store, redis: "Redis") -> JobRuntime:
    return JobRuntime(
        pool=store.pool,
        journal=store.journal,
        hub=store.hub,
        vault=store.vault,
        clock=store.clock,
        new_event_id=new_event_id,
        random=random.random,
        redis=redis,
        doorbells=Doorbells(redis),
    )


def _send_runtime(
    store: Store,
    redis: "Redis",
    clients: AsyncHttpClientPool,
    health_clients: HttpClientPool,
    limits: SendLimits,
    runner: asyncio.Runner,
    is_stopped: Callable[[], bool],
) -> SendRuntime:
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
        circuits=Circuits(store.pool, store.clock, random.random),
        health=SenderHealth(
            health_clients,
            graph_url=settings.graph_api_url,
            graph_version=settings.graph_api_version,
        ),
        templates=CloudApiTemplates(
            health_clients,
            graph_url=settings.graph_api_url,
            graph_version=settings.graph_api_version,
            timeout_s=settings.graph_total_timeout_s,
        ),
        receipts=CloudApiReceipts(
            health_clients,
            graph_url=settings.graph_api_url,
            graph_version=settings.graph_api_version,
        ),
        access_token=partial(_access_token, store),
        limits=limits,
        writer=store.writer,
        runner=runner,
        listen=partial(connect_async, store.url, name="hub-work-lanes"),
        linger_s=LINGER_S,
        calls_max=settings.outbound_calls_max,
        is_stopped=is_stopped,
    )


def _media_runtime(store: Store, redis: "Redis", clients: HttpClientPool) -> MediaRuntime:
    settings = store.settings
    objects = ObjectStore(settings.media_store_url, settings.home)
    return MediaRuntime(
        pool=store.pool,
        journal=store.journal,
        hub=store.hub,
        vault=store.vault,
        clock=store.clock,
        new_event_id=new_event_id,
        random=random.random,
        redis=redis,
        doorbells=Doorbells(redis),
        workshop=Workshop(settings.home, scanner_of(settings), objects),
        objects=objects,
        circuits=Circuits(store.pool, store.clock, random.random, rules=ENDPOINT),
        downloader=MediaDownloader(
            graph_version=settings.graph_api_version, hosts=settings.media_host_list
        ),
        uploads=CloudApiUploads(
            clients,
            graph_url=settings.graph_api_url,
            graph_version=settings.graph_api_version,
        ),
        graph_url=settings.graph_api_url,
        retention_days=settings.media_retention_days,
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
    with (
        contextlib.closing(Redis.from_url(redis_url)) as redis,
        open_pool(url, name="hub-schedule-keys", max_size=1) as pool,
    ):
        vault = PostgresVault(Keyring(pool, load_master_key(settings)))
        yield ScheduleRuntime(
            connect=partial(connect, url, name="hub-schedule", autocommit=True),
            doorbells=Doorbells(redis),
            ring_for_deletions=partial(
                ring_for_deletions, retention_days=settings.media_retention_days
            ),
            keep_house=partial(
                keep_house,
                inbox_retention_days=settings.inbox_retention_days,
                webhook_retention_days=settings.webhook_delivery_retention_days,
            ),
            ask_for_syncs=partial(
                request_template_syncs,
                clock=SystemClock(),
                vault=vault,
                interval_s=settings.template_sync_interval_s,
            ),
            sweep_interval_s=settings.work_sweep_interval_s,
        )


@contextlib.contextmanager
def follower_host(settings: Settings, database_url: str, redis_url: str) -> Iterator[FollowerHost]:
    """All units of following: the inbox, the policies, every read model."""
    url = role_url(settings, database_url, DatabaseRole.FOLLOW)
    master_key = load_master_key(settings)
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(
            open_pool(url, name="hub-follow-keys", max_size=FOLLOWER_KEY_CONNECTIONS_MAX)
        )
        with pool.connection() as connection:
            assert_safe_role(connection)
            create_read_models(connection, PROJECTIONS)
        redis = stack.enter_context(
            contextlib.closing(Redis.from_url(redis_url, socket_timeout=REDIS_PATIENCE_S))
        )
        keyring = Keyring(pool, master_key)
        stack.enter_context(hearing_erasures(url, keyring))
        vault = PostgresVault(keyring)
        clock = SystemClock()
        units: list[Unit[Any]] = [
            Ingest(clock, vault, InboxCipher(master_key), master_key),
            PoliciesUnit(vault, clock),
            WebhooksUnit(),
            *_projection_units(FeedRings(redis)),
        ]
        yield FollowerHost(
            units,
            lambda purpose: connect(url, name=f"hub-follow-{purpose}", autocommit=True),
            poll_interval_s=settings.follower_poll_interval_s,
        )


def _projection_units(rings: FeedRings) -> list[ProjectionUnit]:
    return [
        FeedUnit(projection, rings) if isinstance(projection, Feed) else ProjectionUnit(projection)
        for projection in PROJECTIONS
    ]
