"""Processes of a home, found by what they work on, and users of a home in their own process."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from infrastructure.checkout import CHECKOUT

USER: Final = """
import sys
from pathlib import Path
from infrastructure.embedded import embedded_servers
with embedded_servers(Path(sys.argv[1])) as servers:
    print(servers.database_url, flush=True)
    sys.stdin.read()
"""
"""Takes a lease, says so, and keeps it until its standard input ends or it is killed."""


def processes_of(home: Path) -> dict[str, psutil.Process]:
    """The keeper and the servers that run for a home, by name."""
    found = {}
    for process in psutil.process_iter():
        try:
            arguments = process.cmdline()
            folder = Path(process.cwd())
        except psutil.Error:  # gone by now, or none of ours
            continue
        if "infrastructure.embedded.keeper" in arguments and str(home) in arguments:
            found["keeper"] = process
        elif folder == home / "postgres" / "data" and "-D" in arguments:
            found["postgres"] = process
        elif folder == home / "redis" / "data":
            found["redis"] = process
    return found


@contextmanager
def user_of(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the servers of a home; ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(home)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://")
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
