"""`hub bench memory`: what a hub that has nothing to do keeps in memory."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from api.benchmarks.default_hub import default_environment
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.settings import Settings
from infrastructure.supervision.launch import LaunchedHub, launched_hub
from infrastructure.supervision.supervisor import PROCESSES

REST_S: Final = 10.0
"""How long the hub rests after it is ready, before it is measured."""

TARGET_MB: Final = 600.0
MUST_MB: Final = 900.0

_BYTES_PER_MB: Final = 1_000_000
_KEEPER: Final = "infrastructure.embedded.keeper"
_POSTGRES: Final = "postgres"
_BARE_INTERPRETER: Final = "import sys; print(flush=True); sys.stdin.read()"


def run(settings: Settings) -> list[Figure]:
    """Start a hub with a home of its own, let it rest, and add up all but PostgreSQL.

    Raises HubNotReadyError, MeasurementFailedError.
    """
    with launched_hub(settings.home / "resting", environment=default_environment()) as hub:
        time.sleep(REST_S)
        resident = resident_mb(hub)
    return [figure_of(resident, bare_interpreter_mb())]


def figure_of(resident: dict[str, float], bare_mb: float) -> Figure:
    """The sum over all processes, beside what as many Pythons without a program would take."""
    parts = ", ".join(f"{label} {megabytes:.0f}" for label, megabytes in resident.items())
    pythons = len(resident) - 1  # Redis is none
    return Figure.at_most(
        "memory",
        sum(resident.values()),
        "MB",
        baseline=f"{pythons} bare Pythons: {pythons * bare_mb:.0f} MB; measured: {parts}",
        target=TARGET_MB,
        must=MUST_MB,
    )


def resident_mb(hub: LaunchedHub) -> dict[str, float]:
    """Resident megabytes of every process of a hub but PostgreSQL, by label.

    Pages that processes share are counted for each of them. Raises MeasurementFailedError when a
    process does not run.
    """
    found: Counter[str] = Counter()
    try:
        for label, process in _processes(hub):
            found[label] += process.memory_info().rss
    except psutil.NoSuchProcess as error:
        raise _incomplete(str(error.name or error.pid)) from error
    for label in ("up", "keeper", "redis", *(command.label for command in PROCESSES)):
        if label not in found:
            raise _incomplete(label)
    return {label: resident / _BYTES_PER_MB for label, resident in found.items()}


def bare_interpreter_mb() -> float:
    """Resident megabytes of a Python that has loaded no program."""
    with subprocess.Popen(
        [sys.executable, "-P", "-c", _BARE_INTERPRETER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        if process.stdout is not None:
            process.stdout.readline()
        resident: int = psutil.Process(process.pid).memory_info().rss
        process.communicate()
    return resident / _BYTES_PER_MB


def _processes(hub: LaunchedHub) -> Iterator[tuple[str, psutil.Process]]:
    supervisor = psutil.Process(hub.process.pid)
    yield "up", supervisor
    for child in supervisor.children(recursive=True):
        yield _label_of(child), child
    keeper = _keeper_of(hub.home)
    yield "keeper", keeper
    for server in keeper.children(recursive=True):
        if not server.name().startswith(_POSTGRES):
            yield "redis", server


def _label_of(child: psutil.Process) -> str:
    arguments = child.cmdline()
    for command in PROCESSES:
        if tuple(arguments[-len(command.arguments) :]) == command.arguments:
            return command.label
    return child.name()


def _keeper_of(home: Path) -> psutil.Process:
    for process in psutil.process_iter():
        try:
            arguments = process.cmdline()
        except psutil.Error:  # gone by now, or none of ours
            continue
        if _KEEPER in arguments and str(home) in arguments:
            return process
    raise _incomplete("keeper")


def _incomplete(label: str) -> MeasurementFailedError:
    return MeasurementFailedError(
        f"{label} did not run when the memory of the hub was measured. "
        "Run `hub up` and read what it prints."
    )
