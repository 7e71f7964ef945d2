"""The memory of a hub: every process is counted, PostgreSQL is not."""

from api.benchmarks.memory import bare_interpreter_mb, figure_of
from infrastructure.supervision.supervisor import PROCESSES


def test_the_figure_is_the_sum_over_all_processes() -> None:
    resident = {"up": 20.0, "serve": 100.5, "redis": 5.0}
    figure = figure_of(resident, bare_mb=10.0)
    assert figure.figure == 125.5
    assert figure.baseline == "2 bare Pythons: 20 MB; measured: up 20, serve 100, redis 5"


def test_more_than_is_allowed_is_missed() -> None:
    assert figure_of({"serve": 899.0, "redis": 1.0}, bare_mb=10.0).ok
    assert not figure_of({"serve": 900.0, "redis": 1.0}, bare_mb=10.0).ok


def test_a_bare_python_is_measured_as_a_process() -> None:
    assert 1 < bare_interpreter_mb() < 60


def test_labels_of_processes_are_unique() -> None:
    assert len({command.label for command in PROCESSES}) == len(PROCESSES)
