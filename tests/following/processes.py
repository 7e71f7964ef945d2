"""Follower processes that tests may kill: `python -m tests.following.processes URL HOME UNIT…`."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from infrastructure.clock import SystemClock
from infrastructure.following.host import FollowerHost
from infrastructure.lasting_memory import know_struct_types
from infrastructure.postgres.connections import HubConnection, connect, open_pool
from infrastructure.settings import Settings
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from jobs.followers.ingest import Ingest
from jobs.followers.policies import PoliciesUnit
from projections import PROJECTIONS
from projections.projection_unit import ProjectionUnit
from tests.database import MASTER_KEY, HubDatabase

POLL_INTERVAL_S = 0.2


@contextlib.contextmanager
def follow_process(database: HubDatabase) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that follows everything; ready when the block begins, killed when it ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.following.processes", database.follow_url],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said == b"ready\n", f"it ended with {process.wait()}, see what it wrote to stderr"
        yield process
    finally:
        kill(process)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process at once, as a crash does."""
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def all_units(url: str) -> list[Any]:
    """Every unit of following, with a vault of its own."""
    master_key = load_master_key(Settings(home=Path("/nonexistent"), master_key=MASTER_KEY))
    vault = PostgresVault(Keyring(open_pool(url, name="tests-keys"), master_key))
    clock = SystemClock()
    return [
        Ingest(clock, vault, InboxCipher(master_key), master_key),
        PoliciesUnit(vault, clock),
        *(ProjectionUnit(projection) for projection in PROJECTIONS),
    ]


def _connect(url: str, name: str) -> HubConnection:
    return connect(url, name=f"tests-{name}", autocommit=True)


def main() -> None:
    """Follow until killed."""
    (url,) = sys.argv[1:]
    know_struct_types()
    host = FollowerHost(all_units(url), partial(_connect, url), poll_interval_s=POLL_INTERVAL_S)
    host.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopped.set())
    stopped.wait()
    host.stop()


if __name__ == "__main__":
    main()
