"""`hub events`: the log of events as an operator may see it: envelopes, no content."""

import select
import sys
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from api.cli.output import AsJson, print_json, print_rows

if TYPE_CHECKING:
    from infrastructure.following.event_log import LoggedEvent

app = typer.Typer(no_args_is_help=True, help="Watch events arrive, or look back at them.")

PAGE = 500
POLL_S = 1.0

Tenant = Annotated[str | None, typer.Option(help="Id of a firm; without it, every firm.")]


@app.command()
def tail(
    *,
    tenant: Tenant = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="Stop after this many events; without it, never.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print events as they are stored, until Ctrl-C; with --json one object a line."""
    from api.cli.followers import followers_view
    from infrastructure.following.event_log import CHANNEL, log_head, read_log

    wanted = _tenant_id(tenant)
    with followers_view() as view:
        connection = view.connection
        connection.execute(f"LISTEN {CHANNEL}")
        position, left = log_head(connection), count
        while left is None or left > 0:
            page = read_log(connection, after=position, limit=PAGE)
            position = page.position
            for logged in page.events:
                if wanted in (None, logged.stored.tenant_id) and left != 0:
                    _print_line(logged, as_json=as_json)
                    left = None if left is None else left - 1
            if not page.events:
                select.select([connection.pgconn.socket], [], [], POLL_S)
                connection.pgconn.consume_input()
                while connection.pgconn.notifies() is not None:
                    pass


@app.command()
def history(
    *,
    tenant: Annotated[str, typer.Option(help="Id of the firm.")],
    conversation: Annotated[str | None, typer.Option(help="Id of a conversation.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most events.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Print the newest events of a firm with actor, cause and time."""
    import msgspec

    from api.cli.followers import followers_view
    from projections.event_history import newest_events

    tenant_id = _tenant_id(tenant)
    if tenant_id is None:
        raise typer.BadParameter("Give the id of the firm by --tenant.")
    query = newest_events(
        tenant_id, limit=limit, conversation_id=_parsed(conversation, "conversation")
    )
    with followers_view() as view:
        rows = query.fetch(view.connection)
    shown = ("tenant_seq", "occurred_at", "topic", "actor_kind", "actor_id", "causation_id")
    facts = [msgspec.structs.asdict(row) for row in reversed(rows)]
    if as_json:
        print_json(facts)
    else:
        print_rows(
            [{name: row[name] for name in shown} for row in facts],
            as_json=False,
            empty="Nothing has happened in this firm, or it is unknown.",
        )


def _print_line(logged: "LoggedEvent", *, as_json: bool) -> None:
    import msgspec

    stored = logged.stored
    line: dict[str, Any] = {
        "position": stored.position,
        "tenant_id": stored.tenant_id,
        "tenant_seq": stored.tenant_seq,
        "recorded_at": stored.recorded_at,
        "topic": stored.topic,
        "stream_id": stored.stream_id,
        "stream_version": stored.stream_version,
    }
    if as_json:
        print(msgspec.json.encode(line).decode())
    else:
        print("  ".join(str(value) for value in line.values()))
    sys.stdout.flush()


def _tenant_id(text: str | None) -> UUID | None:
    return _parsed(text, "firm")


def _parsed(text: str | None, noun: str) -> UUID | None:
    from api.cli.operator import parse_id

    return None if text is None else parse_id(text, noun)
