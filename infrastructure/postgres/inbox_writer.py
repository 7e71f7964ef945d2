"""The writer of webhook bodies: encrypted, in group commits, durable before the answer."""

from collections.abc import Collection, Hashable, Sequence
from typing import Final

import msgspec

from infrastructure.postgres.arrays import ByteaArray, TextArray, register_arrays
from infrastructure.postgres.connections import HubConnection
from infrastructure.postgres.group_commit import GroupCommit
from infrastructure.vault.inbox_cipher import InboxCipher

WRITER_NAME: Final = "hub-inbox-writer"
GROUP_ENTRIES_MAX: Final = 256
GROUP_BYTES_MAX: Final = 300_000

_STORE: Final = "SELECT hub.store_webhooks(%b, %b, %b, %b)"
_NO_CLAIMS: Final[Collection[Hashable]] = frozenset()


class _SealedEntry(msgspec.Struct, frozen=True, gc=False):
    app: str
    app_fingerprint: str
    sealed_body: bytes
    traceparent: str | None


class _InboxStore:
    def prepare(self, connection: HubConnection) -> None:
        register_arrays(connection)

    def store(self, connection: HubConnection, group: Sequence[_SealedEntry]) -> list[int]:
        with connection.cursor(binary=True) as cursor:
            cursor.execute(
                _STORE,
                (
                    TextArray([entry.app for entry in group]),
                    TextArray([entry.app_fingerprint for entry in group]),
                    ByteaArray([entry.sealed_body for entry in group]),
                    TextArray([entry.traceparent for entry in group]),
                ),
                prepare=True,
            )
            row = cursor.fetchone()
        if row is None:
            raise RuntimeError("The function that stores webhooks returned nothing.")
        ids: list[int] = row[0]
        return ids

    def size(self, request: _SealedEntry) -> int:
        return len(request.sealed_body)

    def claims(self, request: _SealedEntry) -> Collection[Hashable]:  # noqa: ARG002 - none clash
        return _NO_CLAIMS


class InboxWriter:
    """Stores webhook bodies, many of them in one commit.

    After a lost connection a group is stored again, so a body may stand in the inbox twice; the
    events made of it have natural keys and stay single.
    """

    def __init__(self, url: str, cipher: InboxCipher, *, queue_max: int = 1024) -> None:
        self._cipher = cipher
        self._commits: GroupCommit[_SealedEntry, int] = GroupCommit(
            url,
            _InboxStore(),
            name=WRITER_NAME,
            queue_max=queue_max,
            requests_max=GROUP_ENTRIES_MAX,
            bytes_max=GROUP_BYTES_MAX,
        )

    async def store(
        self, *, app: str, app_fingerprint: str, body: bytes, traceparent: str | None = None
    ) -> int:
        """Make a body durable and return its id. Raises StoreUnavailable.

        `app` names the Meta app whose signature, made with the secret `app_fingerprint`, was found
        to be right.
        """
        sealed = self._cipher.seal(body, app)
        return await self._commits.submit_async(
            _SealedEntry(app, app_fingerprint, sealed, traceparent or None)
        )

    @property
    def queue_length(self) -> int:
        """How many bodies wait for a commit."""
        return self._commits.queue_length

    def close(self) -> None:
        """Store what waits, then stop."""
        self._commits.close()
