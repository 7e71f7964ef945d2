"""The operations that run on one socket: started, sent to the client, ended, each on its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Final

import orjson
from graphql import GraphQLError, OperationType

from api.authentication import Principal
from api.errors import LimitExceeded
from api.graphql.context import RequestContextFactory
from api.graphql.errors import formatted
from api.graphql.operation import (
    OperationCache,
    OperationRefused,
    OperationRequest,
    PreparedOperation,
    run_operation,
)
from api.graphql.subscription import Subscription
from api.graphql.websocket_messages import complete_message, error_message, next_message
from domain.errors import HubError
from infrastructure.telemetry.metrics import SUBSCRIPTIONS
from infrastructure.telemetry.tracing import span

SEND_BLOCKED_S_MAX: Final = 10.0
"""A client that takes nothing for so long is cut off; it resumes by cursor."""

_log = logging.getLogger(__name__)


class TooManySubscriptions(LimitExceeded):
    """The socket has as many operations running as it may have."""

    code = "TOO_MANY_SUBSCRIPTIONS"
    hint = "End an operation before you start another one."


class SocketOperations:
    """Runs operations of one principal and sends what they give.

    `send_text` sends one message and waits as long as the client does not take it. `fail` is called
    when the whole socket has to end.
    """

    def __init__(
        self,
        cache: OperationCache,
        contexts: RequestContextFactory,
        principal: Principal,
        send_text: Callable[[str], Awaitable[None]],
        fail: Callable[[Exception], None],
        *,
        operations_max: int,
        timeout_s: float,
    ) -> None:
        self._cache = cache
        self._contexts = contexts
        self._principal = principal
        self._send_text = send_text
        self._fail = fail
        self._operations_max = operations_max
        self._timeout_s = timeout_s
        self._running: dict[str, asyncio.Task[None]] = {}
        self._sending_since: dict[str, float] = {}

    def is_running(self, operation_id: str) -> bool:
        """Whether an operation with this id runs."""
        return operation_id in self._running

    def is_blocked(self, seconds_max: float) -> bool:
        """Whether the client has not taken a message for longer than `seconds_max`."""
        oldest = min(self._sending_since.values(), default=None)
        return oldest is not None and monotonic() - oldest > seconds_max

    async def start(self, operation_id: str, request: OperationRequest) -> None:
        """Start an operation; whatever is wrong with it ends it alone, not the socket."""
        if len(self._running) >= self._operations_max:
            refusal = TooManySubscriptions(
                f"At most {self._operations_max} operations may run on one socket."
            )
            error = GraphQLError(refusal.message, original_error=refusal)
            await self._send_text(error_message(operation_id, [formatted(error)]))
            return
        task = asyncio.create_task(self._run(operation_id, request))
        self._running[operation_id] = task

    def stop(self, operation_id: str) -> None:
        """End an operation at the client's wish."""
        task = self._running.pop(operation_id, None)
        if task is not None:
            task.cancel()

    async def stop_all(self) -> None:
        """End all operations and wait until they have let go of everything."""
        tasks = list(self._running.values())
        self._running.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, operation_id: str, request: OperationRequest) -> None:
        try:
            final = await self._outcome(operation_id, request)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the socket's owner decides what it means
            self._running.pop(operation_id, None)
            self._fail(error)
            return
        if self._running.pop(operation_id, None) is not None:
            await self._send(operation_id, final)

    async def _outcome(self, operation_id: str, request: OperationRequest) -> str:
        try:
            prepared = self._cache.prepare(request)
            if prepared.kind is OperationType.SUBSCRIPTION:
                await self._stream(operation_id, prepared, request)
            else:
                await self._answer(operation_id, prepared, request)
        except HubError as refusal:
            error = GraphQLError(refusal.message, original_error=refusal)
            return error_message(operation_id, [formatted(error)])
        except OperationRefused as refused:
            return error_message(operation_id, [formatted(error) for error in refused.errors])
        return complete_message(operation_id)

    async def _answer(
        self, operation_id: str, prepared: PreparedOperation, request: OperationRequest
    ) -> None:
        context = self._contexts.context(self._principal)
        prepared.cost(request.variables)
        with span("graphql"):
            answer = await run_operation(
                self._cache, prepared, request, context, timeout_s=self._timeout_s
            )
        await self._send(operation_id, next_message(operation_id, _json(answer.body)))

    async def _stream(
        self, operation_id: str, prepared: PreparedOperation, request: OperationRequest
    ) -> None:
        context = self._contexts.context(self._principal)
        subscription = Subscription(self._cache, prepared, request, context, self._principal.scopes)
        items: Any = await subscription.source()
        with SUBSCRIPTIONS.track_inprogress():
            try:
                async for item in items:
                    text = await subscription.text(item)
                    await self._send(operation_id, next_message(operation_id, text))
            finally:
                await items.aclose()

    async def _send(self, operation_id: str, text: str) -> None:
        self._sending_since[operation_id] = monotonic()
        try:
            await self._send_text(text)
        finally:
            del self._sending_since[operation_id]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
