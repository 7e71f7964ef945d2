"""Keys at rest are wrapped: encrypted by the key above them and bound to whom they belong to."""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.ports.vault import ContentTampered
from infrastructure.random_bytes import random_bytes

NONCE_BYTES: Final = 12


def bind(*parts: bytes) -> bytes:
    """Associated data: every part with its length in front, so that no two lists look alike."""
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])


def wrap(wrapping_key: bytes, secret: bytes, bound_to: bytes) -> bytes:
    """`secret` under `wrapping_key` (AES-256-GCM, random nonce in front)."""
    nonce = random_bytes(NONCE_BYTES)
    return nonce + AESGCM(wrapping_key).encrypt(nonce, secret, bound_to)


def unwrap(wrapping_key: bytes, wrapped: bytes, bound_to: bytes) -> bytes:
    """What was wrapped. Raises ContentTampered when it was wrapped for somebody else."""
    try:
        return AESGCM(wrapping_key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise ContentTampered("A stored key does not open with the key it names.") from error
