"""A webhook receiver that records what arrives and answers as it is told."""

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from infrastructure.simulator.server import bound_socket, url_of

VERIFY_TOKEN = "token-of-the-test"
LONGEST_HOLD_S = 20.0


@dataclass
class Received:
    """One POST: its raw bytes and headers."""

    body: bytes
    headers: dict[str, str]
    status: int

    @property
    def json(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def changes(self) -> list[dict[str, Any]]:
        return [change for entry in self.json["entry"] for change in entry["changes"]]

    @property
    def statuses(self) -> list[dict[str, Any]]:
        return [s for change in self.changes for s in change["value"].get("statuses", [])]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [m for change in self.changes for m in change["value"].get("messages", [])]


@dataclass
class RecordingHub:
    """What the receiver has seen, and how it answers."""

    url: str = ""
    posts: list[Received] = field(default_factory=list)
    handshakes: list[dict[str, str]] = field(default_factory=list)
    next_answers: deque[int] = field(default_factory=deque)
    verify_token: str = VERIFY_TOKEN
    on_post: Callable[[Received], None] | None = None
    hold: threading.Event | None = None

    @property
    def callback(self) -> str:
        return f"{self.url}/webhooks/whatsapp"

    @property
    def statuses(self) -> list[dict[str, Any]]:
        return [status for post in self.posts for status in post.statuses]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [message for post in self.posts for message in post.messages]

    def status_names(self) -> list[str]:
        return [str(status["status"]) for status in self.statuses]

    async def shake_hands(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.handshakes.append(query)
        if query.get("hub.verify_token") != self.verify_token:
            return Response(status_code=403)
        return PlainTextResponse(query["hub.challenge"])

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        status = self.next_answers.popleft() if self.next_answers else 200
        received = Received(body=body, headers=dict(request.headers), status=status)
        self.posts.append(received)
        if self.hold is not None:
            await asyncio.to_thread(self.hold.wait, LONGEST_HOLD_S)
        if self.on_post is not None and status == 200:
            self.on_post(received)
        return Response(status_code=status)


class HubServer:
    """Serves whatever hub the present test has put in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.hub = RecordingHub(url=url)

    async def shake_hands(self, request: Request) -> Response:
        return await self.hub.shake_hands(request)

    async def receive(self, request: Request) -> Response:
        return await self.hub.receive(request)


@contextmanager
def running_hub() -> Iterator[HubServer]:
    listener = bound_socket(0)
    receiver = HubServer(url_of(listener))
    path = "/webhooks/{rest:path}"
    application = Starlette(
        routes=[
            Route(path, receiver.shake_hands, methods=["GET"]),
            Route(path, receiver.receive, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            lifespan="off",
            ws="none",
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
