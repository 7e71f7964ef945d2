"""The ASGI application: the gateway, GraphQL and the ops endpoints over one opened store."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache

from fastapi import FastAPI
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from api.authentication import Authenticator, StoredToken, TokenLookup, stored_token
from api.graphql.activity import activity_feeds
from api.graphql.context import RequestContextFactory, Services
from api.graphql.http import GraphQLEndpoint
from api.graphql.limits import DocumentLimits
from api.graphql.operation import OperationCache
from api.graphql.schema import executable_schema
from api.graphql.websocket import SocketSettings, WebSocketEndpoint
from api.live.doorbell import Doorbell
from api.live.horizon import ReadModelHorizon
from api.media.links import PREFIX, media_links
from api.media.reception import Reception
from api.media.samples import AT_ONCE as SAMPLES_AT_ONCE
from api.media.samples import PATH as SAMPLES
from api.media.samples import SampleEndpoint
from api.media.serving import MediaEndpoint
from api.media.upload import AT_ONCE as UPLOADS_AT_ONCE
from api.media.upload import PATH as UPLOADS
from api.media.upload import UploadEndpoint
from api.ops.health import Readiness, ops_routes
from api.reading import ReadModels
from api.rest.application import rest_application
from api.rest.rate_limit import RateLimit
from api.webhook.app_secrets import AppSecrets
from api.webhook.credentials import StoredCredentials
from api.webhook.entrance import WebhookEntrance
from api.webhook.whatsapp import WebhookEndpoint
from infrastructure.destinations.destination import DestinationGuard
from infrastructure.http_pool import HttpClientPool
from infrastructure.lasting_memory import keep_what_is_loaded
from infrastructure.media.object_store import ObjectStore
from infrastructure.media.scanner import scanner_of
from infrastructure.media.workshop import Workshop
from infrastructure.message_prices import price_list
from infrastructure.postgres.inbox_writer import InboxWriter
from infrastructure.sender_checks.senders import SenderChecks
from infrastructure.sender_checks.template_samples import TemplateSamples
from infrastructure.settings import Settings
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.master_key import load_master_key
from infrastructure.webhooks.endpoint_setup import WebhookSetup
from infrastructure.wiring import Store

_AUTHENTICATE = "SELECT hub.authenticate_token(%s)"


def create_application(
    store: Store, redis_url: str, *, sockets: SocketSettings | None = None
) -> ASGIApp:
    """Return the application. Its parts start and stop with its lifespan; `store` stays open.

    `store` must be opened as the role that serves. `sockets` replaces what follows from its
    settings.
    """
    settings = store.settings
    read_models = ReadModels(store.url, store.vault)
    inbox = InboxWriter(
        store.url, InboxCipher(load_master_key(settings)), queue_max=settings.writer_queue_max
    )
    clients = HttpClientPool()
    feeds = activity_feeds(read_models)
    doorbell = Doorbell(redis_url, feeds.ring, feeds.ring_all)
    services = Services(
        hub=store.hub,
        prices=price_list(settings),
        journal=store.journal,
        vault=store.vault,
        clock=store.clock,
        read_models=read_models,
        horizon=ReadModelHorizon(read_models),
        feed=feeds,
        media_links=media_links(store),
        sender_checks=SenderChecks(store, clients),
        media_retention_days=settings.media_retention_days,
        webhooks=WebhookSetup(store.secrets, DestinationGuard.of(settings)),
    )

    @asynccontextmanager
    async def lifespan(_application: FastAPI) -> AsyncIterator[None]:
        doorbell.start()
        keep_what_is_loaded()
        try:
            yield
        finally:
            await inbox.close()
            await doorbell.close()
            await feeds.close()
            stop_taking_files()
            await read_models.run(_nothing)
            read_models.close()
            clients.close()

    application = FastAPI(
        title="Lawyers-Hub", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    authenticator = Authenticator(_token_lookup(read_models), services.clock)
    _add_graphql(
        application, settings, services, authenticator, sockets or _socket_settings(settings)
    )
    _add_rest(application, settings, services, authenticator)
    samples = TemplateSamples(store, clients)
    stop_taking_files = _add_uploads(application, settings, services, authenticator, samples)
    _add_media(application, settings, services, authenticator)
    application.include_router(ops_routes(Readiness(read_models, lambda: doorbell.is_listening)))
    return WebhookEntrance(_webhook_endpoint(store, read_models, inbox), application)


def _webhook_endpoint(store: Store, read_models: ReadModels, inbox: InboxWriter) -> WebhookEndpoint:
    secrets = AppSecrets(StoredCredentials(store.secrets, read_models).load)
    return WebhookEndpoint(secrets, inbox, body_bytes_max=store.settings.webhook_body_bytes_max)


def _add_rest(
    application: FastAPI, settings: Settings, services: Services, authenticator: Authenticator
) -> None:
    rest = rest_application(
        services,
        authenticator,
        RateLimit(settings.rest_requests_per_minute_max),
        body_bytes_max=settings.rest_body_bytes_max,
    )
    application.mount("/v1", rest)


def _add_media(
    application: FastAPI, settings: Settings, services: Services, authenticator: Authenticator
) -> None:
    endpoint = MediaEndpoint(
        links=services.media_links,
        authenticator=authenticator,
        read_models=services.read_models,
        hub=services.hub,
        clock=services.clock,
        objects=lambda: ObjectStore(settings.media_store_url, settings.home),
    )
    application.router.routes.append(Route(PREFIX + "{link}", endpoint, methods=["GET", "HEAD"]))


def _add_uploads(
    application: FastAPI,
    settings: Settings,
    services: Services,
    authenticator: Authenticator,
    samples: TemplateSamples,
) -> Callable[[], None]:
    """Add what takes files in; returns what lets its threads end.

    Stands before what serves files: a link may be any word.
    """

    @cache
    def stores() -> tuple[Workshop, ObjectStore]:
        objects = ObjectStore(settings.media_store_url, settings.home)
        return Workshop(settings.home, scanner_of(settings), objects), objects

    limit = RateLimit(settings.rest_requests_per_minute_max)
    files = Reception(authenticator, limit, name="upload", at_once=UPLOADS_AT_ONCE)
    offered = Reception(authenticator, limit, name="sample", at_once=SAMPLES_AT_ONCE)
    upload = UploadEndpoint(services, files, stores=stores)
    sample = SampleEndpoint(services, samples, offered, workshop=lambda: stores()[0])
    application.router.routes.append(Route(UPLOADS, upload))
    application.router.routes.append(Route(SAMPLES, sample))

    def stop() -> None:
        files.close()
        offered.close()

    return stop


def _add_graphql(
    application: FastAPI,
    settings: Settings,
    services: Services,
    authenticator: Authenticator,
    sockets: SocketSettings,
) -> None:
    is_dev = settings.environment == "dev"
    limits = DocumentLimits(
        tokens=settings.graphql_tokens_max,
        aliases=settings.graphql_aliases_max,
        depth=settings.graphql_depth_max,
        cost=settings.graphql_cost_max,
    )
    cache = OperationCache(executable_schema(), limits, introspection=is_dev)
    contexts = RequestContextFactory(services)
    http = GraphQLEndpoint(
        cache,
        authenticator,
        contexts,
        body_bytes_max=settings.graphql_body_bytes_max,
        timeout_s=settings.graphql_timeout_s,
        has_console=is_dev,
    )
    endpoint = WebSocketEndpoint(cache, authenticator, contexts, services.clock, sockets)
    application.router.routes.append(Route("/graphql", http))
    application.router.routes.append(WebSocketRoute("/graphql", endpoint))


def _socket_settings(settings: Settings) -> SocketSettings:
    return SocketSettings(
        init_timeout_s=settings.websocket_init_timeout_s,
        operations_max=settings.subscriptions_per_socket_max,
        operation_timeout_s=settings.graphql_timeout_s,
    )


def _token_lookup(read_models: ReadModels) -> TokenLookup:
    async def look_up(sha256: str) -> StoredToken | None:
        rows = await read_models.run(read_models.look_up, _AUTHENTICATE, (sha256,))
        return stored_token(rows[0][0] if rows else None)

    return look_up


def _nothing() -> None:
    """Runs last: what was asked of the threads before is done."""
