"""`hub catalogue`: the catalogue and the JSON Schemas that are made from the code."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from api.cli.run import CommandFailedError
from api.rest.openapi import openapi_document
from domain.catalogue import catalogue as catalogue_of_the_domain
from domain.catalogue import sentence_of, table
from domain.schemas import contract_schemas, event_schemas

ROOT: Final = Path(__file__).resolve().parents[2]

app = typer.Typer()


def _pretty(document: Mapping[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def whole_catalogue() -> str:
    """The catalogue of the domain, and the jobs that carry its effects out."""
    from jobs.table import JOBS, WORK_KINDS

    jobs = [
        (f"`{name}`", f"`{job.contract_queue}`", _sentence(job.function))
        for name, job in JOBS.items()
    ]
    work = [(f"`{name}`", _sentence(kind.perform)) for name, kind in WORK_KINDS.items()]
    return (
        f"{catalogue_of_the_domain()}\n## Jobs\n\nWhat a doorbell may run.\n\n"
        f"{table(('job', 'queue', 'meaning'), jobs)}\n\n"
        f"## Work items\n\nHow each effect is carried out.\n\n"
        f"{table(('effect', 'meaning'), work)}\n"
    )


def _sentence(function: Callable[..., None]) -> str:
    return sentence_of(function.func if isinstance(function, partial) else function)


DOCUMENTS: Final[Mapping[str, Callable[[], str]]] = {
    "docs/catalogue.md": whole_catalogue,
    "docs/schemas/events.json": lambda: _pretty(event_schemas()),
    "docs/schemas/standard-contract.json": lambda: _pretty(contract_schemas()),
    "docs/schemas/openapi.json": lambda: _pretty(openapi_document()),
}
"""Every document that is made from the code, with what makes it."""


@app.command()
def catalogue(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Fail when a committed document differs from the code.")
    ] = False,
) -> None:
    """Write the catalogue and the schemas of all events anew, or check that they are current."""
    made = {ROOT / name: make() for name, make in DOCUMENTS.items()}
    if check:
        stale = [
            str(path.relative_to(ROOT))
            for path, words in made.items()
            if not path.exists() or path.read_text() != words
        ]
        if stale:
            raise CommandFailedError(
                f"{', '.join(stale)} differ from the code. Run `hub catalogue` and commit them; "
                "an event that is stored already never changes, it gets a new version."
            )
        return
    for path, words in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words)
        print(path.relative_to(ROOT))
