"""The writer of events: appends of one process, gathered into group commits."""

from collections.abc import Collection, Hashable, Sequence
from typing import Final

from infrastructure.failpoints import failpoint
from infrastructure.postgres.append_call import (
    GROUP_BYTES_MAX,
    GROUP_REQUESTS_MAX,
    AppendCall,
    EncodedRequest,
    RequestOutcome,
)
from infrastructure.postgres.connections import HubConnection
from infrastructure.postgres.durability import ANSWER_TIMEOUT_S
from infrastructure.postgres.group_commit import GroupCommit

WRITER_NAME: Final = "hub-event-writer"


class _EventStore:
    def __init__(self, call: AppendCall) -> None:
        self._call = call

    def store(
        self, connection: HubConnection, group: Sequence[EncodedRequest]
    ) -> list[RequestOutcome]:
        failpoint("events.before_commit")
        outcomes = self._call.append(connection, group)
        failpoint("events.after_commit")
        return outcomes

    def size(self, request: EncodedRequest) -> int:
        return request.size

    def claims(self, request: EncodedRequest) -> Collection[Hashable]:
        return request.claims


class EventWriter:
    """Appends requests, each whole or not at all, many of them in one commit.

    A group that is repeated after a lost connection finds its own events by their ids and answers
    STORED, so nothing is stored twice.
    """

    def __init__(
        self,
        url: str,
        *,
        queue_max: int = 1024,
        call: AppendCall | None = None,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._commits: GroupCommit[EncodedRequest, RequestOutcome] = GroupCommit(
            url,
            _EventStore(call or AppendCall()),
            name=WRITER_NAME,
            queue_max=queue_max,
            requests_max=GROUP_REQUESTS_MAX,
            bytes_max=GROUP_BYTES_MAX,
            answer_timeout_s=answer_timeout_s,
        )

    def append(self, request: EncodedRequest) -> RequestOutcome:
        """Append and wait until it is durable. Raises StoreUnavailable; never on an event loop."""
        return self._commits.submit(request)

    async def append_async(self, request: EncodedRequest) -> RequestOutcome:
        """The same for asyncio."""
        return await self._commits.submit_async(request)

    @property
    def queue_length(self) -> int:
        """How many requests wait for a commit."""
        return self._commits.queue_length

    def close(self) -> None:
        """Append what waits, then stop."""
        self._commits.close()
