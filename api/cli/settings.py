"""`hub settings`: what can be set, and whether `.env.example` says the same."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.output import AsJson, load_settings, print_json, print_rows
from api.cli.run import CommandFailedError
from infrastructure.settings import environment_example, fields

EXAMPLE: Final = Path(__file__).resolve().parents[2] / ".env.example"

app = typer.Typer()


@app.command()
def settings(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Fail when .env.example differs from the settings.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Write .env.example anew.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show every setting with its value, its default and its sentence; secrets stay hidden."""
    if write:
        EXAMPLE.write_text(environment_example())
    elif check:
        if not EXAMPLE.exists() or EXAMPLE.read_text() != environment_example():
            raise CommandFailedError(
                ".env.example differs from infrastructure/settings.py. Run `hub settings --write`."
            )
    else:
        current = load_settings()
        rows = []
        for field in fields():
            value = field.text(getattr(current, field.name))
            rows.append(
                {
                    "variable": field.variable,
                    "value": "(set)" if field.is_secret and value else value,
                    "default": field.text(field.default),
                    "is_set": bool(os.environ.get(field.variable)),
                    "description": field.description,
                }
            )
        if as_json:
            print_json(rows)
        else:
            print_rows(
                [{key: row[key] for key in ("variable", "value", "is_set")} for row in rows],
                as_json=False,
                empty="",
            )
