"""`hub bench`: speed and memory against their baselines, targets and limits."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.output import AsJson, load_settings, print_json
from api.cli.run import EXIT_FAILED, CommandFailedError

if TYPE_CHECKING:
    from infrastructure.benchmarks.figure import Figure

app = typer.Typer()

ALL: Final = "all"

_WIDTH: Final = 160
"""Columns of the table where no terminal says how many there are."""


@app.command()
def bench(
    *,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="What to measure, or all of it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Measure against a baseline of the same run; exit 1 if a figure misses what it must reach.

    NAME is webhook, append, normalise, batch, projection, rebuild, lag, end-to-end, planning,
    outbound, takeover, memory, or all.
    Each takes at most a minute, with servers, home and settings of its own.
    """
    from api.benchmarks.table import BENCHES

    unknown = [name for name in names if name not in {*BENCHES, ALL}]
    if unknown:
        raise typer.BadParameter(
            f"There is no measurement {', '.join(unknown)}. "
            f"Choose from {', '.join(BENCHES)}, {ALL}."
        )
    wanted = [name for name in BENCHES if name in names or ALL in names]
    figures: list[Figure] = []
    try:
        for name in wanted:
            figures += _measured(name)
    finally:
        if as_json:
            print_json(figures)
        elif figures:
            _print_table(figures)
    if not all(figure.ok for figure in figures):
        raise typer.Exit(EXIT_FAILED)


def _measured(name: str) -> "list[Figure]":
    from api.benchmarks.table import BENCHES
    from infrastructure.benchmarks.failure import MeasurementFailedError
    from infrastructure.benchmarks.home import fresh_home
    from infrastructure.supervision.launch import HubNotReadyError

    if sys.stderr.isatty():
        sys.stderr.write(f"measuring {name}\n")
    try:
        with fresh_home(load_settings().home) as settings:
            return BENCHES[name](settings)
    except (HubNotReadyError, MeasurementFailedError) as error:
        raise CommandFailedError(f"{name} could not be measured. {error}") from error


def _print_table(figures: "Sequence[Figure]") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "bench", "measured", "target", "must", "reached", "compared with", box=box.SIMPLE_HEAD
    )
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.figure:,g} {figure.unit}",
            f"{figure.sign} {figure.target:,g}",
            f"{figure.sign} {figure.must:,g}",
            figure.reached,
            figure.baseline,
        )
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)
