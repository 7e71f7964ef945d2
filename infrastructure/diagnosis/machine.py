"""Checks of this machine: Python, settings, home, key, disk, port."""

import os
import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infrastructure.diagnosis.finding import Finding, State
from infrastructure.settings import Settings, unknown_variables
from infrastructure.supervision.readiness import answers_ready, port_problem
from infrastructure.vault.master_key import MasterKeyUnusable, load_master_key

PYTHON_MIN: Final = (3, 11)
DISK_FREE_MB_MIN: Final = 200
DISK_FREE_MB_LOW: Final = 2_000
_MB: Final = 1_000_000
_OTHERS: Final = stat.S_IRWXO | stat.S_IRWXG


def check_python() -> Finding:
    """Whether this interpreter can run the hub."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < PYTHON_MIN:
        return Finding(
            "python", State.WRONG, found, "Install Python 3.11 or newer and run `make install`."
        )
    return Finding("python", State.OK, found)


def check_settings(environment: Mapping[str, str]) -> Finding:
    """Whether every `HUB_*` variable is one that is read."""
    unknown = unknown_variables(environment)
    if not unknown:
        return Finding("settings", State.OK, "every HUB_ variable is known")
    meant = [f"{name} (did you mean {near}?)" if near else name for name, near in unknown.items()]
    return Finding(
        "settings",
        State.WARNING,
        f"nothing reads {', '.join(meant)}",
        "Correct or remove them; `hub settings` lists what is read.",
    )


def check_home(settings: Settings) -> Finding:
    """Whether the home can be written by us and read by nobody else."""
    home = settings.home
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return _unusable_home(home, str(error))
    if not os.access(home, os.W_OK | os.X_OK):
        return _unusable_home(home, "you may not write to it")
    if home.stat().st_mode & (stat.S_IRWXO | stat.S_IRGRP | stat.S_IWGRP):
        return Finding(
            "home", State.WARNING, f"{home} is open to other users", f"Run: chmod 700 {home}"
        )
    return Finding("home", State.OK, str(home))


def _unusable_home(home: Path, reason: str) -> Finding:
    return Finding(
        "home",
        State.WRONG,
        f"{home} cannot be used: {reason}",
        "Set HUB_HOME to a folder that you may write to.",
    )


def check_master_key(settings: Settings) -> Finding:
    """Whether the key that protects everything else is there, sound and private."""
    try:
        fingerprint = load_master_key(settings).fingerprint
    except MasterKeyUnusable as error:
        return Finding("master key", State.WRONG, error.message, error.next_step)
    if settings.master_key:
        return Finding("master key", State.OK, f"HUB_MASTER_KEY, fingerprint {fingerprint}")
    path = settings.home / "keys" / "master.key"
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS:
        return Finding(
            "master key",
            State.WRONG,
            f"{path} has mode {mode:o}: other users can read it",
            f"Run: chmod 600 {path}",
        )
    return Finding("master key", State.OK, f"{path}, fingerprint {fingerprint}")


def check_disk(settings: Settings) -> Finding:
    """Whether the home has room for events to come."""
    folder = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free_mb = shutil.disk_usage(folder).free // _MB
    found = f"{free_mb:,} MB free at {folder}"
    mend = "Free some space, or move HUB_HOME to a larger disk."
    if free_mb < DISK_FREE_MB_MIN:
        return Finding("disk", State.WRONG, found, mend)
    if free_mb < DISK_FREE_MB_LOW:
        return Finding("disk", State.WARNING, found, mend)
    return Finding("disk", State.OK, found)


def check_port(settings: Settings) -> Finding:
    """Whether the port is free, or a hub already answers on it."""
    address = f"{settings.host}:{settings.port}"
    problem = port_problem(settings.host, settings.port)
    if not problem:
        return Finding("port", State.OK, f"{address} is free")
    if answers_ready(settings.host, settings.port):
        return Finding("port", State.OK, f"a hub is ready on {address}")
    found, _, mend = problem.partition(". ")
    return Finding("port", State.WRONG, found, mend)
