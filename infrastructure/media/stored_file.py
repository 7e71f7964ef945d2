"""Reading a kept file back: from the object store, window by window, opened on the way."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from infrastructure.media.file_cipher import (
    STORED_CHUNK_BYTES,
    ObjectCipher,
    chunk_count,
    stored_size,
)
from infrastructure.media.object_store import ObjectStore, object_name

WINDOW_CHUNKS: Final = 16
"""Chunks that are read at once: a megabyte."""


def opened_windows(
    objects: ObjectStore, *, file_key: bytes, tenant_id: UUID, media_id: UUID, part: str, size: int
) -> Iterator[bytes]:
    """Yield a part of a file in clear, a megabyte at a time.

    Raises ObjectMissing, ObjectStoreUnavailable, ContentTampered.
    """
    cipher = ObjectCipher(file_key, tenant_id, media_id, part)
    name = object_name(tenant_id, media_id, part, file_key)
    chunks, whole = chunk_count(size), stored_size(size)
    for first in range(0, chunks, WINDOW_CHUNKS):
        start = first * STORED_CHUNK_BYTES
        length = min(WINDOW_CHUNKS * STORED_CHUNK_BYTES, whole - start)
        sealed = objects.read(name, start, length)
        yield b"".join(
            cipher.open(
                first + index,
                sealed[index * STORED_CHUNK_BYTES : (index + 1) * STORED_CHUNK_BYTES],
                is_last=first + index == chunks - 1,
            )
            for index in range(-(-length // STORED_CHUNK_BYTES))
        )
