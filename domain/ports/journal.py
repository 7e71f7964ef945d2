"""The journal, as the domain knows it: streams of events, read and added to, never changed."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.identity import TenantId


class AppendOutcome(StrEnum):
    """What became of one append. It is all or nothing: an append is never stored in part."""

    STORED = "stored"
    """The events are durable. Also the answer when the very same events (by event id) are already
    stored: a repetition after a lost connection."""
    DUPLICATE = "duplicate"
    """The fact is known already: all its streams and versions exist. Only answered where the append
    allows it."""
    CONFLICT = "conflict"
    """A stream is not at the version that the caller saw. Load it again and decide again."""
    REPEATED = "repeated"
    """A command with this idempotency key and this body was carried out before; see
    `AppendResult.receipt`."""
    RECEIPT_CONFLICT = "receipt_conflict"
    """A command with this idempotency key and another body was carried out before."""


class CommandReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The proof that a command was carried out, kept with its events under the idempotency key.

    `body_digest` identifies the command's body, `result` is what the caller was told.
    """

    key: str
    body_digest: str
    result: bytes


class AppendResult(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of an append.

    `records` are the events as stored, with position, tenant_seq and recorded_at, when the outcome
    is STORED; empty otherwise. `receipt` is the receipt known from before when the outcome is
    REPEATED.
    """

    outcome: AppendOutcome
    records: tuple[EventRecord, ...] = ()
    receipt: CommandReceipt | None = None


class AppendRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one firm that are stored together or not at all.

    A stream is continued without a gap: its first event here follows the last one stored. With
    `duplicate_is_success` events that open their streams (version 1, an id that follows from the
    fact) and are all known are a DUPLICATE instead of a CONFLICT.
    """

    records: tuple[EventRecord, ...]
    receipt: CommandReceipt | None = None
    duplicate_is_success: bool = False


class Streams(Protocol):
    """Reads streams, opening content on the way out."""

    def load(
        self, tenant_id: TenantId, stream_id: UUID, *, after_version: int = 0
    ) -> list[EventRecord]:
        """The events of a stream in order, content opened (or `Erased`).

        A stream of another firm looks like an unknown one: empty. Raises StoreUnavailable,
        VaultUnavailable.
        """
        ...


class Journal(Streams, Protocol):
    """Reads and extends streams, sealing content on the way in and opening it on the way out."""

    def reading(self, tenant_id: TenantId) -> AbstractContextManager[Streams]:
        """For many loads of one firm: quicker than one by one. Raises StoreUnavailable."""
        ...

    def append(
        self,
        records: Sequence[EventRecord],
        *,
        receipt: CommandReceipt | None = None,
        duplicate_is_success: bool = False,
    ) -> AppendResult:
        """Store `records` together or not at all; see `AppendRequest`.

        Raises StoreUnavailable (repeating the same records later is safe), VaultUnavailable.
        """
        ...

    def receipt(self, tenant_id: TenantId, key: str) -> CommandReceipt | None:
        """The receipt of the command with this idempotency key, if one was carried out."""
        ...
