"""A server never outlives the process that started it, with and without death signals."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from infrastructure.checkout import CHECKOUT
from infrastructure.embedded.process import ServerProcess, clean_environment, end_left_over
from tests.waiting import until

STARTER = """
import signal, sys
from pathlib import Path
from infrastructure.embedded.process import ServerProcess
server = ServerProcess(
    ["sleep", "600"], log=Path(sys.argv[1]), stop_signal=signal.SIGTERM, user=None,
    has_death_signal=sys.argv[2] == "death signal",
)
print(server.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("way", ["death signal", "guard"])
def test_a_server_ends_when_its_starter_is_killed(tmp_path: Path, way: str) -> None:
    if way == "death signal" and sys.platform != "linux":
        way = "guard"
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path / "log"), way],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as starter:
        assert starter.stdout is not None
        server = psutil.Process(int(starter.stdout.readline()))
        starter.kill()
        until(lambda: not server.is_running() or server.status() == "zombie", "the server ended")


def test_a_server_that_ignores_requests_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    server = ServerProcess(
        ["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"],
        log=log,
        stop_signal=signal.SIGTERM,
        user=None,
        has_death_signal=False,
    )
    until(lambda: "ready" in log.read_text(), "the server ignores SIGTERM")
    server.stop([(signal.SIGTERM, 0.1)])
    assert server.has_exited()


def test_a_left_over_server_is_known_by_its_folder_and_ended(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    with subprocess.Popen(["/bin/sleep", "600"], cwd=tmp_path) as left_over:
        pid_file.write_text(f"{left_over.pid}\nmore\n")
        assert end_left_over(pid_file, tmp_path, [(signal.SIGTERM, 10)])
        assert left_over.wait() == -signal.SIGTERM
    assert not pid_file.exists()


def test_a_process_that_merely_has_the_number_is_left_alone(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    with subprocess.Popen(["/bin/sleep", "600"], cwd="/") as bystander:
        pid_file.write_text(f"{bystander.pid}\n")
        assert end_left_over(pid_file, tmp_path, [(signal.SIGTERM, 10)])
        assert bystander.poll() is None
        bystander.kill()
    assert not pid_file.exists()


def test_a_server_learns_no_setting_of_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_MASTER_KEY", "secret")
    assert "secret" not in clean_environment().values()
