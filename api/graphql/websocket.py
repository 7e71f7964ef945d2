"""GraphQL over WebSockets, protocol graphql-transport-ws.

The access token comes in the payload of connection_init, never in the address. A socket is closed
when its token expires (4401), and within a minute when the token is revoked (4403); the client
comes back with a fresh token and resumes by cursor.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from starlette.types import Receive, Scope, Send

from api.authentication import Authenticator, Principal, token_of_authorization
from api.errors import TokenExpired, TokenMissing, Unauthenticated
from api.graphql.context import RequestContextFactory
from api.graphql.operation import OperationCache
from api.graphql.socket_operations import SEND_BLOCKED_S_MAX, SocketOperations
from api.graphql.websocket_messages import (
    ACK,
    PONG,
    SUBPROTOCOL,
    ClientMessage,
    Complete,
    ConnectionInit,
    InvalidMessage,
    Ping,
    Subscribe,
    parsed,
)
from api.live.feeds import ClientTooSlow
from api.request_body import header
from domain.errors import HubError
from domain.ports.clock import Clock
from infrastructure.telemetry.logs import current_tenant

SOCKETS_PER_MEMBER_MAX: Final = 10
SOCKETS_PER_TENANT_MAX: Final = 200
CHECK_INTERVAL_S: Final = 5.0
REAUTHENTICATION_S: Final = 30.0
"""How often the token of an open socket is looked up again; a revocation ends it within this."""

BAD_MESSAGE: Final = 4400
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403
BAD_SUBPROTOCOL: Final = 4406
INIT_TIMEOUT: Final = 4408
DUPLICATE_ID: Final = 4409
TOO_MANY: Final = 4429
INTERNAL: Final = 4500
TRY_AGAIN: Final = 1013

_log = logging.getLogger(__name__)


class SocketSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one socket. Times in seconds."""

    init_timeout_s: float = 10.0
    operations_max: int = 20
    operation_timeout_s: float = 15.0
    check_interval_s: float = CHECK_INTERVAL_S
    reauthentication_s: float = REAUTHENTICATION_S
    send_blocked_s_max: float = SEND_BLOCKED_S_MAX


