"""How long the disk takes for what a commit does: what no program on it can be quicker than."""

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

INTERVAL_S: Final = 0.05
PAGE: Final = bytes(8192)
"""As much as PostgreSQL writes at least for a commit."""

SIZE: Final = 16 * 1024 * 1024
"""The file is this long from the start, as one of PostgreSQL's log."""


class DiskCommit(NamedTuple):
    """A page that was written and waited for: when that began (wall clock), how long it took."""

    began_at: float
    took_s: float


@contextlib.contextmanager
def disk_commits(folder: Path) -> Iterator[list[DiskCommit]]:
    """Write a page and wait for it, twenty times a second inside the block.

    `folder` lies on the disk in question.
    """
    commits: list[DiskCommit] = []
    is_over = threading.Event()

    def write() -> None:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(bytes(SIZE))
            os.fsync(file.fileno())
            place = 0
            while not is_over.wait(INTERVAL_S):
                began_at, began = time.time(), time.monotonic()
                os.pwrite(file.fileno(), PAGE, place)
                os.fdatasync(file.fileno())
                commits.append(DiskCommit(began_at, time.monotonic() - began))
                place = (place + len(PAGE)) % SIZE

    thread = threading.Thread(target=write, name="disk-commits", daemon=True)
    thread.start()
    try:
        yield commits
    finally:
        is_over.set()
        thread.join()
