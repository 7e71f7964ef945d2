"""The scanner: the embedded layers in a sandbox and then, where one is connected, clamd."""

import io
from collections.abc import Iterator
from typing import BinaryIO, Final
from uuid import UUID

import msgspec

from infrastructure.media.clamd import Clamd
from infrastructure.media.file_cipher import DecryptingReader, ObjectCipher
from infrastructure.media.inspection.process import ORIGINAL
from infrastructure.media.sandbox import Looked, look_into
from infrastructure.settings import Settings

_STREAM_BYTES: Final = 64 * 1024


class EncryptedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file on this machine as ciphertext, with what opens it. `file` is open and has no name."""

    file: BinaryIO
    file_key: bytes
    tenant_id: UUID
    media_id: UUID
    size: int

    def __repr__(self) -> str:
        return f"EncryptedFile({self.media_id}, {self.size} bytes)"

    def opened(self) -> BinaryIO:
        """Return the file in clear, to be read from its beginning."""
        cipher = ObjectCipher(self.file_key, self.tenant_id, self.media_id, ORIGINAL)
        return io.BufferedReader(DecryptingReader(self.file, cipher, self.size), _STREAM_BYTES)


class Scanner:
    """Says whether a file may be shown. With `clamd` both must say so."""

    def __init__(self, clamd: Clamd | None) -> None:
        self._clamd = clamd

    def require_ready(self) -> None:
        """Raise ScannerUnavailable when a file could not be looked into now."""
        if self._clamd is not None:
            self._clamd.require_ready()

    def inspect(
        self,
        file: EncryptedFile,
        *,
        declared_type: str | None,
        name: str | None,
        with_previews: bool = True,
    ) -> Looked:
        """Look into a file. Raises ScannerUnavailable."""
        looked = look_into(
            file.file,
            file_key=file.file_key,
            tenant_id=file.tenant_id,
            media_id=file.media_id,
            size=file.size,
            declared_type=declared_type,
            name=name,
            with_previews=with_previews,
        )
        if self._clamd is None or not looked.inspection.is_clean:
            return looked
        second = self._clamd.inspect(_chunks(file.opened()), looked.inspection.content_type)
        inspection = msgspec.structs.replace(
            second, scanners=looked.inspection.scanners + second.scanners
        )
        return Looked(
            inspection=inspection, previews=looked.previews if inspection.is_clean else ()
        )


def scanner_of(settings: Settings) -> Scanner:
    """Return the scanner that the settings ask for. Raises ClamdAddressInvalid."""
    return Scanner(Clamd(settings.clamd_address) if settings.clamd_address else None)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while data := stream.read(_STREAM_BYTES):
        yield data
