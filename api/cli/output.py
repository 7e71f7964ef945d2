"""How commands print data: columns for people, JSON for programs."""

import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import typer

from infrastructure.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print the data as JSON.")]
"""The option that every command has that prints data."""


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    return Settings.from_environment(os.environ)


def print_json(data: Any) -> None:
    """Prints data, msgspec structs included, as indented JSON."""
    print(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Prints rows as aligned columns, or as a JSON list; `empty` is the sentence for no rows."""
    if as_json:
        print_json(rows)
        return
    if not rows:
        print(empty)
        return
    columns = list(rows[0])
    table = [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(columns, *table, strict=True)]
    for cells in ([column.replace("_", " ") for column in columns], *table):
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        print(line.rstrip())


def print_facts(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Prints one thing as lines `name  value`, or as a JSON object."""
    if as_json:
        print_json(facts)
        return
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        print(f"{name.replace('_', ' ').ljust(width)}  {_cell(value)}".rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
