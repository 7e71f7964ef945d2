"""`hub quarantine`: parts of webhooks that could not become events."""

from typing import Annotated

import typer

from api.cli.output import AsJson, print_rows
from api.cli.run import EXIT_FAILED

app = typer.Typer(
    no_args_is_help=True, help="Parts of webhooks that are held, and messages that were kept raw."
)

LISTED_MAX = 1000


@app.command("list")
def list_held(*, as_json: AsJson = False) -> None:
    """List what is held, oldest first, with the reason; never the content."""
    from api.cli.followers import followers_view

    with followers_view() as view:
        held = view.ingest.quarantine(view.connection).held(limit=LISTED_MAX)
    rows = [
        {
            "id": part.id,
            "reason": part.reason,
            "app": part.app,
            "received_at": part.received_at,
            "place": part.place,
            "bytes": len(part.part),
        }
        for part in held
    ]
    print_rows(rows, as_json=as_json, empty="Nothing is held.")


@app.command()
def replay(
    *,
    ids: Annotated[list[int] | None, typer.Argument(metavar="ID...", help="Held parts.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Everything that is held.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take held parts in, as if they arrived now; exit 1 if any is still held.

    What became an event in the meantime stays one event.
    """
    from api.cli.followers import followers_view

    if bool(ids) == every:
        raise typer.BadParameter("Name the ids of the parts, or give --all.")
    rows = []
    with followers_view() as view:
        quarantine = view.ingest.quarantine(view.connection)
        for part in quarantine.held(limit=LISTED_MAX, ids=ids):
            with view.connection.transaction():
                reason = view.ingest.replay(view.connection, part)
            rows.append({"id": part.id, "replayed": reason is None, "reason": reason})
    print_rows(rows, as_json=as_json, empty="Nothing is held under these ids.")
    if not all(row["replayed"] for row in rows):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def reprocess(*, as_json: AsJson = False) -> None:
    """Read messages again that were kept raw, after an upgrade; what is understood is shown."""
    from api.cli.followers import followers_view
    from api.cli.output import print_facts
    from jobs.followers.kept_raw import kept_raw

    tried = understood = 0
    with followers_view() as view:
        for record in kept_raw(view.connection, view.ingest.vault):
            with view.connection.transaction():
                understood += view.ingest.reprocess(view.connection, record)
            tried += 1
    print_facts({"kept_raw": tried, "understood": understood}, as_json=as_json)
