"""Reading for people: one snapshot of the read models per question, content opened once at its end.

Questions run in threads: the driver waits for PostgreSQL there and ciphertext is opened there, so
that the event loop only moves finished objects.
"""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import Enum
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
import psycopg

from domain.errors import InvalidInput, StoreUnavailable
from domain.event import Erased, Sealed
from domain.identity import TenantId
from domain.ports.vault import Vault
from infrastructure.postgres.connections import (
    HubConnection,
    HubPool,
    firm_transaction,
    open_pool,
    store_errors,
)
from infrastructure.postgres.sealing import open_contents
from projections.query import Query
from projections.sealed_column import sealed_of

THREADS: Final = 8
CONNECTION_WAIT_S: Final = 2.0
"""A person who asks is told of an outage rather than left waiting."""

_SNAPSHOT: Final = "ISOLATION LEVEL REPEATABLE READ READ ONLY"

Row = TypeVar("Row", bound=msgspec.Struct)
Answer = TypeVar("Answer")


class OpenedState(Enum):
    """What became of a sealed content: opened, erased for ever, not there, or not asked for."""

    OPENED = "opened"
    ERASED = "erased"
    ABSENT = "absent"
    CLOSED = "closed"


class Opened:
    """A sealed content of a row; opened when the reading it belongs to is finished."""

    __slots__ = ("state", "value")

    def __init__(self, state: OpenedState = OpenedState.ABSENT, value: Any = None) -> None:
        self.state = state
        self.value = value


class Reading:
    """One question to the read models of a firm, in one snapshot."""

    def __init__(
        self, connection: HubConnection, tenant_id: TenantId, *, opens_content: bool
    ) -> None:
        self.connection = connection
        self.tenant_id = tenant_id
        self._opens_content = opens_content
        self._waiting: list[tuple[Sealed, Opened]] = []

    def rows(self, query: Query[Row]) -> list[Row]:
        """Return all rows that answer a query."""
        return query.fetch(self.connection)

    def first(self, query: Query[Row]) -> Row | None:
        """Return the first row that answers a query, or None."""
        return query.first(self.connection)

    def value(self, statement: str, parameters: tuple[Any, ...] = ()) -> Any:
        """Return the first column of the first row of a statement, or None."""
        row = self.connection.execute(statement.encode(), parameters).fetchone()
        return row[0] if row is not None else None

    def content(self, column: bytes | None) -> Opened:
        """Return what a sealed column will be opened to, if this reader opens content at all."""
        if column is not None and not self._opens_content:
            return Opened(OpenedState.CLOSED)
        return self.details(column)

    def details(self, column: bytes | None) -> Opened:
        """Return what a sealed column will be opened to, whoever reads: for masked display."""
        opened = Opened()
        if column is not None:
            self._waiting.append((sealed_of(column), opened))
        return opened

    def finish(self, vault: Vault) -> None:
        """Open everything that was asked for, with one request for keys."""
        contents = open_contents(vault, self.tenant_id, [sealed for sealed, _ in self._waiting])
        for (_, opened), content in zip(self._waiting, contents, strict=True):
            if isinstance(content, Erased):
                opened.state = OpenedState.ERASED
            else:
                opened.state, opened.value = OpenedState.OPENED, content
        self._waiting.clear()


class ReadModels:
    """The read models as the HTTP server reaches them. Close it."""

    def __init__(self, url: str, vault: Vault, *, connections_max: int = THREADS) -> None:
        self._pool: HubPool = open_pool(
            url, name="hub-serve-read", max_size=connections_max, wait_s=CONNECTION_WAIT_S
        )
        self._vault = vault
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="read")

    async def read(
        self,
        tenant_id: UUID,
        question: Callable[[Reading], Answer],
        *,
        opens_content: bool = False,
    ) -> Answer:
        """Ask a question in a snapshot of one firm and return its answer, content opened.

        Raises StoreUnavailable, VaultUnavailable and what the question raises.
        """
        return await self.run(self._ask, TenantId(tenant_id), question, opens_content)

    async def run(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        """Run something that waits for PostgreSQL in one of the threads."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, context.run, function, *arguments)

    def look_up(self, statement: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Return the rows of a look-up that belongs to no firm yet. Waits; raises StoreUnavailable.

        Only functions that the database guards itself answer without a firm.
        """
        with _read_errors(), store_errors(), self._pool.connection() as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def close(self) -> None:
        """Let the threads end, then close the connections."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._pool.close()

    def ask(self, tenant_id: TenantId, question: Callable[[Reading], Answer]) -> Answer:
        """The same for a caller that is in a thread already; content stays closed."""
        return self._ask(tenant_id, question, False)

    def _ask(
        self, tenant_id: TenantId, question: Callable[[Reading], Answer], opens_content: bool
    ) -> Answer:
        with self._snapshot(tenant_id) as connection:
            reading = Reading(connection, tenant_id, opens_content=opens_content)
            answer = question(reading)
        reading.finish(self._vault)
        return answer

    @contextmanager
    def _snapshot(self, tenant_id: TenantId) -> Iterator[HubConnection]:
        with (
            _read_errors(),
            store_errors(),
            self._pool.connection() as connection,
            firm_transaction(connection, tenant_id, _SNAPSHOT),
        ):
            yield connection


@contextmanager
def _read_errors() -> Iterator[None]:
    """A read model that is not built yet is told as an unavailable store, a value that no row can
    have as invalid.
    """  # noqa: D205
    try:
        yield
    except psycopg.errors.UndefinedTable as error:
        raise StoreUnavailable("The read models are not built yet.") from error
    except (psycopg.DataError, UnicodeEncodeError) as error:
        raise InvalidInput(
            "A value that was asked for holds a character or a number that nothing stored can have."
        ) from error
