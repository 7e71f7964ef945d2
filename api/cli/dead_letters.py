"""`hub dead-letters`: what was given up in any firm, and mending it."""

from typing import Annotated, Any
from uuid import UUID

import typer

from api.cli.output import AsJson, print_facts, print_rows

app = typer.Typer(
    no_args_is_help=True, help="Messages and work that were given up: list, show, retry, discard."
)

LISTED_MAX = 1000
_IDS = typer.Argument(metavar="ID...", help="As `list` showed them.")


def _facts(row: Any) -> dict[str, Any]:
    return {
        "id": row.item_id,
        "tenant_id": row.tenant_id,
        "kind": row.kind,
        "cause": row.cause,
        "attempts": row.attempts,
        "given_up_at": row.given_up_at,
    }


@app.command("list")
def list_letters(
    *,
    kind: Annotated[
        str | None, typer.Option(help="Only messages, assessments, drafts, quarantine, follower.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, newest first: ids, causes and times, never content."""
    from api.cli.followers import followers_view
    from infrastructure.following.positions import all_places
    from projections.dead_letters import dead_letters_everywhere

    with followers_view() as view:
        rows = [
            _facts(row) for row in dead_letters_everywhere(limit=LISTED_MAX).fetch(view.connection)
        ]
        held = view.ingest.quarantine(view.connection).held(limit=LISTED_MAX)
        rows += [
            {
                "id": part.id,
                "tenant_id": None,
                "kind": "quarantine",
                "cause": part.reason,
                "attempts": 0,
                "given_up_at": part.received_at,
            }
            for part in held
        ]
        rows += [
            {
                "id": place.name,
                "tenant_id": None,
                "kind": "follower",
                "cause": place.parked_reason,
                "attempts": 0,
                "given_up_at": place.parked_at,
            }
            for place in all_places(view.connection)
            if place.parked_at is not None
        ]
    shown = [row for row in rows if kind is None or row["kind"] == kind.removesuffix("s")]
    print_rows(shown, as_json=as_json, empty="Nothing was given up.")


@app.command()
def show(letter: Annotated[str, typer.Argument(metavar="ID")], *, as_json: AsJson = False) -> None:
    """Show one: its cause in words, what can be done, and the way back to its message."""
    from api.cli.operator import operator, parse_id
    from api.graphql.failures import failure_words

    with operator() as person:
        row = _row(person, parse_id(letter, "dead letter"))
    words = failure_words(row.cause)
    print_facts(
        {
            **_facts(row),
            "state": row.state,
            "message": row.words or words.message,
            "next_step": words.next_step,
            "conversation_id": row.conversation_id,
            "discard_reason": row.discard_reason,
        },
        as_json=as_json,
    )


@app.command()
def retry(ids: Annotated[list[str], _IDS], *, as_json: AsJson = False) -> None:
    """Send messages again: the same approved words, under all rules of sending."""
    from api.cli.operator import operator, parse_id
    from api.cli.run import CommandFailedError
    from domain.dead_letter import DeadLetterKind
    from domain.identity import OutboundMessageId, TenantId

    with operator() as person:
        rows = []
        for text in ids:
            row = _row(person, parse_id(text, "dead letter"))
            if row.kind != DeadLetterKind.MESSAGE:
                raise CommandFailedError(
                    "Only messages are sent again; discard work of the assistant with a reason."
                )
            person.setup.retry_message(TenantId(row.tenant_id), OutboundMessageId(row.item_id))
            rows.append({"id": row.item_id, "retried": True})
    print_rows(rows, as_json=as_json, empty="Nothing was named.")


@app.command()
def discard(
    ids: Annotated[list[str], _IDS],
    *,
    reason: Annotated[str, typer.Option(help="Why, without personal content; it is kept.")],
    as_json: AsJson = False,
) -> None:
    """Set them aside for good."""
    from api.cli.operator import operator, parse_id
    from domain.dead_letter import DeadLetterKind
    from domain.identity import TenantId

    with operator() as person:
        rows = []
        for text in ids:
            row = _row(person, parse_id(text, "dead letter"))
            person.setup.discard_dead_letter(
                TenantId(row.tenant_id), row.item_id, DeadLetterKind(row.kind), reason
            )
            rows.append({"id": row.item_id, "discarded": True})
    print_rows(rows, as_json=as_json, empty="Nothing was named.")


def _row(person: Any, item_id: UUID) -> Any:
    from domain.errors import NotFound
    from projections.dead_letters import dead_letters_everywhere_by_id

    row = dead_letters_everywhere_by_id([item_id]).first(person.all_firms)
    if row is None:
        raise NotFound("There is no dead letter with this id.")
    return row
