"""A whole hub as a child: for the demo, for measurements and for tests from outside."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infrastructure.embedded.errors import log_tail
from infrastructure.supervision.parent import start_bound
from infrastructure.supervision.readiness import answers_ready, free_port

STOP_TIMEOUT_S: Final = 12.0
_POLL_S: Final = 0.05
_HOST: Final = "127.0.0.1"


class HubNotReadyError(RuntimeError):
    """A hub did not become ready; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class LaunchedHub:
    """A hub that runs in processes of its own."""

    process: subprocess.Popen[bytes]
    """The supervisor, `hub up`."""
    home: Path
    port: int
    log: Path
    """What all its processes printed."""

    @property
    def base_url(self) -> str:
        """Where it answers, without a path."""
        return f"http://{_HOST}:{self.port}"

    def stop(self) -> int:
        """Stops it as Ctrl-C does. Returns the exit status, or kills it after STOP_TIMEOUT_S."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@contextlib.contextmanager
def launched_hub(
    home: Path,
    *,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    ready_timeout_s: float = 120.0,
) -> Iterator[LaunchedHub]:
    """Runs `hub up` with a home until the block ends; it ends with this process in any case.

    `environment` adds settings; without `port` a free one is taken. Raises HubNotReadyError when
    `/readyz` does not answer 200 in time.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = port or free_port()
    log = home / "hub.log"
    settings = {"HUB_HOME": str(home), "HUB_HOST": _HOST, "HUB_PORT": str(port)}
    with log.open("wb") as output:
        process, parent_pipe = start_bound(
            ["-m", "api", "up"],
            output=output,
            environment={**os.environ, **(environment or {}), **settings},
        )
    hub = LaunchedHub(process, home, port, log)
    try:
        _wait_until_ready(hub, ready_timeout_s)
        yield hub
    finally:
        hub.stop()
        os.close(parent_pipe)


def _wait_until_ready(hub: LaunchedHub, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not answers_ready(_HOST, hub.port):
        status = hub.process.poll()
        if status is not None:
            raise HubNotReadyError(f"`hub up` ended with {status}.\n{log_tail(hub.log)}")
        if time.monotonic() > deadline:
            raise HubNotReadyError(
                f"The hub is not ready after {timeout_s:g} s.\n{log_tail(hub.log)}"
            )
        time.sleep(_POLL_S)
