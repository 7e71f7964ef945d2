"""Encryption of files in chunks: written and read as a stream, any part opened by itself.

Every file has a random key of its own, every object made of it (the original, a preview) a key
derived from that, so a nonce is nothing but the number of the chunk and whether it is the last one:
a chunk that is moved, repeated or left out does not open (the STREAM construction of Hoang,
Reyhanitabar, Rogaway and Vizár, 2015, with AES-256-GCM).
"""

import hashlib
import hmac
import io
from typing import BinaryIO, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.ports.vault import ContentTampered
from infrastructure.random_bytes import random_bytes
from infrastructure.vault.key_wrapping import bind

KEY_BYTES: Final = 32
CHUNK_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
STORED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES

_FORMAT: Final = b"file.v1"
_COUNTER_BYTES: Final = 11


def new_file_key() -> bytes:
    """Return a random key for one file."""
    return random_bytes(KEY_BYTES)


def stored_size(size: int) -> int:
    """Return how many bytes an object of `size` bytes takes when encrypted."""
    return size + chunk_count(size) * TAG_BYTES


def chunk_count(size: int) -> int:
    """Return the number of chunks; an empty object has one."""
    return max(1, -(-size // CHUNK_BYTES))


class ObjectCipher:
    """Seals and opens the chunks of one object of a file."""

    def __init__(self, file_key: bytes, tenant_id: UUID, media_id: UUID, name: str) -> None:
        self._bound_to = bind(_FORMAT, tenant_id.bytes, media_id.bytes, name.encode())
        key = hmac.digest(file_key, b"object" + self._bound_to, hashlib.sha256)
        self._cipher = AESGCM(key)

    def seal(self, number: int, chunk: bytes, *, is_last: bool) -> bytes:
        """Return the chunk encrypted."""
        return self._cipher.encrypt(_nonce(number, is_last), chunk, self._bound_to)

    def open(self, number: int, sealed: bytes, *, is_last: bool) -> bytes:
        """Return the chunk in clear. Raises ContentTampered."""
        try:
            return self._cipher.decrypt(_nonce(number, is_last), sealed, self._bound_to)
        except (InvalidTag, ValueError) as error:
            raise ContentTampered(
                "A stored file was changed from outside, or a part of it is missing."
            ) from error


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + bytes((is_last,))


class EncryptingWriter:
    """Writes an object encrypted into `file`, chunk by chunk. Call `finish` at the end."""

    def __init__(self, file: BinaryIO, cipher: ObjectCipher) -> None:
        self._file = file
        self._cipher = cipher
        self._waiting = bytearray()
        self._number = 0
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add to the object."""
        self.size += len(data)
        self._waiting += data
        # One chunk stays back: only `finish` knows which one is the last.
        while len(self._waiting) > CHUNK_BYTES:
            self._file.write(self._sealed(bytes(self._waiting[:CHUNK_BYTES]), is_last=False))
            del self._waiting[:CHUNK_BYTES]

    def finish(self) -> None:
        """Write what is left."""
        self._file.write(self._sealed(bytes(self._waiting), is_last=True))
        self._waiting.clear()
        self._file.flush()

    def _sealed(self, chunk: bytes, *, is_last: bool) -> bytes:
        number, self._number = self._number, self._number + 1
        return self._cipher.seal(number, chunk, is_last=is_last)


def encrypted(content: bytes, cipher: ObjectCipher) -> bytes:
    """Return a small object encrypted as a whole."""
    file = io.BytesIO()
    writer = EncryptingWriter(file, cipher)
    writer.write(content)
    writer.finish()
    return file.getvalue()


class DecryptingReader(io.RawIOBase):
    """An encrypted object as a file that can be read and sought in; holds one chunk in clear.

    Reading raises ContentTampered where the object was changed.
    """

    def __init__(self, file: BinaryIO, cipher: ObjectCipher, size: int) -> None:
        super().__init__()
        self._file = file
        self._cipher = cipher
        self._size = size
        self._place = 0
        self._chunk_number = -1
        self._chunk = b""

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be sought in."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place. Raises ValueError for one before the beginning."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("A file has no place before its beginning.")
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into `buffer`, at most to the end of a chunk."""
        if self._place >= self._size or not len(buffer):
            return 0
        number, start = divmod(self._place, CHUNK_BYTES)
        if number != self._chunk_number:
            self._load(number)
        part = self._chunk[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)

    def _load(self, number: int) -> None:
        self._file.seek(number * STORED_CHUNK_BYTES)
        sealed = self._file.read(STORED_CHUNK_BYTES)
        is_last = number == chunk_count(self._size) - 1
        self._chunk = self._cipher.open(number, sealed, is_last=is_last)
        self._chunk_number = number
