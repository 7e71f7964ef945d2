"""What the embedded servers have in common: their folder, their process, their end."""

import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from infrastructure.embedded.errors import EmbeddedServerError, log_tail
from infrastructure.embedded.home import HubHome
from infrastructure.embedded.process import ServerProcess, end_left_over
from infrastructure.embedded.system_user import SystemUser


class EmbeddedServer(ABC):
    """One server of one home. Used by the keeper only, with the keeper's lock held."""

    name: ClassVar[str]
    stop_signals: ClassVar[Sequence[tuple[signal.Signals, float]]]
    """How to ask for the end: one signal after the other, each with its patience in seconds."""

    def __init__(self, home: HubHome, user: SystemUser | None) -> None:
        self.home = home
        self.user = user
        self.folder = home.path / self.name
        self.data = self.folder / "data"
        self.process: ServerProcess | None = None

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.home.server_log(self.name)

    @property
    @abstractmethod
    def url(self) -> str:
        """Where and how to connect."""

    @abstractmethod
    def prepare(self) -> Sequence[str]:
        """Makes the files that the server needs. Returns the command that starts it."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server takes connections."""

    @property
    @abstractmethod
    def pid_file(self) -> Path:
        """The file in which the server writes its process id."""

    def start(self) -> None:
        """Ends what a crash left over and starts the server. Raises EmbeddedServerError."""
        for folder in (self.folder, self.home.server_sockets):
            self.own(folder)
            self.reach(folder)
        if not end_left_over(self.pid_file, self.data, self.stop_signals):
            raise EmbeddedServerError(
                f"A {self.name} server of an earlier run still works in {self.data} and does not "
                f"end. Stop it, then start again.\n{log_tail(self.log)}"
            )
        command = self.prepare()
        self.process = ServerProcess(
            command, log=self.log, stop_signal=self.stop_signals[0][0], user=self.user
        )

    def has_exited(self) -> bool:
        """Whether there is no process."""
        return self.process is None or self.process.has_exited()

    def ask_to_stop(self) -> None:
        """Begins a clean stop."""
        if self.process:
            self.process.send(self.stop_signals[0][0])

    def stop(self) -> None:
        """Stops the server and waits for its end."""
        if self.process:
            self.process.stop(self.stop_signals)

    def own(self, folder: Path) -> None:
        """Creates a folder that only the user of the server may enter."""
        if self.user:
            self.user.own(folder)
        else:
            folder.mkdir(mode=0o700, exist_ok=True)

    def reach(self, path: Path) -> None:
        """Makes sure that the user of the server can get to a path."""
        if self.user:
            self.user.reach(path)

    def write(self, path: Path, text: str) -> None:
        """Writes a file that only the user of the server may read."""
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            if self.user:
                os.fchown(file.fileno(), self.user.uid, self.user.gid)
