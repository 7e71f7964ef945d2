"""Group commit: one thread per process gathers what many callers want stored into one commit.

There is no artificial delay: a group forms while the last commit runs, so a lone caller waits for
nobody and many callers share the cost of making their data durable.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Collection, Hashable, Sequence
from typing import Generic, Protocol, TypeVar

import psycopg
from psycopg import Connection

from domain.errors import StoreUnavailable
from infrastructure.postgres.connections import HubConnection, connection_options
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

Request = TypeVar("Request")
Result = TypeVar("Result")
Request_contra = TypeVar("Request_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)


class GroupStore(Protocol[Request_contra, Result_co]):
    """How a group is stored; called by the writer's thread alone."""

    def store(
        self, connection: HubConnection, group: Sequence[Request_contra]
    ) -> Sequence[Result_co]:
        """Store a group in one commit; one result for each request. Autocommit connection."""
        ...

    def size(self, request: Request_contra) -> int:
        """About how many bytes the request takes."""
        ...

    def claims(self, request: Request_contra) -> Collection[Hashable]:
        """What no two requests of one group may share."""
        ...


class _Waiting(Generic[Request, Result]):
    """A request and whom its result goes to."""

    __slots__ = ("error", "loop_future", "pending", "request", "result")

    def __init__(
        self, request: Request, loop_future: "asyncio.Future[Result] | None" = None
    ) -> None:
        self.request = request
        self.loop_future = loop_future
        self.result: Result | None = None
        self.error: BaseException | None = None
        self.pending: threading.Lock | None = None
        if loop_future is None:
            # A bare lock, taken until the result is there, wakes a thread faster than an Event.
            self.pending = threading.Lock()
            self.pending.acquire()


