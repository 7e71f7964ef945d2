"""`hub up` as a person meets it: from an empty home to ready, and nothing left afterwards."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infrastructure.supervision.launch import HubNotReadyError, LaunchedHub, launched_hub
from infrastructure.supervision.readiness import answers_ready
from infrastructure.supervision.supervisor import PROCESSES
from tests.cli.running import hub as run_hub
from tests.embedded.processes import processes_of
from tests.waiting import until

RESIDENT_MB_MAX = 850


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hub-up-") as name:
        yield Path(name).resolve()


def processes_with(home: Path) -> list[psutil.Process]:
    """Everything that runs for a home: its servers, and what has it as HUB_HOME."""
    found = list(processes_of(home).values())
    for process in psutil.process_iter():
        try:
            if process.environ().get("HUB_HOME") == str(home) and process not in found:
                found.append(process)
        except psutil.Error:  # gone by now, or none of ours
            continue
    return found


def pids_of(home: Path) -> dict[str, list[int]]:
    """The processes of a hub by their label."""
    found: dict[str, list[int]] = {command.label: [] for command in PROCESSES}
    for process in processes_with(home):
        with contextlib.suppress(psutil.Error):
            arguments = process.cmdline()
            for label, end, _ in PROCESSES:
                if arguments[-len(end) :] == list(end):
                    found[label].append(process.pid)
    return found


def resident_mb(processes: list[psutil.Process]) -> float:
    return sum(process.memory_info().rss for process in processes) / 1_000_000


def test_two_hubs_from_empty_homes_run_side_by_side_and_each_ends_alone(folder: Path) -> None:
    """A start takes seconds: all that is promised of a whole hub is looked at on the same two."""
    with launched_hub(folder / "one") as one, launched_hub(folder / "two") as two:
        assert one.port != two.port
        assert answers_ready("127.0.0.1", one.port)
        assert answers_ready("127.0.0.1", two.port)
        stays_small(one)
        is_well(one)
        lets_what_is_waited_for_go_first(one)
        brings_every_killed_process_back(two)
        a_signal_stops_all_of_it(one)
        assert answers_ready("127.0.0.1", two.port)
        leaves_nothing_running_when_killed(two)


def stays_small(hub: LaunchedHub) -> None:
    until(lambda: all(pids_of(hub.home).values()), "every process runs")
    processes = processes_with(hub.home)
    postgres = processes_of(hub.home)["postgres"]
    ours = [process for process in processes if process != postgres]
    assert len(ours) == len(PROCESSES) + len(["hub up", "keeper", "redis"])
    assert resident_mb(ours) <= RESIDENT_MB_MAX


def is_well(hub: LaunchedHub) -> None:
    findings = run_hub("doctor", "--json", home=hub.home, HUB_PORT=str(hub.port)).json()
    assert {finding["state"] for finding in findings} == {"ok"}


def lets_what_is_waited_for_go_first(hub: LaunchedHub) -> None:
    own = psutil.Process(hub.process.pid).nice()
    wanted = {command.label: min(19, own + command.niceness) for command in PROCESSES}
    assert wanted["serve"] == wanted["outbound"] == own < wanted["follow"] < wanted["bulk"]
    until(
        lambda: (
            {label: psutil.Process(pids[0]).nice() for label, pids in pids_of(hub.home).items()}
            == wanted
        ),
        "every process is as nice as its command asks for",
    )


def brings_every_killed_process_back(hub: LaunchedHub) -> None:
    until(lambda: all(pids_of(hub.home).values()), "every process runs")
    killed = pids_of(hub.home)
    for pids in killed.values():
        psutil.Process(pids[0]).kill()
    until(
        lambda: all(set(pids) - set(killed[label]) for label, pids in pids_of(hub.home).items()),
        "every process runs again",
    )
    until(lambda: answers_ready("127.0.0.1", hub.port), "the hub is ready again")


def a_signal_stops_all_of_it(hub: LaunchedHub) -> None:
    asked = time.monotonic()
    assert hub.stop() == 0
    assert time.monotonic() - asked <= 10
    assert processes_of(hub.home).keys() <= {"keeper"}  # it may need a moment for its own end
    until(lambda: processes_with(hub.home) == [], "nothing of the hub runs")


def leaves_nothing_running_when_killed(hub: LaunchedHub) -> None:
    assert processes_with(hub.home)
    hub.process.kill()
    hub.process.wait()
    until(lambda: processes_with(hub.home) == [], "everything of the hub ended")


def test_a_hub_that_cannot_start_says_why(folder: Path) -> None:
    with (
        pytest.raises(HubNotReadyError, match="HUB_LOG_LEVEL is 'loud'"),
        launched_hub(folder, environment={"HUB_LOG_LEVEL": "loud"}),
    ):
        pass
