"""A figure says by itself whether it is good enough."""

import msgspec
import pytest

from infrastructure.benchmarks.figure import Figure


@pytest.mark.parametrize(
    ("measured", "ok", "reached"),
    [(0.61, True, "target"), (0.6, True, "target"), (0.5, True, "must"), (0.44, False, "missed")],
)
def test_more_is_better_where_a_figure_must_not_be_smaller(
    measured: float, ok: bool, reached: str
) -> None:
    figure = Figure.at_least("a", measured, "x", baseline="b", target=0.6, must=0.45)
    assert (figure.ok, figure.reached, figure.sign) == (ok, reached, "≥")


@pytest.mark.parametrize(
    ("measured", "ok", "reached"),
    [(15, True, "target"), (16, True, "must"), (50, True, "must"), (50.1, False, "missed")],
)
def test_less_is_better_where_a_figure_must_not_be_larger(
    measured: float, ok: bool, reached: str
) -> None:
    figure = Figure.at_most("a", measured, "ms", baseline="b", target=15, must=50)
    assert (figure.ok, figure.reached, figure.sign) == (ok, reached, "≤")


def test_what_must_not_happen_at_all_is_missed_by_one() -> None:
    assert Figure.at_most("lost", 0, "", baseline="b", target=0, must=0).reached == "target"
    assert Figure.at_most("lost", 1, "", baseline="b", target=0, must=0).reached == "missed"


def test_programs_get_seven_fields() -> None:
    figure = Figure.at_least("a", 1.23456, "x", baseline="b", target=2, must=1)
    assert msgspec.to_builtins(figure) == {
        "name": "a",
        "figure": 1.235,
        "unit": "x",
        "baseline": "b",
        "target": 2,
        "must": 1,
        "ok": True,
    }
