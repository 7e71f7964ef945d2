"""One supervised process: its output gets a label, a crash gets a restart."""

import os
import signal
import subprocess
import time
from collections.abc import MutableMapping
from typing import Final, NamedTuple

from infrastructure.supervision.courtesy import gives_way
from infrastructure.supervision.parent import start_bound

RESTART_PAUSE_S_MIN: Final = 0.5
RESTART_PAUSE_S_MAX: Final = 4.0
"""What a process does must be taken up again within seconds, however often it was killed."""

STABLE_AFTER_S: Final = 10.0
"""A process that ran this long starts again at once when it ends."""

_LINE_BYTES_MAX: Final = 65_536


class ChildCommand(NamedTuple):
    """A process to run: its label, the arguments of the Python interpreter, and how nice it is."""

    label: str
    arguments: tuple[str, ...]
    niceness: int = 0


def hub_command(label: str, *arguments: str, niceness: int = 0) -> ChildCommand:
    """The process that runs a command of the hub."""
    return ChildCommand(label, ("-m", "api", *arguments), niceness)


class Child:
    """A process that is kept running."""

    def __init__(self, command: ChildCommand, environment: MutableMapping[str, str]) -> None:
        self.label = command.label
        self._arguments = command.arguments
        self._niceness = command.niceness
        self._is_courteous = True
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._parent_pipe = -1
        self._output = -1
        self._rest = b""
        self._is_output_over = False
        self._started_at = 0.0
        self._pause_s = RESTART_PAUSE_S_MIN
        self.next_start = 0.0
        """When the process is due to start, on the monotonic clock."""

    @property
    def is_running(self) -> bool:
        """Whether there is a process that was not reaped yet."""
        return self._process is not None

    @property
    def output(self) -> int:
        """The descriptor to read the process's output from."""
        return self._output

    @property
    def is_output_over(self) -> bool:
        """Whether nothing more can come from `output`."""
        return self._is_output_over

    def start(self) -> None:
        """Starts the process."""
        self._output, writing = os.pipe()
        os.set_blocking(self._output, False)
        self._is_output_over = False
        try:
            with os.fdopen(writing, "wb") as output:
                self._process, self._parent_pipe = start_bound(
                    self._arguments, output=output, environment=self._environment
                )
        except BaseException:
            os.close(self._output)
            raise
        self._started_at = time.monotonic()
        self._is_courteous = self._niceness == 0

    @property
    def is_courteous(self) -> bool:
        """Whether it lets others go first, as far as its command asks for it."""
        return self._is_courteous

    def give_way(self) -> None:
        """Let others go first; to be called again until it `is_courteous`."""
        if self._process is not None and not self._is_courteous:
            self._is_courteous = gives_way(self._process.pid, self._niceness)

    @property
    def has_ended(self) -> bool:
        """Whether the process ended and waits to be reaped."""
        return self._process is not None and self._process.poll() is not None

    def reap(self) -> int:
        """Forgets the process that has ended and plans its restart. Returns the exit status."""
        if self._process is None:
            raise ValueError(f"{self.label} has no process to reap.")
        status = self._process.wait()
        self._process = None
        os.close(self._parent_pipe)
        os.close(self._output)
        if time.monotonic() - self._started_at >= STABLE_AFTER_S:
            self._pause_s = RESTART_PAUSE_S_MIN
        self.next_start = time.monotonic() + self._pause_s
        self._pause_s = min(self._pause_s * 2, RESTART_PAUSE_S_MAX)
        return status

    def read_lines(self) -> list[bytes]:
        """The whole lines that the process wrote since the last call; [] when there are none."""
        try:
            part = os.read(self._output, _LINE_BYTES_MAX)
        except BlockingIOError:
            return []
        self._is_output_over = not part
        *lines, self._rest = (self._rest + part).split(b"\n")
        if self._rest and (not part or len(self._rest) > _LINE_BYTES_MAX):
            lines.append(self._rest)
            self._rest = b""
        return lines

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the process; SIGKILL goes to its whole group."""
        if self._process is None:
            return
        if number == signal.SIGKILL:
            os.killpg(self._process.pid, number)
        else:
            self._process.send_signal(number)
