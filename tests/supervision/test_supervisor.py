"""`hub up` keeps its processes running, labels what they say, and leaves none over."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil
import pytest

from infrastructure.checkout import CHECKOUT
from infrastructure.supervision.courtesy import gives_way
from infrastructure.supervision.supervisor import STOP_TIMEOUT_S
from tests.waiting import until

SUPERVISOR: Final = """
import os, sys
from infrastructure.supervision.child import ChildCommand
from infrastructure.supervision.supervisor import Supervisor
pairs = [argument.split("=", 1) for argument in sys.argv[2:]]
commands = [
    ChildCommand(label, ("-c", code), niceness=7 if label == "nice" else 0)
    for label, code in pairs
]
Supervisor(os.environ).run(commands, "127.0.0.1", int(sys.argv[1]))
"""

STEADY: Final = """
import os, time
from infrastructure.supervision.parent import end_with_parent
end_with_parent()
print("process", os.getpid())
time.sleep(600)
"""

STUBBORN: Final = (
    """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""
    + STEADY
)

CRASHING: Final = "raise SystemExit(4)"

SERVING: Final = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", %d), Handler).serve_forever()
"""


class RunningSupervisor:
    """A supervisor in a process of its own, with what it printed so far."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def text(self) -> str:
        return self._output.read_text()

    def waits_for(self, text: str) -> None:
        until(lambda: text in self.text, f"the supervisor printed {text!r}")

    def pids(self) -> list[int]:
        return [int(pid) for pid in re.findall(r"process (\d+)", self.text)]

    def children(self) -> list[psutil.Process]:
        return [psutil.Process(pid) for pid in self.pids()]


@contextmanager
def supervising(folder: Path, *, port: int = 9, **commands: str) -> Iterator[RunningSupervisor]:
    output = folder / "output"
    arguments = [f"{label}={code}" for label, code in commands.items()]
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, str(port), *arguments],
            cwd=CHECKOUT,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield RunningSupervisor(process, output)
    finally:
        process.kill()
        process.wait()


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_every_line_of_a_process_carries_its_label(tmp_path: Path) -> None:
    with supervising(tmp_path, one=STEADY, second=STEADY) as supervisor:
        supervisor.waits_for("one    | process ")
        supervisor.waits_for("second | process ")


def test_a_process_that_ends_is_started_again_after_a_growing_pause(tmp_path: Path) -> None:
    with supervising(tmp_path, one=CRASHING) as supervisor:
        supervisor.waits_for("one ended (exit status 4); it starts again in 0.5 s")
        supervisor.waits_for("one ended (exit status 4); it starts again in 1.0 s")


def test_a_killed_process_is_started_again(tmp_path: Path) -> None:
    with supervising(tmp_path, one=STEADY) as supervisor:
        supervisor.waits_for("process ")
        (first,) = supervisor.children()
        first.kill()
        supervisor.waits_for("one ended (SIGKILL)")
        until(lambda: len(supervisor.pids()) == 2, "another process runs")


def test_it_says_once_that_the_hub_is_ready(tmp_path: Path, free_port: int) -> None:
    with supervising(tmp_path, port=free_port, one=SERVING % free_port) as supervisor:
        supervisor.waits_for(f"ready: http://127.0.0.1:{free_port}/graphql")
        supervisor.process.send_signal(signal.SIGTERM)
        assert supervisor.process.wait(60) == 0
        assert supervisor.text.count("ready:") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_with_status_0(tmp_path: Path, number: signal.Signals) -> None:
    with supervising(tmp_path, one=STEADY, two=STEADY) as supervisor:
        until(lambda: len(supervisor.pids()) == 2, "both run")
        children = supervisor.children()
        supervisor.process.send_signal(number)
        assert supervisor.process.wait(60) == 0
        assert all(has_ended(child) for child in children)


def test_a_process_that_does_not_end_is_killed_within_ten_seconds(tmp_path: Path) -> None:
    with supervising(tmp_path, one=STUBBORN) as supervisor:
        supervisor.waits_for("process ")
        children = supervisor.children()
        asked = time.monotonic()
        supervisor.process.send_signal(signal.SIGTERM)
        assert supervisor.process.wait(60) == 0
        assert time.monotonic() - asked < 10
        assert "one does not end; killing it" in supervisor.text
        assert all(has_ended(child) for child in children)


def test_a_second_signal_kills_at_once(tmp_path: Path) -> None:
    with supervising(tmp_path, one=STUBBORN) as supervisor:
        supervisor.waits_for("process ")
        supervisor.process.send_signal(signal.SIGINT)
        supervisor.waits_for("stopping")
        asked = time.monotonic()
        supervisor.process.send_signal(signal.SIGINT)
        assert supervisor.process.wait(60) == 0
        assert time.monotonic() - asked < STOP_TIMEOUT_S


def test_a_killed_supervisor_leaves_nothing_running(tmp_path: Path) -> None:
    with supervising(tmp_path, steady=STEADY, stubborn=STUBBORN) as supervisor:
        until(lambda: len(supervisor.pids()) == 2, "both run")
        children = supervisor.children()
        supervisor.process.kill()
        until(lambda: all(has_ended(child) for child in children), "the processes ended too")


def test_a_process_that_may_wait_lets_the_others_go_first(tmp_path: Path) -> None:
    with supervising(tmp_path, nice=STEADY) as supervisor:
        supervisor.waits_for("process ")
        (child,) = supervisor.children()
        wanted = psutil.Process(supervisor.process.pid).nice() + 7
        until(lambda: child.nice() == wanted, "the process is nice")
        session = Path(f"/proc/{child.pid}/autogroup")
        if session.exists():
            until(lambda: session.read_text().endswith(f" {wanted}\n"), "its session is nice")


def test_a_hub_runs_where_no_process_may_be_nice(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    assert gives_way(os.getpid(), 0)


def test_a_process_that_somebody_waits_for_is_like_the_supervisor(tmp_path: Path) -> None:
    with supervising(tmp_path, one=STEADY) as supervisor:
        supervisor.waits_for("process ")
        (child,) = supervisor.children()
        assert child.nice() == psutil.Process(supervisor.process.pid).nice()


def test_it_imports_little(tmp_path: Path) -> None:
    with supervising(tmp_path, one=STEADY) as supervisor:
        supervisor.waits_for("process ")
        resident_mb = psutil.Process(supervisor.process.pid).memory_info().rss / 1_000_000
    assert resident_mb < 30