class GroupCommit(Generic[Request, Result]):
    """The writer thread, its queue and its connection."""

    def __init__(
        self,
        url: str,
        store: GroupStore[Request, Result],
        *,
        name: str,
        queue_max: int,
        requests_max: int,
        bytes_max: int,
        retry_s: float = RETRY_S,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._url = url
        self._store = store
        self._name = name
        self._queue_max = queue_max
        self._requests_max = requests_max
        self._bytes_max = bytes_max
        self._retry_s = retry_s
        self._answer_timeout_s = answer_timeout_s
        self._queue: queue.SimpleQueue[_Waiting[Request, Result] | None] = queue.SimpleQueue()
        self._deferred: deque[_Waiting[Request, Result]] = deque()
        self._connection: HubConnection | None = None
        self._warnings = WarningWatch()
        self._asked_at: float | None = None
        self._is_closed = False
        self._entrance = threading.Lock()
        self._has_ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        self._watch = threading.Thread(
            target=self._watch_answers, name=f"{name}-watch", daemon=True
        )
        self._watch.start()

    @property
    def queue_length(self) -> int:
        """How many requests wait for a commit."""
        return self._queue.qsize() + len(self._deferred)

    def submit(self, request: Request) -> Result:
        """Store `request` and wait until it is durable.

        Raises StoreUnavailable when the queue is full, the database does not answer in time or the
        writer is closed. After a lost connection the request may have been stored all the same.
        """
        waiting: _Waiting[Request, Result] = _Waiting(request)
        self._enqueue(waiting)
        if waiting.pending is not None:
            waiting.pending.acquire()
        if waiting.error is not None:
            raise waiting.error
        return waiting.result  # type: ignore[return-value]

    async def submit_async(self, request: Request) -> Result:
        """The same for asyncio; one wake-up of the loop per group, not per request."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._enqueue(_Waiting(request, future))
        return await future

    def close(self) -> None:
        """Store what waits, then stop. Later requests are refused."""
        with self._entrance:
            if not self._is_closed:
                self._is_closed = True
                self._queue.put(None)
        self._thread.join()
        self._watch.join()

    def _enqueue(self, waiting: "_Waiting[Request, Result]") -> None:
        with self._entrance:
            # The thread is also missing in a process that was forked after the writer was opened.
            if self._is_closed or not self._thread.is_alive():
                raise StoreUnavailable("The writer of the store is closed.")
            if self._queue.qsize() >= self._queue_max:
                raise StoreUnavailable(
                    f"{self._queue_max} writes are waiting for PostgreSQL already."
                )
            self._queue.put(waiting)

    def _watch_answers(self) -> None:
        """End a wait for an answer that takes too long to be one; a thread of its own."""
        while not self._has_ended.wait(self._answer_timeout_s / 4):
            asked_at, connection = self._asked_at, self._connection
            if asked_at is None or connection is None:
                continue
            if time.monotonic() - asked_at > self._answer_timeout_s:
                cut(connection)

    # --- the writer's thread --------------------------------------------------------------------

    def _run(self) -> None:
        is_open = True
        try:
            while is_open or self._deferred:
                group, is_open = self._gather(is_open=is_open)
                if group:
                    self._commit(group)
        finally:
            self._refuse_rest()
            self._disconnect()
            self._has_ended.set()

    def _refuse_rest(self) -> None:
        """Nobody is left waiting, however the thread came to its end."""
        with self._entrance:
            self._is_closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                if (late := self._queue.get_nowait()) is not None:
                    self._deferred.append(late)
        for waiting in self._deferred:
            waiting.error = StoreUnavailable("The writer of the store is closed.")
        _deliver(list(self._deferred))

    def _gather(self, *, is_open: bool) -> tuple[list[_Waiting[Request, Result]], bool]:
        """The next group: waits for a first request, then takes what is there."""
        group: list[_Waiting[Request, Result]] = []
        claimed: set[Hashable] = set()
        size = 0
        earlier, self._deferred = self._deferred, deque()
        while len(group) < self._requests_max and size < self._bytes_max:
            if earlier:
                waiting = earlier.popleft()
            elif not is_open:
                break
            else:
                try:
                    taken = self._queue.get(block=not group)
                except queue.Empty:
                    break
                if taken is None:
                    is_open = False
                    break
                waiting = taken
            claims = self._store.claims(waiting.request)
            request_size = self._store.size(waiting.request)
            fits = not group or size + request_size <= self._bytes_max
            if fits and claimed.isdisjoint(claims):
                group.append(waiting)
                size += request_size
            else:
                self._deferred.append(waiting)
                if not fits:
                    break
            # Also of a deferred one: what shares a stream with it must not overtake it.
            claimed.update(claims)
        self._deferred.extend(earlier)
        return group, is_open

    def _commit(self, group: list[_Waiting[Request, Result]]) -> None:
        try:
            results = self._store_surely([waiting.request for waiting in group])
        except StoreUnavailable as error:
            for waiting in group:
                waiting.error = error
        except Exception as error:  # noqa: BLE001 - goes to the caller whose request it is
            if len(group) > 1:
                # One request that cannot be stored must not take the others with it.
                for waiting in group:
                    self._commit([waiting])
                return
            group[0].error = error
        else:
            for waiting, result in zip(group, results, strict=True):
                waiting.result = result
        _deliver(group)

    def _store_surely(self, requests: list[Request]) -> Sequence[Result]:
        """Store a group, connecting again when the connection is lost."""
        give_up_at = time.monotonic() + self._retry_s
        pause = PAUSE_FIRST_S
        while True:
            try:
                connection = self._connected()
                self._asked_at = time.monotonic()
                results = self._store.store(connection, requests)
                self._warnings.check()
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if not is_connection_lost(error):
                    raise unavailable(f"PostgreSQL refused the write: {error}") from error
                self._disconnect()
                if time.monotonic() + pause > give_up_at:
                    raise unavailable(f"PostgreSQL cannot be reached: {error}") from error
                time.sleep(pause)
                pause = min(2 * pause, PAUSE_MAX_S)
            else:
                return results
            finally:
                self._asked_at = None

    def _connected(self) -> HubConnection:
        if self._connection is None or self._connection.closed:
            connection = Connection.connect(
                self._url,
                autocommit=True,
                application_name=self._name,
                options=connection_options(
                    statement_timeout_ms=STATEMENT_TIMEOUT_MS, lock_timeout_ms=LOCK_TIMEOUT_MS
                ),
                connect_timeout=5,
            )
            self._warnings = WarningWatch()
            connection.add_notice_handler(self._warnings.hear)
            self._connection = connection
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _deliver(group: list["_Waiting[Request, Result]"]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting[Request, Result]]] = {}
    for waiting in group:
        if waiting.loop_future is not None:
            by_loop.setdefault(waiting.loop_future.get_loop(), []).append(waiting)
        elif waiting.pending is not None:
            waiting.pending.release()
    for loop, members in by_loop.items():
        # The loop of a caller that has ended is closed; nobody waits there any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, members)


def _resolve(members: list["_Waiting[Request, Result]"]) -> None:
    for waiting in members:
        future = waiting.loop_future
        if future is None or future.done():
            continue
        if waiting.error is not None:
            future.set_exception(waiting.error)
        else:
            future.set_result(waiting.result)  # type: ignore[arg-type]
