"""The vault: seals under a key per event that follows from the key of the person."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.event import Erased, Sealed
from domain.identity import TenantId
from domain.ports.vault import ContentTampered, SealContext, SealRequest
from infrastructure.random_bytes import random_bytes
from infrastructure.vault.key_wrapping import NONCE_BYTES, bind
from infrastructure.vault.keyring import DataKey, Keyring

FORMAT: Final = b"\x01"
"""First byte of a ciphertext: AES-256-GCM, nonce of 12 bytes, tag at the end."""

_UUID_VERSION_8: Final = 0x8 << 76
_UUID_VARIANT: Final = 0b10 << 62
_UUID_CLEARED: Final = ~(0xF << 76 | 0b11 << 62)


class PostgresVault:
    """Implements `domain.ports.vault.Vault` with the keys of a `Keyring`.

    The key of an event is HMAC-SHA256(data key, "event-key" and event id); it encrypts one content.
    AES-GCM does not commit to its key, so HMAC-SHA256(data key, "commit" and event id) stands
    beside the ciphertext and in its associated data: a disclosed key provably is the key.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(
        self, tenant_id: TenantId, subject_id: UUID, context: SealContext, plaintext: bytes
    ) -> Sealed:
        """See `Vault.seal`."""
        key = self._keyring.of_subjects(tenant_id, (subject_id,))[subject_id]
        return _seal(tenant_id, key, context, plaintext)

    def seal_many(self, tenant_id: TenantId, requests: Sequence[SealRequest]) -> list[Sealed]:
        """See `Vault.seal_many`."""
        keys = self._keyring.of_subjects(tenant_id, (request.subject_id for request in requests))
        return [
            _seal(tenant_id, keys[request.subject_id], request.context, request.plaintext)
            for request in requests
        ]

    def open(self, tenant_id: TenantId, sealed: Sealed) -> bytes | Erased:
        """See `Vault.open`."""
        return self.open_many(tenant_id, (sealed,))[0]

    def open_many(self, tenant_id: TenantId, sealed: Sequence[Sealed]) -> list[bytes | Erased]:
        """See `Vault.open_many`."""
        keys = self._keyring.by_ids(tenant_id, (one.key_id for one in sealed))
        return [
            Erased() if (key := keys[one.key_id]) is None else _open(tenant_id, key, one)
            for one in sealed
        ]

    def digest(self, tenant_id: TenantId, purpose: str, data: bytes) -> str:
        """See `Vault.digest`."""
        return self._digest(tenant_id, f"digest:{purpose}", data).hex()

    def digest_id(self, tenant_id: TenantId, purpose: str, data: bytes) -> UUID:
        """See `Vault.digest_id`; a UUID of version 8 (RFC 9562)."""
        number = int.from_bytes(self._digest(tenant_id, f"id:{purpose}", data)[:16], "big")
        return UUID(int=number & _UUID_CLEARED | _UUID_VERSION_8 | _UUID_VARIANT)

    def erase_subject(self, tenant_id: TenantId, subject_id: UUID) -> tuple[UUID, ...]:
        """See `Vault.erase_subject`."""
        return self._keyring.destroy(tenant_id, subject_id)

    def forget(self, tenant_id: TenantId, subject_id: UUID) -> None:
        """See `Vault.forget`."""
        self._keyring.forget(tenant_id, subject_id)

    def _digest(self, tenant_id: TenantId, purpose: str, data: bytes) -> bytes:
        key = self._keyring.tenant_keys(tenant_id).digest_key(purpose)
        return hmac.digest(key, data, hashlib.sha256)


def _associated(
    tenant_id: TenantId, sealed_at: SealContext | Sealed, key_id: UUID, commitment: bytes
) -> bytes:
    return bind(
        FORMAT,
        tenant_id.bytes,
        sealed_at.stream_id.bytes,
        sealed_at.stream_version.to_bytes(8, "big"),
        sealed_at.topic.encode(),
        sealed_at.event_id.bytes,
        key_id.bytes,
        commitment,
    )


def _seal(tenant_id: TenantId, key: DataKey, context: SealContext, plaintext: bytes) -> Sealed:
    commitment = hmac.digest(key.secret, b"commit" + context.event_id.bytes, hashlib.sha256)
    event_key = hmac.digest(key.secret, b"event-key" + context.event_id.bytes, hashlib.sha256)
    nonce = random_bytes(NONCE_BYTES)
    associated = _associated(tenant_id, context, key.key_id, commitment)
    return Sealed(
        stream_id=context.stream_id,
        stream_version=context.stream_version,
        topic=context.topic,
        event_id=context.event_id,
        key_id=key.key_id,
        commitment=commitment,
        ciphertext=FORMAT + nonce + AESGCM(event_key).encrypt(nonce, plaintext, associated),
    )


def _open(tenant_id: TenantId, key: DataKey, sealed: Sealed) -> bytes:
    commitment = hmac.digest(key.secret, b"commit" + sealed.event_id.bytes, hashlib.sha256)
    if not hmac.compare_digest(commitment, sealed.commitment):
        raise _tampered(sealed, "its key commitment is another one")
    if sealed.ciphertext[:1] != FORMAT:
        raise _tampered(sealed, "its format is unknown")
    event_key = hmac.digest(key.secret, b"event-key" + sealed.event_id.bytes, hashlib.sha256)
    nonce = sealed.ciphertext[1 : 1 + NONCE_BYTES]
    associated = _associated(tenant_id, sealed, sealed.key_id, commitment)
    try:
        return AESGCM(event_key).decrypt(nonce, sealed.ciphertext[1 + NONCE_BYTES :], associated)
    except (InvalidTag, ValueError, OverflowError) as error:
        raise _tampered(sealed, "it does not open in this place") from error


def _tampered(sealed: Sealed, reason: str) -> ContentTampered:
    return ContentTampered(
        f"The content of the event {sealed.event_id} "
        f"({sealed.topic}, stream {sealed.stream_id} version {sealed.stream_version}) "
        f"was changed: {reason}."
    )
