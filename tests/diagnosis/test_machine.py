"""What `hub doctor` finds on this machine, and the way out it names."""

import base64
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from infrastructure.diagnosis import machine
from infrastructure.diagnosis.finding import State
from infrastructure.settings import Settings


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_this_python_is_well() -> None:
    assert machine.check_python().state is State.OK


def test_an_old_python_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    finding = machine.check_python()
    assert finding.state is State.WRONG
    assert "3.11" in finding.mend


def test_a_misspelt_variable_is_a_warning() -> None:
    finding = machine.check_settings({"HUB_PROT": "1"})
    assert finding.state is State.WARNING
    assert "did you mean HUB_PORT?" in finding.found


def test_a_home_is_created_and_private(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    assert machine.check_home(settings).state is State.OK
    settings.home.chmod(0o755)
    finding = machine.check_home(settings)
    assert finding.state is State.WARNING
    assert finding.mend == f"Run: chmod 700 {settings.home}"


def test_a_home_that_cannot_be_made_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = machine.check_home(Settings(home=tmp_path / "file" / "home"))
    assert finding.state is State.WRONG
    assert "HUB_HOME" in finding.mend


def test_a_master_key_of_the_wrong_length_is_wrong(tmp_path: Path) -> None:
    key = base64.b64encode(b"short").decode()
    finding = machine.check_master_key(Settings(home=tmp_path, master_key=key))
    assert finding.state is State.WRONG
    assert key not in finding.found


def test_a_key_file_that_others_can_read_is_wrong(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert machine.check_master_key(settings).state is State.OK
    path = tmp_path / "keys" / "master.key"
    path.chmod(0o640)
    finding = machine.check_master_key(settings)
    assert finding.state is State.WRONG
    assert finding.mend == f"Run: chmod 600 {path}"


@pytest.mark.parametrize(
    ("free_mb", "state"), [(100, State.WRONG), (1_000, State.WARNING), (5_000, State.OK)]
)
def test_a_full_disk_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, state: State
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free_mb * 1_000_000))
    assert machine.check_disk(Settings(home=tmp_path / "not" / "yet")).state is state


def test_a_free_port_is_well_and_a_taken_one_is_wrong(free_port: int, taken_port: int) -> None:
    assert machine.check_port(Settings(port=free_port)).state is State.OK
    finding = machine.check_port(Settings(port=taken_port))
    assert finding.state is State.WRONG
    assert "HUB_PORT" in finding.mend
