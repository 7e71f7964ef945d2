"""`hub media`: files of conversations."""

import typer

from api.cli.output import AsJson, load_settings, print_json

app = typer.Typer(no_args_is_help=True, help="Files of conversations.")


@app.callback()
def media() -> None:
    """Files of conversations."""


@app.command(name="scan-check")
def scan_check(*, as_json: AsJson = False) -> None:
    """Send hostile files, made here, through the scanner; exit 1 if one of them would be shown.

    Harmless ones go along: refusing them counts as a fault as well. Nothing is stored.
    """
    from rich.console import Console
    from rich.table import Table

    from infrastructure.media.scan_check.figures import HARMLESS_GROUP, ScanFigure, scan_all
    from infrastructure.media.scanner import scanner_of

    scanner = scanner_of(load_settings())
    found: list[ScanFigure] = []
    table = Table(box=None, pad_edge=False)
    for column in ("", "file", "verdict", "reason", "ms"):
        table.add_column(column, justify="right" if column == "ms" else "left")
    for figure in scan_all(scanner):
        found.append(figure)
        mark = "ok" if figure.is_right else "FAULT"
        table.add_row(
            mark,
            f"{figure.group}: {figure.title}",
            figure.verdict,
            figure.reason,
            f"{figure.duration_ms:.0f}",
        )
    hostile = [figure for figure in found if figure.group != HARMLESS_GROUP]
    harmless = [figure for figure in found if figure.group == HARMLESS_GROUP]
    shown = sum(not figure.is_right for figure in hostile)
    refused = sum(not figure.is_right for figure in harmless)
    if as_json:
        print_json(
            {
                "hostile": len(hostile),
                "hostile_shown": shown,
                "harmless": len(harmless),
                "harmless_refused": refused,
                "files": found,
            }
        )
    else:
        Console().print(table)
        print(
            f"{len(hostile)} hostile files, {shown} of them would reach a user; "
            f"{len(harmless)} harmless files, {refused} of them refused."
        )
    if shown or refused:
        raise typer.Exit(1)
