"""The processes of a hub, to be stopped and killed."""

import contextlib
import signal
from collections.abc import Iterator

import psutil

from infrastructure.supervision.readiness import answers_ready
from tests.embedded.processes import processes_of
from tests.journeys.stage import Stage
from tests.waiting import until


def server_of(stage: Stage, name: str) -> psutil.Process:
    """The keeper, or one of the servers that it keeps."""
    found: list[psutil.Process] = []

    def is_there() -> bool:
        process = processes_of(stage.hub.home.resolve()).get(name)
        found[:] = [process] if process is not None else []
        return process is not None

    until(is_there, f"{name} runs")
    return found[0]


@contextlib.contextmanager
def stopped(process: psutil.Process) -> Iterator[None]:
    """A process that does not move until the block ends."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def kill(process: psutil.Process) -> None:
    """Kill -9."""
    process.send_signal(signal.SIGKILL)


def is_ready(stage: Stage) -> bool:
    """Whether the hub says of itself that it is ready."""
    return answers_ready("127.0.0.1", stage.hub.port)
