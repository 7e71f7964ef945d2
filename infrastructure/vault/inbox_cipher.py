"""The encryption of raw webhook bodies: one key per day, made from the master key.

A raw body mixes the messages of many people and firms, so no person's key fits. Bodies live for
days, not for ever: what must outlive them is sealed again per person by the ingest follower.
"""

import time
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.ports.vault import ContentTampered
from infrastructure.random_bytes import random_bytes
from infrastructure.vault.key_wrapping import NONCE_BYTES, bind
from infrastructure.vault.master_key import MasterKey

_DAY_S: Final = 86_400
_FORMAT: Final = b"\x01"
_DAY_BYTES: Final = 4
_HEAD_BYTES: Final = len(_FORMAT) + _DAY_BYTES
_DAYS_KEPT: Final = 32


class InboxCipher:
    """Seals and opens bodies; safe to share between threads."""

    def __init__(self, master_key: MasterKey, *, now: Callable[[], float] = time.time) -> None:
        self._master_key = master_key
        self._now = now
        self._ciphers: dict[int, AESGCM] = {}

    def seal(self, body: bytes, purpose: str) -> bytes:
        """`body` under the key of today, bound to `purpose` (the app it came for)."""
        day = int(self._now()) // _DAY_S
        nonce = random_bytes(NONCE_BYTES)
        head = _FORMAT + day.to_bytes(_DAY_BYTES, "big")
        associated = bind(head, purpose.encode())
        return head + nonce + self._cipher(day).encrypt(nonce, body, associated)

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed. Raises ContentTampered."""
        head = sealed[:_HEAD_BYTES]
        if len(sealed) < _HEAD_BYTES + NONCE_BYTES or head[:1] != _FORMAT:
            raise ContentTampered("A stored webhook body has an unknown form.")
        nonce = sealed[_HEAD_BYTES : _HEAD_BYTES + NONCE_BYTES]
        cipher = self._cipher(int.from_bytes(head[1:], "big"))
        try:
            return cipher.decrypt(
                nonce, sealed[_HEAD_BYTES + NONCE_BYTES :], bind(head, purpose.encode())
            )
        except InvalidTag as error:
            raise ContentTampered("A stored webhook body was changed from outside.") from error

    def _cipher(self, day: int) -> AESGCM:
        cipher = self._ciphers.get(day)
        if cipher is None:
            if len(self._ciphers) >= _DAYS_KEPT:
                self._ciphers.clear()
            cipher = AESGCM(self._master_key.derive(f"webhook-inbox:{day}"))
            self._ciphers[day] = cipher
        return cipher
