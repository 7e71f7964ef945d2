"""Where everything of the embedded servers lies inside a home."""

import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infrastructure.embedded.errors import EmbeddedServerError

SOCKET_PATH_BYTES_MAX: Final = 100
"""macOS allows 103 bytes for the path of a Unix socket, Linux 107; some room is left for both."""

_SHORT: Final = Path("/tmp")  # noqa: S108 - the same for all processes; ownership is checked
_LONGEST_SOCKET_NAME: Final = "servers/.s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class HubHome:
    """The folders and files of one home. `path` is absolute."""

    path: Path

    @property
    def keeper(self) -> Path:
        """Files of the keeper: lock, log, passwords."""
        return self.path / "keeper"

    @property
    def keeper_lock(self) -> Path:
        """Locked for as long as a keeper lives."""
        return self.keeper / "lock"

    @property
    def keeper_log(self) -> Path:
        """What the keeper did, and why it failed."""
        return self.keeper / "log"

    @property
    def keeper_socket(self) -> Path:
        """Where leases are asked for."""
        return self.run / "keeper.sock"

    def server_log(self, server: str) -> Path:
        """What a server writes."""
        return self.path / server / "server.log"

    @property
    def server_sockets(self) -> Path:
        """Folder with the sockets of both servers."""
        return self.run / "servers"

    @property
    def run(self) -> Path:
        """Folder of all sockets: inside the home, or a short one if that path would be too long."""
        inside = self.path / "run"
        if len(os.fsencode(inside / _LONGEST_SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX:
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        return _SHORT / f"hub-{os.getuid()}-{digest}"

    def prepare(self) -> None:
        """Creates the folders that the keeper itself owns. Raises EmbeddedServerError."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.keeper, self.run):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise EmbeddedServerError(
                f"The home {self.path} cannot be used: {error}. "
                "Set HUB_HOME to a folder that you may write to."
            ) from error
        owner = self.run.lstat()
        if owner.st_uid != os.getuid() or not stat.S_ISDIR(owner.st_mode) or self.run.is_symlink():
            raise EmbeddedServerError(
                f"{self.run} is needed for the sockets of {self.path} but is not yours. "
                "Set HUB_HOME to a shorter path, so that the sockets fit inside it."
            )

    def password(self, server: str) -> str:
        """The administrator's password of a server, created on first use, readable by the owner."""
        path = self.keeper / f"{server}.password"
        if not path.exists():
            unfinished = path.with_suffix(".new")
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(32))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        return path.read_text()

    def has_password(self, server: str) -> bool:
        """Whether the password of a server was created before."""
        return (self.keeper / f"{server}.password").exists()
