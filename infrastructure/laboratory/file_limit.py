"""A process that can write no file any more, as on a full disk. Linux only."""

import os
import resource
import shutil
import subprocess
import sys
from typing import Final

import psutil

_PRLIMIT: Final = "prlimit"


class LimitRefused(Exception):
    """The limit of this process cannot be changed here; the message says why."""


def forbid_writing(process_id: int) -> None:
    """Let every write of the process to a file fail. Raises LimitRefused, ProcessLookupError."""
    _set(process_id, 0)


def allow_writing(process_id: int) -> None:
    """Take that back. Raises LimitRefused, ProcessLookupError."""
    _set(process_id, resource.RLIM_INFINITY)


def _set(process_id: int, size: int) -> None:
    try:
        owner = psutil.Process(process_id)
        user, group = owner.uids().real, owner.gids().real
    except psutil.NoSuchProcess as error:
        raise ProcessLookupError(process_id) from error
    if not sys.platform.startswith("linux"):
        raise LimitRefused("Only Linux changes the limits of another process.")
    if user == os.geteuid():
        hard = resource.prlimit(process_id, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(process_id, resource.RLIMIT_FSIZE, (size, hard))
        return
    _set_as(user, group, process_id, size)


def _set_as(user: int, group: int, process_id: int, size: int) -> None:
    """Do it as the owner of the process: not even root may without a capability of its own."""
    command = shutil.which(_PRLIMIT)
    if command is None:
        raise LimitRefused(f"There is no command {_PRLIMIT} (util-linux).")
    soft = "unlimited" if size == resource.RLIM_INFINITY else str(size)
    done = subprocess.run(
        [command, "--pid", str(process_id), f"--fsize={soft}:"],
        user=user,
        group=group,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        if not psutil.pid_exists(process_id):
            raise ProcessLookupError(process_id)
        raise LimitRefused(done.stderr.strip())
