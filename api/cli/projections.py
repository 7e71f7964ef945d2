"""`hub projections`: where followers are, and read models made anew."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.output import AsJson, print_facts, print_json, print_rows
from api.cli.run import EXIT_FAILED

if TYPE_CHECKING:
    from projections.builder import Progress
    from projections.comparison import Comparison

app = typer.Typer(
    no_args_is_help=True, help="Show where followers are; rebuild and verify read models."
)

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME...", help="Read models.")]
Everything = Annotated[bool, typer.Option("--all", help="Every read model.")]


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """Show how far every follower is, and what a parked one waits for."""
    import msgspec

    from api.cli.followers import UNIT_HEADS, followers_view
    from infrastructure.following.report import report_units

    with followers_view() as view:
        reports = report_units(view.connection, UNIT_HEADS)
    if as_json:
        print_json(reports)
        return
    shown = ("name", "state", "position", "behind", "build", "updated_at")
    rows = [msgspec.structs.asdict(report) for report in reports]
    print_rows([{name: row[name] for name in shown} for row in rows], as_json=False, empty="")
    for report in reports:
        if report.reason is not None:
            where = (
                f" at {report.at_event}, position {report.at_position}" if report.at_event else ""
            )
            print(f"\n{report.name} is parked since {report.parked_at}{where}:\n{report.reason}")


@app.command()
def rebuild(*, names: Names = None, every: Everything = False, as_json: AsJson = False) -> None:
    """Make read models anew from the first event, beside the live ones, and swap them in.

    Readers notice nothing. Started again after an interruption it goes on where it stopped.
    """
    from api.cli.followers import followers_view
    from projections.rebuild import rebuild as rebuild_one

    wanted = _wanted(names, every=every)
    results = []
    with followers_view() as view:
        for projection in wanted:
            with _progress_bar(is_shown=not as_json) as show:
                result = rebuild_one(projection, view.connect, progress=show)
            results.append(result)
            if not as_json:
                print(
                    f"{result.name}: {result.rows} rows up to position {result.position} in "
                    f"{result.duration_s:g} s{' (resumed)' if result.resumed else ''}; "
                    f"{_compared(result.compared)}."
                )
    if as_json:
        print_json(results)


@app.command()
def verify(*, names: Names = None, every: Everything = False, as_json: AsJson = False) -> None:
    """Compare live read models, row by row, with ones made anew; exit 1 if any differs."""
    from api.cli.followers import followers_view
    from projections.rebuild import NothingToCompare
    from projections.rebuild import verify as verify_one

    wanted = _wanted(names, every=every or not names)
    compared: dict[str, Comparison | None] = {}
    with followers_view() as view:
        for projection in wanted:
            with _progress_bar(is_shown=not as_json) as show:
                try:
                    found = verify_one(projection, view.connect, progress=show)
                except NothingToCompare as error:
                    found = None
                    sys.stderr.write(f"hub: {error.message} {error.next_step}\n")
            compared[projection.name] = found
            if found is not None and not as_json:
                print(f"{projection.name}: {_compared(found)}.")
    if as_json:
        print_json(compared)
    if not all(found is not None and found.is_equal for found in compared.values()):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def resume(
    *, name: Annotated[str, typer.Argument(help="A parked unit.")], as_json: AsJson = False
) -> None:
    """Let a parked follower try its event again."""
    from api.cli.followers import followers_view
    from infrastructure.following import positions

    with followers_view() as view:
        was_parked = positions.resume(view.connection, name)
    print_facts({"name": name, "was_parked": was_parked}, as_json=as_json)


def _wanted(names: list[str] | None, *, every: bool) -> list[Any]:
    from api.cli.followers import projections_named
    from projections import PROJECTIONS

    if bool(names) == every:
        raise typer.BadParameter("Name the read models, or give --all.")
    return list(PROJECTIONS) if every else projections_named(names or [])


def _compared(comparison: "Comparison | None") -> str:
    if comparison is None:
        return "not compared, as the live table is of another version or stands behind"
    if comparison.is_equal:
        return "equal to the live rows"
    lines = [
        f"differs: {comparison.live_rows} live rows, {comparison.rebuilt_rows} made anew; first:"
    ]
    for difference in comparison.differences:
        what = ", ".join(difference.columns) or f"missing in {difference.missing_in}"
        lines.append(f"  {difference.key}: {what}")
    return "\n".join(lines)


@contextmanager
def _progress_bar(*, is_shown: bool) -> "Iterator[Callable[[Progress], None]]":
    if not (is_shown and sys.stderr.isatty()):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")

        def show(progress: "Progress") -> None:
            bar.update(
                task,
                description=f"{progress.name}: {progress.stage}",
                completed=progress.position,
                total=max(progress.head, progress.position),
            )

        yield show
