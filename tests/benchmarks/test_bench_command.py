"""`hub bench`: what it prints, and what its exit status says."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from api.benchmarks import table
from api.cli import app
from api.cli.bench import bench as command
from api.cli.run import CommandFailedError
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.settings import Settings

Measure = Callable[..., int]

NAMES = list(table.BENCHES)


def figure(name: str, measured: float) -> Figure:
    return Figure.at_least(name, measured, "x", baseline="a stone: 1/s", target=2, must=1)


@pytest.fixture
def homes() -> list[Path]:
    """The home that each measurement was given."""
    return []


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, homes: list[Path]) -> Measure:
    """Runs `hub bench` with measurements whose figures are known; gives its exit status."""

    def quick(settings: Settings) -> list[Figure]:
        homes.append(settings.home)
        assert list(settings.home.iterdir()) == []
        return [figure("quick", 2.5)]

    def slow(settings: Settings) -> list[Figure]:
        homes.append(settings.home)
        (settings.home / "left over").touch()
        return [figure("slow", 0.5), figure("steady", 1.5)]

    def broken(_settings: Settings) -> list[Figure]:
        raise MeasurementFailedError("The stone is gone.")

    monkeypatch.setattr(table, "BENCHES", {"quick": quick, "slow": slow, "broken": broken})
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUB_PORT", "9999")

    def run(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            app(["bench", *arguments], prog_name="hub")
        return int(ended.value.code or 0)

    return run


def test_figures_that_reach_what_they_must_are_a_success(
    bench: Measure, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench("quick") == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "quick 2.5 x ≥ 2 ≥ 1 target a stone: 1/s" in words


def test_one_figure_that_misses_what_it_must_reach_is_a_failure(
    bench: Measure, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench("slow", "quick") == 1
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "slow 0.5 x ≥ 2 ≥ 1 missed a stone: 1/s" in lines
    assert "steady 1.5 x ≥ 2 ≥ 1 must a stone: 1/s" in lines


def test_programs_get_a_list_and_nothing_else(
    bench: Measure, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench("quick", "slow", "--json") == 1
    figures = json.loads(capsys.readouterr().out)
    assert [(one["name"], one["ok"]) for one in figures] == [
        ("quick", True),
        ("slow", False),
        ("steady", True),
    ]


def test_what_was_measured_before_a_failure_is_still_told(
    bench: Measure, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandFailedError, match=r"broken could not be measured. The stone is"):
        app(["bench", "all", "--json"], prog_name="hub", standalone_mode=False)
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == [
        "quick",
        "slow",
        "steady",
    ]


def test_a_measurement_has_a_home_of_its_own_that_is_gone_afterwards(
    bench: Measure, homes: list[Path], tmp_path: Path
) -> None:
    assert bench("quick", "slow") == 1
    assert len(set(homes)) == 2
    assert {home.parent for home in homes} == {tmp_path / "home"}
    assert list((tmp_path / "home").iterdir()) == []


def test_an_unknown_measurement_is_a_usage_error_that_names_the_known_ones(
    bench: Measure, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench("speed") == 2
    words = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "There is no measurement speed. Choose from quick, slow, broken, all." in words


def test_every_measurement_stands_in_the_table_and_in_the_help() -> None:
    assert {"webhook", "append", "outbound", "memory"} <= set(NAMES)
    assert f"{', '.join(NAMES)}, or all" in " ".join((command.__doc__ or "").split())
