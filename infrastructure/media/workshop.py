"""The place where a file lies while it is looked into: as ciphertext, without a name."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID

from domain.identity import MediaId
from domain.media import FileContent, PreviewFacts
from domain.media_commands import ORIGINAL
from domain.ports.media_inspector import Inspection
from infrastructure.media.file_cipher import (
    CHUNK_BYTES,
    EncryptingWriter,
    ObjectCipher,
    encrypted,
    new_file_key,
)
from infrastructure.media.object_store import ObjectStore, object_name
from infrastructure.media.sandbox import Looked
from infrastructure.media.scanner import EncryptedFile, Scanner


class Taken(NamedTuple):
    """A file that came in whole: its size and digest (hexadecimal)."""

    size: int
    sha256: str


class KeptFile(NamedTuple):
    """What the scanners said of a file and, for a clean one, what there is to record of it."""

    inspection: Inspection
    content: FileContent
    size: int
    previews: tuple[PreviewFacts, ...]


class Workshop:
    """Takes files in, has them looked into, and keeps the clean ones."""

    def __init__(self, home: Path, scanner: Scanner, objects: ObjectStore) -> None:
        self._folder = home / "media" / "work"
        self.scanner = scanner
        self._objects = objects

    @contextmanager
    def bench(self, tenant_id: UUID, media_id: MediaId) -> Iterator["Bench"]:
        """A place for one file; what is on it is gone when the block ends."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=self._folder) as file:
            yield Bench(file, self.scanner, self._objects, tenant_id, media_id)


class Bench:
    """One file on its way in."""

    def __init__(
        self,
        file: BinaryIO,
        scanner: Scanner,
        objects: ObjectStore,
        tenant_id: UUID,
        media_id: MediaId,
    ) -> None:
        self._file = file
        self._scanner = scanner
        self._objects = objects
        self._tenant_id = tenant_id
        self.media_id = media_id
        self._file_key = new_file_key()

    def writer(self) -> EncryptingWriter:
        """Return what the bytes are written to, from the beginning."""
        self._file.seek(0)
        self._file.truncate()
        return EncryptingWriter(self._file, self._cipher(ORIGINAL))

    def look_into(
        self,
        taken: Taken,
        *,
        declared_type: str | None,
        name: str | None,
        with_previews: bool = True,
    ) -> Looked:
        """Have the file looked into. Raises ScannerUnavailable."""
        return self._scanner.inspect(
            self._encrypted(taken),
            declared_type=declared_type,
            name=name,
            with_previews=with_previews,
        )

    def content(self, taken: Taken, start: int) -> Iterator[bytes]:
        """The bytes of the file in clear, from a place on, a part at a time."""
        file = self._encrypted(taken).opened()
        file.seek(start)
        while part := file.read(CHUNK_BYTES):
            yield part

    def keep(
        self,
        taken: Taken,
        *,
        declared_type: str | None,
        name: str | None,
        still_wanted: Callable[[Inspection], bool] = lambda _inspection: True,
    ) -> KeptFile:
        """Have the file looked into and, if it is clean, put it and its pictures into the store.

        `still_wanted` may refuse a clean file too; it is not kept then. Raises ScannerUnavailable,
        ObjectStoreUnavailable.
        """
        looked = self.look_into(taken, declared_type=declared_type, name=name)
        content = FileContent(file_key=self._file_key, sha256=taken.sha256, name=name)
        if not (looked.inspection.is_clean and still_wanted(looked.inspection)):
            return KeptFile(looked.inspection, content, taken.size, ())
        for preview in looked.previews:
            sealed = encrypted(preview.content, self._cipher(preview.name))
            self._objects.put(self._name(preview.name), sealed)
        self._file.seek(0)
        self._objects.put(self._name(ORIGINAL), self._file)
        facts = tuple(
            PreviewFacts(
                name=preview.name,
                width=preview.width,
                height=preview.height,
                size_bytes=len(preview.content),
            )
            for preview in looked.previews
        )
        return KeptFile(looked.inspection, content, taken.size, facts)

    def _encrypted(self, taken: Taken) -> EncryptedFile:
        return EncryptedFile(
            file=self._file,
            file_key=self._file_key,
            tenant_id=self._tenant_id,
            media_id=self.media_id,
            size=taken.size,
        )

    def _cipher(self, part: str) -> ObjectCipher:
        return ObjectCipher(self._file_key, self._tenant_id, self.media_id, part)

    def _name(self, part: str) -> str:
        return object_name(self._tenant_id, self.media_id, part, self._file_key)
