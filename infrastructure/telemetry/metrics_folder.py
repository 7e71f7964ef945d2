"""The folder through which the processes of one hub show their metrics together.

A module of its own: the metrics library reads the variable when it is imported, so this must run
before.
"""

import os
import shutil
from pathlib import Path
from typing import Final

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


def use_metrics_folder(home: Path, *, clean: bool = False) -> None:
    """Let this process share its metrics with the others of `home`; call before measuring.

    `clean` removes what earlier processes left; only the first process of a hub does so.
    """
    folder = home / "run" / "metrics"
    if clean:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[FOLDER_VARIABLE] = str(folder)


def process_number() -> int:
    """Return the number of this process, without a system call."""
    return _process.number


class _Process:
    number = os.getpid()

    def look(self) -> None:
        self.number = os.getpid()


_process: Final = _Process()
os.register_at_fork(after_in_child=_process.look)
