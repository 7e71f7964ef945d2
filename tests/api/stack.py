"""The real HTTP server over a real store with its read models followed, for one test process."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import httpx
import msgspec
import uvicorn
from psycopg import sql
from redis import Redis

from api.application import create_application
from api.graphql.websocket import SocketSettings
from api.server import server_config
from domain.event import EventRecord
from domain.ports.journal import AppendOutcome
from infrastructure.embedded import EmbeddedServers
from infrastructure.following.host import FollowerHost
from infrastructure.postgres.connections import (
    DatabaseRole,
    HubConnection,
    connect,
    tenant_session,
)
from infrastructure.redis.feed_rings import FeedRings
from infrastructure.settings import Settings
from infrastructure.wiring import Store, open_store
from projections import PROJECTIONS
from projections.builds import create_read_models
from projections.feed import Feed
from projections.feed_unit import FeedUnit
from projections.projection_unit import ProjectionUnit
from tests.database import HubDatabase, database_url, execute_as_admin
from tests.waiting import until

_POSITIONS = "SELECT name, position FROM read_model.follower_position"


class Stack:
    """Everything that a test of the HTTP surfaces talks to."""

    def __init__(self, database: HubDatabase, store: Store, port: int, redis_url: str) -> None:
        self.database = database
        self.store = store
        self.port = port
        self.redis_url = redis_url
        self.socket_url = f"ws://127.0.0.1:{port}/graphql"
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)

    def append(self, records: Sequence[EventRecord]) -> None:
        """Store events that belong together."""
        result = self.store.journal.append(records)
        assert result.outcome is AppendOutcome.STORED

    def graphql(
        self,
        token: str | None,
        query: str,
        variables: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send one operation."""
        sent = dict(headers or {})
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        body = {"query": query, "variables": variables or {}}
        return self.client.post("/graphql", json=body, headers=sent)

    def data(self, token: str, query: str, variables: dict[str, Any] | None = None) -> Any:
        """Return the data of an operation that has no errors."""
        answer = self.graphql(token, query, variables).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def error(self, token: str, query: str, variables: dict[str, Any] | None = None) -> Any:
        """Return the only error of an operation."""
        answer = self.graphql(token, query, variables).json()
        (error,) = answer["errors"]
        return error

    def wait_until_seen(self, tenant_id: UUID) -> None:
        """Wait until every read model includes everything that the firm has stored."""
        head = self._newest(tenant_id)
        until(lambda: self._handled(head), "the read models include what is stored")

    def _newest(self, tenant_id: UUID) -> int:
        with tenant_session(self.store.pool, tenant_id) as connection:
            row = connection.execute("SELECT max(notification_id) FROM hub.events").fetchone()
        assert row is not None
        return int(row[0])

    def _handled(self, head: int) -> bool:
        """Whether no read model has an event up to `head` before it."""
        with self.store.pool.connection() as connection:
            places: dict[str, int] = dict(connection.execute(_POSITIONS).fetchall())
        with connect(self.database.follow_url, name="tests", autocommit=True) as connection:
            for projection in PROJECTIONS:
                waiting = connection.execute(
                    """
                    SELECT FROM hub.events WHERE notification_id > %s AND notification_id <= %s
                      AND (%s::text[] IS NULL OR topic = ANY(%s::text[])) LIMIT 1
                    """,
                    (places[projection.name], head, *[_topics(projection.topics)] * 2),
                ).fetchone()
                if waiting is not None:
                    return False
        return True


def _topics(topics: frozenset[str] | None) -> list[str] | None:
    return None if topics is None else sorted(topics)


@contextlib.contextmanager
def running_stack(
    servers: EmbeddedServers, settings: Settings, template: str, name: str
) -> Iterator[Stack]:
    """A stack of its own on a fresh database."""
    identifiers = sql.Identifier(name), sql.Identifier(template)
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*identifiers)
    execute_as_admin(servers.database_url, create)
    database = HubDatabase(database_url(servers.database_url, name), settings)
    try:
        with (
            followed_read_models(database, servers.redis_url),
            open_store(settings, database.admin_url, DatabaseRole.SERVE) as store,
            served(store, servers.redis_url) as port,
        ):
            stack = Stack(database, store, port, servers.redis_url)
            with stack.client:
                yield stack
    finally:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifiers[0])
        execute_as_admin(servers.database_url, drop)


@contextlib.contextmanager
def followed_read_models(database: HubDatabase, redis_url: str) -> Iterator[None]:
    """The read models, followed while the block runs."""

    def connect_as_follower(purpose: str) -> HubConnection:
        return connect(database.follow_url, name=f"tests-{purpose}", autocommit=True)

    with connect_as_follower("build") as connection:
        create_read_models(connection, PROJECTIONS)
    with contextlib.closing(Redis.from_url(redis_url)) as redis:
        rings = FeedRings(redis)
        units = [
            FeedUnit(projection, rings)
            if isinstance(projection, Feed)
            else ProjectionUnit(projection)
            for projection in PROJECTIONS
        ]
        host = FollowerHost(units, connect_as_follower, poll_interval_s=0.2)
        host.start()
        try:
            until(lambda: len(host.running) == len(units), "every read model is followed")
            yield
        finally:
            host.stop()


@contextlib.contextmanager
def served(
    store: Store, redis_url: str, *, sockets: SocketSettings | None = None, **changes: Any
) -> Iterator[int]:
    """The server in a thread, on a free port of the loopback; yields the port."""
    settings = msgspec.structs.replace(store.settings, port=0, **changes)
    changed = Store(
        settings=settings,
        role=store.role,
        url=store.url,
        pool=store.pool,
        keyring=store.keyring,
        vault=store.vault,
        secrets=store.secrets,
        writer=store.writer,
        journal=store.journal,
        hub=store.hub,
        clock=store.clock,
    )
    config = server_config(create_application(changed, redis_url, sockets=sockets), settings)
    config.port = 0
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="server")
    thread.start()
    try:
        until(lambda: server.started, "the server listens")
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive(), "the server does not end"
