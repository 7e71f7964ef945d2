"""The writer of webhook bodies: encrypted, in group commits, durable before the answer.

It works on the event loop of the gateway itself. Handing bodies to a thread was measured to be a
tenth slower, because the loop and the thread wait for each other's turn.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Final

import psycopg
from psycopg import AsyncConnection

from domain.errors import StoreUnavailable
from infrastructure.postgres.arrays import ByteaArray, TextArray, register_arrays
from infrastructure.postgres.connections import HubAsyncConnection, connection_options
from infrastructure.postgres.durability import (
    ANSWER_TIMEOUT_S,
    LOCK_TIMEOUT_MS,
    PAUSE_FIRST_S,
    PAUSE_MAX_S,
    RETRY_S,
    STATEMENT_TIMEOUT_MS,
    WarningWatch,
    cut,
    is_connection_lost,
    unavailable,
)
from infrastructure.vault.inbox_cipher import InboxCipher

WRITER_NAME: Final = "hub-inbox-writer"
GROUP_ENTRIES_MAX: Final = 256
GROUP_BYTES_MAX: Final = 256_000

_STORE: Final = "SELECT hub.store_webhooks(%b, %b, %b, %b)"

_Entry = tuple[str, str, bytes, str | None, asyncio.Future[int]]
"""App, fingerprint of its secret, sealed body, traceparent, and who waits for the id."""


class InboxWriter:
    """Stores webhook bodies, many of them in one commit; belongs to one event loop.

    There is no artificial delay: a group forms while the last commit runs. After a lost connection
    a group is stored again, so a body may stand in the inbox twice; the events made of it have
    natural keys and stay single.
    """

    def __init__(
        self,
        url: str,
        cipher: InboxCipher,
        *,
        queue_max: int = 1024,
        retry_s: float = RETRY_S,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._url = url
        self._cipher = cipher
        self._queue_max = queue_max
        self._retry_s = retry_s
        self._answer_timeout_s = answer_timeout_s
        self._waiting: deque[_Entry] = deque()
        self._storing: asyncio.Task[None] | None = None
        self._connection: HubAsyncConnection | None = None
        self._warnings = WarningWatch()
        self._is_closed = False

    async def store(
        self, *, app: str, app_fingerprint: str, body: bytes, traceparent: str | None = None
    ) -> int:
        """Make a body durable and return its id.

        `app` names the Meta app whose signature, made with the secret `app_fingerprint`, was found
        to be right. Raises StoreUnavailable when the queue is full, PostgreSQL does not answer in
        time, or the writer is closed.
        """
        if self._is_closed:
            raise StoreUnavailable("The writer of the webhook inbox is closed.")
        if len(self._waiting) >= self._queue_max:
            raise StoreUnavailable(f"{self._queue_max} webhooks wait for PostgreSQL already.")
        stored: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        sealed = self._cipher.seal(body, app)
        self._waiting.append((app, app_fingerprint, sealed, traceparent or None, stored))
        if self._storing is None:
            self._storing = asyncio.create_task(self._store_waiting(), name=WRITER_NAME)
        return await stored

    async def close(self) -> None:
        """Store what waits, then stop. Later bodies are refused."""
        self._is_closed = True
        if self._storing is not None:
            await self._storing
        await self._disconnect()

    async def _store_waiting(self) -> None:
        while self._waiting:
            group = self._next_group()
            try:
                ids = await self._store_surely(group)
            except Exception as error:  # noqa: BLE001 - goes to those who wait
                for entry in group:
                    if not entry[4].done():
                        entry[4].set_exception(error)
            else:
                for entry, inbox_id in zip(group, ids, strict=True):
                    if not entry[4].done():
                        entry[4].set_result(inbox_id)
        self._storing = None

    def _next_group(self) -> list[_Entry]:
        waiting = self._waiting
        group = [waiting.popleft()]
        size = len(group[0][2])
        while waiting and len(group) < GROUP_ENTRIES_MAX:
            size += len(waiting[0][2])
            if size > GROUP_BYTES_MAX:
                break
            group.append(waiting.popleft())
        return group

    async def _store_surely(self, group: Sequence[_Entry]) -> list[int]:
        """Store a group, connecting again when the connection is lost."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._retry_s
        pause = PAUSE_FIRST_S
        while True:
            try:
                connection = await self._connected()
                watchdog = loop.call_later(self._answer_timeout_s, cut, connection)
                try:
                    return await self._store(connection, group)
                finally:
                    watchdog.cancel()
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if not is_connection_lost(error):
                    raise unavailable(f"PostgreSQL refused the webhook: {error}") from error
                await self._disconnect()
                if loop.time() + pause > give_up_at:
                    raise unavailable(f"PostgreSQL cannot be reached: {error}") from error
                await asyncio.sleep(pause)
                pause = min(2 * pause, PAUSE_MAX_S)

    async def _store(self, connection: HubAsyncConnection, group: Sequence[_Entry]) -> list[int]:
        async with connection.cursor(binary=True) as cursor:
            await cursor.execute(
                _STORE,
                (
                    TextArray([entry[0] for entry in group]),
                    TextArray([entry[1] for entry in group]),
                    ByteaArray([entry[2] for entry in group]),
                    TextArray([entry[3] for entry in group]),
                ),
                prepare=True,
            )
            row = await cursor.fetchone()
        self._warnings.check()
        if row is None:
            raise RuntimeError("The function that stores webhooks returned nothing.")
        ids: list[int] = row[0]
        return ids

    async def _connected(self) -> HubAsyncConnection:
        if self._connection is None or self._connection.closed:
            connection = await AsyncConnection.connect(
                self._url,
                autocommit=True,
                application_name=WRITER_NAME,
                options=connection_options(
                    statement_timeout_ms=STATEMENT_TIMEOUT_MS, lock_timeout_ms=LOCK_TIMEOUT_MS
                ),
                connect_timeout=5,
            )
            self._warnings = WarningWatch()
            connection.add_notice_handler(self._warnings.hear)
            register_arrays(connection)
            self._connection = connection
        return self._connection

    async def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                await self._connection.close()
            self._connection = None
