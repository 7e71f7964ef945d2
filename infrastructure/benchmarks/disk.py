"""How long the disk takes for what a commit does: what no program on it can be quicker than."""

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

INTERVAL_S: Final = 0.1
PAGE: Final = bytes(8192)
"""As much as PostgreSQL writes at least for a commit."""

SIZE: Final = 16 * 1024 * 1024
"""The file is this long from the start, as one of PostgreSQL's log."""


@contextlib.contextmanager
def disk_times(folder: Path) -> Iterator[list[float]]:
    """Write a page and wait for it, ten times a second inside the block; how long each took, in s.

    `folder` lies on the disk in question.
    """
    times_s: list[float] = []
    is_over = threading.Event()

    def write() -> None:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(bytes(SIZE))
            os.fsync(file.fileno())
            place = 0
            while not is_over.wait(INTERVAL_S):
                began = time.monotonic()
                os.pwrite(file.fileno(), PAGE, place)
                os.fdatasync(file.fileno())
                times_s.append(time.monotonic() - began)
                place = (place + len(PAGE)) % SIZE

    thread = threading.Thread(target=write, name="disk-times", daemon=True)
    thread.start()
    try:
        yield times_s
    finally:
        is_over.set()
        thread.join()
