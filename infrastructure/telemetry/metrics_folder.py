"""The folder through which the processes of one hub show their metrics together.

A module of its own: the metrics library reads the variable when it is imported, so this must run
before.
"""

import os
import shutil
import socket
from pathlib import Path
from typing import Final

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"

_MACHINE: Final = socket.gethostname().replace("_", "-")


def use_metrics_folder(home: Path, *, clean: bool = False) -> None:
    """Let this process share its metrics with the others of `home`; call before measuring.

    `clean` removes what earlier processes left; only the first process of a hub does so. What dead
    processes of this machine showed as theirs of the moment is removed in any case.
    """
    folder = home / "run" / "metrics"
    if clean:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[FOLDER_VARIABLE] = str(folder)
    _forget_dead_processes(folder)


def process_identifier() -> str:
    """Return the name of this process in the folder, without a system call.

    It is unique also where every container has a process 1.
    """
    return _process.identifier


class _Process:
    identifier = f"{_MACHINE}-{os.getpid()}"

    def look(self) -> None:
        self.identifier = f"{_MACHINE}-{os.getpid()}"


_process: Final = _Process()
os.register_at_fork(after_in_child=_process.look)


def _forget_dead_processes(folder: Path) -> None:
    for path in folder.glob("gauge_live*.db"):
        machine, _, number = path.stem.rpartition("_")[2].rpartition("-")
        if machine == _MACHINE and number.isdigit() and not _is_alive(int(number)):
            path.unlink(missing_ok=True)


def _is_alive(process_number: int) -> bool:
    try:
        os.kill(process_number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
