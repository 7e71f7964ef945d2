"""A worker's surroundings with the real store and the real Redis; only Meta answers by script."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import uvloop
from psycopg import Connection
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from domain.hub import LawyersHub
from domain.ports.receipts import ReceiptCall
from domain.ports.templates import (
    ListedTemplate,
    TemplateAccount,
    TemplateCallRefused,
)
from domain.ports.whatsapp import AccessToken, SendAccepted, SendRequest
from domain.template_rules import TemplateWording
from infrastructure.embedded import EmbeddedServers
from infrastructure.postgres.circuits import Circuits
from infrastructure.postgres.connections import connect_async, open_pool
from infrastructure.postgres.event_writer import EventWriter
from infrastructure.postgres.journal import WriterJournal
from infrastructure.redis.send_limits import SendLimits
from infrastructure.unique_ids import new_event_id
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from infrastructure.whatsapp.health import HealthQuestion, SenderHealth, Sickness
from jobs.queues import Doorbells
from jobs.runtime import AssistRuntime, SendRuntime
from tests.database import HubDatabase
from tests.event_store import connect_follow, follow
from tests.jobs.stored_story import StoredStory

__all__ = ["connect_follow", "follow"]


class ScriptedMeta:
    """Answers each send as told, accepts by default, and keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[SendRequest] = []
        self.answers: list[Exception] = []
        self.message_status: str | None = None

    async def send(self, request: SendRequest) -> SendAccepted:
        self.requests.append(request)
        if self.answers:
            raise self.answers.pop(0)
        return SendAccepted(
            wamid=f"wamid.sent-{len(self.requests)}", message_status=self.message_status
        )


class ScriptedHealth(SenderHealth):
    """Says of each number what it was told to say; well by default."""

    def __init__(self) -> None:
        self.asked: list[HealthQuestion] = []
        self.found: Sickness | None = None

    def sickness(self, question: HealthQuestion) -> Sickness | None:
        self.asked.append(question)
        return self.found


def always_later() -> Callable[[], float]:
    """A clock for which what was read a moment ago is old."""
    ticks = itertools.count(0, 10)
    return lambda: float(next(ticks))


class ScriptedReceipts:
    """Takes every receipt."""

    def __init__(self) -> None:
        self.calls: list[ReceiptCall] = []

    def show(self, call: ReceiptCall) -> None:
        self.calls.append(call)


class ScriptedTemplates:
    """Lists what it was given; refuses with `refusal` instead, if there is one."""

    def __init__(self) -> None:
        self.templates: list[ListedTemplate] = []
        self.refusal: TemplateCallRefused | None = None
        self.calls: list[tuple[str, Any]] = []

    def listed(self, account: TemplateAccount) -> Iterator[ListedTemplate]:
        self._answer("list", account.waba_id)
        yield from self.templates

    def create(self, account: TemplateAccount, wording: TemplateWording) -> str:
        self._answer("create", wording)
        return "9001"

    def edit(
        self, account: TemplateAccount, meta_template_id: str, wording: TemplateWording
    ) -> None:
        self._answer("edit", (meta_template_id, wording))

    def delete(self, account: TemplateAccount, name: str, meta_template_id: str) -> None:
        self._answer("delete", (name, meta_template_id))

    def _answer(self, name: str, given: Any) -> None:
        self.calls.append((name, given))
        if self.refusal is not None:
            raise self.refusal


@pytest.fixture
def redis(servers: EmbeddedServers) -> Iterator["Redis"]:
    with Redis.from_url(servers.redis_url) as connection:
        connection.flushall()
        # As if somebody had sent before: an empty Redis keeps everybody silent for a second.
        connection.set("hub:send:epoch", 1)
        yield connection


@pytest.fixture
def meta() -> ScriptedMeta:
    return ScriptedMeta()


@pytest.fixture
def writer(database: HubDatabase) -> Iterator[EventWriter]:
    running = EventWriter(database.work_url)
    yield running
    running.close()


@pytest.fixture
def common(database: HubDatabase, redis: "Redis", writer: EventWriter) -> Iterator[dict[str, Any]]:
    with open_pool(database.work_url, name="tests-work", max_size=14) as pool:
        vault = PostgresVault(Keyring(pool, load_master_key(database.settings)))
        journal = WriterJournal(pool, writer, vault)
        yield {
            "pool": pool,
            "journal": journal,
            "vault": vault,
            "new_event_id": new_event_id,
            "random": lambda: 0.5,
            "redis": redis,
            "doorbells": Doorbells(redis),
        }


@pytest.fixture
def story(common: dict[str, Any], follow: Connection[Any]) -> StoredStory:
    return StoredStory(common["journal"], common["vault"], follow)


@pytest.fixture
def health() -> ScriptedHealth:
    return ScriptedHealth()


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as running:
        yield running


@pytest.fixture
def limits(servers: EmbeddedServers, runner: asyncio.Runner) -> Iterator[SendLimits]:
    connection = AsyncRedis.from_url(servers.redis_url)
    yield SendLimits(connection)
    runner.run(connection.aclose())


@pytest.fixture
def sending(
    common: dict[str, Any],
    writer: EventWriter,
    story: StoredStory,
    meta: ScriptedMeta,
    database: HubDatabase,
    runner: asyncio.Runner,
    health: ScriptedHealth,
    limits: SendLimits,
) -> SendRuntime:
    def token(_tenant_id: UUID, _number_id: UUID, _fingerprint: str) -> AccessToken:
        return AccessToken("a made-up token")

    hub = LawyersHub(common["journal"], story.clock, new_event_id, common["vault"])
    return SendRuntime(
        **common,
        hub=hub,
        clock=story.clock,
        gateway=meta,
        circuits=Circuits(common["pool"], story.clock, lambda: 0.0, monotonic=always_later()),
        health=health,
        templates=ScriptedTemplates(),
        receipts=ScriptedReceipts(),
        access_token=token,
        limits=limits,
        writer=writer,
        runner=runner,
        listen=partial(connect_async, database.work_url, name="tests-lanes"),
        linger_s=0.0,
        calls_max=20,
        is_stopped=lambda: False,
    )


@pytest.fixture
def assisting(common: dict[str, Any], story: StoredStory) -> AssistRuntime:
    from infrastructure.assistant import build_assistant

    hub = LawyersHub(common["journal"], story.clock, new_event_id, common["vault"])
    return AssistRuntime(
        **common, hub=hub, clock=story.clock, assistant=build_assistant(adapter="local")
    )
