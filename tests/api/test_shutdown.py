"""Stopping: what is under way is finished, sockets are told to come back, nothing hangs."""

import asyncio
import threading
from time import monotonic
from typing import Any

import httpx

from api.graphql.context import RequestContextFactory, Services
from api.graphql.limits import DocumentLimits
from api.graphql.operation import OperationCache
from api.graphql.schema import executable_schema
from api.graphql.websocket import SocketSettings, WebSocketEndpoint
from infrastructure.clock import SystemClock
from tests.api.firm import Firm
from tests.api.socket import open_socket
from tests.api.stack import Stack, served
from tests.api.test_activity import Listener
from tests.api.test_live_feed import PRINCIPAL, Log

SHUTDOWN_S_MAX = 8.0
INIT = '{"type":"connection_init","payload":{"token":"x"}}'
SUBSCRIBE = """{"id":"1","type":"subscribe","payload":{
    "query":"subscription { activity { __typename } }"}}"""


def test_open_sockets_are_told_to_come_back_and_do_not_hold_the_server_up(
    stack: Stack, firm: Firm
) -> None:
    closed: list[tuple[int, str]] = []
    with served(stack.store, stack.redis_url) as port:
        socket = open_socket(f"ws://127.0.0.1:{port}/graphql", firm.lawyer)
        opened = socket.__enter__()
        Listener(opened, None).next()
        waiting = threading.Thread(target=lambda: closed.append(opened.close_code()))
        waiting.start()
        httpx.get(f"http://127.0.0.1:{port}/healthz")
        began = monotonic()
    assert monotonic() - began < SHUTDOWN_S_MAX
    waiting.join()
    assert closed[0][0] == 1012


class KnownPrincipal:
    """Knows one token."""

    async def authenticate(self, _token: str | None) -> Any:
        return PRINCIPAL


class SlowClient:
    """Opens the conversation, subscribes, and then takes nothing any more."""

    def __init__(self) -> None:
        self.inbound: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.closed: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.sent = 0
        for message in (
            {"type": "websocket.connect"},
            {"type": "websocket.receive", "text": INIT},
            {"type": "websocket.receive", "text": SUBSCRIBE},
        ):
            self.inbound.put_nowait(message)

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            self.closed.set_result(message)
        elif message["type"] == "websocket.send":
            self.sent += 1
            if self.sent > 1:
                await asyncio.Event().wait()


async def test_a_client_that_takes_nothing_is_cut_off_and_costs_nothing_more() -> None:
    log = Log()
    services = Services(
        hub=None,  # type: ignore[arg-type]
        journal=None,  # type: ignore[arg-type]
        vault=None,  # type: ignore[arg-type]
        clock=None,  # type: ignore[arg-type]
        read_models=None,  # type: ignore[arg-type]
        horizon=None,  # type: ignore[arg-type]
        feed=log.feeds,
        media_links=None,  # type: ignore[arg-type]
        webhooks=None,  # type: ignore[arg-type]
        sender_checks=None,  # type: ignore[arg-type]
    )
    endpoint = WebSocketEndpoint(
        OperationCache(executable_schema(), DocumentLimits(), introspection=True),
        KnownPrincipal(),  # type: ignore[arg-type]
        RequestContextFactory(services),
        SystemClock(),
        SocketSettings(check_interval_s=0.02, send_blocked_s_max=0.05),
    )
    client = SlowClient()
    scope = {"type": "websocket", "headers": [], "subprotocols": ["graphql-transport-ws"]}
    serving = asyncio.create_task(endpoint(scope, client.inbound.get, client.send))
    async with asyncio.timeout(5):
        close = await client.closed
        client.inbound.put_nowait({"type": "websocket.disconnect", "code": 1013})
        await serving
    assert (close["code"], close["reason"]) == (1013, "The client does not keep up")
    assert not log.feeds._feeds
