"""Encrypted files for tests."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from infrastructure.media.file_cipher import EncryptingWriter, ObjectCipher, new_file_key
from infrastructure.media.inspection.process import ORIGINAL
from infrastructure.media.scanner import EncryptedFile


@contextmanager
def encrypted_file(content: bytes) -> Iterator[EncryptedFile]:
    """The content as an encrypted file without a name."""
    tenant_id, media_id, file_key = uuid4(), uuid4(), new_file_key()
    with tempfile.TemporaryFile() as file:
        writer = EncryptingWriter(file, ObjectCipher(file_key, tenant_id, media_id, ORIGINAL))
        writer.write(content)
        writer.finish()
        yield EncryptedFile(
            file=file, file_key=file_key, tenant_id=tenant_id, media_id=media_id, size=len(content)
        )
