"""`hub doctor`: what is wrong with this hub, and how to mend it."""

import os
from typing import Annotated, Final

import typer

from api.cli.output import AsJson, load_settings, print_json
from api.cli.run import EXIT_FAILED

app = typer.Typer()

_MARKS: Final = {"ok": "ok     ", "warning": "warning", "wrong": "WRONG  "}


@app.command()
def doctor(
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Ask Meta nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check everything this hub needs; exit 1 if something is wrong.

    Looks at Python, settings, home, disk, master key, port, PostgreSQL with its roles and
    migrations, Redis and the clock, and asks Meta about each connected number: token, registration,
    quality, subscription, callback. Starts the embedded servers for a moment if they do not run.
    """
    from infrastructure.diagnosis.examination import examine

    findings = []
    for finding in examine(load_settings(), os.environ, asks_meta=not offline):
        findings.append(finding)
        if not as_json:
            print(f"{_MARKS[finding.state]}  {finding.name:<11} {finding.found}", flush=True)
            for line in finding.mend.splitlines():
                print(f"         {'':<11} {line}")
    if as_json:
        print_json(findings)
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(EXIT_FAILED)
