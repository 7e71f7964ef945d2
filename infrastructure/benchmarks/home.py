"""The home of a measurement: as fresh as on the first day, on the disk of the real one."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infrastructure.settings import Settings


@contextlib.contextmanager
def fresh_home(real_home: Path) -> Iterator[Settings]:
    """Default settings but for their home, an empty folder inside `real_home`.

    So a measurement touches nothing real, its servers are its own, and its commits wait for the
    disk that those of the real hub wait for. The folder is gone afterwards.
    """
    real_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=real_home) as folder:
        yield Settings(home=Path(folder).resolve())