class WebSocketEndpoint:
    """The ASGI endpoint of `/graphql` for WebSockets."""

    def __init__(
        self,
        cache: OperationCache,
        authenticator: Authenticator,
        contexts: RequestContextFactory,
        clock: Clock,
        settings: SocketSettings,
    ) -> None:
        self.cache = cache
        self.authenticator = authenticator
        self.contexts = contexts
        self.clock = clock
        self.settings = settings
        self._of_member: Counter[Any] = Counter()
        self._of_tenant: Counter[Any] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it is closed."""
        if (await receive())["type"] != "websocket.connect":
            return
        if not _is_same_origin(scope):
            await send({"type": "websocket.close", "code": 1008})
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send(
                {
                    "type": "websocket.close",
                    "code": BAD_SUBPROTOCOL,
                    "reason": "Subprotocol not acceptable",
                }
            )
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        with contextlib.suppress(OSError):  # the client went away while something was sent
            await _Socket(self, receive, send).serve()

    def admit(self, principal: Principal) -> bool:
        """Count a socket in; False if the member or the firm has too many."""
        if (
            self._of_member[principal.member_id] >= SOCKETS_PER_MEMBER_MAX
            or self._of_tenant[principal.tenant_id] >= SOCKETS_PER_TENANT_MAX
        ):
            return False
        self._of_member[principal.member_id] += 1
        self._of_tenant[principal.tenant_id] += 1
        return True

    def dismiss(self, principal: Principal) -> None:
        """Count a socket out."""
        for counter, key in (
            (self._of_member, principal.member_id),
            (self._of_tenant, principal.tenant_id),
        ):
            counter[key] -= 1
            if counter[key] <= 0:
                del counter[key]


class _Socket:
    """The state of one socket: waiting for init, then acknowledged, then closed."""

    def __init__(self, endpoint: WebSocketEndpoint, receive: Receive, send: Send) -> None:
        self._endpoint = endpoint
        self._settings = endpoint.settings
        self._receive = receive
        self._send = send
        self._has_init = False
        self._is_closed = False
        self._principal: Principal | None = None
        self._operations: SocketOperations | None = None
        self._background: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        self._spawn(self._close_without_init())
        try:
            while not self._is_closed:
                message = await self._receive()
                if message["type"] == "websocket.disconnect":
                    return
                await self._take(message.get("text"))
        finally:
            await self._let_go()

    async def _take(self, text: str | None) -> None:
        if text is None:
            await self._close(BAD_MESSAGE, "The message is not a text")
            return
        try:
            message = parsed(text)
        except InvalidMessage as invalid:
            await self._close(BAD_MESSAGE, str(invalid))
            return
        if isinstance(message, Ping):
            await self._send_text(PONG)
        elif isinstance(message, ConnectionInit):
            await self._take_init(message)
        else:
            await self._take_operation(message)

    async def _take_init(self, message: ConnectionInit) -> None:
        if self._has_init:
            await self._close(TOO_MANY, "Too many initialisation requests")
            return
        self._has_init = True
        try:
            token = _token_of(message.payload)
            principal = await self._endpoint.authenticator.authenticate(token)
        except TokenMissing:
            await self._close(UNAUTHORIZED, "Unauthorized: no access token in connection_init")
            return
        except Unauthenticated as refusal:
            code = UNAUTHORIZED if isinstance(refusal, TokenExpired) else FORBIDDEN
            await self._close(code, refusal.message)
            return
        except HubError:
            await self._close(TRY_AGAIN, "The token cannot be checked now, try again later")
            return
        if not self._endpoint.admit(principal):
            await self._close(TOO_MANY, "Too many open sockets")
            return
        self._principal = principal
        current_tenant.set(str(principal.tenant_id))
        self._operations = SocketOperations(
            self._endpoint.cache,
            self._endpoint.contexts,
            principal,
            self._send_text,
            self._fail,
            operations_max=self._settings.operations_max,
            timeout_s=self._settings.operation_timeout_s,
        )
        self._spawn(self._close_at_expiry(principal))
        self._spawn(self._watch(token))
        await self._send_text(ACK)

    async def _take_operation(self, message: ClientMessage) -> None:
        operations = self._operations
        if isinstance(message, Subscribe):
            if operations is None:
                await self._close(UNAUTHORIZED, "Unauthorized")
            elif operations.is_running(message.id):
                await self._close(DUPLICATE_ID, "Subscriber for this id already exists")
            else:
                await operations.start(message.id, message.request)
        elif isinstance(message, Complete) and operations is not None:
            operations.stop(message.id)

    async def _close_without_init(self) -> None:
        await asyncio.sleep(self._settings.init_timeout_s)
        if not self._has_init:
            await self._close(INIT_TIMEOUT, "Connection initialisation timeout")

    async def _close_at_expiry(self, principal: Principal) -> None:
        remaining = principal.expires_at - self._endpoint.clock.now()
        await asyncio.sleep(max(0.0, remaining.total_seconds()))
        await self._close(UNAUTHORIZED, "The access token has expired")

    async def _watch(self, token: str) -> None:
        """Look at the token again from time to time, and at whether the client keeps up."""
        elapsed = 0.0
        while True:
            await asyncio.sleep(self._settings.check_interval_s)
            elapsed += self._settings.check_interval_s
            if self._operations is not None and self._operations.is_blocked(
                self._settings.send_blocked_s_max
            ):
                await self._close(TRY_AGAIN, "The client does not keep up")
                return
            if elapsed >= self._settings.reauthentication_s:
                elapsed = 0.0
                if not await self._is_still_valid(token):
                    await self._close(FORBIDDEN, "The access token is no longer valid")
                    return

    async def _is_still_valid(self, token: str) -> bool:
        try:
            principal = await self._endpoint.authenticator.authenticate(token)
        except Unauthenticated:
            return False
        except HubError:
            return True  # the store cannot be asked now; asked again at the next look
        return self._principal is not None and principal.scopes == self._principal.scopes

    def _fail(self, error: Exception) -> None:
        if isinstance(error, ClientTooSlow):
            self._spawn(self._close(TRY_AGAIN, "The client does not keep up"))
        elif not isinstance(error, OSError):
            _log.error("An operation of a socket failed unexpectedly.", exc_info=error)
            self._spawn(self._close(INTERNAL, "An internal error occurred"))

    async def _send_text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def _close(self, code: int, reason: str) -> None:
        if not self._is_closed:
            self._is_closed = True
            await self._send({"type": "websocket.close", "code": code, "reason": reason[:120]})

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: "asyncio.Task[None]") -> None:
        self._background.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.debug("A socket went away.", exc_info=task.exception())

    async def _let_go(self) -> None:
        self._is_closed = True
        if self._principal is not None:
            self._endpoint.dismiss(self._principal)
        tasks = list(self._background)
        for task in tasks:
            task.cancel()
        if self._operations is not None:
            await self._operations.stop_all()
        await asyncio.gather(*tasks, return_exceptions=True)


def _token_of(payload: dict[str, Any]) -> str:
    """The token of connection_init: `Authorization: "Bearer …"` in any case, or `token: "…"`."""
    for key, value in payload.items():
        if isinstance(value, str) and key.lower() == "authorization":
            return token_of_authorization(value)
        if isinstance(value, str) and key == "token":
            return value
    raise TokenMissing("connection_init holds no access token.")


def _is_same_origin(scope: Scope) -> bool:
    """Browsers name the page's origin; a page of another origin is refused."""
    origin = header(scope["headers"], b"origin")
    host = header(scope["headers"], b"host")
    return origin is None or (host is not None and urlsplit(origin).netloc == host)
