"""The vault, as the domain knows it: personal content opens as long as its key exists."""

from collections.abc import Sequence
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec

from domain.errors import HubError
from domain.event import Erased, Sealed
from domain.identity import TenantId


class VaultUnavailable(HubError):
    """The keys cannot be reached now, so nothing can be sealed or opened."""

    code: ClassVar[str] = "VAULT_UNAVAILABLE"
    hint: ClassVar[str] = "Nothing was changed. Try again in a few seconds."


class ContentTampered(HubError):
    """A ciphertext does not open where it stands: it, its place or its key was changed."""

    code: ClassVar[str] = "CONTENT_TAMPERED"
    hint: ClassVar[str] = "Tell your administrator: the stored data was changed from outside."


class SealContext(msgspec.Struct, frozen=True, kw_only=True):
    """The place that a ciphertext is bound to: moved anywhere else it does not open."""

    stream_id: UUID
    stream_version: int
    topic: str
    event_id: UUID


class SealRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One content to seal, for `Vault.seal_many`."""

    subject_id: UUID
    context: SealContext
    plaintext: bytes


class Vault(Protocol):
    """Seals personal content under a key of the person it is about, the data subject.

    All methods raise VaultUnavailable when the keys cannot be reached.
    """

    def seal(
        self, tenant_id: TenantId, subject_id: UUID, context: SealContext, plaintext: bytes
    ) -> Sealed:
        """Encrypt `plaintext`; the first seal for a subject makes its key."""
        ...

    def seal_many(self, tenant_id: TenantId, requests: Sequence[SealRequest]) -> list[Sealed]:
        """The same for many contents, asking for missing keys once."""
        ...

    def open(self, tenant_id: TenantId, sealed: Sealed) -> bytes | Erased:
        """Decrypt; a destroyed key reads as `Erased`. Raises ContentTampered."""
        ...

    def open_many(self, tenant_id: TenantId, sealed: Sequence[Sealed]) -> list[bytes | Erased]:
        """Decrypt many, in order, asking for missing keys once. Raises ContentTampered."""
        ...

    def digest(self, tenant_id: TenantId, purpose: str, data: bytes) -> str:
        """A keyed digest (64 hex digits), the same for ever for the same firm, purpose and data."""
        ...

    def digest_id(self, tenant_id: TenantId, purpose: str, data: bytes) -> UUID:
        """An identifier that follows from the fact alone: for streams that may exist once."""
        ...

    def erase_subject(self, tenant_id: TenantId, subject_id: UUID) -> tuple[UUID, ...]:
        """Destroy all keys of a subject for ever; returns the ids of the destroyed keys."""
        ...

    def forget(self, tenant_id: TenantId, subject_id: UUID) -> None:
        """Drop the keys of a subject from memory: its erasure became known."""
        ...
