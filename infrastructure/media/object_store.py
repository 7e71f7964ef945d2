"""Where the ciphertext of files lies: a folder, or a bucket of S3, Google Cloud or Azure (obstore).

Names of objects are ids. Whoever reads the store sees how many files there are and how large.
"""

import contextlib
import hashlib
import hmac
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final
from uuid import UUID

from domain.errors import HubError

PART_BYTES: Final = 5 * 1024 * 1024
PARTS_AT_ONCE: Final = 2
"""Upload takes about this many parts of memory, whatever the size of the file."""

_FOLDER: Final = "file://"


class ObjectStoreUnavailable(HubError):
    """The object store cannot be reached, or does not let us in."""

    code: ClassVar[str] = "OBJECT_STORE_UNAVAILABLE"
    hint: ClassVar[str] = (
        "Check HUB_MEDIA_STORE_URL and the credentials of the bucket in the environment."
    )


class ObjectMissing(HubError):
    """An object is not there, although it should be."""

    code: ClassVar[str] = "OBJECT_MISSING"
    hint: ClassVar[str] = "Restore the object store from the backup that belongs to the database."


def object_name(tenant_id: UUID, media_id: UUID, part: str, file_key: bytes) -> str:
    """Return under which name a part of a file lies.

    Each attempt to keep a file has a key, and so a place, of its own: a worker that was frozen
    while another one kept the file overwrites nothing when it goes on.
    """
    mark = hmac.digest(file_key, b"place", hashlib.sha256)[:8].hex()
    return f"{_place(tenant_id, media_id)}{part}.{mark}"


def _place(tenant_id: UUID, media_id: UUID) -> str:
    return f"{tenant_id}/{media_id}/"


def _former_name(name: str) -> str:
    """How the object is named in stores that were filled before names had a mark."""
    return name.rpartition(".")[0]


class ObjectStore:
    """One store. An empty `url` means a folder in the home of the hub."""

    def __init__(self, url: str, home: Path) -> None:
        # Only what handles files loads the library, and only then.
        from obstore.exceptions import BaseError
        from obstore.store import LocalStore, from_url

        self._folder: Path | None = None
        if not url or url.startswith(_FOLDER):
            folder = Path(url.removeprefix(_FOLDER)) if url else home / "media" / "objects"
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder = folder
            self._store: Any = LocalStore(prefix=folder)
        else:
            try:
                self._store = from_url(url)
            except (BaseError, ValueError) as error:
                raise ObjectStoreUnavailable(
                    f"HUB_MEDIA_STORE_URL names no store that can be used ({type(error).__name__})."
                ) from error

    def put(self, name: str, content: BinaryIO | bytes) -> None:
        """Keep an object; an object of the same name is replaced. Raises ObjectStoreUnavailable."""
        import obstore

        with _store_errors():
            obstore.put(
                self._store,
                name,
                content,
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE,
            )
            if self._folder is not None:
                _make_durable(self._folder / name)

    def read(self, name: str, start: int, length: int) -> bytes:
        """Return a range of an object. Raises ObjectMissing, ObjectStoreUnavailable."""
        import obstore

        with _store_errors():
            try:
                found = obstore.get_range(self._store, name, start=start, length=length)
            except FileNotFoundError:
                former = _former_name(name)
                found = obstore.get_range(self._store, former, start=start, length=length)
            return bytes(found)

    async def read_async(self, name: str, start: int, length: int) -> bytes:
        """Return a range of an object. Raises ObjectMissing, ObjectStoreUnavailable."""
        import obstore

        get = partial(obstore.get_range_async, self._store, start=start, length=length)
        with _store_errors():
            try:
                found = await get(name)
            except FileNotFoundError:
                found = await get(_former_name(name))
            return bytes(found)

    def delete_file(self, tenant_id: UUID, media_id: UUID) -> None:
        """Delete all that is kept of a file: every part of every attempt. Raises as `put`."""
        import obstore
        from obstore.exceptions import NotFoundError

        with _store_errors():
            pages = obstore.list(self._store, prefix=_place(tenant_id, media_id))
            names = [each["path"] for page in pages for each in page]
        for name in names:
            with _store_errors(), contextlib.suppress(NotFoundError, FileNotFoundError):
                obstore.delete(self._store, name)


@contextlib.contextmanager
def _store_errors() -> Iterator[None]:
    from obstore.exceptions import BaseError, NotFoundError

    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise ObjectMissing("A file that should be kept is not in the object store.") from error
    except (BaseError, OSError) as error:
        raise ObjectStoreUnavailable(
            f"The object store cannot be used now ({type(error).__name__})."
        ) from error


def _make_durable(path: Path) -> None:
    """What is recorded as kept is on the disk, not in the memory of the system only."""
    for place in (path, path.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
